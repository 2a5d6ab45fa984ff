"""Fixed and floating addresses of a server, by the actions that end with 2.43."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import addresses
from novalite.db import floating
from novalite.db import networks
from novalite.servers import machine

RULES = (
    policy.rule('os-multinic:add', policy.MEMBER, 'Give a server one address more.'),
    policy.rule('os-multinic:remove', policy.MEMBER, 'Take an address from a server.'),
    policy.rule('os-floating-ips:add', policy.MEMBER, 'Let a floating address lead to a server.'),
    policy.rule('os-floating-ips:remove', policy.MEMBER, 'Let a floating address lead nowhere.'),
)

_ADDRESS = {'type': 'string', 'anyOf': [{'format': 'ipv4'}, {'format': 'ipv6'}]}
ADD_FIXED = (Field('networkId', {'type': ['string', 'integer'], 'minLength': 1}, required=True,
                   parse=str),)
REMOVE_FIXED = (Field('address', _ADDRESS, required=True),)
ADD_FLOATING = (Field('address', _ADDRESS, required=True), Field('fixed_address', _ADDRESS))
REMOVE_FLOATING = (Field('address', _ADDRESS, required=True),)


def add_fixed(req, server):
    """The action addFixedIp: 202; the next IPv4 address that is free on that network."""
    _need_our_own(req)
    network_id = req.body['networkId']
    with req.db.write() as connection:
        _expect_rest(req, connection, server, 'add_fixed_ip')
        port = next((port for port in networks.ports_of(connection, server.uuid)
                     if port.network_id == network_id), None)
        if port is None:
            raise errors.NotFound(f'Network could not be found for instance {server.uuid}.')
        subnets = networks.subnets_of(connection, [network_id])[network_id]
        if not any(addresses.take_next(connection, req.runtime, subnet, port.id)
                   for subnet in subnets if subnet.ip_version == 4):
            raise errors.Invalid(f'No fixed IP addresses available for network: {network_id}')
        networks.refresh(connection, req.runtime, server.uuid)


def remove_fixed(req, server):
    """The action removeFixedIp: 202; a floating address that led there leads nowhere."""
    _need_our_own(req)
    address = req.body['address']
    with req.db.write() as connection:
        _expect_rest(req, connection, server, 'remove_fixed_ip')
        port = _port_with(connection, server, address)
        if port is None:
            raise errors.Invalid(f"Instance {server.uuid} doesn't have fixed IP '{address}'.")
        for row in floating.of_port(connection, port.id):
            if row.fixed_ip_address == address:
                networks.dissociate(connection, req.runtime, row)
        addresses.give_back(connection, port.id, address)
        networks.refresh(connection, req.runtime, server.uuid)


def _need_our_own(req):
    """A real Neutron is told of addresses by its own clients."""
    if req.is_real('networks'):
        raise errors.NotSupported()


def _expect_rest(req, connection, server, action):
    """These are done within the request, but only where a port may be plugged in too."""
    row = servers_resource.find(req, server.uuid, connection)
    intent.refuse_locked(req, row)
    if row.vm_state not in machine.VERBS['attach_interface'].allowed:
        raise errors.ActionNotAllowed(action=action, uuid=row.uuid, attribute='vm_state',
                                      state=row.vm_state)
    if row.task_state:
        raise errors.ActionNotAllowed(action=action, uuid=row.uuid, attribute='task_state',
                                      state=row.task_state)


def _port_with(connection, server, address):
    rows = networks.ports_of(connection, server.uuid)
    given = addresses.of_ports(connection, [row.id for row in rows])
    return next((row for row in rows for ip in given[row.id] if ip.address == address), None)


def add_floating(req, server):
    """The action addFloatingIp: 202; without fixed_address it leads to the first IPv4 address."""
    _need_our_own(req)
    address = req.body['address']
    with req.db.write() as connection:
        fixed = [ip['address'] for nic in server.nics for ip in nic['ips'] if ip['version'] == 4]
        if not fixed:
            raise errors.Invalid('No fixed IPs associated to instance')
        wanted = req.body.get('fixed_address') or fixed[0]
        if wanted not in fixed:
            raise errors.Invalid('Specified fixed address not assigned to instance')
        row = _floating(req, connection, address)
        try:
            networks.associate(connection, req.runtime, row,
                               _port_with(connection, server, wanted), wanted)
        except (errors.Invalid, errors.NotFound, errors.Conflict) as exc:
            raise errors.Invalid(f'Unable to associate floating IP {address} to fixed IP {wanted} '
                                 f'for instance {server.uuid}. Error: {exc}') from exc


def remove_floating(req, server):
    """The action removeFloatingIp: 202."""
    _need_our_own(req)
    with req.db.write() as connection:
        row = _floating(req, connection, req.body['address'])
        if row.port_id not in {nic['port_id'] for nic in server.nics}:
            raise errors.Conflict(f'Floating IP {row.floating_ip_address} is not associated with '
                                  f'instance {server.uuid}.')
        networks.dissociate(connection, req.runtime, row)


def _floating(req, connection, address):
    row = floating.with_address(connection, req.context.project_id, address)
    if row is None:
        raise errors.NotFound('floating IP not found')
    return row


#: Verb -> policy rule, fields, run.
VERBS = {
    'addFixedIp': ('os-multinic:add', ADD_FIXED, add_fixed),
    'removeFixedIp': ('os-multinic:remove', REMOVE_FIXED, remove_fixed),
    'addFloatingIp': ('os-floating-ips:add', ADD_FLOATING, add_floating),
    'removeFloatingIp': ('os-floating-ips:remove', REMOVE_FLOATING, remove_floating),
}
