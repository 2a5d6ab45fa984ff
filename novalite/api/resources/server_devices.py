"""What a server is to boot from and to have of disks, as it is asked for and as it is checked."""

import dataclasses

from novalite import errors
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import volume_attachments
from novalite.api.schema import Field
from novalite.db import volumes
from novalite.servers import devices

GIB = 1024 ** 3

_ID = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'pattern': '^[a-zA-Z0-9._-]*$'}
_SIZE = {'type': ['integer', 'string', 'null'], 'pattern': '^[0-9]{1,9}$',
         'minimum': 1, 'maximum': 2 ** 31 - 1}
_COMMON = {
    'device_name': {'type': ['string', 'null'], 'maxLength': 255},
    'delete_on_termination': schema.BOOLEAN_LIKE, 'no_device': schema.ANYTHING,
    'volume_size': _SIZE}


def _list(required=(), **properties):
    return schema.array({'type': 'object', 'properties': _COMMON | properties,
                         'required': list(required), 'additionalProperties': False})


def _list_v2(**more):
    return _list(
        ['source_type'], source_type={'enum': ['volume', 'image', 'snapshot', 'blank']},
        destination_type={'enum': ['local', 'volume']}, uuid=_ID,
        boot_index={'type': ['integer', 'string', 'null'], 'pattern': '^-?[0-9]{1,9}$'},
        guest_format=schema.TEXT_OR_NULL, device_type=schema.TEXT_OR_NULL,
        disk_bus=schema.TEXT_OR_NULL, **more)


_TAG = {'tag': volume_attachments.TAG}
_TYPE = {'volume_type': {'type': ['string', 'null'], 'maxLength': 255}}

FIELDS = (
    Field('block_device_mapping', _list(
        volume_id=_ID, snapshot_id=_ID, virtual_name=schema.TEXT, connection_info=schema.STRING)),
    Field('block_device_mapping_v2', _list_v2(), until=V(2, 31)),
    Field('block_device_mapping_v2', _list_v2(**_TAG), since=V(2, 32), until=V(2, 32)),
    Field('block_device_mapping_v2', _list_v2(), since=V(2, 33), until=V(2, 41)),
    Field('block_device_mapping_v2', _list_v2(**_TAG), since=V(2, 42), until=V(2, 66)),
    Field('block_device_mapping_v2', _list_v2(**_TAG, **_TYPE), since=V(2, 67)),
)


@dataclasses.dataclass(frozen=True)
class Disk:
    """One mapping, whichever way it was written."""

    source: str
    destination: str
    id: str | None
    boot_index: int | None
    size: int | None
    guest_format: str | None
    #: What of its record in ``Server.volumes`` is known before it is checked.
    record: dict

    @property
    def to_volume(self):
        return self.destination == 'volume'

    @property
    def image_to_disk(self):
        """What a server with an image has anyway: its root disk on the host."""
        return (self.source, self.destination) == ('image', 'local')


class _BadMapping(errors.Invalid):
    """Block Device Mapping is Invalid: {reason}"""


def _bad(reason):
    return _BadMapping(reason=reason)


def wanted(req, connection, body, flavor, image):
    """The image's id, and the records of volumes that are to be; raises Invalid.

    ``image`` is the row of the image that is asked for, if there is one.
    The id is None for a server that boots from a volume; but not where the image is one of
    snapshots of volumes, which says what disks there are to be.
    """
    disks = _asked(body)
    image_id = body.get('imageRef') or None
    # 'urn:uuid:…' is a UUID too, but not how images are called.
    if image_id is None and not disks or len(image_id or '') > 36:
        raise errors.Invalid('Invalid imageRef provided.')
    mapped = _of_image(image)
    if mapped:
        named = {disk.record['device'] for disk in disks} - {None}
        disks = [*(disk for disk in mapped if disk.record['device'] not in named),
                 *(disk for disk in disks if not disk.image_to_disk)]
    _check_boot_order(None if mapped else image_id, disks)
    _check_local(flavor, disks)
    if any(disk.to_volume for disk in disks) and not req.has('volumes'):
        raise _bad('there are no volumes here.')
    records = []
    # The root first: it has the first name.
    for disk in sorted(disks, key=lambda disk: disk.boot_index != 0):
        if disk.to_volume:
            records.append(_record(req, connection, flavor, records, disk))
    return image_id, records


