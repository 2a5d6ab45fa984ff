"""Volumes: made of nothing, of an image, a snapshot or another volume."""

import urllib.parse

from novalite import errors
from novalite.db import images
from novalite.db import quotas
from novalite.db import volumes as db
from novalite.neighbours.volumes import checks
from novalite.neighbours.volumes import metadata

FILTERS = ('name', 'status', 'availability_zone', 'bootable', 'multiattach', 'id', 'snapshot_id',
           'source_volid', 'volume_type')
GIB = 1024 ** 3


# Rows

def find(call, connection, id, lock=False):
    """The volume, if the caller may know of it; else VolumeNotFound."""
    row = db.find(connection, db.volumes, id, call.ctxt, lock)
    if row is None:
        raise errors.VolumeNotFound(id=id)
    return row


# To the client

def _links(call, row):
    base = f'{call.req.prefix}/v3/{row.project_id}/volumes/{row.id}'
    return [{'rel': 'self', 'href': base},
            {'rel': 'bookmark', 'href': base.replace('/v3/', '/', 1)}]


def _brief(call, row):
    return {'id': row.id, 'name': row.name, 'links': _links(call, row)}


def view(call, row, attachments):
    """All that there is to see of a volume."""
    shown = _brief(call, row) | {
        'status': row.status, 'size': row.size, 'description': row.description,
        'availability_zone': row.availability_zone, 'volume_type': row.volume_type,
        'bootable': str(row.bootable).lower(), 'multiattach': row.multiattach,
        'encrypted': False, 'metadata': row.metadata | (
            {'readonly': 'True'} if row.readonly else {}),
        'snapshot_id': row.snapshot_id, 'source_volid': row.source_volid,
        'user_id': row.user_id, 'consistencygroup_id': None, 'replication_status': None,
        'migration_status': None, 'os-vol-tenant-attr:tenant_id': row.project_id,
        'created_at': checks.moment(row.created_at), 'updated_at': checks.moment(row.updated_at),
        'attachments': [_attachment(call, one) for one in attachments
                        if one.status == 'attached']}
    if row.image_metadata is not None:
        shown['volume_image_metadata'] = row.image_metadata
    if call.admin:
        shown |= {'os-vol-host-attr:host': f'{call.conf.host}@{db.TYPE}#{db.TYPE}',
                  'os-vol-mig-status-attr:migstat': None, 'os-vol-mig-status-attr:name_id': None}
    return shown | {name: value for since, name, value in (
        ((3, 13), 'group_id', None), ((3, 48), 'service_uuid', None),
        ((3, 48), 'shared_targets', False), ((3, 63), 'volume_type_id', db.TYPE_ID),
        ((3, 65), 'consumes_quota', True)) if call.version >= since}


def _attachment(call, row):
    return {'id': row.volume_id, 'volume_id': row.volume_id, 'attachment_id': row.id,
            'server_id': row.server, 'device': row.device,
            'attached_at': checks.moment(row.attached_at),
            'host_name': row.host if call.admin else None}


def _shown(call, connection, id):
    row = find(call, connection, id)
    return {'volume': view(call, row, db.attachments_of(connection, [id])[id])}


def _list(call):
    page = checks.page(call, db.volumes, FILTERS)
    with call.db.read() as connection:
        rows = db.listed(connection, db.volumes, **page)
        attachments = db.attachments_of(connection, [row.id for row in rows])
    links = {}
    if page['limit'] and len(rows) == page['limit']:
        query = [(name, value) for name, value in call.params() if name != 'marker']
        query = urllib.parse.urlencode([*query, ('marker', rows[-1].id)])
        links = {'volumes_links': [
            {'rel': 'next', 'href': f'{call.req.prefix}{call.req.path}?{query}'}]}
    return rows, attachments, links


def index(call):
    rows, _attachments, links = _list(call)
    return {'volumes': [_brief(call, row) for row in rows]} | links


def detail(call):
    rows, attachments, links = _list(call)
    return {'volumes': [view(call, row, attachments[row.id]) for row in rows]} | links


def summary(call):
    rows, _attachments, _links = _list(call)
    return {'volume-summary': {
        'total_count': len(rows), 'total_size': sum(row.size for row in rows)}}


def show(call, id):
    with call.db.read() as connection:
        return _shown(call, connection, id)


