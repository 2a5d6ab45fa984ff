"""Interfaces of a server: the ports it is plugged into, one more and one less."""

import contextlib

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import server_networks
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import addresses
from novalite.db import networks
from novalite.db import servers
from novalite.servers import machine

RULES = (
    policy.rule('os-attach-interfaces:list', policy.READER, 'List a server\'s interfaces.'),
    policy.rule('os-attach-interfaces:show', policy.READER, 'Show an interface of a server.'),
    policy.rule('os-attach-interfaces:create', policy.MEMBER, 'Attach an interface.'),
    policy.rule('os-attach-interfaces:delete', policy.MEMBER, 'Detach an interface.'),
)

_ADDRESS = {
    'type': 'object', 'required': ['ip_address'], 'additionalProperties': False,
    'properties': {'ip_address': {
        'type': 'string', 'anyOf': [{'format': 'ipv4'}, {'format': 'ipv6'}]}},
}

BODY = (
    Field('net_id', schema.UUID),
    Field('port_id', {'oneOf': [schema.UUID, schema.NULL]}),
    Field('fixed_ips', schema.array(_ADDRESS, minItems=1, maxItems=1)),
    Field('tag', server_networks.TAG, since=V(2, 49)),
)

#: Of a pair: the port's row, and {'ips', 'tag'} of it.
INTERFACE = (
    Field('net_id', schema.UUID, lambda it, r: it[0].network_id),
    Field('port_id', schema.UUID, lambda it, r: it[0].id),
    Field('mac_addr', schema.STRING, lambda it, r: it[0].mac_address),
    Field('port_state', schema.STRING, lambda it, r: it[0].status),
    Field('fixed_ips', schema.ARRAY, lambda it, r: it[1]['ips']),
    Field('tag', schema.STRING_OR_NULL, lambda it, r: it[1]['tag'], since=V(2, 70)),
)


@schema.returns(200, 'interfaceAttachments', INTERFACE, many=True)
def index(req, id):
    """GET …/os-interface: 200 with the ports the server is plugged into."""
    req.authorize('os-attach-interfaces:list')
    with req.db.read() as connection:
        server = servers_resource.find(req, id, connection)
        rows = networks.ports_of(connection, id) if req.service.networked else []
        return {'interfaceAttachments': schema.views(
            INTERFACE, req, _with_addresses(connection, server, rows))}


@schema.returns(200, 'interfaceAttachment', INTERFACE)
def show(req, id, port_id):
    """GET …/os-interface/{port_id}: 200 with the port, if the server is plugged into it."""
    req.authorize('os-attach-interfaces:show')
    with req.db.read() as connection:
        server = servers_resource.find(req, id, connection)
        return _shown(req, connection, server, port_id)


def _shown(req, connection, server, port_id):
    row = req.service.networked and networks.find(
        connection, networks.ports, port_id, req.context)
    if not row:
        raise errors.PortNotFound(id=port_id)
    if row.device_id != server.uuid:
        raise errors.NotFound(f'Instance {server.uuid} does not have a port with id {port_id}')
    (pair,) = _with_addresses(connection, server, [row])
    return {'interfaceAttachment': schema.view(INTERFACE, req, pair)}


def _with_addresses(connection, server, rows):
    tags = {nic['port_id']: nic['tag'] for nic in server.nics}
    given = addresses.of_ports(connection, [row.id for row in rows])
    return [(row, {'tag': tags.get(row.id), 'ips': [
        {'subnet_id': ip.subnet_id, 'ip_address': ip.address} for ip in given[row.id]]})
        for row in rows]


@schema.accepts('interfaceAttachment', *BODY)
@schema.returns(200, 'interfaceAttachment', INTERFACE)
def create(req, id):
    """POST …/os-interface: 200 with the port, which is there when the answer is.

    What the host makes of it is told by the action ``attach_interface``.
    """
    req.authorize('os-attach-interfaces:create')
    action = machine.VERBS['attach_interface']
    wanted = _wanted(req.body)
    with req.db.write() as connection:
        intent.refuse_locked(req, servers_resource.find(req, id, connection))
        if not req.service.networked:
            raise errors.NotSupported()
        server = servers.get(connection, id, lock=True)
        nic = _plug(req, connection, server, wanted)
        intent.begin(req, connection, id, action, {'nic': nic}, nics=[*server.nics, nic])
        answer = _shown(req, connection, servers.get(connection, id), nic['port_id'])
    intent.tell(req, id, action)
    intent.linger(req, id)
    return answer


def _wanted(body):
    """What ``networks.plug`` takes of what was asked."""
    address = body['fixed_ips'][0]['ip_address'] if 'fixed_ips' in body else None
    if body.get('net_id') and body.get('port_id'):
        raise errors.Invalid('Must not input both network_id and port_id')
    if address and not body.get('net_id'):
        raise errors.Invalid('Must input network_id when request IP address')
    return {'network_id': body.get('net_id'), 'port_id': body.get('port_id'),
            'fixed_ip': address, 'tag': body.get('tag')}


def _plug(req, connection, server, wanted):
    with _in_novas_codes():
        if wanted['port_id']:
            networks.attachable_port(connection, req.context, wanted['port_id'])
        elif wanted['network_id']:
            networks.attachable(connection, req.context, wanted['network_id'],
                                req.may(server_networks.EXTERNAL))
        elif networks.choose(connection, server.project_id) is None:
            raise errors.Invalid('No specific network was requested and none are available for '
                                 f'project \'{server.project_id}\'.')
        return networks.plug(
            connection, req.runtime, server=server.uuid, project_id=server.project_id,
            host=server.host, zone=server.availability_zone, **wanted)


@contextlib.contextmanager
def _in_novas_codes():
    """What a create of a server tells in other words, or later, behind its 202."""
    try:
        yield
    except errors.NetworkAmbiguous:
        raise errors.Invalid('More than one possible network found. Specify network ID(s) to '
                             'select which one(s) to connect to.') from None
    except errors.NoMoreAddresses as exc:
        raise errors.Invalid(str(exc)) from exc


@schema.returns(202)
def delete(req, id, port_id):
    """DELETE …/os-interface/{port_id}: 202; the port goes when the host has let go of it."""
    req.authorize('os-attach-interfaces:delete')
    server = servers_resource.find(req, id)
    nic = next((nic for nic in server.nics if nic['port_id'] == port_id), None)
    if nic is None:
        raise errors.PortNotFound(id=port_id)
    intent.act(req, server, 'detach_interface', {'nic': nic})
