"""How each row of the machine's table is asked for over HTTP: what the generated tests start from.

A new row needs an entry in ``ROWS`` only if it takes a value, may not begin on a server
that has just been booted, or is not asked for with ``POST …/action`` as a member.
"""

from collections.abc import Callable
import dataclasses

from openstack import exceptions

from novalite.servers import machine
from novalite.servers import model
from novalite.servers import task
from novalite.servers.states import Power
from novalite.servers.states import Task
from novalite.servers.states import Vm


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    #: How it is booted.
    boot: Callable = staticmethod(lambda cloud: cloud.boot())
    #: The rows to go through first, on a server that has just been booted.
    before: tuple = ()
    #: What the action takes; or (cloud, server) -> value.
    value: object = None
    who: str = 'demo'
    #: (cloud, server) -> the answer, where it is not POST …/action.
    send: Callable | None = None
    #: (cloud, server): what else must be so before it is asked for; what it returns is undone
    #: by calling it.
    given: Callable | None = None
    code: int = 202
    #: What the API calls it, where that is not the row's verb.
    name: str | None = None
    #: What the steps' work finds in ``params`` when the driver's verbs are looked for.
    params: dict = dataclasses.field(default_factory=dict)
    #: (step, driver's verb) that cannot be undone: what is left is in the server's state.
    one_way: frozenset = frozenset()
    #: (step, driver's verb) of places that a server at rest does not have.
    nowhere: frozenset = frozenset()
    #: The vm_states and task_states in which the API takes another row that asks the same.
    otherwise: frozenset = frozenset()
    #: Where it rests after all went well, where the work itself says so: (the table's) -> that.
    rests: Callable = staticmethod(lambda vm_state: vm_state)


_NIC = {'port_id': 'p', 'mac': 'fa:16:3e:00:00:01'}


def _power_update(tag):
    return lambda cloud, server: cloud.request(
        'POST', '/os-server-external-events', who='admin', json={'events': [
            {'name': 'power-update', 'server_uuid': server, 'tag': tag}]})


def _detach_interface(cloud, server):
    path = f'/servers/{server}/os-interface'
    port = cloud.get(path)['interfaceAttachments'][0]['port_id']
    return cloud.request('DELETE', f'{path}/{port}')


NOBODY = '00000000-0000-4000-8000-000000000000'
_SHARE = {'uuid': 's', 'share_id': 's', 'tag': 's', 'export_location': 'e'}
_DEVICE = {'uuid': 'd', 'volume_id': 'v', 'attachment_id': 'a', 'device': '/dev/vdb'}

