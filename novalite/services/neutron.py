"""Networks that a real Neutron keeps: ports of servers, and the groups they are in."""

import contextlib
import types

from novalite import errors
from novalite.db import servers
from novalite.services import asked
from novalite.services import remote

#: What makes a port nobody's.
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
            port = _really_bound(self._set(known['id'], **_bound(server)))
        else:
            port = self.made(server, wanted)
        return self.nic(port, True, wanted.get('tag'))

    def made(self, server, wanted):
        """A new port for a server."""
        fixed_ip = wanted.get('fixed_ip')
        more = {'fixed_ips': [{'ip_address': fixed_ip}]} if fixed_ip else {}
        try:
            port = self._neutron.ask('POST', '/ports', {'port': {
                'network_id': wanted['network_id'], 'project_id': server.project_id,
                'security_groups': self.group_ids(server.project_id, server.security_groups),
                **_bound(server), **more}})['port']
        except errors.Conflict as exc:
            if fixed_ip:
                raise errors.FixedIpInUse(address=fixed_ip) from exc
            raise
        return self._bound_or_let_go(port, kept=False)

    def _bound_or_let_go(self, port, kept):
        """A request whose port cannot be bound has nobody else to give it back."""
        try:
            return _really_bound(port)
        except errors.PortBindingFailed:
            self.let_go(port['id'], kept)
            raise

    def plug_into(self, server, port_id, tag=None):
        """Put a server on a port that is there; its nic."""
        missing = errors.PortNotFound(id=port_id)
        port = self._neutron.get(f'/ports/{port_id}', missing=missing)['port']
        if port['device_id'] not in ('', server.uuid):
            raise errors.PortInUse(id=port_id)
        port = self._bound_or_let_go(self._set(port_id, **_bound(server)), kept=True)
        return self.nic(port, False, tag)

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
        moved = [self._set(port['id'], **{'binding:host_id': host})
                 for port in ports_of(self._neutron, server.uuid)]
        for port in moved:
            _really_bound(port)

    def nics(self, server):
        """The nics of a server, as its ports are now."""
        ports = {port['id']: port for port in ports_of(self._neutron, server.uuid)}
        return [self.nic(ports[nic['port_id']], nic['created'], nic['tag'])
                for nic in server.nics if nic['port_id'] in ports]


def _bound(server):
    zone = server.availability_zone or 'nova'
    return {'device_id': server.uuid, 'device_owner': f'compute:{zone}',
            'binding:host_id': server.host or ''}


def _really_bound(port):
    """Neutron takes a port whose host it cannot bind it to, and only says so in the answer."""
    if port.get('binding:vif_type') == 'binding_failed':
        raise errors.PortBindingFailed(id=port['id'])
    return port


