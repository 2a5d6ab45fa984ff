"""How each operation that writes is asked for so that it succeeds, at any version that has it.

A recipe gets a ``World`` and gives the names in the path, where those of the population will not
do, and the body.
"""

from novalite.api.microversion import V
from tests.functional import rows

HOST_VERBS = {'os-getVNCConsole': 'novnc', 'os-getSPICEConsole': 'spice-html5',
              'os-getRDPConsole': 'rdp-html5', 'os-getSerialConsole': 'serial'}
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl x'


class World:
    """A populated cloud, asked at one version."""

    def __init__(self, cloud, things, version):
        self.cloud, self.version = cloud, version
        self.things = {word: found[0] for word, found in things.items() if found}
        self.undo = []

    def fresh(self, path, root, body, version='2.35'):
        """The id of something new."""
        answer = self.cloud.request('POST', path, {root: body}, who='admin', version=version)
        assert answer.status_code < 300, answer.text
        return str(answer.json()[root]['id'])

    def name(self):
        return f'n-{self.cloud.runtime.secret(6)}'

    def boot(self):
        return self.cloud.boot(who='admin')

    def volume(self):
        return self.fresh('/os-volumes', 'volume', {'size': 1})

    def attached(self):
        """A server with a volume: both ids."""
        server, volume = self.boot(), self.volume()
        self.cloud.request('POST', f'/servers/{server}/os-volume_attachments', who='admin', json={
            'volumeAttachment': {'volumeId': volume}})
        return self.cloud.settle(server), volume

    def image(self):
        return self.cloud.connection('admin').image.post('/images', json={
            'name': 'x', 'disk_format': 'raw', 'container_format': 'bare',
            'k': 'v'}).json()['id']

    def moving(self):
        """A server in a live migration that does not end by itself: both ids."""
        server = self.boot()
        self.cloud.stall('live_migrate')
        self.cloud.ask(server, 'os-migrateLive', {'host': None, 'block_migration': 'auto'},
                       who='admin')
        self.undo.append(self.cloud.behave)
        path = f'/servers/{server}/migrations'

        def running():
            return [one for one in self.cloud.get(path, who='admin')['migrations']
                    if one['status'] == 'running']
        self.cloud.wait(running)
        return {'id': server, 'migration': str(running()[0]['id'])}

    def service(self, binary='nova-compute', version='latest'):
        """The host and the id of a service."""
        found = self.cloud.get(f'/os-services?binary={binary}', who='admin', version=version)
        return found['services'][0]['host'], str(found['services'][0]['id'])


def _server(w):
    body = {'name': 'web', 'flavorRef': '42', 'imageRef': w.things['images']}
    return {'server': body | ({'networks': 'none'} if w.version >= V(2, 37) else {})}


def _key(w):
    return {'keypair': {'name': w.name(), 'public_key': KEY}}


def _group(w, version):
    policy = {'policy': 'affinity'} if version >= V(2, 64) else {'policies': ['affinity']}
    return {'server_group': {'name': w.name()} | policy}


def _flavor(w, **more):
    return {'flavor': {'name': w.name(), 'ram': 1, 'vcpus': 1, 'disk': 1} | more}


def _new_flavor(w, **more):
    return w.fresh('/flavors', 'flavor', _flavor(w, **more)['flavor'])


def _service(w):
    host, id = w.service()
    if w.version >= V(2, 53):
        return {'id': id}, {'status': 'enabled'}
    return {'id': 'enable'}, {'host': host, 'binary': 'nova-compute'}


def _attachment_changed(w):
    server, volume = w.attached()
    if w.version >= V(2, 85):
        change = {'volumeId': volume, 'delete_on_termination': True}
    else:
        change = {'volumeId': w.volume()}
    return {'id': server, 'volume_id': volume}, {'volumeAttachment': change}


def _detached(w):
    server, volume = w.attached()
    return {'id': server, 'volume_id': volume}, None


