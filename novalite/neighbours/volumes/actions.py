"""POST /volumes/{id}/action: a handler for each word."""

from novalite import errors
from novalite.db import images
from novalite.db import quotas
from novalite.db import volumes as db
from novalite.neighbours.images import schema
from novalite.neighbours.volumes import checks
from novalite.neighbours.volumes import volumes


def act(call, id):
    """202, but for what answers something: that is there at once."""
    body = call.body()
    name = next(iter(body), None) if isinstance(body, dict) else None
    if name not in ACTIONS or len(body) != 1:
        raise errors.Invalid(f'There is no such action: {name}')
    value = {} if body[name] is None else body[name]
    if not isinstance(value, dict):
        raise errors.Invalid(f"The action '{name}' takes an object.")
    admin, work = ACTIONS[name]
    if admin and not call.admin:
        raise errors.Forbidden(f"Policy doesn't allow volume_extension:{name} to be performed.")
    with call.db.write() as connection:
        return work(call, connection, volumes.find(call, connection, id, lock=True), value)


def _reserve(call, connection, row, _value):
    if row.status != 'available':
        raise errors.VolumeNotAvailable(
            id=row.id, wanted='available or downloading', status=row.status)
    _set(call, connection, row, status='attaching')


def _unreserve(call, connection, row, _value):
    if row.status in ('attaching', 'reserved'):
        db.settle(connection, call.runtime, row.id)


def _attach(call, connection, row, value):
    """As clients attached before there were attachments: a volume is theirs from here on."""
    server = checks.text(value, 'instance_uuid', 36) or ''
    host = checks.text(value, 'host_name')
    if not server and not host:
        raise errors.Invalid('Invalid request to attach volume to an invalid target')
    if row.status == 'attaching' and not db.attachments_of(connection, [row.id])[row.id]:
        db.settle(connection, call.runtime, row.id)
    id = db.reserve(connection, call.runtime, row.id, server)
    db.attach(connection, call.runtime, id, host, checks.text(value, 'mountpoint'))


def _detach(call, connection, row, value):
    wanted = checks.text(value, 'attachment_id', 36)
    rows = db.attachments_of(connection, [row.id])[row.id]
    if wanted and wanted not in [one.id for one in rows]:
        raise errors.VolumeAttachmentNotFound(id=wanted)
    for one in rows:
        if wanted in (None, one.id):
            db.detach(connection, call.runtime, one.id)
    db.settle(connection, call.runtime, row.id)


def _begin_detaching(call, connection, row, _value):
    db.begin_detaching(connection, call.runtime, row.id)


def _roll_detaching(call, connection, row, _value):
    db.settle(connection, call.runtime, row.id)


def _initialize(call, connection, row, _value):
    """Where the data of a simulated volume is: nowhere, but clients look for the keys."""
    call.resp.status = 200
    return {'connection_info': {'driver_volume_type': 'fake', 'data': {
        'volume_id': row.id, 'access_mode': 'ro' if row.readonly else 'rw'}}}


def _terminate(_call, _connection, _row, _value):
    """Nothing was connected."""


def _retype(_call, _connection, row, value):
    if value.get('new_type') not in (db.TYPE, db.TYPE_ID):
        raise errors.VolumeTypeNotFound(id=str(value.get('new_type'))[:255])


def _extend(call, connection, row, value):
    size = checks.size(value, 'new_size')
    if size is None or size <= row.size:
        raise errors.Invalid(
            'Invalid input received: New size for extend must be greater than current size. '
            f'(current: {row.size}, extended: {size}).')
    free = ('available', 'in-use') if call.version >= (3, 42) else ('available',)
    if row.status not in free:
        raise errors.Invalid(
            f"Invalid volume: Volume {row.id} status must be '{' or '.join(free)}' to extend, "
            f'but current status is: {row.status}.')
    quotas.hold(connection, row.project_id)
    _refuse_growth(connection, row.project_id, size - row.size)
    _set(call, connection, row, size=size)


def _refuse_growth(connection, project_id, more):
    most = db.limits(connection, project_id)['gigabytes']
    used = db.usage(connection, project_id)['gigabytes']
    if 0 <= most < used + more:
        raise errors.OverQuota(
            f'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed '
            f'gigabytes quota. Requested {more}G, quota is {most}G and {used}G has been '
            'consumed.')


def _set_bootable(call, connection, row, value):
    bootable = checks.flag(value, 'bootable')
    if bootable is None:
        raise errors.InvalidField(name='bootable', value=None, reason='It is needed.')
    _set(call, connection, row, bootable=bootable)
    call.resp.status = 200      # alone among the actions, as in Cinder


