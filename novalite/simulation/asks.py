"""How each row of the machine's table is asked for over HTTP, by the clients of a simulation."""

from collections.abc import Callable
import dataclasses

from novalite.servers import machine
from novalite.servers.states import Vm
from novalite.simulation import clients

#: An evacuation is only asked for when its host is seen down.
DOWN = 'DOWN'


class NotNow(Exception):
    """What it would take is not there: nothing was asked."""


@dataclasses.dataclass(frozen=True)
class Ask:
    """``send(user, server's view, random)`` asks for whichever of ``rows`` may begin.

    What a user may not ask for, an administrator (``user.admin``) does for them.
    """

    rows: tuple
    send: Callable

    def may(self, view):
        """Whether the machine's table lets it begin, for all that a view tells."""
        return any(_may(machine.VERBS[row], view) for row in self.rows)


def _may(row, view):
    task = view['OS-EXT-STS:task_state']
    return (view['OS-EXT-STS:vm_state'] in row.allowed
            and (task is None or row.interrupts is True
                 or bool(row.interrupts) and task in row.interrupts)
            and (not row.launched or view['OS-SRV-USG:launched_at'] is not None))


def _action(verb, value=None):
    def send(user, view, random):
        made = value(user, view, random) if callable(value) else value
        user.act(view['id'], verb, made)
    return send


def _by_admin(send):
    return lambda user, view, random: send(user.admin, view, random)


def _create(user, view, random):
    raise NotNow    # a client has a name and a place for it, so it is the client who asks


def _another_flavor(user, view, random):
    now = view['flavor']['original_name']
    return {'flavorRef': random.choice(
        [flavor for flavor, name in list(user.flavors.items())[:3] if name != now])}


def _delete(user, view, random):
    user.delete(view['id'])


def _event(name, tag):
    def send(user, view, random):
        server = view['id']
        answer = user.admin.ask('POST', '/v2.1/os-server-external-events', {'events': [
            {'name': name, 'server_uuid': server, 'tag': tag(view)}]}, server)
        if answer.status == 207:
            raise clients.Refused(answer)       # for nobody
    return send


def _evacuate(user, view, random):
    seen = user.admin.server(view['id'])
    if seen is None or seen['host_status'] != DOWN:
        raise NotNow
    user.admin.act(view['id'], 'evacuate', {})


def _attach_interface(user, view, random):
    user.ask('POST', f'/v2.1/servers/{view["id"]}/os-interface', {'interfaceAttachment': {}},
             view['id'])


def _detach_interface(user, view, random):
    path = f'/v2.1/servers/{view["id"]}/os-interface'
    ports = [nic['port_id'] for nic in user.read(path)['interfaceAttachments']]
    if not ports:
        raise NotNow
    user.ask('DELETE', f'{path}/{random.choice(ports)}', server=view['id'])


def _attached(view):
    """One of its volumes."""
    volumes = [volume['id'] for volume in view['os-extended-volumes:volumes_attached']]
    if not volumes:
        raise NotNow
    return volumes[0]


def _attach_volume(user, view, random):
    user.ask('POST', f'/v2.1/servers/{view["id"]}/os-volume_attachments',
             {'volumeAttachment': {'volumeId': user.volume()}}, view['id'])


def _detach_volume(user, view, random):
    user.ask('DELETE', f'/v2.1/servers/{view["id"]}/os-volume_attachments/{_attached(view)}',
             server=view['id'])


def _swap_volume(user, view, random):
    old = _attached(view)
    user.admin.ask('PUT', f'/v2.1/servers/{view["id"]}/os-volume_attachments/{old}',
                   {'volumeAttachment': {'volumeId': user.volume()}}, view['id'])


def _attach_share(user, view, random):
    user.ask('POST', f'/v2.1/servers/{view["id"]}/shares',
             {'share': {'share_id': user.share()}}, view['id'])


def _detach_share(user, view, random):
    path = f'/v2.1/servers/{view["id"]}/shares'
    shares = user.read(path)['shares']
    if not shares:
        raise NotNow
    user.ask('DELETE', f'{path}/{shares[0]["share_id"]}', server=view['id'])


#: What may be asked of a server, and a new one; the names are those of a plan's ``mix``.
ACTIONS = {
    'create': Ask(('create',), _create),
    'delete': Ask(('delete', 'delete.soft'), _delete),
    'forceDelete': Ask(('delete',), _action('forceDelete')),
    'restore': Ask(('restore',), _action('restore')),
    'os-start': Ask(('os-start',), _action('os-start')),
    'os-stop': Ask(('os-stop',), _action('os-stop')),
    'reboot': Ask(('reboot',), _action('reboot', {'type': 'SOFT'})),
    'reboot.hard': Ask(('reboot.hard',), _action('reboot', {'type': 'HARD'})),
    'pause': Ask(('pause',), _action('pause')),
    'unpause': Ask(('unpause',), _action('unpause')),
    'suspend': Ask(('suspend',), _action('suspend')),
    'resume': Ask(('resume',), _action('resume')),
    'rescue': Ask(('rescue',), _action('rescue')),
    'unrescue': Ask(('unrescue',), _action('unrescue')),
    'changePassword': Ask(('changePassword',), _action('changePassword', {'adminPass': 'x'})),
    'trigger_crash_dump': Ask(('trigger_crash_dump',), _action('trigger_crash_dump')),
    'attach_interface': Ask(('attach_interface',), _attach_interface),
    'detach_interface': Ask(('detach_interface',), _detach_interface),
    'power-update': Ask(
        ('power-update.on', 'power-update.off'),
        _event('power-update', lambda view: 'POWER_ON' if view['OS-EXT-STS:vm_state']
               == Vm.STOPPED else 'POWER_OFF')),
    'resize': Ask(('resize',), _action('resize', _another_flavor)),
    'migrate': Ask(('migrate',), _by_admin(_action('migrate'))),
    'confirmResize': Ask(('confirmResize',), _action('confirmResize')),
    'revertResize': Ask(('revertResize',), _action('revertResize')),
    'os-migrateLive': Ask(
        ('os-migrateLive',), _by_admin(_action(
            'os-migrateLive', {'host': None, 'block_migration': 'auto'}))),
    'evacuate': Ask(('evacuate',), _evacuate),
    'createImage': Ask(('createImage', 'createImage.volumes'),
                       _action('createImage', {'name': 'image'})),
    'createBackup': Ask(('createBackup',), _action('createBackup', {
        'name': 'backup', 'backup_type': 'daily', 'rotation': 1})),
    'rebuild': Ask(('rebuild',), _action(
        'rebuild', lambda user, view, random: {'imageRef': user.image})),
    'shelve': Ask(('shelve', 'shelve.offload'), _action('shelve')),
    'shelveOffload': Ask(('shelveOffload',), _by_admin(_action('shelveOffload'))),
    'unshelve': Ask(('unshelve.in_place', 'unshelve'), _action('unshelve')),
    'attach_volume': Ask(('attach_volume',), _attach_volume),
    'detach_volume': Ask(('detach_volume',), _detach_volume),
    'swap_volume': Ask(('swap_volume',), _swap_volume),
    'extend_volume': Ask(('extend_volume',), _event('volume-extended', _attached)),
    'attach_share': Ask(('attach_share',), _attach_share),
    'detach_share': Ask(('detach_share',), _detach_share),
}
