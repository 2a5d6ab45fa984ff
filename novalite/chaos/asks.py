"""What a client may ask of a server: everything that the machine's table can do for a user."""

from collections.abc import Callable
import dataclasses

ACTIVE, SHUTOFF, PAUSED, SUSPENDED, RESCUE, ERROR = (
    'ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED', 'RESCUE', 'ERROR')
ANY = None


@dataclasses.dataclass(frozen=True)
class Given:
    """What there is to work with: ids of an image, a network, and two flavors."""

    image: str
    network: str
    flavors: tuple


@dataclasses.dataclass(frozen=True)
class Ask:
    """How one row of the table is asked for, and where a client may expect to get it."""

    verb: str
    weight: int
    statuses: tuple | None
    #: (client, server as the API shows it) -> (method, path behind /servers/ID, body), or None
    #: if there is nothing to ask it of.
    request: Callable


def _act(verb, value=None):
    return lambda client, server: ('POST', '/action', {
        verb: value(client, server) if callable(value) else value})


def _resize(client, server):
    small, big = client.given.flavors
    return {'flavorRef': small if server['flavor']['original_name'] != 'm1.nano' else big}


def _attach_volume(client, server):
    volume = client.spare_volume(server)
    return volume and ('POST', '/os-volume_attachments', {'volumeAttachment': {'volumeId': volume}})


def _detach_volume(client, server):
    attached = server['os-extended-volumes:volumes_attached']
    return attached and ('DELETE', f"/os-volume_attachments/{attached[0]['id']}", None)


def _detach_interface(client, server):
    ports = client.ports(server)
    return ports and ('DELETE', f'/os-interface/{ports[-1]}', None)


ASKS = (
    Ask('delete', 12, ANY, lambda client, server: ('DELETE', '', None)),
    Ask('os-stop', 5, (ACTIVE, ERROR), _act('os-stop')),
    Ask('os-start', 12, (SHUTOFF,), _act('os-start')),
    Ask('reboot', 3, (ACTIVE,), _act('reboot', {'type': 'SOFT'})),
    Ask('reboot.hard', 3, (ACTIVE, SHUTOFF, PAUSED, SUSPENDED, ERROR),
        _act('reboot', {'type': 'HARD'})),
    Ask('pause', 4, (ACTIVE,), _act('pause')),
    Ask('unpause', 10, (PAUSED,), _act('unpause')),
    Ask('suspend', 4, (ACTIVE,), _act('suspend')),
    Ask('resume', 12, (SUSPENDED,), _act('resume')),
    Ask('rescue', 3, (ACTIVE, SHUTOFF), _act('rescue')),
    Ask('unrescue', 12, (RESCUE,), _act('unrescue')),
    Ask('rebuild', 4, (ACTIVE, SHUTOFF, ERROR),
        _act('rebuild', lambda client, server: {'imageRef': client.given.image})),
    Ask('resize', 6, (ACTIVE, SHUTOFF), _act('resize', _resize)),
    Ask('migrate', 5, (ACTIVE, SHUTOFF), _act('migrate')),
    Ask('confirmResize', 20, ('VERIFY_RESIZE',), _act('confirmResize')),
    Ask('revertResize', 15, ('VERIFY_RESIZE',), _act('revertResize')),
    Ask('os-migrateLive', 6, (ACTIVE, PAUSED),
        _act('os-migrateLive', {'host': None, 'block_migration': 'auto'})),
    Ask('evacuate', 1, (ACTIVE, SHUTOFF, ERROR), _act('evacuate', {})),
    Ask('shelve', 5, (ACTIVE, SHUTOFF, PAUSED, SUSPENDED), _act('shelve')),
    Ask('shelveOffload', 8, ('SHELVED',), _act('shelveOffload')),
    Ask('unshelve', 15, ('SHELVED', 'SHELVED_OFFLOADED'), _act('unshelve')),
    Ask('createImage', 3, (ACTIVE, SHUTOFF, PAUSED, SUSPENDED),
        _act('createImage', lambda client, server: {'name': f"of {server['name']}"})),
    Ask('createBackup', 2, (ACTIVE, SHUTOFF, PAUSED, SUSPENDED),
        _act('createBackup', lambda client, server: {
            'name': f"of {server['name']}", 'backup_type': 'daily', 'rotation': 2})),
    Ask('changePassword', 2, (ACTIVE,), _act('changePassword', {'adminPass': 'chaos'})),
    Ask('trigger_crash_dump', 2, (ACTIVE, PAUSED, RESCUE), _act('trigger_crash_dump')),
    Ask('attach_volume', 6, (ACTIVE, PAUSED, SHUTOFF), _attach_volume),
    Ask('detach_volume', 5, (ACTIVE, PAUSED, SHUTOFF), _detach_volume),
    Ask('attach_interface', 4, (ACTIVE, PAUSED, SHUTOFF), lambda client, server: (
        'POST', '/os-interface', {'interfaceAttachment': {'net_id': client.given.network}})),
    Ask('detach_interface', 4, (ACTIVE, PAUSED, SHUTOFF), _detach_interface),
)


def fitting(status):
    """What may be asked of a server in this status."""
    return [ask for ask in ASKS if ask.statuses is ANY or status in ask.statuses]
