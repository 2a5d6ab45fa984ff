"""Trunks: what a server is plugged into with one port, and reaches many networks by."""

from novalite import errors
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.db import trunks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.nouns import Field
from novalite.neighbours.networks.port import PORT

SUB_PORT = nouns.record(
    port_id=nouns.text(36, least=1), segmentation_type=nouns.one_of('vlan', 'inherit'),
    segmentation_id=nouns.number(1, 4094))


def _more(_call, connection, rows):
    found = trunks.sub_ports_of(connection, [row.id for row in rows])
    return {row.id: {'sub_ports': [_sub_port(one) for one in found[row.id]]} for row in rows}


def _sub_port(row):
    return {'port_id': row.port_id, 'segmentation_type': row.segmentation_type,
            'segmentation_id': row.segmentation_id}


TRUNK = nouns.Noun(
    'trunk', 'trunks', trunks.trunks, errors.TrunkNotFound, (
        *nouns.FIRST,
        Field('port_id', nouns.text(36), put=False, needed=True),
        Field('admin_state_up', nouns.flag),
        Field('status'),
        Field('sub_ports', nouns.items(SUB_PORT), '', put=False),
        *nouns.LAST),
    derived=_more)


def create(call):
    columns = TRUNK.given(call, 'post')
    wanted = columns.pop('sub_ports', [])
    with call.db.write() as connection:
        _free(call, connection, columns['port_id'])
        quotas.refuse_excess(connection, columns['project_id'], 'trunk')
        trunk_id = networks.insert(
            connection, call.runtime, trunks.trunks, status='ACTIVE', **columns)
        _add(call, connection, trunk_id, wanted)
        return TRUNK.shown(call, connection, trunk_id)


def _free(call, connection, port_id):
    """The port, if the caller may change it and it is in no trunk."""
    port = PORT.owned(call, connection, port_id)
    if trunk_id := trunks.using(connection, port_id):
        raise errors.TrunkPortInUse(port=port_id, trunk=trunk_id)
    return port


def _add(call, connection, trunk_id, wanted):
    for one in wanted:
        for name in ('port_id', 'segmentation_type', 'segmentation_id'):
            if name not in one:
                raise errors.InvalidField(name='sub_ports', value=str(one)[:255],
                                          reason=f'It has no {name}.')
        _free(call, connection, one['port_id'])
        used = trunks.sub_ports_of(connection, [trunk_id])[trunk_id]
        if any((row.segmentation_type, row.segmentation_id) == (
                one['segmentation_type'], one['segmentation_id']) for row in used):
            raise errors.DuplicateSubPort(
                type=one['segmentation_type'], id=one['segmentation_id'], trunk=trunk_id)
        trunks.add(connection, trunk_id, **one)


def update(call, row_id):
    columns = TRUNK.given(call, 'put')
    with call.db.write() as connection:
        TRUNK.owned(call, connection, row_id)
        networks.change(connection, call.runtime, trunks.trunks, row_id, **columns)
        return TRUNK.shown(call, connection, row_id)


def delete(call, row_id):
    with call.db.write() as connection:
        row = TRUNK.owned(call, connection, row_id)
        if networks.find(connection, networks.ports, row.port_id).device_id:
            raise errors.TrunkInUse(id=row_id)
        networks.remove(connection, trunks.trunks, row_id)


def sub_ports(call, row_id):
    """GET …/get_subports"""
    with call.db.read() as connection:
        TRUNK.fetch(call, connection, row_id)
        return {'sub_ports': [
            _sub_port(one) for one in trunks.sub_ports_of(connection, [row_id])[row_id]]}


def _named(call):
    body = call.body()
    if not isinstance(body, dict):
        raise errors.Invalid("The body must be a JSON object with a list 'sub_ports'.")
    try:
        return nouns.items(SUB_PORT)(body.get('sub_ports'))
    except (ValueError, TypeError) as exc:
        raise errors.Invalid(f'Invalid input for sub_ports. Reason: {exc}') from None


def add_sub_ports(call, row_id):
    """PUT …/add_subports: 200 with the trunk, not below its name."""
    wanted = _named(call)
    with call.db.write() as connection:
        TRUNK.owned(call, connection, row_id)
        _add(call, connection, row_id, wanted)
        return TRUNK.shown(call, connection, row_id)['trunk']


def remove_sub_ports(call, row_id):
    """PUT …/remove_subports: the same."""
    wanted = _named(call)
    with call.db.write() as connection:
        TRUNK.owned(call, connection, row_id)
        for one in wanted:
            if not trunks.remove(connection, row_id, one.get('port_id')):
                raise errors.SubPortNotFound(port=one.get('port_id'), trunk=row_id)
        return TRUNK.shown(call, connection, row_id)['trunk']