ROWS = {
    'delete': Row(
        send=lambda cloud, server: cloud.request('DELETE', f'/servers/{server}'), code=204,
        nowhere=frozenset({('destroy_at_destination', 'destroy'),
                           ('destroy_at_origin', 'destroy')})),
    'os-start': Row(before=('os-stop',)),
    'reboot': Row(value={'type': 'SOFT'}),
    'reboot.hard': Row(name='reboot', value={'type': 'HARD'}),
    'unpause': Row(before=('pause',)),
    'resume': Row(before=('suspend',)),
    'rescue': Row(code=200, params={'image_id': 'i'}),
    'unrescue': Row(before=('rescue',)),
    'changePassword': Row(value={'adminPass': 'x'}),
    'attach_interface': Row(
        send=lambda cloud, server: cloud.request(
            'POST', f'/servers/{server}/os-interface', {'interfaceAttachment': {}}), code=200,
        params={'nic': _NIC}),
    'detach_interface': Row(send=_detach_interface, params={'nic': _NIC}),
    'power-update.on': Row(before=('os-stop',), who='admin', code=200,
                           send=_power_update('POWER_ON')),
    'power-update.off': Row(who='admin', code=200, send=_power_update('POWER_OFF')),
    'resize': Row(value={'flavorRef': '1'}),
    'migrate': Row(who='admin'),
    'confirmResize': Row(before=('resize',), code=204),
    'revertResize': Row(before=('resize',), one_way=frozenset({('boot_old', 'power_on')})),
    'createImage': Row(value={'name': 'x'}, params={'image_id': 'i'}),
    'createImage.volumes': Row(
        name='createImage', value={'name': 'x'}, boot=lambda cloud: boot_from_volume(cloud)),
    'createBackup': Row(value={'name': 'x', 'backup_type': 'daily', 'rotation': 1},
                        params={'image_id': 'i'}),
    'rebuild': Row(value=lambda cloud, server: {'imageRef': cloud.show(server)['image']['id']}),
    'shelve': Row(given=lambda cloud, server: option(cloud, 'shelved_offload_time', -1),
                  params={'image_id': 'i'}),
    'shelve.offload': Row(name='shelve', params={'image_id': 'i'}),
    'shelveOffload': Row(before=('shelve',), who='admin'),
    'unshelve.in_place': Row(before=('shelve',), name='unshelve',
                             otherwise=frozenset({Vm.SHELVED_OFFLOADED})),
    'unshelve': Row(before=('shelve.offload',), otherwise=frozenset({Vm.SHELVED})),
    'delete.soft': Row(given=lambda cloud, server: option(cloud, 'reclaim_instance_interval', 60),
                       send=lambda cloud, server: cloud.request('DELETE', f'/servers/{server}'),
                       code=204, otherwise=frozenset({Vm.BUILDING, Task.DELETING}),
                       nowhere=frozenset({('destroy_at_origin', 'destroy')})),
    'restore': Row(before=('delete.soft',)),
    'attach_volume': Row(
        code=200, params={'device': _DEVICE},
        send=lambda cloud, server: cloud.request(
            'POST', f'/servers/{server}/os-volume_attachments', version='2.100',
            json={'volumeAttachment': {'volumeId': spare(cloud, server)}})),
    'detach_volume': Row(
        before=('attach_volume',), params={'volume_id': 'v', 'device': _DEVICE},
        send=lambda cloud, server: cloud.request('DELETE', _attachment(cloud, server))),
    'swap_volume': Row(
        before=('attach_volume',),
        params={'old_volume_id': 'v', 'new_volume_id': 'w', 'device': _DEVICE, 'new': _DEVICE},
        send=lambda cloud, server: cloud.request(
            'PUT', _attachment(cloud, server), who='admin',
            json={'volumeAttachment': {'volumeId': spare(cloud, server)}})),
    'extend_volume': Row(
        before=('attach_volume',), who='admin', code=200,
        params={'volume_id': 'v', 'size': 2},
        send=lambda cloud, server: cloud.request(
            'POST', '/os-server-external-events', who='admin', json={'events': [
                {'name': 'volume-extended', 'server_uuid': server,
                 'tag': _attachment(cloud, server).rpartition('/')[2]}]})),
    'attach_share': Row(
        before=('os-stop',), code=201, params={'share': _SHARE},
        send=lambda cloud, server: cloud.request(
            'POST', f'/servers/{server}/shares', {'share': {'share_id': share(cloud)}})),
    'detach_share': Row(
        before=('os-stop', 'attach_share'), code=200, params={'share': _SHARE},
        send=lambda cloud, server: cloud.request(
            'DELETE', f'/servers/{server}/shares/{share(cloud)}')),
    'os-migrateLive': Row(who='admin', value={'host': None, 'block_migration': 'auto'},
                          one_way=frozenset({('leave_origin', 'destroy')})),
    'evacuate': Row(who='admin', value={}, code=200, given=lambda cloud, server: dead(
        cloud, server), params={'stopped': False}, rests=lambda vm_state: Vm.STOPPED),
}


def boot_from_volume(cloud, **more):
    """A server whose root disk is a volume that ends with it; its id."""
    image = next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id
    return cloud.boot(imageRef='', block_device_mapping_v2=[{
        'source_type': 'image', 'uuid': image, 'destination_type': 'volume', 'boot_index': 0,
        'volume_size': 1, 'delete_on_termination': True}], **more)


