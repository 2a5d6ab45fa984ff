"""What a server has of volumes: the records in ``Server.volumes``, and names for their devices.

A record is a dict: ``uuid`` (Nova's bdm_uuid), ``volume_id``, ``attachment_id`` (None while the
server does not have the volume), ``device``, ``boot_index``, ``tag``, ``delete_on_termination``;
and of what a create is to make it: ``source``, ``source_id``, ``size``, ``name``, ``made``.
"""

import json
import re
import string

from novalite import errors

ROOT = '/dev/vda'
_PATH = re.compile(r'/dev/(?:x?[a-z]?d)?[a-z]+[0-9]*\Z')


def attached(volumes):
    """Those a server has."""
    return [device for device in volumes if device['attachment_id']]


def find(volumes, volume_id):
    """The record of a volume the server has; or None."""
    return next((device for device in attached(volumes) if device['volume_id'] == volume_id),
                None)


def without(volumes, device):
    return [other for other in volumes if other['uuid'] != device['uuid']]


def replaced(volumes, device, changes):
    return [other | changes if other['uuid'] == device['uuid'] else other for other in volumes]


def is_root(device):
    return device['boot_index'] == 0


def root(volumes):
    """The record of the volume that the server boots from; or None."""
    return next((device for device in volumes if is_root(device)), None)


def name(volumes, flavor, wanted=None):
    """The path of one more device: ``wanted``, or the first that is free.

    Raises InvalidDevicePath, DevicePathInUse or TooManyDiskDevices.
    """
    used = {ROOT} | {device['device'] for device in volumes}
    if wanted:
        if not _PATH.match(wanted):
            raise errors.InvalidDevicePath(path=wanted)
        if wanted in used:
            raise errors.DevicePathInUse(path=wanted)
        return wanted
    # Ephemeral disk and swap come before the volumes.
    first = 1 + bool(flavor.get('ephemeral')) + bool(flavor.get('swap'))
    for letter in string.ascii_lowercase[first:]:
        if f'/dev/vd{letter}' not in used:
            return f'/dev/vd{letter}'
    raise errors.TooManyDiskDevices(maximum=len(string.ascii_lowercase))


# Images that have no data, but snapshots of volumes: what they say of them, in Nova's words

_MAPPING = 'block_device_mapping'


def in_image(device, size, snapshot_id):
    """How an image tells of a device whose volume it has a snapshot of."""
    return {'source_type': 'snapshot', 'snapshot_id': snapshot_id, 'volume_id': None,
            'image_id': None, 'destination_type': 'volume', 'no_device': None,
            'device_name': device['device'], 'boot_index': device['boot_index'],
            'delete_on_termination': device['delete_on_termination'], 'tag': device['tag'],
            'volume_size': size, 'volume_type': device.get('type'), 'disk_bus': None,
            'device_type': None, 'guest_format': None}


def image_properties(mapping):
    return {_MAPPING: json.dumps(mapping), 'bdm_v2': 'True', 'root_device_name': ROOT}


def is_mapping(properties):
    """Whether an image with these properties has no data of its own."""
    return bool(properties.get(_MAPPING))


def mapped(properties):
    """The devices that an image with these properties tells of.

    Raises ValueError for what is no list of objects: anybody may write it.
    """
    found = json.loads(properties.get(_MAPPING) or '[]')
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError('It is no list of objects.')
    return found