def _port(w, server):
    (one,) = w.cloud.get(f'/servers/{server}/os-interface', who='admin')['interfaceAttachments']
    return one


def _plugged(w):
    server = w.boot()
    return {'id': server, 'port_id': _port(w, server)['port_id']}, None


def _rule(w):
    return {'security_group_rule': {'parent_group_id': w.things['os-security-groups'],
                                    'ip_protocol': 'tcp', 'from_port': 80, 'to_port': 80}}


def _group_of_networks(w):
    return w.fresh('/os-security-groups', 'security_group', {'name': w.name(), 'description': ''})


def _assisted(w):
    return {}, {'snapshot': {'volume_id': w.things['os-volume_attachments'], 'create_info': {
        'snapshot_id': rows.NOBODY, 'type': 'qcow2', 'new_file': 'f'}}}


def _tagged(w):
    w.cloud.request('PUT', f'/servers/{w.things["servers"]}/tags/green', who='admin')
    return {'tag': 'green'}, None


def _noted(w):
    w.cloud.request('POST', f'/servers/{w.things["servers"]}/metadata', who='admin',
                    json={'metadata': {'k': 'v'}})
    return {'key': 'k'}, None


_SERVER, _IMAGE, _FLAVOR = '/v2.1/servers/{id}', '/v2.1/images/{id}', '/v2.1/flavors/{id}'

