"""What is inside a server, for whoever looks after it: diagnostics, topology, password."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import server_consoles
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.servers.states import Power

RULES = (
    policy.rule('os-server-diagnostics', policy.ADMIN, 'See what a hypervisor counts of a server.'),
    policy.rule('os-server-password:show', policy.READER,
                'Show the encrypted password a server has made for itself.'),
    policy.rule('os-server-password:clear', policy.MEMBER, 'Forget that password.'),
    policy.rule('compute:server:topology:index', policy.READER,
                'Show the NUMA nodes of a server.'),
    policy.rule('compute:server:topology:host:index', policy.ADMIN,
                'See where on the host the NUMA nodes of a server are.'),
)


_COUNT = schema.INTEGER_OR_NULL
_CPU = tuple(Field(name, _COUNT) for name in ('id', 'time', 'utilisation'))
_NIC = (Field('mac_address', schema.STRING), *(
    Field(f'{way}_{what}', _COUNT) for way in ('rx', 'tx')
    for what in ('octets', 'errors', 'drop', 'packets', 'rate')))
_DISK = tuple(Field(name, _COUNT) for name in (
    'read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'))
_MEMORY = tuple(Field(name, _COUNT) for name in ('maximum', 'used'))
_SINCE_48 = V(2, 48)

#: Since 2.48.
DIAGNOSTICS = (
    *(Field(name, schema.STRING_OR_NULL) for name in (
        'state', 'driver', 'hypervisor', 'hypervisor_os')),
    Field('config_drive', schema.BOOLEAN),
    *(Field(name, _COUNT) for name in ('uptime', 'num_cpus', 'num_nics', 'num_disks')),
    Field('cpu_details', schema.array(schema.Shown(_CPU))),
    Field('nic_details', schema.array(schema.Shown(_NIC))),
    Field('disk_details', schema.array(schema.Shown(_DISK))),
    Field('memory_details', schema.Shown(_MEMORY)),
)
#: Until then: counters, named by the devices inside.
COUNTERS = {'type': 'object', 'additionalProperties': schema.INTEGER}


@schema.returns(200, fields=schema.ByVersion({V(2, 1): COUNTERS, _SINCE_48: DIAGNOSTICS}),
                fails=(409,))
def diagnostics(req, id):
    """GET …/diagnostics: 200, in one format since 2.48; before, as libvirt's driver told it."""
    req.authorize('os-server-diagnostics')
    server = servers_resource.find(req, id)
    if server.host is None:
        raise errors.ServerNotReady(uuid=id)
    if server.power_state != Power.RUNNING:
        raise errors.ActionNotAllowed(action='get_diagnostics', uuid=id, attribute='power state',
                                      state=Power(server.power_state).name.lower())
    told = server_consoles.look(req, server, 'diagnostics')
    if req.version >= _SINCE_48:
        return told | {'config_drive': server.config_drive == 'True'}
    return _plain(told)


def _plain(told):
    """A flat object of counters, named by the devices inside."""
    shown = {'memory': told['memory_details']['maximum'] * 1024}
    shown |= {f'cpu{cpu["id"]}_time': cpu['time'] for cpu in told['cpu_details']}
    for letter, disk in zip('abcdefgh', told['disk_details'], strict=False):
        shown |= {f'vd{letter}_{name}': disk[key] for name, key in (
            ('read', 'read_bytes'), ('read_req', 'read_requests'), ('write', 'write_bytes'),
            ('write_req', 'write_requests'), ('errors', 'errors_count'))}
    for number, nic in enumerate(told['nic_details']):
        for way in ('rx', 'tx'):
            shown |= {f'vnet{number}_{way}': nic[f'{way}_octets'],
                      f'vnet{number}_{way}_packets': nic[f'{way}_packets'],
                      f'vnet{number}_{way}_errors': nic[f'{way}_errors'],
                      f'vnet{number}_{way}_drop': nic[f'{way}_drop']}
    return shown


TOPOLOGY = (
    Field('nodes', schema.array(schema.OBJECT, maxItems=0), lambda server, r: []),
    Field('pagesize_kb', schema.INTEGER_OR_NULL, lambda server, r: None),
)


@schema.between(V(2, 78))
@schema.returns(200, fields=TOPOLOGY)
def topology(req, id):
    """GET …/topology: 200; no server of ours has NUMA nodes, as most of Nova's have none."""
    req.authorize('compute:server:topology:index')
    return schema.view(TOPOLOGY, req, servers_resource.find(req, id))


@schema.returns(200, 'password', schema.STRING)
def password(req, id):
    """GET …/os-server-password: 200; no guest of ours has a metadata service to hand one to."""
    req.authorize('os-server-password:show')
    servers_resource.find(req, id)
    return {'password': ''}


@schema.returns(204)
def clear_password(req, id):
    """DELETE …/os-server-password: 204; there is nothing to forget."""
    req.authorize('os-server-password:clear')
    servers_resource.find(req, id)
