"""What a server is to be plugged into, as it is asked for and as it is checked."""

from oslo_utils import uuidutils

from novalite import errors
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field

#: The rule for networks that lead outside.
EXTERNAL = 'network:attach_external_network'

TAG = {'type': 'string', 'minLength': 1, 'maxLength': 60, 'pattern': '^[^,/]*$'}


def _list(uuid, **more):
    return schema.array({'type': 'object', 'additionalProperties': False, 'properties': {
        'uuid': uuid, 'port': {'type': ['string', 'null'], 'format': 'uuid'},
        'fixed_ip': {'type': 'string', 'anyOf': [{'format': 'ipv4'}, {'format': 'ipv6'}]}} | more})


def _list_or_word(**more):
    return {'oneOf': [_list(schema.UUID, **more), {'enum': ['none', 'auto']}]}


FIELDS = (
    Field('networks', _list(schema.STRING), until=V(2, 31)),
    Field('networks', _list(schema.STRING, tag=TAG), since=V(2, 32), until=V(2, 36)),
    Field('networks', _list_or_word(), since=V(2, 37), until=V(2, 41), required=True),
    Field('networks', _list_or_word(tag=TAG), since=V(2, 42), required=True),
)


def wanted(req, connection, asked):
    """What the conductor plugs: 'none', or a list of {network_id, port_id, fixed_ip, tag}.

    Raises Invalid for a network, port or address that cannot be had.
    """
    if asked == 'none' or not req.has('networks'):
        return 'none'
    if asked in ('auto', []):
        return _auto(req, connection)
    return [_named(req, connection, one) for one in asked]


def _auto(req, connection):
    network = req.networks.choose(connection, req.context.project_id)
    return [{'network_id': network.id}] if network else 'none'


def _named(req, connection, one):
    if one.get('port'):
        return _port(req, connection, one)
    network_id = one.get('uuid')
    if not network_id:
        raise errors.Invalid('A network needs its uuid, or a port.')
    if not uuidutils.is_uuid_like(network_id):
        raise errors.Invalid(f'Bad networks format: network uuid is not in proper format '
                             f'({network_id})')
    _attachable(req.networks.attachable, connection, network_id, req.may(EXTERNAL))
    return _present(network_id=network_id, fixed_ip=one.get('fixed_ip'), tag=one.get('tag'))


def _port(req, connection, one):
    port = _attachable(req.networks.attachable_port, connection, one['port'])
    return _present(network_id=port.network_id, port_id=port.id, tag=one.get('tag'))


def _attachable(find, *what):
    try:
        return find(*what)
    except errors.NotFound as exc:
        raise errors.Invalid(str(exc)) from exc


def _present(**values):
    return {name: value for name, value in values.items() if value is not None}


def security_groups(req, connection, asked):
    """Names of security groups; raises Invalid for one the project does not have."""
    if not req.has('networks'):
        return [group['name'] for group in asked or [{'name': 'default'}]]
    names = []
    for group in asked or [{'name': 'default'}]:
        row = req.networks.security_group(connection, group['name'])
        if row is None:
            raise errors.Invalid(f'Security group {group["name"]} not found for project '
                                 f'{req.context.project_id}.')
        if row.name not in names:
            names.append(row.name)
    return names