RECIPES = {
    'POST /v2.1/servers': lambda w: ({}, _server(w)),
    'PUT /v2.1/servers/{id}': lambda w: ({}, {'server': {'name': 'other'}}),
    'DELETE /v2.1/servers/{id}': lambda w: ({'id': w.boot()}, None),
    'POST /v2.1/os-volumes_boot': lambda w: ({}, _server(w)),
    'PUT /v2.1/os-volumes_boot/{id}': lambda w: (
        {'id': w.things['servers']}, {'server': {'name': 'other'}}),
    'DELETE /v2.1/os-volumes_boot/{id}': lambda w: ({'id': w.boot()}, None),
    'POST /v2.1/os-volumes_boot/{id}/action': lambda w: ({'id': w.boot()}, {'lock': None}),
    f'POST {_SERVER}/metadata': lambda w: ({}, {'metadata': {'a': 'b'}}),
    f'PUT {_SERVER}/metadata': lambda w: ({}, {'metadata': {'a': 'b'}}),
    f'PUT {_SERVER}/metadata/{{key}}': lambda w: ({}, {'meta': {'a': 'c'}}),
    f'DELETE {_SERVER}/metadata/{{key}}': _noted,
    f'DELETE {_SERVER}/os-server-password': lambda w: ({}, None),
    f'POST {_SERVER}/os-interface': lambda w: ({'id': w.boot()}, {'interfaceAttachment': {}}),
    f'DELETE {_SERVER}/os-interface/{{port_id}}': _plugged,
    f'POST {_SERVER}/os-volume_attachments': lambda w: (
        {'id': w.boot()}, {'volumeAttachment': {'volumeId': w.volume()}}),
    f'PUT {_SERVER}/os-volume_attachments/{{volume_id}}': _attachment_changed,
    f'DELETE {_SERVER}/os-volume_attachments/{{volume_id}}': _detached,
    f'POST {_SERVER}/remote-consoles': lambda w: (
        {}, {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}}),
    f'POST {_SERVER}/migrations/{{migration}}/action': lambda w: (
        w.moving(), {'force_complete': None}),
    f'DELETE {_SERVER}/migrations/{{migration}}': lambda w: (w.moving(), None),
    f'PUT {_SERVER}/tags': lambda w: ({}, {'tags': ['blue']}),
    f'DELETE {_SERVER}/tags': lambda w: ({}, None),
    f'PUT {_SERVER}/tags/{{tag}}': lambda w: ({'tag': w.name()}, None),
    f'DELETE {_SERVER}/tags/{{tag}}': _tagged,
    'POST /v2.1/flavors': lambda w: ({}, _flavor(w)),
    f'PUT {_FLAVOR}': lambda w: ({}, {'flavor': {'description': 'small'}}),
    f'DELETE {_FLAVOR}': lambda w: ({'id': _new_flavor(w)}, None),
    f'POST {_FLAVOR}/action': lambda w: (
        {'id': _new_flavor(w, **{'os-flavor-access:is_public': False})},
        {'addTenantAccess': {'tenant': w.things['os-quota-sets']}}),
    f'POST {_FLAVOR}/os-extra_specs': lambda w: ({}, {'extra_specs': {'quota:cpu_shares': '1'}}),
    f'PUT {_FLAVOR}/os-extra_specs/{{key}}': lambda w: ({}, {'hw:cpu_policy': 'shared'}),
    f'DELETE {_FLAVOR}/os-extra_specs/{{key}}': lambda w: ({}, None),
    'POST /v2.1/os-server-external-events': lambda w: ({}, {'events': [
        {'name': 'network-changed', 'server_uuid': w.things['servers']}]}),
    'POST /v2.1/os-keypairs': lambda w: ({}, _key(w)),
    'DELETE /v2.1/os-keypairs/{id}': lambda w: (
        {'id': w.cloud.request('POST', '/os-keypairs', _key(w), who='admin').json()[
            'keypair']['name']}, None),
    'POST /v2.1/os-server-groups': lambda w: ({}, _group(w, w.version)),
    'DELETE /v2.1/os-server-groups/{id}': lambda w: (
        {'id': w.fresh('/os-server-groups', 'server_group',
                       _group(w, V(2, 35))['server_group'])}, None),
    'PUT /v2.1/os-quota-class-sets/{id}': lambda w: (
        {}, {'quota_class_set': {'metadata_items': 64}}),
    'PUT /v2.1/os-quota-sets/{id}': lambda w: ({}, {'quota_set': {'cores': -1}}),
    'DELETE /v2.1/os-quota-sets/{id}': lambda w: ({}, None),
    'POST /v2.1/os-aggregates': lambda w: ({}, {'aggregate': {'name': w.name()}}),
    'PUT /v2.1/os-aggregates/{id}': lambda w: ({}, {'aggregate': {'name': w.name()}}),
    'DELETE /v2.1/os-aggregates/{id}': lambda w: (
        {'id': w.fresh('/os-aggregates', 'aggregate', {'name': w.name()})}, None),
    'POST /v2.1/os-aggregates/{id}/action': lambda w: (
        {}, {'set_metadata': {'metadata': {'a': 'b'}}}),
    'POST /v2.1/os-aggregates/{id}/images': lambda w: (
        {}, {'cache': [{'id': w.things['images']}]}),
    'PUT /v2.1/os-services/{id}': _service,
    'DELETE /v2.1/os-services/{id}': lambda w: (
        {'id': w.service('nova-conductor', str(w.version))[1]}, None),
    f'DELETE {_IMAGE}': lambda w: ({'id': w.image()}, None),
    f'POST {_IMAGE}/metadata': lambda w: ({'id': w.image()}, {'metadata': {'a': 'b'}}),
    f'PUT {_IMAGE}/metadata': lambda w: ({'id': w.image()}, {'metadata': {'a': 'b'}}),
    f'PUT {_IMAGE}/metadata/{{key}}': lambda w: (
        {'id': w.image(), 'key': 'a'}, {'meta': {'a': 'b'}}),
    f'DELETE {_IMAGE}/metadata/{{key}}': lambda w: ({'id': w.image(), 'key': 'k'}, None),
    'POST /v2.1/os-volumes': lambda w: ({}, {'volume': {'size': 1}}),
    'DELETE /v2.1/os-volumes/{id}': lambda w: ({'id': w.volume()}, None),
    'POST /v2.1/os-snapshots': lambda w: ({}, {'snapshot': {'volume_id': w.volume()}}),
    'DELETE /v2.1/os-snapshots/{id}': lambda w: (
        {'id': w.fresh('/os-snapshots', 'snapshot', {'volume_id': w.volume()})}, None),
    'POST /v2.1/os-floating-ips': lambda w: ({}, {}),
    'DELETE /v2.1/os-floating-ips/{id}': lambda w: ({'id': floating_ip(w.cloud)['id']}, None),
    'POST /v2.1/os-security-groups': lambda w: (
        {}, {'security_group': {'name': w.name(), 'description': ''}}),
    'PUT /v2.1/os-security-groups/{id}': lambda w: (
        {'id': _group_of_networks(w)}, {'security_group': {'name': w.name(), 'description': ''}}),
    'DELETE /v2.1/os-security-groups/{id}': lambda w: ({'id': _group_of_networks(w)}, None),
    'POST /v2.1/os-security-group-rules': lambda w: ({}, _rule(w)),
    'DELETE /v2.1/os-security-group-rules/{id}': lambda w: (
        {'id': w.fresh('/os-security-group-rules', 'security_group_rule', {
            'parent_group_id': _group_of_networks(w), 'ip_protocol': 'udp', 'from_port': 53,
            'to_port': 53})}, None),
    'PUT /v2.1/os-hosts/{id}': lambda w: (
        {'id': w.service()[0]}, {'status': 'enable'}),
    'POST /v2.1/os-assisted-volume-snapshots': _assisted,
}


