"""Aggregates: groups of hosts for the scheduler, and the availability zones they make."""

import re

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import aggregates as store
from novalite.db import hosts
from novalite.notify import payloads

RULES = (
    policy.rule('os-aggregates:index', policy.ADMIN, 'List aggregates.'),
    policy.rule('os-aggregates:show', policy.ADMIN, 'Show an aggregate.'),
    policy.rule('os-aggregates:create', policy.ADMIN, 'Make an aggregate.'),
    policy.rule('os-aggregates:update', policy.ADMIN, 'Rename an aggregate or change its zone.'),
    policy.rule('os-aggregates:delete', policy.ADMIN, 'Delete an aggregate.'),
    policy.rule('os-aggregates:add_host', policy.ADMIN, 'Put a host into an aggregate.'),
    policy.rule('os-aggregates:remove_host', policy.ADMIN, 'Take a host out of an aggregate.'),
    policy.rule('os-aggregates:set_metadata', policy.ADMIN, 'Change what an aggregate notes.'),
    policy.rule('compute:aggregates:images', policy.ADMIN,
                'Have hosts of an aggregate cache images.'),
)

_ZONE = 'availability_zone'


def _metadata(aggregate):
    zone = {} if aggregate.availability_zone is None else {_ZONE: aggregate.availability_zone}
    return aggregate.metadata | zone


#: What create and update of nothing but the aggregate show: each ``of`` gets (row, its hosts).
BRIEF = (
    Field('id', schema.INTEGER, lambda one, req: one[0].id),
    Field('uuid', schema.UUID, lambda one, req: one[0].uuid, since=V(2, 41)),
    Field('name', schema.STRING, lambda one, req: one[0].name),
    Field(_ZONE, schema.STRING_OR_NULL, lambda one, req: one[0].availability_zone),
    Field('created_at', schema.TIME, lambda one, req: precise(one[0].created_at)),
    Field('updated_at', schema.TIME_OR_NULL, lambda one, req: precise(one[0].updated_at)),
    Field('deleted', schema.BOOLEAN, lambda one, req: False),
    Field('deleted_at', schema.NULL, lambda one, req: None),
)

FULL = (
    *BRIEF,
    Field('hosts', schema.STRINGS, lambda one, req: one[1]),
    Field('metadata', schema.STRING_MAP, lambda one, req: _metadata(one[0])),
)

_ZONE_NAME = schema.NAME | {'pattern': '^[^:]*$'}
_ZONE_OR_NULL = {'oneOf': [_ZONE_NAME, schema.NULL]}


# Looking

@schema.returns(200, 'aggregates', FULL, many=True)
def index(req):
    """GET /os-aggregates: 200 with all there are, and their hosts."""
    req.authorize('os-aggregates:index')
    with req.db.read() as connection:
        rows, members = store.listed(connection), store.members(connection)
    return {'aggregates': schema.views(
        FULL, req, [(row, members.get(row.id, [])) for row in rows])}


@schema.returns(200, 'aggregate', FULL)
def show(req, id):
    """GET /os-aggregates/{id}: 200; 400 for an id that is no number."""
    req.authorize('os-aggregates:show')
    with req.db.read() as connection:
        return _shown(req, _state(connection, _find(connection, id)))


def _find(connection, id, lock=False):
    """The aggregate's row; raises AggregateNotFound."""
    if not re.fullmatch('-?[0-9]+', id):
        raise errors.Invalid('Invalid input received: id must be an integer')
    row = store.get(connection, int(id), lock) if id.isdigit() and len(id) <= 9 else None
    if row is None:
        raise errors.AggregateNotFound(id=id)
    return row


def _state(connection, row):
    """The aggregate as it is now, and its hosts."""
    return store.get(connection, row.id), _hosts(connection, row)


def _shown(req, state):
    return {'aggregate': schema.view(FULL, req, state)}


def _hosts(connection, row):
    return store.members(connection, [row.id]).get(row.id, [])


# Changes

def _notify(req, what, before, after):
    """Tell, after the commit, what an aggregate was and is."""
    req.notify(f'aggregate.{what}.start', payloads.aggregate, *before)
    req.notify(f'aggregate.{what}.end', payloads.aggregate, *after)


@schema.accepts('aggregate', Field('name', schema.NAME, required=True),
                Field(_ZONE, _ZONE_OR_NULL))
@schema.returns(200, 'aggregate', BRIEF, fails=(409,))
def create(req):
    """POST /os-aggregates: 200 with the aggregate, which is empty; 409 if the name is taken."""
    req.authorize('os-aggregates:create')
    name = req.body['name']
    with req.db.write() as connection:
        if not store.create(connection, uuid=req.runtime.uuid(), name=name, metadata={},
                            availability_zone=req.body.get(_ZONE),
                            created_at=req.runtime.now()):
            raise errors.AggregateExists(name=name)
        row = store.named(connection, name)
    req.notify('aggregate.create.start', payloads.aggregate_asked, row)
    req.notify('aggregate.create.end', payloads.aggregate, row, [])
    return {'aggregate': schema.view(BRIEF, req, (row, []))}


