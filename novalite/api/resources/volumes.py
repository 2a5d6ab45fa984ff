"""Volumes and snapshots as compute showed them, to 2.35: the volume service has them now."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.resources import volume_attachments
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import quotas
from novalite.db import volumes as store

_LAST = V(2, 35)

RULES = (
    policy.rule('os-volumes:list', policy.READER, 'List volumes, to 2.35.'),
    policy.rule('os-volumes:detail', policy.READER, 'List volumes in detail, to 2.35.'),
    policy.rule('os-volumes:show', policy.READER, 'Show a volume, to 2.35.'),
    policy.rule('os-volumes:create', policy.MEMBER, 'Make a volume, to 2.35.'),
    policy.rule('os-volumes:delete', policy.MEMBER, 'Delete a volume, to 2.35.'),
    policy.rule('os-volumes:snapshots:list', policy.READER, 'List snapshots, to 2.35.'),
    policy.rule('os-volumes:snapshots:detail', policy.READER,
                'List snapshots in detail, to 2.35.'),
    policy.rule('os-volumes:snapshots:show', policy.READER, 'Show a snapshot, to 2.35.'),
    policy.rule('os-volumes:snapshots:create', policy.MEMBER, 'Make a snapshot, to 2.35.'),
    policy.rule('os-volumes:snapshots:delete', policy.MEMBER, 'Delete a snapshot, to 2.35.'),
)

_PAGE = (Field('limit', schema.NON_NEGATIVE, parse=int),
         schema.OFFSET)

#: One that is attached nowhere shows one without anything.
_ATTACHMENT = (
    *(Field(name, schema.UUID, optional=True) for name in ('id', 'volumeId', 'serverId')),
    Field('device', schema.STRING, optional=True))

#: Of a (row, attachments).
VOLUME = (
    Field('id', schema.UUID, lambda one, req: one[0].id),
    Field('status', schema.STRING, lambda one, req: one[0].status),
    Field('size', schema.INTEGER, lambda one, req: one[0].size),
    Field('availabilityZone', schema.STRING, lambda one, req: one[0].availability_zone),
    Field('createdAt', schema.TIME, lambda one, req: precise(one[0].created_at)),
    Field('displayName', schema.STRING_OR_NULL, lambda one, req: one[0].name),
    Field('displayDescription', schema.STRING_OR_NULL, lambda one, req: one[0].description),
    Field('volumeType', schema.STRING, lambda one, req: one[0].volume_type),
    Field('snapshotId', schema.STRING_OR_NULL, lambda one, req: one[0].snapshot_id),
    Field('metadata', schema.STRING_MAP, lambda one, req: one[0].metadata),
    Field('attachments', schema.array(schema.Shown(_ATTACHMENT)), lambda one, req: [
        {'id': row.volume_id, 'volumeId': row.volume_id, 'serverId': row.server}
        | ({'device': row.device} if row.device else {})
        for row in one[1] if row.status == 'attached'] or [{}]),
)

SNAPSHOT = (
    Field('id', schema.UUID, lambda row, req: row.id),
    Field('status', schema.STRING, lambda row, req: row.status),
    Field('size', schema.INTEGER, lambda row, req: row.size),
    Field('volumeId', schema.UUID, lambda row, req: row.volume_id),
    Field('createdAt', schema.TIME, lambda row, req: precise(row.created_at)),
    Field('displayName', schema.STRING_OR_NULL, lambda row, req: row.name),
    Field('displayDescription', schema.STRING_OR_NULL, lambda row, req: row.description),
)

_NAMES = (Field('display_name', schema.STRING),
          Field('display_description', schema.STRING))

_SIZE = schema.POSITIVE | {'pattern': '^0*[1-9][0-9]{0,8}$', 'maximum': 2 ** 31 - 1}

NEW_VOLUME = (
    *_NAMES, Field('size', _SIZE, required=True, parse=int),
    Field('volume_type', schema.STRING),
    Field('metadata', schema.METADATA),
    Field('snapshot_id', schema.STRING), Field('availability_zone', schema.STRING),
)
NEW_SNAPSHOT = (
    *_NAMES, Field('volume_id', schema.UUID, required=True),
    Field('force', schema.BOOLEAN_LIKE, parse=schema.boolean),
)


def _page(req, rule, table):
    """The rows of a page of the caller's own."""
    req.authorize(rule)
    first = req.query.get('offset', 0)
    with req.db.read() as connection:
        rows = store.listed(connection, table, [table.c.project_id == req.context.project_id])
        rows = rows[first:first + req.page_size()]
        return rows, store.attachments_of(connection, [row.id for row in rows])


@schema.between(MIN, _LAST)
@schema.query(*_PAGE)
@schema.returns(200, 'volumes', VOLUME, many=True)
def index(req):
    """GET /os-volumes: 200 with volumes, as in detail."""
    return _volumes(req, 'os-volumes:list')


@schema.between(MIN, _LAST)
@schema.query(*_PAGE)
@schema.returns(200, 'volumes', VOLUME, many=True)
def detail(req):
    """GET /os-volumes/detail: 200 with volumes."""
    return _volumes(req, 'os-volumes:detail')


def _volumes(req, rule):
    rows, attachments = _page(req, rule, store.volumes)
    return {'volumes': schema.views(
        VOLUME, req, [(row, attachments[row.id]) for row in rows])}


def _shown(req, connection, volume_id):
    row = volume_attachments.find_volume(req, connection, volume_id)
    return {'volume': schema.view(
        VOLUME, req, (row, store.attachments_of(connection, [row.id])[row.id]))}