def _set_readonly(call, connection, row, value):
    readonly = checks.flag(value, 'readonly')
    if readonly is None:
        raise errors.InvalidField(name='readonly', value=None, reason='It is needed.')
    _set(call, connection, row, readonly=readonly)


STATES = ('creating', 'available', 'deleting', 'error', 'error_deleting', 'attaching', 'in-use',
          'detaching', 'maintenance', 'reserved')


def _reset_status(call, connection, row, value):
    status = value.get('status')
    if status is not None and status not in STATES:
        raise errors.InvalidField(name='status', value=str(status)[:255],
                                  reason=f'One of {", ".join(STATES)}.')
    if value.get('attach_status') == 'detached':
        for one in db.attachments_of(connection, [row.id])[row.id]:
            db.detach(connection, call.runtime, one.id)
    if status is not None:
        _set(call, connection, row, status=status)


def _force_delete(call, connection, row, _value):
    db.delete(connection, row.id)


def _force_detach(call, connection, row, value):
    _detach(call, connection, row, value)


def _reimage(call, connection, row, value):
    """One that is set aside begins anew only if that is said."""
    image_id = checks.text(value, 'image_id')
    states = ('available', 'error') + (
        ('reserved',) if checks.flag(value, 'reimage_reserved') else ())
    if row.status not in states:
        raise errors.Invalid(f'Volume {row.id} status must be {" or ".join(states)}, but current '
                             f'status is {row.status}.')
    if 'images' not in call.conf.neighbours.enabled or images.get(connection, image_id) is None:
        raise errors.ImageNotFound(id=image_id)
    _set(call, connection, row, **db.made_of(connection, 'image', image_id))


def _image_metadata(call, connection, row, value):
    given = checks.metadata(value.get('metadata') or {})
    kept = (row.image_metadata or {}) | given
    _set(call, connection, row, image_metadata=kept)
    call.resp.status = 200
    return {'metadata': kept}


def _upload(call, connection, row, value):
    """The image is there when this is answered: a volume's data is its name."""
    volumes.refuse_busy(row) if not checks.flag(value, 'force') else None
    if 'images' not in call.conf.neighbours.enabled:
        raise errors.Invalid('There is no image service to upload to.')
    name = checks.text(value, 'image_name')
    disk_format = _format(value, 'disk_format', schema.DISK_FORMATS) or 'raw'
    container_format = _format(value, 'container_format', schema.CONTAINER_FORMATS) or 'bare'
    image_id = images.create(
        connection, call.runtime, owner=row.project_id, name=name, disk_format=disk_format,
        container_format=container_format, min_disk=row.size)
    images.store(connection, call.runtime, image_id, [row.id.encode()])
    return {'os-volume_upload_image': {
        'id': row.id, 'image_id': image_id, 'image_name': name, 'status': 'uploading',
        'size': row.size, 'display_description': row.description, 'disk_format': disk_format,
        'container_format': container_format, 'visibility': 'private', 'protected': False,
        'updated_at': checks.moment(row.updated_at),
        'volume_type': {'id': db.TYPE_ID, 'name': db.TYPE}}}


def _format(value, name, known):
    given = checks.text(value, name)
    if given and given not in known:
        raise errors.InvalidField(name=name, value=given, reason=f'One of {", ".join(known)}.')
    return given


def _set(call, connection, row, **columns):
    db.change(connection, call.runtime, db.volumes, row.id, **columns)


#: Whether it is for administrators only, and what it does: (call, connection, row, value).
ACTIONS = {
    'os-reserve': (False, _reserve),
    'os-unreserve': (False, _unreserve),
    'os-attach': (False, _attach),
    'os-detach': (False, _detach),
    'os-begin_detaching': (False, _begin_detaching),
    'os-roll_detaching': (False, _roll_detaching),
    'os-initialize_connection': (False, _initialize),
    'os-terminate_connection': (False, _terminate),
    'os-retype': (False, _retype),
    'os-extend': (False, _extend),
    'os-set_bootable': (False, _set_bootable),
    'os-update_readonly_flag': (False, _set_readonly),
    'os-set_image_metadata': (False, _image_metadata),
    'os-volume_upload_image': (False, _upload),
    'os-reimage': (False, _reimage),
    'os-reset_status': (True, _reset_status),
    'os-force_delete': (True, _force_delete),
    'os-force_detach': (True, _force_detach),
}
