"""What a server has of volumes: the records in ``Server.volumes``, and names for their devices.

A record is a dict: ``uuid`` (Nova's bdm_uuid), ``volume_id``, ``attachment_id`` (None while the
server does not have the volume), ``device``, ``boot_index``, ``tag``, ``delete_on_termination``;
and of what a create is to make it: ``source``, ``source_id``, ``size``, ``name``, ``made``.
"""

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