# From the client

def create(call):
    body = call.root('volume')
    with call.db.write() as connection:
        columns = _columns(call, connection, body)
        quotas.hold(connection, call.ctxt.project_id)
        db.refuse_excess(connection, call.ctxt.project_id, [columns['size']])
        id = db.create(connection, call.runtime, project_id=call.ctxt.project_id,
                       user_id=call.ctxt.user_id, **columns)
        shown = _shown(call, connection, id)
    # What Cinder's extensions know of a volume is in no answer to its creation.
    return {'volume': {name: value for name, value in shown['volume'].items()
                       if name != 'volume_image_metadata' and not name.startswith('os-vol-')}}


def _columns(call, connection, body):
    kind = body.get('volume_type')
    if kind not in (None, db.TYPE, db.TYPE_ID):
        raise errors.VolumeTypeNotFound(id=kind)
    zone = checks.text(body, 'availability_zone') or 'nova'
    if zone != 'nova':
        raise errors.Invalid(f"Availability zone '{zone}' is invalid.")
    columns = {
        'availability_zone': zone, 'metadata': checks.metadata(body.get('metadata') or {}),
        'multiattach': checks.flag(body, 'multiattach') or False, **checks.named(body)}
    sources = [name for name in _SOURCES if body.get(name)]
    if len(sources) > 1:
        raise errors.Invalid('A volume is made of one thing: ' + ', '.join(sources))
    size = checks.size(body)
    for name in sources:
        of, least = _SOURCES[name](call, connection, checks.text(body, name))
        columns |= of
        size = size or least
        if size < least:
            raise errors.Invalid(
                f"Invalid input received: Volume size '{size}'GB cannot be smaller than the "
                f'{least}GB of what it is made of.')
    if size is None:
        raise errors.InvalidField(name='size', value=None, reason='It is needed.')
    return columns | {'size': size}


def _of_image(call, connection, id):
    row = images.get(connection, id)
    if row is None or not images.visible(row, call.ctxt):
        raise errors.Invalid('Invalid image identifier or unable to access requested image.')
    if row.status != 'active':
        raise errors.Invalid(f'Invalid input received: Invalid image {id}: Image {id} is not '
                             'active.')
    return db.made_of(connection, 'image', id), size_of_image(row)


def _of_snapshot(call, connection, id):
    row = db.find(connection, db.snapshots, id, call.ctxt)
    if row is None:
        raise errors.SnapshotNotFound(id=id)
    return db.made_of(connection, 'snapshot', id), row.size


def _of_volume(call, connection, id):
    row = find(call, connection, id)
    return db.made_of(connection, 'volume', id), row.size


_SOURCES = {'imageRef': _of_image, 'image_id': _of_image, 'snapshot_id': _of_snapshot,
            'source_volid': _of_volume}


def size_of_image(image):
    """The least GiB that a volume of the image needs."""
    return max(image.min_disk, -(-(image.virtual_size or image.size or 0) // GIB), 1)


def update(call, id):
    body = call.root('volume')
    columns = checks.named(body)
    if 'metadata' in body:
        columns['metadata'] = checks.metadata(body['metadata'])
    with call.db.write() as connection:
        find(call, connection, id, lock=True)
        db.change(connection, call.runtime, db.volumes, id, **columns)
        return _shown(call, connection, id)


def delete(call, id):
    force = checks.flag({'force': call.param('force')}, 'force')
    with call.db.write() as connection:
        row = find(call, connection, id, lock=True)
        if not force or not call.admin:
            refuse_busy(row)
        if (call.param('cascade') or '').lower() in ('1', 'true'):
            for snapshot in db.listed(connection, db.snapshots,
                                      [db.snapshots.c.volume_id == id]):
                db.remove(connection, db.snapshots, snapshot.id)
        db.delete(connection, id)


def refuse_busy(row):
    """Raise Invalid for a volume that somebody uses."""
    if row.status not in ('available', 'error', 'error_deleting', 'error_extending'):
        raise errors.Invalid(
            'Invalid volume: Volume status must be available or error or error_restoring or '
            'error_extending or error_managing and must not be migrating, attached, belong to '
            'a group, have snapshots, awaiting a transfer, or be disassociated from snapshots '
            'after volume transfer.')


METADATA = metadata.Metadata('Volume', db.volumes, find)