def spare(cloud, server):
    """A volume that nobody has, in the project of the server; the id of none if that is full."""
    storage = cloud.connection().block_storage
    found = next(storage.volumes(status='available'), None)
    try:
        return (found or storage.create_volume(size=1)).id
    except exceptions.SDKException:
        return NOBODY


def share(cloud):
    """A share that everybody may have: the id of the only one there is."""
    storage = cloud.connection().shared_file_system
    found = next(storage.shares(), None)
    return (found or storage.create_share(size=1, share_protocol='NFS')).id


def _attachment(cloud, server):
    """The path of one of its attachments; of one that is not there, if it has none."""
    path = f'/servers/{server}/os-volume_attachments'
    answer = cloud.request('GET', path, version='2.88')
    found = answer.json().get('volumeAttachments') or [{'id': NOBODY}]
    return f"{path}/{found[0]['id']}"


def option(cloud, name, value):
    """Give an option another value; call what it returns to take it back."""
    cloud.conf.set_override(name, value)
    return lambda: cloud.conf.clear_override(name)


def dead(cloud, server):
    """Have the server's host be dead, as an operator says it; call what it returns to undo."""
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    (service,) = cloud.get(f'/os-services?host={host}&binary=nova-compute',
                           who='admin')['services']

    def say(down):
        answer = cloud.request('PUT', f'/os-services/{service["id"]}', {'forced_down': down},
                               who='admin')
        assert answer.status_code == 200, answer.text
    say(True)

    def undo():
        say(False)
        cloud.services.worker.reconciler.leftovers()
    return undo


#: Every row but the one that makes the server.
VERBS = tuple(verb for verb in machine.VERBS if verb != 'create')


def row(verb):
    return ROWS.get(verb, Row())


def prepared(cloud, verb):
    """A server on which the row may begin."""
    server = row(verb).boot(cloud)
    for earlier in row(verb).before:
        perform(cloud, server, earlier)
    return server


def send(cloud, server, verb):
    """Ask for the row; the answer."""
    wanted = row(verb)
    if wanted.send:
        return wanted.send(cloud, server)
    value = wanted.value(cloud, server) if callable(wanted.value) else wanted.value
    return cloud.ask(server, wanted.name or verb, value, who=wanted.who)


def perform(cloud, server, verb):
    """Ask for the row and wait until the server rests; the request id."""
    undo = row(verb).given and row(verb).given(cloud, server)
    try:
        answer = send(cloud, server, verb)
        assert answer.status_code == row(verb).code, answer.text
        cloud.settle(server)
    finally:
        if undo:
            undo()
    return answer.headers['X-Openstack-Request-Id']


# What hosts are asked to do, found by listening to the work itself

_FLAVOR = {'id': '42', 'name': 'm1.nano', 'vcpus': 1, 'ram': 192, 'disk': 1, 'ephemeral': 0,
           'swap': 0, 'extra_specs': {}}
_SERVER = model.Server(**dict.fromkeys(model.FIELDS) | {
    'uuid': 'u', 'name': 'web', 'flavor': _FLAVOR, 'new_flavor': _FLAVOR, 'old_flavor': _FLAVOR,
    'metadata': {}, 'nics': [],
    'volumes': [], 'shares': [], 'host': 'h1', 'power_state': Power.RUNNING})


class _Listener:
    """A driver that remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, verb):
        def answer(*_args, **_kwargs):
            self.asked.append(verb)
            return Power.RUNNING
        return answer


def calls(verb):
    """(step, driver's verb) of everything that a server at rest makes hosts do in this row."""
    for step in machine.VERBS[verb].steps:
        if step.at is machine.At.CONDUCTOR:
            continue
        driver = _Listener()
        step.work(task.OnHost(_SERVER, row(verb).params, 'h1', driver))
        for asked in driver.asked:
            if (step.name, asked) not in row(verb).nowhere:
                yield step.name, asked


#: (row, step, driver's verb)
CALLS = [(verb, *call) for verb in machine.VERBS for call in calls(verb)]
