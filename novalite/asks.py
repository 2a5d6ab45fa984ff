"""How each row of the machine's table is asked for over HTTP: what generated clients start from.

Who asks (``user``) knows what there is to ask with: ``image``, ``flavors`` (id -> name, the
smallest first), ``volume()`` and ``share()`` (ids of some that are free), ``ports(server)``
and ``shares(server)`` (ids), and ``host_status(view)``. A ``view`` is a server as the API shows it.
"""

from collections.abc import Callable
import dataclasses

from novalite.servers import machine
from novalite.servers.states import Vm

#: An evacuation is only asked for when its host is seen down.
DOWN = 'DOWN'


class NotNow(Exception):
    """What it would take is not there: nothing is to be asked."""


@dataclasses.dataclass(frozen=True)
class Request:
    """What is to be sent; ``path`` is below the compute API's version."""

    method: str
    path: str
    body: dict | None = None


@dataclasses.dataclass(frozen=True)
class Ask:
    """``request(user, view, random)`` is the Request for whichever of ``rows`` may begin.

    It raises NotNow if it lacks what it would take.
    """

    rows: tuple
    request: Callable
    #: A user may not ask for it: an administrator does it for them.
    admin: bool = False

    def may(self, view):
        """Whether the machine's table lets it begin, for all that a view tells."""
        return any(_may(machine.VERBS[row], view) for row in self.rows)


def _may(row, view):
    task = view['OS-EXT-STS:task_state']
    return (view['OS-EXT-STS:vm_state'] in row.allowed
            and (task is None or row.interrupts is True
                 or bool(row.interrupts) and task in row.interrupts)
            and (not row.launched or view['OS-SRV-USG:launched_at'] is not None))


def _act(verb, value=None):
    def request(user, view, random):
        made = value(user, view, random) if callable(value) else value
        return Request('POST', f'/servers/{view["id"]}/action', {verb: made})
    return request


def _create(user, view, random):
    raise NotNow    # a client has a name and a place for it, so it is the client who asks


def _delete(user, view, random):
    return Request('DELETE', f'/servers/{view["id"]}')


def _another_flavor(user, view, random):
    now = view['flavor']['original_name']
    return {'flavorRef': random.choice(
        [flavor for flavor, name in list(user.flavors.items())[:3] if name != now])}


def _event(name, tag):
    return lambda user, view, random: Request('POST', '/os-server-external-events', {'events': [
        {'name': name, 'server_uuid': view['id'], 'tag': tag(view)}]})


def _evacuate(user, view, random):
    if user.host_status(view) != DOWN:
        raise NotNow
    return _act('evacuate', {})(user, view, random)


def _attach_interface(user, view, random):
    return Request('POST', f'/servers/{view["id"]}/os-interface', {'interfaceAttachment': {}})


def _detach_interface(user, view, random):
    ports = _some(user.ports(view['id']))
    return Request('DELETE', f'/servers/{view["id"]}/os-interface/{random.choice(ports)}')


def _some(found):
    if not found:
        raise NotNow
    return found


def _attached(view):
    """One of its volumes."""
    return _some(view['os-extended-volumes:volumes_attached'])[0]['id']


def _attach_volume(user, view, random):
    return Request('POST', f'/servers/{view["id"]}/os-volume_attachments',
                   {'volumeAttachment': {'volumeId': user.volume()}})


def _detach_volume(user, view, random):
    return Request('DELETE', f'/servers/{view["id"]}/os-volume_attachments/{_attached(view)}')


def _swap_volume(user, view, random):
    return Request('PUT', f'/servers/{view["id"]}/os-volume_attachments/{_attached(view)}',
                   {'volumeAttachment': {'volumeId': user.volume()}})


def _attach_share(user, view, random):
    return Request('POST', f'/servers/{view["id"]}/shares', {'share': {'share_id': user.share()}})


def _detach_share(user, view, random):
    return Request('DELETE', f'/servers/{view["id"]}/shares/{_some(user.shares(view["id"]))[0]}')


#: What may be asked of a server, and a new one; the names are those of a plan's ``mix``.
ACTIONS = {
    'create': Ask(('create',), _create),
    'delete': Ask(('delete', 'delete.soft'), _delete),
    'forceDelete': Ask(('delete',), _act('forceDelete')),
    'restore': Ask(('restore',), _act('restore')),
    'os-start': Ask(('os-start',), _act('os-start')),
    'os-stop': Ask(('os-stop',), _act('os-stop')),
    'reboot': Ask(('reboot',), _act('reboot', {'type': 'SOFT'})),
    'reboot.hard': Ask(('reboot.hard',), _act('reboot', {'type': 'HARD'})),
    'pause': Ask(('pause',), _act('pause')),
    'unpause': Ask(('unpause',), _act('unpause')),
    'suspend': Ask(('suspend',), _act('suspend')),
    'resume': Ask(('resume',), _act('resume')),
    'rescue': Ask(('rescue',), _act('rescue')),
    'unrescue': Ask(('unrescue',), _act('unrescue')),
    'changePassword': Ask(('changePassword',), _act('changePassword', {'adminPass': 'x'})),
    'trigger_crash_dump': Ask(('trigger_crash_dump',), _act('trigger_crash_dump')),
    'attach_interface': Ask(('attach_interface',), _attach_interface),
    'detach_interface': Ask(('detach_interface',), _detach_interface),
    'power-update': Ask(
        ('power-update.on', 'power-update.off'),
        _event('power-update', lambda view: 'POWER_ON' if view['OS-EXT-STS:vm_state']
               == Vm.STOPPED else 'POWER_OFF'), admin=True),
    'resize': Ask(('resize',), _act('resize', _another_flavor)),
    'migrate': Ask(('migrate',), _act('migrate'), admin=True),
    'confirmResize': Ask(('confirmResize',), _act('confirmResize')),
    'revertResize': Ask(('revertResize',), _act('revertResize')),
    'os-migrateLive': Ask(
        ('os-migrateLive',), _act('os-migrateLive', {'host': None, 'block_migration': 'auto'}),
        admin=True),
    'evacuate': Ask(('evacuate',), _evacuate, admin=True),
    'createImage': Ask(('createImage', 'createImage.volumes'),
                       _act('createImage', {'name': 'image'})),
    'createBackup': Ask(('createBackup',), _act('createBackup', {
        'name': 'backup', 'backup_type': 'daily', 'rotation': 1})),
    'rebuild': Ask(('rebuild',), _act(
        'rebuild', lambda user, view, random: {'imageRef': user.image})),
    'shelve': Ask(('shelve', 'shelve.offload'), _act('shelve')),
    'shelveOffload': Ask(('shelveOffload',), _act('shelveOffload'), admin=True),
    'unshelve': Ask(('unshelve.in_place', 'unshelve'), _act('unshelve')),
    'attach_volume': Ask(('attach_volume',), _attach_volume),
    'detach_volume': Ask(('detach_volume',), _detach_volume),
    'swap_volume': Ask(('swap_volume',), _swap_volume, admin=True),
    'extend_volume': Ask(('extend_volume',), _event('volume-extended', _attached), admin=True),
    'attach_share': Ask(('attach_share',), _attach_share),
    'detach_share': Ask(('detach_share',), _detach_share),
}
