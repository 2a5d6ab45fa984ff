"""Networks that a real Neutron keeps: ports of servers, and the groups they are in."""

from novalite import errors
from novalite.services import remote

#: Neutron's words of what a user is told in Nova's.
_UNBOUND = {'device_id': '', 'device_owner': '', 'binding:host_id': '', 'binding:profile': {}}


def ports_of(neutron, server):
    """A server's ports, the oldest first."""
    found = neutron.get('/ports', device_id=server)['ports']
    return sorted(found, key=lambda port: (port.get('created_at') or '', port['id']))


class Networks:
    """As steps of the conductor use them; see ``own.Networks``."""

    def __init__(self, neutron):
        self._neutron = neutron

    def plug(self, server):
        """A second time it finds the ports that it has made."""
        if server.networks in (None, 'none'):
            return []
        mine = ports_of(self._neutron, server.uuid)
        named = {wanted.get('port_id') for wanted in server.networks}
        made = [port for port in mine if port['id'] not in named]
        return [self._plugged(server, wanted, made) for wanted in server.networks]

    def _plugged(self, server, wanted, made):
        if wanted.get('port_id'):
            return self.plug_into(server, wanted['port_id'], wanted.get('tag'))
        known = next((port for port in made if port['network_id'] == wanted['network_id']), None)
        if known is not None:
            made.remove(known)
            port = self._set(known['id'], **_bound(server))
        else:
            port = self.made(server, wanted)
        return self.nic(port, True, wanted.get('tag'))

    def made(self, server, wanted):
        """A new port for a server."""
        fixed_ip = wanted.get('fixed_ip')
        more = {'fixed_ips': [{'ip_address': fixed_ip}]} if fixed_ip else {}
        try:
            return self._neutron.ask('POST', '/ports', {'port': {
                'network_id': wanted['network_id'], 'project_id': server.project_id,
                'security_groups': self.group_ids(server.project_id, server.security_groups),
                **_bound(server), **more}})['port']
        except errors.Conflict as exc:
            if fixed_ip:
                raise errors.FixedIpInUse(address=fixed_ip) from exc
            raise

    def plug_into(self, server, port_id, tag=None):
        """Put a server on a port that is there; its nic."""
        missing = errors.PortNotFound(id=port_id)
        port = self._neutron.get(f'/ports/{port_id}', missing=missing)['port']
        if port['device_id'] not in ('', server.uuid):
            raise errors.PortInUse(id=port_id)
        return self.nic(self._set(port_id, **_bound(server)), False, tag)

    def _set(self, port_id, **values):
        return self._neutron.ask('PUT', f'/ports/{port_id}', {'port': values},
                                 missing=errors.PortNotFound(id=port_id))['port']

    def group_ids(self, project_id, names):
        """Of security groups of a project, by their names or ids."""
        names = names or ['default']
        found = self._neutron.get('/security-groups', project_id=project_id)['security_groups']
        ids = {group['name']: group['id'] for group in found} | {
            group['id']: group['id'] for group in found}
        for name in names:
            if name not in ids:
                raise errors.SecurityGroupNotFound(id=name)
        return [ids[name] for name in names]

    def nic(self, port, created, tag):
        """What a server remembers of a port."""
        network = self._neutron.get(f'/networks/{port["network_id"]}')['network']
        leading = self._neutron.get('/floatingips', port_id=port['id'])['floatingips']
        return {
            'port_id': port['id'], 'network_id': network['id'], 'network_name': network['name'],
            'mac': port['mac_address'], 'created': created, 'tag': tag,
            'ips': [{'address': ip['ip_address'], 'subnet_id': ip['subnet_id'],
                     'version': 6 if ':' in ip['ip_address'] else 4}
                    for ip in port['fixed_ips']],
            'floating': [{'address': one['floating_ip_address'],
                          'fixed': one['fixed_ip_address']} for one in leading]}

    def unplug(self, server, port_id=None):
        wanted = server.networks if isinstance(server.networks, list) else []
        kept = {one.get('port_id') for one in wanted} | {
            nic['port_id'] for nic in server.nics if not nic['created']}
        for port in ports_of(self._neutron, server.uuid):
            if port_id in (None, port['id']):
                self.let_go(port['id'], port['id'] in kept)

    def let_go(self, port_id, kept):
        """A port is no server's any more; fine if it is gone."""
        if kept:
            remote.fine_if_gone(self._neutron.ask, 'PUT', f'/ports/{port_id}',
                                {'port': _UNBOUND})
        else:
            remote.fine_if_gone(self._neutron.ask, 'DELETE', f'/ports/{port_id}')

    def rebind(self, server, host):
        for port in ports_of(self._neutron, server.uuid):
            self._set(port['id'], **{'binding:host_id': host})

    def nics(self, server):
        """The nics of a server, as its ports are now."""
        ports = {port['id']: port for port in ports_of(self._neutron, server.uuid)}
        return [self.nic(ports[nic['port_id']], nic['created'], nic['tag'])
                for nic in server.nics if nic['port_id'] in ports]


def _bound(server):
    zone = server.availability_zone or 'nova'
    return {'device_id': server.uuid, 'device_owner': f'compute:{zone}',
            'binding:host_id': server.host or ''}
