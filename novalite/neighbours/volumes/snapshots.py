"""Snapshots of volumes."""

from novalite import errors
from novalite.db import quotas
from novalite.db import volumes as db
from novalite.neighbours.volumes import checks
from novalite.neighbours.volumes import metadata
from novalite.neighbours.volumes import volumes

FILTERS = ('name', 'status', 'volume_id', 'id')


def _find(call, connection, id, lock=False):
    row = db.find(connection, db.snapshots, id, call.ctxt, lock)
    if row is None:
        raise errors.SnapshotNotFound(id=id)
    return row


def _view(row):
    return {
        'id': row.id, 'name': row.name, 'description': row.description, 'size': row.size,
        'status': row.status, 'volume_id': row.volume_id, 'metadata': row.metadata,
        'created_at': checks.moment(row.created_at), 'updated_at': checks.moment(row.updated_at)}


def _detailed(call, row):
    shown = _view(row) | {'os-extended-snapshot-attributes:progress': '100%',
                          'os-extended-snapshot-attributes:project_id': row.project_id}
    if call.version >= (3, 14):
        shown['group_snapshot_id'] = None
    if call.version >= (3, 41):
        shown['user_id'] = row.user_id
    if call.version >= (3, 65):
        shown['consumes_quota'] = True
    return shown


def _rows(call):
    page = checks.page(call, db.snapshots, FILTERS)
    with call.db.read() as connection:
        return db.listed(connection, db.snapshots, **page)


def index(call):
    return {'snapshots': [_view(row) for row in _rows(call)]}


def detail(call):
    return {'snapshots': [_detailed(call, row) for row in _rows(call)]}


def show(call, id):
    with call.db.read() as connection:
        return {'snapshot': _detailed(call, _find(call, connection, id))}


def create(call):
    body = call.root('snapshot')
    volume_id = checks.text(body, 'volume_id')
    with call.db.write() as connection:
        volume = volumes.find(call, connection, volume_id, lock=True)
        in_use = call.version >= (3, 66) or checks.flag(body, 'force')
        if volume.status not in (('available', 'in-use') if in_use else ('available',)):
            raise errors.Invalid(
                f'Invalid volume: Volume {volume_id} status must be available, but current '
                f'status is: {volume.status}.')
        quotas.hold(connection, volume.project_id)
        db.refuse_excess(connection, volume.project_id, [volume.size], 'snapshots')
        id = db.insert(
            connection, call.runtime, db.snapshots, project_id=volume.project_id,
            user_id=call.ctxt.user_id, size=volume.size, volume_id=volume_id, status='available',
            metadata=checks.metadata(body.get('metadata') or {}), **checks.named(body))
        return {'snapshot': _view(_find(call, connection, id))}


def update(call, id):
    columns = checks.named(call.root('snapshot'))
    with call.db.write() as connection:
        _find(call, connection, id, lock=True)
        db.change(connection, call.runtime, db.snapshots, id, **columns)
        return {'snapshot': _view(_find(call, connection, id))}


METADATA = metadata.Metadata('Snapshot', db.snapshots, _find)


def delete(call, id):
    with call.db.write() as connection:
        _find(call, connection, id, lock=True)
        db.remove(connection, db.snapshots, id)
