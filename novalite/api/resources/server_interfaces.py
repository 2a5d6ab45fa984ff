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
    Field('port_id', schema.UUID),
    Field('fixed_ips', schema.array(_ADDRESS, minItems=1, maxItems=1)),
    Field('tag', server_networks.TAG, since=V(2, 49)),
)

_IP = (Field('subnet_id', schema.UUID), Field('ip_address', schema.STRING))

#: Of a pair: the port, and its tag.
INTERFACE = (
    Field('net_id', schema.UUID, lambda it, r: it[0].network_id),
    Field('port_id', schema.UUID, lambda it, r: it[0].id),
    Field('mac_addr', schema.STRING, lambda it, r: it[0].mac_address),
    Field('port_state', schema.STRING, lambda it, r: it[0].status),
    Field('fixed_ips', schema.array(schema.Shown(_IP)), lambda it, r: it[0].ips),
    Field('tag', schema.STRING_OR_NULL, lambda it, r: it[1], since=V(2, 70)),
)


@schema.returns(200, 'interfaceAttachments', INTERFACE, many=True)
def index(req, id):
    """GET …/os-interface: 200 with the ports the server is plugged into."""
    req.authorize('os-attach-interfaces:list')
    with req.db.read() as connection:
        server = servers_resource.find(req, id, connection)
        ports = req.networks.ports_of(connection, id) if req.has('networks') else []
        return {'interfaceAttachments': schema.views(
            INTERFACE, req, [(port, _tag(server, port)) for port in ports])}


@schema.returns(200, 'interfaceAttachment', INTERFACE)
def show(req, id, port_id):
    """GET …/os-interface/{port_id}: 200 with the port, if the server is plugged into it."""
    req.authorize('os-attach-interfaces:show')
    with req.db.read() as connection:
        server = servers_resource.find(req, id, connection)
        return _shown(req, connection, server, port_id)


def _shown(req, connection, server, port_id):
    if not req.has('networks'):
        raise errors.PortNotFound(id=port_id)
    port = req.networks.port(connection, port_id)
    if port.device_id != server.uuid:
        raise errors.NotFound(f'Instance {server.uuid} does not have a port with id {port_id}')
    return {'interfaceAttachment': schema.view(INTERFACE, req, (port, _tag(server, port)))}


def _tag(server, port):
    return next((nic['tag'] for nic in server.nics if nic['port_id'] == port.id), None)


@schema.accepts('interfaceAttachment', *BODY)
@schema.returns(200, 'interfaceAttachment', INTERFACE, fails=(409, 501))
def create(req, id):
    """POST …/os-interface: 200 with the port, which is there when the answer is.

    What the host makes of it is told by the action ``attach_interface``.
    """
    req.authorize('os-attach-interfaces:create')
    action = machine.VERBS['attach_interface']
    wanted = _wanted(req.body)
    with req.db.write() as connection:
        intent.refuse_locked(req, servers_resource.find(req, id, connection))
        if not req.has('networks'):
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
            req.networks.attachable_port(connection, wanted['port_id'])
        elif wanted['network_id']:
            req.networks.attachable(connection, wanted['network_id'],
                                    req.may(server_networks.EXTERNAL))
        elif req.networks.choose(connection, server.project_id) is None:
            raise errors.Invalid('No specific network was requested and none are available for '
                                 f'project \'{server.project_id}\'.')
        return req.networks.plug(connection, server, wanted)


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


@schema.returns(202, fails=(409,))
def delete(req, id, port_id):
    """DELETE …/os-interface/{port_id}: 202; the port goes when the host has let go of it."""
    req.authorize('os-attach-interfaces:delete')
    server = servers_resource.find(req, id)
    nic = next((nic for nic in server.nics if nic['port_id'] == port_id), None)
    if nic is None:
        raise errors.PortNotFound(id=port_id)
    intent.act(req, server, 'detach_interface', {'nic': nic})