class Asked:
    """As a request of the API asks for them: what is shown and chosen with the token of whoever
    sent it, what only a service may do to a port with our own."""

    def __init__(self, neutron, as_user, answers, runtime, ctxt):
        self._networks, self._user = Networks(neutron), as_user
        self._neutron, self._answers = neutron, answers
        self._runtime, self._ctxt = runtime, ctxt

    def _get(self, path, missing=None, **query):
        return self._answers.get(
            (path, *sorted(query.items())), lambda: self._user.get(path, missing, **query))

    def choose(self, _connection, project_id):
        own = self._get('/networks', project_id=project_id)['networks']
        shared = self._get('/networks', shared=True)['networks']
        for found in (own, shared):
            found = [one for one in found
                     if one['admin_state_up'] and not one['router:external']]
            if len(found) > 1:
                raise errors.NetworkAmbiguous()
            if found:
                return _named(found[0])
        return None

    def attachable(self, _connection, network_id, may_external):
        missing = errors.NetworkNotFound(id=network_id)
        found = self._get(f'/networks/{network_id}', missing)['network']
        if found['router:external'] and not found['shared'] and not may_external:
            raise errors.ExternalNetworkForbidden(id=network_id)
        return _named(found)

    def attachable_port(self, _connection, port_id):
        found = self._get(f'/ports/{port_id}', errors.PortNotFound(id=port_id))['port']
        if found['device_id']:
            raise errors.PortInUse(id=port_id)
        return _named(found)

    def security_group(self, _connection, name):
        found = [_named(group) for group in self._get(
            '/security-groups', project_id=self._ctxt.project_id)['security_groups']]
        by_name = [group for group in found if group.name == name]
        if len(by_name) > 1:
            raise errors.SecurityGroupAmbiguous(name=name)
        return next((group for group in found if group.id == name), None) or (
            by_name or [None])[0]

    def ports_of(self, _connection, server):
        return [_port(one) for one in self._ports(server)]

    def _ports(self, server):
        return self._answers.get(('ports', server), lambda: ports_of(self._user, server))

    def port(self, _connection, port_id):
        """Not what an earlier answer of the same request says of it: it may be plugged since."""
        return _port(self._answers.get(('port shown', port_id), lambda: self._user.get(
            f'/ports/{port_id}', errors.PortNotFound(id=port_id)))['port'])

    def plug(self, _connection, server, wanted):
        wanted = {name: value for name, value in wanted.items() if value is not None}
        return self._answers.get(
            ('plug', server.uuid), lambda: self._plugged(server, wanted),
            lambda nic: self._networks.let_go(nic['port_id'], kept=not nic['created']))

    def _plugged(self, server, wanted):
        tag = wanted.get('tag')
        if 'port_id' in wanted:
            return self._networks.plug_into(server, wanted['port_id'], tag)
        if 'network_id' not in wanted:
            wanted['network_id'] = self.choose(None, server.project_id).id
        new = types.SimpleNamespace(**vars(_plain(server)) | {'security_groups': []})
        return self._networks.nic(self._networks.made(new, wanted), True, tag)

    def groups_of(self, _connection, server):
        ids = {id for port in self._ports(server) for id in port['security_groups']}
        return [_named(self._group(id)) for id in sorted(ids)]

    def _group(self, id):
        return self._get(f'/security-groups/{id}')['security_group']

    def rules_of(self, _connection, group_ids):
        return {id: [_named(rule) for rule in self._group(id)['security_group_rules']]
                for id in group_ids}

    def groups_named(self, _connection, group_ids):
        found = {}
        for id in group_ids:
            with contextlib.suppress(errors.NotFound):
                found[id] = _named(self._group(id))
        return found

    def join(self, connection, server, group):
        ports = [port for port in self._ports(server) if port.get('port_security_enabled', True)]
        for port in ports:
            if group.id not in port['security_groups']:
                self._set_groups(port, [*port['security_groups'], group.id])
        self.refresh(connection, server)
        return bool(ports)

    def leave(self, connection, server, group):
        ports = [port for port in self._ports(server) if group.id in port['security_groups']]
        for port in ports:
            self._set_groups(port, [id for id in port['security_groups'] if id != group.id])
        self.refresh(connection, server)
        return bool(ports)

    def _set_groups(self, port, groups):
        path, before = f'/ports/{port["id"]}', port['security_groups']

        def set_to(groups):
            return self._user.ask('PUT', path, {'port': {'security_groups': groups}})

        self._answers.get(('groups', port['id']), lambda: set_to(groups),
                          lambda _answer: set_to(before))

    def refresh(self, connection, server):
        row = servers.get(connection, server)
        seen, names = self._answers.get(('refresh', server), lambda: self._seen(row))
        row = servers.get(connection, server, lock=True)
        # Others have gone on meanwhile: what they have plugged was not asked for.
        nics = [nic for nic in (seen.get(nic['port_id'], nic) for nic in row.nics) if nic]
        if not row.deleted and (nics, names) != (row.nics, row.security_groups):
            servers.edit(connection, server, self._runtime.now(), nics=nics,
                         security_groups=names if nics else row.security_groups)

    def _seen(self, row):
        """Of each port that the server had: its nic as it is now, or None; and the groups."""
        now = {nic['port_id']: nic for nic in self._networks.nics(row)}
        nics = {nic['port_id']: now.get(nic['port_id']) for nic in row.nics}
        ids = {id for port in ports_of(self._neutron, row.uuid) for id in port['security_groups']}
        return nics, sorted(
            self._neutron.get(f'/security-groups/{id}')['security_group']['name'] for id in ids)


def _plain(row):
    return types.SimpleNamespace(**row._asdict())


def _named(found):
    """What Neutron shows, with names as of a row."""
    return types.SimpleNamespace(
        **{name: value for name, value in found.items() if name.isidentifier()})


def _port(found):
    return asked.Port(found['id'], found['network_id'], found['mac_address'], found['status'],
                      found['device_id'], found['fixed_ips'])