def floating_ip(cloud):
    """A floating address of the administrator's project, as compute showed it."""
    return cloud.request('POST', '/os-floating-ips', {}, who='admin', version='2.35').json()[
        'floating_ip']


# Verbs of a server

def _address(w, server):
    return next(one['addr'] for found in w.cloud.show(server)['addresses'].values()
                for one in found)


def _live(w, server):
    if w.version < V(2, 25):
        return {'host': None, 'block_migration': False, 'disk_over_commit': False}
    return {'host': None, 'block_migration': 'auto'}


def _in_group(w, server):
    w.cloud.ask(server, 'addSecurityGroup', {'name': 'more'}, who='admin')
    return {'name': 'more'}


#: What is sent with a verb, where ``rows`` does not say it.
VALUES = {
    'os-migrateLive': _live,
    'evacuate': lambda w, server: {'onSharedStorage': False} if w.version < V(2, 14) else {},
    'addFixedIp': lambda w, server: {'networkId': _port(w, server)['net_id']},
    'removeFixedIp': lambda w, server: {'address': _address(w, server)},
    'addSecurityGroup': lambda w, server: {'name': 'more'}, 'removeSecurityGroup': _in_group,
    'os-getConsoleOutput': lambda w, server: {'length': 5},
    'os-resetState': lambda w, server: {'state': 'active'},
    **{verb: lambda w, server, kind=kind: {'type': kind} for verb, kind in HOST_VERBS.items()},
}
#: The row whose preparation suits a verb, where it is not called so.
_ROWS = {'reboot': 'reboot.hard'}
_BY_ADMIN = {'addFixedIp', 'removeFixedIp', 'addSecurityGroup', 'removeSecurityGroup'}


def ready(w, name):
    """A server that is ready for a verb, and what is sent with it."""
    row = rows.row(_ROWS.get(name, name))
    server = w.boot() if name in _BY_ADMIN else rows.prepared(w.cloud, _ROWS.get(name, name))
    if row.given:
        w.undo.append(row.given(w.cloud, server))
    value = VALUES.get(name, row.value)
    if callable(value):
        value = value(*((w, server) if name in VALUES else (w.cloud, server)))
    return server, value


def verb(w, name):
    """Ask for a verb on a server that is ready for it; the answer."""
    server, value = ready(w, name)
    answer = w.cloud.ask(server, name, value, who='admin', version=str(w.version))
    w.cloud.settle(server)
    return answer