@schema.accepts('aggregate', Field('name', schema.NAME), Field(_ZONE, _ZONE_OR_NULL))
@schema.returns(200, 'aggregate', FULL, fails=(409,))
def update(req, id):
    """PUT /os-aggregates/{id}: 200 with the aggregate.

    400 if hosts that have servers would come into another zone, or one would be in
    two; 409 if the name is taken.
    """
    req.authorize('os-aggregates:update')
    if not req.body:
        raise errors.Invalid('Invalid input for field/attribute aggregate. Value: {}. {} does not '
                             'have enough properties')
    with req.db.write() as connection:
        row = _find(connection, id, lock=True)
        taken = store.named(connection, req.body.get('name', row.name))
        if taken is not None and taken.id != row.id:
            raise errors.AggregateExists(name=taken.name)
        zone = req.body.get(_ZONE, row.availability_zone)
        _check_zone(connection, row, zone, _hosts(connection, row), errors.Invalid,
                    f'Cannot update aggregate {id}')
        before = _state(connection, row)
        store.update(connection, row.id, req.runtime.now(), **req.body)
        state = _state(connection, row)
    if 'name' in req.body:
        _notify(req, 'update_prop', state, state)
    if _ZONE in req.body:
        _notify(req, 'update_metadata', before, state)
    return _shown(req, state)


def _check_zone(connection, row, zone, names, error, unable):
    """Raise unless these hosts may come into this zone with the aggregate; they are locked."""
    others = store.zones_elsewhere(connection, row.id, names)
    if zone is not None and set(others) - {zone}:
        raise error(f'{unable}. Reason: One or more hosts already in different availability '
                    f'zones: {others}.')
    for host in hosts.lock(connection, names):
        coming = zone or (others[0] if others else host.own_zone)
        if host.servers and host.zone != coming:
            raise error(f'{unable}. Reason: One or more hosts contain instances in this zone.')


@schema.returns(200)
def delete(req, id):
    """DELETE /os-aggregates/{id}: 200; 400 while it has hosts."""
    req.authorize('os-aggregates:delete')
    with req.db.write() as connection:
        row = _find(connection, id, lock=True)
        if _hosts(connection, row):
            raise errors.Invalid(f'Cannot remove host from aggregate {id}. Reason: Host '
                                 f'aggregate is not empty.')
        store.delete(connection, row.id)
    _notify(req, 'delete', (row, []), (row, []))


# Actions

_HOST = {'type': 'object', 'required': ['host'], 'additionalProperties': False,
         'properties': {'host': schema.HOST}}
#: A key whose value is null is taken away.
_NOTES = {'type': 'object', 'additionalProperties': False, 'patternProperties': {
    '^[a-zA-Z0-9-_:. ]{1,255}$': {'type': ['string', 'null'], 'maxLength': 255}}}
_METADATA = {'type': 'object', 'required': ['metadata'], 'additionalProperties': False,
             'properties': {'metadata': _NOTES}}


@schema.accepts(None, Field('add_host', _HOST), Field('remove_host', _HOST),
                Field('set_metadata', _METADATA))
@schema.returns(200, 'aggregate', FULL, fails=(409,))
def act(req, id):
    """POST /os-aggregates/{id}/action: 200 with the aggregate as it is now.

    404 for a host there is none of, or that is not in it; 409 for one that is in it
    already, may not come into its zone, or has servers that would change zones.
    """
    if len(req.body) != 1:
        raise errors.Invalid('Malformed request body: one action is needed')
    (name, arguments), = req.body.items()
    req.authorize(f'os-aggregates:{name}')
    with req.db.write() as connection:
        row = _find(connection, id, lock=True)
        before = _state(connection, row)
        change, told = _ACTIONS[name]
        change(req, connection, row, **arguments)
        state = _state(connection, row)
    _notify(req, told, before, state)
    return _shown(req, state)


def _add_host(req, connection, row, host):
    if hosts.get(connection, host) is None:
        raise errors.HostNotFound(host=host)
    if host in _hosts(connection, row):
        raise errors.Conflict(f'Aggregate {row.id} already has host {host}.')
    _check_zone(connection, row, row.availability_zone, [host], errors.Conflict,
                f'Cannot add host to aggregate {row.id}')
    store.add(connection, row.id, host, req.runtime.now())


def _remove_host(req, connection, row, host):
    if hosts.get(connection, host) is None:
        raise errors.HostNotFound(host=host)
    if host not in _hosts(connection, row):
        raise errors.NotFound(f'Aggregate {row.id} has no host {host}.')
    _check_zone(connection, row, None, [host], errors.Conflict,
                f'Cannot remove host from aggregate {row.id}')
    store.remove(connection, row.id, host, req.runtime.now())


def _set_metadata(req, connection, row, metadata):
    zone = row.availability_zone
    if _ZONE in metadata:
        zone = metadata[_ZONE]
        schema.check_value({'type': 'object', 'properties': {_ZONE: _ZONE_OR_NULL}}, metadata)
    _check_zone(connection, row, zone, _hosts(connection, row), errors.Invalid,
                f'Cannot update metadata of aggregate {row.id}')
    kept = {key: value for key, value in (row.metadata | metadata).items()
            if value is not None and key != _ZONE}
    store.update(connection, row.id, req.runtime.now(), availability_zone=zone, metadata=kept)


#: By name: what changes, and how it is told.
_ACTIONS = {'add_host': (_add_host, 'add_host'), 'remove_host': (_remove_host, 'remove_host'),
            'set_metadata': (_set_metadata, 'update_metadata')}


@schema.between(V(2, 81))
@schema.accepts(None, Field('cache', schema.array({
    'type': 'object', 'required': ['id'], 'additionalProperties': False,
    'properties': {'id': schema.UUID}}, minItems=1), required=True))
@schema.returns(202)
def cache_images(req, id):
    """POST /os-aggregates/{id}/images: 202; simulated hosts have every image already."""
    req.authorize('compute:aggregates:images')
    wanted = [one['id'] for one in req.body['cache']]
    repeated = sorted({image for image in wanted if wanted.count(image) > 1})
    if repeated:
        raise errors.Invalid(f'Duplicate images in request: {", ".join(repeated)}')
    with req.db.read() as connection:
        state = _state(connection, _find(connection, id))
    _notify(req, 'cache_images', state, state)