@schema.between(MIN, _LAST)
@schema.returns(200, 'volume', VOLUME)
def show(req, id):
    """GET /os-volumes/{id}: 200 with the volume."""
    req.authorize('os-volumes:show')
    with req.db.read() as connection:
        return _shown(req, connection, id)


@schema.between(MIN, _LAST)
@schema.accepts('volume', *NEW_VOLUME)
@schema.returns(200, 'volume', VOLUME)
def create(req):
    """POST /os-volumes: 200 with the volume, of nothing or of a snapshot."""
    req.authorize('os-volumes:create')
    body, mine = req.body, req.context.project_id
    with req.db.write() as connection:
        made_of = {}
        if body.get('snapshot_id'):
            snapshot = _snapshot(req, connection, body['snapshot_id'])
            if body['size'] < snapshot.size:
                raise errors.Invalid(
                    f'Invalid input received: The volume is smaller than snapshot {snapshot.id}, '
                    f'which has {snapshot.size} GiB.')
            made_of = store.made_of(connection, 'snapshot', snapshot.id)
        if body.get('volume_type') not in (None, store.TYPE, store.TYPE_ID):
            raise errors.VolumeTypeNotFound(id=body['volume_type'])
        if body.get('availability_zone') not in (None, 'nova'):
            raise errors.Invalid(
                f"Availability zone '{body['availability_zone']}' is invalid.")
        _refuse_excess(connection, mine, body['size'])
        volume_id = store.create(
            connection, req.runtime, project_id=mine, user_id=req.context.user_id,
            size=body['size'], metadata=body.get('metadata') or {}, **_named(body), **made_of)
        return _shown(req, connection, volume_id)


def _named(body):
    return {'name': body.get('display_name'), 'description': body.get('display_description')}


def _refuse_excess(connection, project_id, size, resource='volumes'):
    """As compute says it: 403, where the volume service would say 413."""
    quotas.hold(connection, project_id)
    try:
        store.refuse_excess(connection, project_id, [size], resource)
    except errors.OverQuota as exc:
        raise errors.Forbidden(str(exc)) from exc


@schema.between(MIN, _LAST)
@schema.returns(202)
def delete(req, id):
    """DELETE /os-volumes/{id}: 202."""
    req.authorize('os-volumes:delete')
    with req.db.write() as connection:
        volume = volume_attachments.find_volume(req, connection, id)
        if volume.status not in ('available', 'error'):
            raise errors.Invalid('Invalid input received: Invalid volume: Volume status must be '
                                 f'available or error, but is {volume.status}.')
        store.delete(connection, volume.id)


# Snapshots

def _snapshot(req, connection, id):
    row = store.find(connection, store.snapshots, id, req.context)
    if row is None:
        raise errors.SnapshotNotFound(id=id)
    return row


@schema.between(MIN, _LAST)
@schema.query(*_PAGE)
@schema.returns(200, 'snapshots', SNAPSHOT, many=True)
def snapshots_detail(req):
    """GET /os-snapshots/detail: 200 with snapshots."""
    rows, _ = _page(req, 'os-volumes:snapshots:detail', store.snapshots)
    return {'snapshots': schema.views(SNAPSHOT, req, rows)}


@schema.between(MIN, _LAST)
@schema.query(*_PAGE)
@schema.returns(200, 'snapshots', SNAPSHOT, many=True)
def snapshots(req):
    """GET /os-snapshots: 200 with snapshots, as in detail."""
    rows, _ = _page(req, 'os-volumes:snapshots:list', store.snapshots)
    return {'snapshots': schema.views(SNAPSHOT, req, rows)}


@schema.between(MIN, _LAST)
@schema.returns(200, 'snapshot', SNAPSHOT)
def show_snapshot(req, id):
    """GET /os-snapshots/{id}: 200 with the snapshot."""
    req.authorize('os-volumes:snapshots:show')
    with req.db.read() as connection:
        return {'snapshot': schema.view(SNAPSHOT, req, _snapshot(req, connection, id))}


@schema.between(MIN, _LAST)
@schema.accepts('snapshot', *NEW_SNAPSHOT)
@schema.returns(200, 'snapshot', SNAPSHOT)
def create_snapshot(req):
    """POST /os-snapshots: 200 with the snapshot; of a volume in use, if it is forced."""
    req.authorize('os-volumes:snapshots:create')
    with req.db.write() as connection:
        volume = volume_attachments.find_volume(req, connection, req.body['volume_id'])
        if volume.status not in (('available', 'in-use') if req.body.get('force')
                                 else ('available',)):
            raise errors.Invalid(f'Invalid volume: Volume {volume.id} status must be available, '
                                 f'but current status is: {volume.status}.')
        _refuse_excess(connection, volume.project_id, volume.size, 'snapshots')
        id = store.insert(
            connection, req.runtime, store.snapshots, project_id=volume.project_id,
            user_id=req.context.user_id, size=volume.size, volume_id=volume.id,
            status='available', **_named(req.body))
        return {'snapshot': schema.view(SNAPSHOT, req, _snapshot(req, connection, id))}


@schema.between(MIN, _LAST)
@schema.returns(202)
def delete_snapshot(req, id):
    """DELETE /os-snapshots/{id}: 202."""
    req.authorize('os-volumes:snapshots:delete')
    with req.db.write() as connection:
        store.remove(connection, store.snapshots, _snapshot(req, connection, id).id)