#: What an image may say of a device, as in a request for 2.67.
_MAPPED = frozenset(_list_v2(**_TAG, **_TYPE)['items']['properties']) - {'uuid'}


def _of_image(image):
    """The disks that an image made of snapshots tells of; none, if it has data of its own."""
    if image is None:
        return []       # who looks for the image itself says so
    try:
        said = [{name: one[name] for name in one if name in _MAPPED}
                | {'uuid': one.get(f'{one.get("source_type")}_id')}
                for one in devices.mapped(image.properties) if not one.get('no_device')]
        if not said:
            return []
        said = [{name: value for name, value in one.items() if value is not None}
                for one in said]
        schema.check_value(_list_v2(**_TAG, **_TYPE), said)
    except (ValueError, errors.Invalid) as exc:
        raise _bad(f'what image {image.id} says of its devices cannot be used. {exc}') from exc
    return [_disk(one, None) for one in said]


def _asked(body):
    old, new = body.get('block_device_mapping'), body.get('block_device_mapping_v2')
    if old and new:
        raise errors.Invalid('Using different block_device_mapping syntaxes is not allowed in '
                             'the same request.')
    image = body.get('imageRef')
    if old:
        return _legacy([one for one in old if not one.get('no_device')], image)
    return [_disk(one, image) for one in new or () if not one.get('no_device')]


def _legacy(asked, image):
    """The mappings of old are volumes only; without an image the server boots from the first."""
    found = []
    for one in asked:
        source = next((kind for kind in ('volume', 'snapshot') if one.get(f'{kind}_id')), None)
        if source is None:
            raise _bad('Unrecognized legacy format.')
        boots = not image and not found
        found.append(_disk(one | {
            'source_type': source, 'uuid': one[f'{source}_id'],
            'destination_type': 'volume', 'boot_index': 0 if boots else None}, image))
    return found


def _disk(one, image):
    source, id = one['source_type'], one.get('uuid')
    destination = one.get('destination_type') or (
        'local' if source in ('blank', 'image') else 'volume')
    kind = one.get('volume_type')
    if source == 'blank' and id:
        raise _bad('Invalid device UUID.')
    if source != 'blank' and not id:
        raise _bad('Missing device UUID.')
    index = one.get('boot_index')
    index = None if index is None or int(index) < 0 else int(index)
    disk = Disk(
        source=source, destination=destination, id=id, boot_index=index,
        size=int(one['volume_size']) if one.get('volume_size') else None,
        guest_format=one.get('guest_format'), record={
            'device': one.get('device_name'), 'boot_index': index, 'tag': one.get('tag'),
            'delete_on_termination': schema.boolean(one.get('delete_on_termination', False)),
            'type': kind, 'source': source, 'source_id': id})
    if disk.image_to_disk and (id != image or index != 0):
        raise _bad('Mapping image to local is not supported.')
    if destination == 'local' and source in ('volume', 'snapshot'):
        raise _bad(f'Mapping {source} to local is not supported.')
    if kind and destination == 'local':
        raise _bad('Specifying a volume_type with destination_type=local is not supported.')
    if kind and source == 'volume':
        raise _bad('Specifying volume type to existing volume is not supported.')
    return disk


def _check_boot_order(image_id, disks):
    """There is one disk to boot from, and no gap in the order of the others."""
    order = [disk.boot_index for disk in disks
             if disk.boot_index is not None and not disk.image_to_disk]
    order += [0] if image_id else []
    if sorted(order) != list(range(len(order))) or not order:
        raise _bad('Boot sequence for the instance and image/block device mapping combination '
                   'is not valid.')


def _check_local(flavor, disks):
    """Ephemeral disks and swap have the room that the flavor gives them."""
    blank = [disk for disk in disks if disk.source == 'blank' and not disk.to_volume]
    swap = [disk.size or flavor['swap'] for disk in blank if disk.guest_format == 'swap']
    if len(swap) > 1:
        raise _bad('More than one swap drive requested.')
    if sum(swap) > flavor['swap']:
        raise errors.Invalid('Swap drive requested is larger than instance type allows.')
    ephemeral = [disk.size or flavor['ephemeral'] for disk in blank
                 if disk.guest_format != 'swap']
    if sum(ephemeral) > flavor['ephemeral']:
        raise errors.Invalid(
            'Ephemeral disks requested are larger than the instance type allows. If no size is '
            'given in one block device mapping, flavor ephemeral size will be used.')


def _record(req, connection, flavor, records, disk):
    kind = disk.record['type']
    if kind is not None and not req.volumes.knows_type(connection, kind):
        raise errors.Invalid(f'Volume type {kind} could not be found.')
    size = _SOURCES[disk.source](req, connection, disk)
    path = disk.record['device']
    if path and not path.startswith('/dev/'):
        path = f'/dev/{path}'
    if not devices.is_root(disk.record):
        path = devices.name(records, flavor, path)
    return disk.record | {
        'device': path or devices.ROOT, 'size': size, 'attachment_id': None,
        'volume_id': disk.id if disk.source == 'volume' else None}


def _volume(req, connection, disk):
    row = req.volumes.find(connection, disk.id)
    if row is None:
        raise _bad(f'failed to get volume {disk.id}.')
    if disk.boot_index == 0 and not row.bootable:
        raise errors.Invalid(f'Block Device {disk.id} is not bootable.')
    return row.size


def _snapshot(req, connection, disk):
    row = req.volumes.find_snapshot(connection, disk.id)
    if row is None:
        raise _bad(f'failed to get snapshot {disk.id}.')
    if disk.size and disk.size < row.size:
        raise _bad(f'a volume of {disk.size} GiB is too small for snapshot {disk.id}, which has '
                   f'{row.size} GiB.')
    return disk.size or row.size


def _image(req, connection, disk):
    if not disk.size:
        raise _bad("Images with destination_type 'volume' need to have a non-zero size specified")
    if not req.has('images'):
        return disk.size
    row = req.images.find(connection, disk.id)
    if row is None:
        raise _bad(f'failed to get image {disk.id}.')
    if row.status != 'active':
        raise errors.Invalid(f'Image {disk.id} is not active.')
    refuse_small(row, disk.size)
    return disk.size


def refuse_small(image, size):
    """Raise Invalid if a volume of ``size`` GiB is too small for the image."""
    if size < image.min_disk:
        raise errors.Invalid(
            'Volume is smaller than the minimum size specified in image metadata. Volume size is '
            f'{size * GIB} bytes, minimum size is {image.min_disk * GIB} bytes.')


def _blank(_req, _connection, disk):
    if not disk.size:
        raise _bad("Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size")
    return disk.size


_SOURCES = {'volume': _volume, 'snapshot': _snapshot, 'image': _image, 'blank': _blank}


def refuse_sharing(records, most):
    """Raise Invalid if several servers would have one volume."""
    if most > 1 and any(record['volume_id'] for record in records):
        raise errors.Invalid('Cannot attach one or more volumes to multiple instances')


def reserved(req, connection, server, records):
    """One server's own records: its volumes that are there already are nobody else's now."""
    return [_own(req, connection, server, record) for record in records]


def _own(req, connection, server, record):
    volume_id = record['volume_id']
    return record | {
        'uuid': req.runtime.uuid(),
        'volume_id': volume_id or req.volumes.make(connection, server, record),
        'attachment_id': volume_id and req.volumes.reserve(connection, volume_id, server)}


def properties(req, connection, records):
    """What is known of the image that a server's first volume is made of."""
    root = devices.root(records)
    if root is None:
        return {}
    if root['source'] == 'image':
        image = req.images.find(connection, root['source_id']) if req.has('images') else None
        return volumes.image_metadata(image) if image else {}
    return req.volumes.image_metadata(connection, root['source'], root['source_id'])
