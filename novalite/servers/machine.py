"""The server state machine, whole, in one table.

An *action* is what a user asks for. It takes the server from a resting
``vm_state`` through one or more *steps*. Each step runs in one place and shows
the instance-action events that Nova's clients know. When every step is done the
server rests in ``ends``; when one fails, the steps are undone, newest first, and
the server rests in ``fails``.

Rule 1: what a user may do, and when, is decided by this table and nothing else.
Rule 2: the table names work, it never does any; the work is in
``servers/actions/``, one module per row.
Rule 3: a step whose place is nowhere is passed over: deleting a server that has
no host destroys nothing.
"""

from collections.abc import Callable
import dataclasses
import enum

from novalite.servers.actions import create
from novalite.servers.actions import delete
from novalite.servers.actions import evacuate
from novalite.servers.actions import guest
from novalite.servers.actions import image
from novalite.servers.actions import interface
from novalite.servers.actions import live
from novalite.servers.actions import power
from novalite.servers.actions import rebuild
from novalite.servers.actions import rescue
from novalite.servers.actions import resize
from novalite.servers.actions import share
from novalite.servers.actions import shelve
from novalite.servers.actions import volume
from novalite.servers.states import Task
from novalite.servers.states import Vm

IMAGES, NETWORKS, VOLUMES = ('images',), ('networks',), ('volumes',)
SERVICES = IMAGES + NETWORKS + VOLUMES
SAME = None      #: the vm_state the action started from


class At(enum.Enum):
    """Where a step's work is done; the value names the server's column, if it is a host."""

    CONDUCTOR = None
    HOST = 'host'
    DESTINATION = 'destination'
    ORIGIN = 'origin'


@dataclasses.dataclass(frozen=True)
class Step:
    at: At
    work: Callable
    shows: tuple[str, ...] = ()     #: the events Nova's clients see, outermost first
    undo: Callable | None = None
    task_state: Task | None = None
    #: Nothing was touched yet: a failure here leaves the server where it came from.
    harmless: bool = False
    #: A failure here is the host's: when all is undone, the action begins anew on another one.
    elsewhere: bool = False
    #: Where its host is gone it is passed over: the host puts its guests right when it is back.
    dispensable: bool = False
    #: The status that the record of the move has from here on.
    record: str | None = None
    #: Which services around compute a conductor's step asks. A real one is not asked within the
    #: transaction that records the step: such a step does nothing else than ask.
    asks: tuple[str, ...] = ()

    @property
    def name(self):
        return self.work.__name__


@dataclasses.dataclass(frozen=True)
class Record:
    """The record of a move between hosts, which Nova calls a migration."""

    type: str | None        #: None: the action goes on with the server's latest one
    ends: str               #: its status when all went well


@dataclasses.dataclass(frozen=True)
class Action:
    name: str
    verb: str                       #: what the API calls it
    allowed: frozenset
    task_state: Task | None
    steps: tuple[Step, ...]
    ends: Vm | None                 #: unless the work itself says where
    fails: Vm | None
    notifies: str
    interrupts: frozenset | bool = False    #: tasks it may take over from; True: any
    deadline: int = 3600            #: seconds from the 202 to its end
    #: Only for a server that has once been active: one that was never built has no guest.
    launched: bool = True
    #: What the conductor does beside the server when another action takes over.
    abandon: Callable | None = None
    record: Record | None = None

    @property
    def asks(self):
        """Which services around compute its steps ask."""
        return {name for step in self.steps for name in step.asks}

    def step(self, name):
        return self.steps[self._at(name)]

    def after(self, name):
        """The step that follows ``name``, or None when it was the last."""
        return next(iter(self.steps[self._at(name) + 1:]), None)

    def progress(self, name):
        """How much is done when this step begins, in percent."""
        return 100 * self._at(name) // len(self.steps)

    def undo_from(self, name):
        """The newest step, ``name`` included, that has an undo.

        The step that failed is included because nobody knows how far it got: an
        ``undo`` must be safe whether its ``work`` never began, stopped half way
        or finished.
        """
        return next((s for s in self.steps[self._at(name)::-1] if s.undo), None)

    def undo_before(self, name):
        at = self._at(name)
        return self.undo_from(self.steps[at - 1].name) if at else None

    def _at(self, name):
        return [step.name for step in self.steps].index(name)


#: Resize and cold migration are the same way to another host.
_MOVE = (
    Step(At.CONDUCTOR, resize.choose_host, ('conductor_migrate_server', 'cold_migrate'),
         undo=resize.leave_destination, harmless=True, record='pre-migrating'),
    Step(At.DESTINATION, resize.claim, ('compute_prep_resize',),
         undo=resize.unclaim, harmless=True, elsewhere=True),
    Step(At.HOST, resize.send_disk, ('compute_resize_instance',),
         undo=power.as_it_was, task_state=Task.RESIZE_MIGRATING, record='migrating'),
    Step(At.DESTINATION, resize.boot, ('compute_finish_resize',),
         undo=resize.unboot, task_state=Task.RESIZE_FINISH, record='post-migrating'),
    Step(At.CONDUCTOR, resize.rebind, undo=resize.rebind_back, asks=NETWORKS + VOLUMES),
    Step(At.CONDUCTOR, resize.move_in),
)

#: Shelving makes an image; with `[DEFAULT] shelved_offload_time` = 0 the guest goes at once.
_SHELVE = (
    Step(At.CONDUCTOR, shelve.begin_image, undo=shelve.drop_image, asks=IMAGES),
    Step(At.HOST, shelve.shelve, ('compute_shelve_instance',), undo=shelve.unshelve_in_place),
    Step(At.CONDUCTOR, image.to_upload, asks=IMAGES),
    Step(At.HOST, image.upload, task_state=Task.SHELVING_IMAGE_UPLOADING),
    Step(At.CONDUCTOR, image.activate, asks=IMAGES),
)
_OFFLOAD = (
    Step(At.HOST, shelve.offload, ('compute_shelve_offload_instance',),
         task_state=Task.SHELVING_OFFLOADING, dispensable=True),
    Step(At.CONDUCTOR, shelve.unbind, asks=NETWORKS),
    Step(At.CONDUCTOR, shelve.leave_host),
)

#: In which states a server's volumes may come and go.
_VOLUMES = frozenset({Vm.ACTIVE, Vm.PAUSED, Vm.STOPPED, Vm.RESIZED, Vm.SOFT_DELETED, Vm.SHELVED,
                      Vm.SHELVED_OFFLOADED})

#: Somewhere in between nobody could say where the guest is that may be wanted back.
_ELSEWHERE = frozenset(
    task for task in Task if task.startswith(('resize', 'migrat', 'unshelv', 'delet'))
    ) | {Task.SHELVING_OFFLOADING}

_TABLE = (
    Action(
        'create', 'create',
        allowed=frozenset({Vm.BUILDING}), task_state=Task.SCHEDULING,
        steps=(
            Step(At.CONDUCTOR, create.make_volumes, undo=create.unmake_volumes, asks=VOLUMES),
            Step(At.CONDUCTOR, create.choose_host, undo=create.leave_host),
            Step(At.CONDUCTOR, create.plug, undo=create.unplug, task_state=Task.NETWORKING,
                 asks=NETWORKS),
            Step(At.HOST, create.spawn, ('compute__do_build_and_run_instance',),
                 undo=create.destroy, task_state=Task.SPAWNING, elsewhere=True),
            Step(At.CONDUCTOR, create.attach_volumes, asks=VOLUMES),
        ),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='create', launched=False),
    Action(
        'delete', 'delete',
        allowed=frozenset(Vm) - {Vm.DELETED}, task_state=Task.DELETING,
        steps=(
            Step(At.HOST, delete.destroy, ('compute_terminate_instance',), dispensable=True),
            Step(At.DESTINATION, delete.destroy_at_destination, dispensable=True),
            Step(At.ORIGIN, delete.destroy_at_origin, dispensable=True),
            Step(At.CONDUCTOR, delete.give_back, asks=SERVICES),
            Step(At.CONDUCTOR, delete.forget),
        ),
        ends=Vm.DELETED, fails=Vm.ERROR, notifies='delete', interrupts=True, launched=False),
    Action(
        'stop', 'os-stop',
        allowed=frozenset({Vm.ACTIVE, Vm.ERROR}), task_state=Task.POWERING_OFF,
        steps=(Step(At.HOST, power.power_off, ('compute_stop_instance',)),),
        ends=Vm.STOPPED, fails=SAME, notifies='power_off'),
    Action(
        'start', 'os-start',
        allowed=frozenset({Vm.STOPPED}), task_state=Task.POWERING_ON,
        steps=(Step(At.HOST, power.power_on, ('compute_start_instance',)),),
        ends=Vm.ACTIVE, fails=SAME, notifies='power_on'),
    Action(
        'start', 'power-update.on',
        allowed=frozenset({Vm.STOPPED}), task_state=Task.POWERING_ON,
        steps=(Step(At.HOST, power.power_on, ('compute_power_update',)),),
        ends=Vm.ACTIVE, fails=SAME, notifies='power_on'),
    Action(
        'stop', 'power-update.off',
        allowed=frozenset({Vm.ACTIVE}), task_state=Task.POWERING_OFF,
        steps=(Step(At.HOST, power.power_off, ('compute_power_update',)),),
        ends=Vm.STOPPED, fails=SAME, notifies='power_off'),
    Action(
        'reboot', 'reboot',
        allowed=frozenset({Vm.ACTIVE}), task_state=Task.REBOOTING,
        steps=(Step(At.HOST, power.reboot, ('compute_reboot_instance',)),),
        ends=Vm.ACTIVE, fails=SAME, notifies='reboot'),
    Action(
        'reboot', 'reboot.hard',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED, Vm.ERROR}),
        task_state=Task.REBOOTING_HARD,
        steps=(Step(At.HOST, power.reboot_hard, ('compute_reboot_instance',)),),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='reboot',
        interrupts=frozenset({Task.REBOOTING, Task.REBOOTING_HARD, Task.PAUSING, Task.UNPAUSING,
                              Task.SUSPENDING, Task.RESUMING})),
    Action(
        'pause', 'pause',
        allowed=frozenset({Vm.ACTIVE}), task_state=Task.PAUSING,
        steps=(Step(At.HOST, power.pause, ('compute_pause_instance',), undo=power.unpause),),
        ends=Vm.PAUSED, fails=SAME, notifies='pause'),
    Action(
        'unpause', 'unpause',
        allowed=frozenset({Vm.PAUSED}), task_state=Task.UNPAUSING,
        steps=(Step(At.HOST, power.unpause, ('compute_unpause_instance',), undo=power.pause),),
        ends=Vm.ACTIVE, fails=SAME, notifies='unpause'),
    Action(
        'suspend', 'suspend',
        allowed=frozenset({Vm.ACTIVE}), task_state=Task.SUSPENDING,
        steps=(Step(At.HOST, power.suspend, ('compute_suspend_instance',)),),
        ends=Vm.SUSPENDED, fails=Vm.ERROR, notifies='suspend'),
    Action(
        'resume', 'resume',
        allowed=frozenset({Vm.SUSPENDED}), task_state=Task.RESUMING,
        steps=(Step(At.HOST, power.resume, ('compute_resume_instance',)),),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='resume'),
    Action(
        'rescue', 'rescue',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.ERROR}), task_state=Task.RESCUING,
        steps=(Step(At.HOST, rescue.rescue, ('compute_rescue_instance',)),),
        ends=Vm.RESCUED, fails=Vm.ERROR, notifies='rescue'),
    Action(
        'unrescue', 'unrescue',
        allowed=frozenset({Vm.RESCUED}), task_state=Task.UNRESCUING,
        steps=(Step(At.HOST, rescue.unrescue, ('compute_unrescue_instance',)),),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='unrescue'),
    Action(
        'changePassword', 'changePassword',
        allowed=frozenset({Vm.ACTIVE}), task_state=Task.UPDATING_PASSWORD,
        steps=(Step(At.HOST, guest.set_password, ('compute_set_admin_password',)),),
        ends=SAME, fails=SAME, notifies='password_set'),
    Action(
        'trigger_crash_dump', 'trigger_crash_dump',
        allowed=frozenset({Vm.ACTIVE, Vm.PAUSED, Vm.RESCUED, Vm.RESIZED, Vm.ERROR}),
        task_state=None,
        steps=(Step(At.HOST, guest.crash_dump, ('compute_trigger_crash_dump',)),),
        ends=SAME, fails=SAME, notifies='trigger_crash_dump'),
    Action(
        'attach_interface', 'attach_interface',
        allowed=frozenset({Vm.ACTIVE, Vm.PAUSED, Vm.STOPPED}), task_state=None,
        steps=(
            Step(At.CONDUCTOR, interface.expect_port, undo=interface.let_go_of_port,
                 asks=NETWORKS),
            Step(At.HOST, interface.plug_in, ('compute_attach_interface',),
                 undo=interface.pull_out),
        ),
        ends=SAME, fails=SAME, notifies='interface_attach'),
    Action(
        'detach_interface', 'detach_interface',
        allowed=frozenset({Vm.ACTIVE, Vm.PAUSED, Vm.STOPPED}), task_state=None,
        steps=(
            Step(At.HOST, interface.pull_out, ('compute_detach_interface',),
                 undo=interface.plug_in),
            Step(At.CONDUCTOR, interface.let_go_of_port, asks=NETWORKS),
        ),
        ends=SAME, fails=SAME, notifies='interface_detach'),
    Action(
        'resize', 'resize',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED}), task_state=Task.RESIZE_PREP,
        steps=_MOVE,
        ends=Vm.RESIZED, fails=Vm.ERROR, notifies='resize',
        record=Record('resize', 'finished')),
    Action(
        'migrate', 'migrate',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED}), task_state=Task.RESIZE_PREP,
        steps=_MOVE,
        ends=Vm.RESIZED, fails=Vm.ERROR, notifies='resize',
        record=Record('migration', 'finished')),
    Action(
        'confirmResize', 'confirmResize',
        allowed=frozenset({Vm.RESIZED}), task_state=None,
        steps=(
            Step(At.ORIGIN, resize.destroy_old, ('compute_confirm_resize',), dispensable=True,
                 record='confirming'),
            Step(At.CONDUCTOR, resize.settle),
        ),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='resize_confirm',
        record=Record(None, 'confirmed')),
    Action(
        'revertResize', 'revertResize',
        allowed=frozenset({Vm.RESIZED}), task_state=Task.RESIZE_REVERTING,
        steps=(
            Step(At.HOST, resize.destroy_new, ('compute_revert_resize',), record='reverting'),
            Step(At.CONDUCTOR, resize.rebind_to_origin, asks=NETWORKS + VOLUMES),
            Step(At.CONDUCTOR, resize.move_back),
            Step(At.HOST, resize.boot_old, ('compute_finish_revert_resize',)),
        ),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='resize_revert',
        record=Record(None, 'reverted')),
    Action(
        'live-migration', 'os-migrateLive',
        allowed=frozenset({Vm.ACTIVE, Vm.PAUSED}), task_state=Task.MIGRATING,
        steps=(
            Step(At.CONDUCTOR, resize.choose_host, ('conductor_live_migrate_instance',),
                 undo=resize.leave_destination, harmless=True, record='accepted'),
            Step(At.DESTINATION, live.check_destination,
                 ('compute_check_can_live_migrate_destination',), harmless=True, elsewhere=True,
                 record='preparing'),
            Step(At.DESTINATION, live.prepare, ('compute_pre_live_migration',),
                 undo=resize.unclaim, harmless=True),
            Step(At.HOST, live.migrate, ('compute_live_migration',), undo=power.as_it_was,
                 record='running'),
            Step(At.DESTINATION, live.arrive, ('compute_post_live_migration_at_destination',),
                 undo=resize.unboot),
            Step(At.CONDUCTOR, resize.rebind, undo=resize.rebind_back, asks=NETWORKS + VOLUMES),
            Step(At.CONDUCTOR, live.move_in, record='post-migrating'),
            Step(At.ORIGIN, live.leave_origin, dispensable=True),
            Step(At.CONDUCTOR, live.settle),
        ),
        ends=SAME, fails=SAME, notifies='live_migration_pre',
        record=Record('live-migration', 'completed')),
    Action(
        'createImage', 'createImage',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED}),
        task_state=Task.IMAGE_SNAPSHOT_PENDING,
        steps=(
            Step(At.CONDUCTOR, image.begin, undo=image.fail, asks=IMAGES),
            Step(At.HOST, image.snapshot, ('compute_snapshot_instance',),
                 undo=image.discard, task_state=Task.IMAGE_SNAPSHOT),
            Step(At.CONDUCTOR, image.to_upload, asks=IMAGES),
            Step(At.HOST, image.upload, task_state=Task.IMAGE_UPLOADING),
            Step(At.CONDUCTOR, image.activate, asks=IMAGES),
        ),
        ends=SAME, fails=SAME, notifies='snapshot', abandon=image.fail),
    Action(
        'createImage', 'createImage.volumes',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED}), task_state=None,
        steps=(
            Step(At.CONDUCTOR, image.begin, undo=image.fail, asks=IMAGES),
            Step(At.CONDUCTOR, image.snapshot_volumes, ('api_snapshot_instance',),
                 asks=IMAGES + VOLUMES),
        ),
        ends=SAME, fails=SAME, notifies='snapshot', abandon=image.fail),
    Action(
        'createBackup', 'createBackup',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED}),
        task_state=Task.IMAGE_BACKUP,
        steps=(
            Step(At.CONDUCTOR, image.begin, undo=image.fail, asks=IMAGES),
            Step(At.HOST, image.snapshot, ('compute_backup_instance',), undo=image.discard),
            Step(At.CONDUCTOR, image.to_upload, asks=IMAGES),
            Step(At.HOST, image.upload, task_state=Task.IMAGE_UPLOADING),
            Step(At.CONDUCTOR, image.activate, asks=IMAGES),
            Step(At.CONDUCTOR, image.rotate, asks=IMAGES),
        ),
        ends=SAME, fails=SAME, notifies='snapshot', abandon=image.fail),
    Action(
        'rebuild', 'rebuild',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.ERROR}), task_state=Task.REBUILDING,
        steps=(
            Step(At.CONDUCTOR, rebuild.check_image, ('rebuild_server',),
                 undo=rebuild.keep_old_image, harmless=True, asks=IMAGES + VOLUMES),
            Step(At.HOST, rebuild.rebuild, ('compute_rebuild_instance',),
                 task_state=Task.REBUILD_SPAWNING),
        ),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='rebuild'),
    Action(
        'evacuate', 'evacuate',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.ERROR}), task_state=Task.REBUILDING,
        steps=(
            Step(At.CONDUCTOR, resize.choose_host, ('rebuild_server',),
                 undo=resize.leave_destination, harmless=True, record='accepted'),
            Step(At.DESTINATION, evacuate.rebuild_elsewhere, ('compute_rebuild_instance',),
                 undo=resize.unboot, task_state=Task.REBUILD_SPAWNING,
                 record='pre-migrating'),
            Step(At.CONDUCTOR, resize.rebind, undo=resize.rebind_back, asks=NETWORKS + VOLUMES),
            Step(At.CONDUCTOR, evacuate.move_in),
        ),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='rebuild', interrupts=True,
        record=Record('evacuation', 'done')),
    Action(
        'shelve', 'shelve',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED}),
        task_state=Task.SHELVING,
        steps=_SHELVE,
        ends=Vm.SHELVED, fails=SAME, notifies='shelve'),
    Action(
        'shelve', 'shelve.offload',
        allowed=frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED}),
        task_state=Task.SHELVING,
        steps=(*_SHELVE, *_OFFLOAD),
        ends=Vm.SHELVED_OFFLOADED, fails=SAME, notifies='shelve'),
    Action(
        'shelveOffload', 'shelveOffload',
        allowed=frozenset({Vm.SHELVED}), task_state=Task.SHELVING_OFFLOADING,
        steps=_OFFLOAD,
        ends=Vm.SHELVED_OFFLOADED, fails=SAME, notifies='shelve_offload'),
    Action(
        'unshelve', 'unshelve.in_place',
        allowed=frozenset({Vm.SHELVED}), task_state=Task.UNSHELVING,
        steps=(
            Step(At.HOST, power.power_on, ('compute_start_instance',)),
            Step(At.CONDUCTOR, shelve.forget_image, asks=IMAGES),
        ),
        ends=Vm.ACTIVE, fails=SAME, notifies='unshelve'),
    Action(
        'unshelve', 'unshelve',
        allowed=frozenset({Vm.SHELVED_OFFLOADED}), task_state=Task.UNSHELVING,
        steps=(
            Step(At.CONDUCTOR, shelve.get_image, ('get_image_info',), harmless=True,
                 asks=IMAGES),
            Step(At.CONDUCTOR, shelve.choose_host, ('schedule_instances',),
                 undo=shelve.give_host_up, harmless=True),
            Step(At.CONDUCTOR, shelve.rebind, undo=shelve.unbind, harmless=True,
                 asks=NETWORKS + VOLUMES),
            Step(At.HOST, create.spawn, ('compute_unshelve_instance',), undo=create.destroy,
                 task_state=Task.SPAWNING),
            Step(At.CONDUCTOR, shelve.forget_image, asks=IMAGES),
        ),
        ends=Vm.ACTIVE, fails=SAME, notifies='unshelve'),
    Action(
        'delete', 'delete.soft',
        allowed=frozenset(Vm) - {Vm.DELETED, Vm.BUILDING},
        task_state=Task.SOFT_DELETING,
        steps=(
            Step(At.ORIGIN, delete.destroy_at_origin),
            Step(At.HOST, delete.soft_delete, ('compute_soft_delete_instance',)),
            Step(At.CONDUCTOR, delete.settle),
        ),
        ends=Vm.SOFT_DELETED, fails=Vm.ERROR, notifies='soft_delete',
        interrupts=frozenset(Task) - _ELSEWHERE),
    Action(
        'restore', 'restore',
        allowed=frozenset({Vm.SOFT_DELETED}), task_state=Task.RESTORING,
        steps=(Step(At.HOST, delete.restore, ('compute_restore_instance',)),),
        ends=Vm.ACTIVE, fails=Vm.ERROR, notifies='restore'),
    Action(
        'attach_volume', 'attach_volume',
        allowed=_VOLUMES, task_state=None,
        steps=(
            Step(At.CONDUCTOR, volume.reserve, undo=volume.release, asks=VOLUMES),
            Step(At.HOST, volume.attach, ('compute_attach_volume',), undo=volume.take_away),
            Step(At.CONDUCTOR, volume.complete, asks=VOLUMES),
        ),
        ends=SAME, fails=SAME, notifies='volume_attach', abandon=volume.abandon_attach),
    Action(
        'detach_volume', 'detach_volume',
        allowed=_VOLUMES, task_state=None,
        steps=(
            Step(At.CONDUCTOR, volume.begin_detaching, undo=volume.keep, asks=VOLUMES),
            Step(At.HOST, volume.detach, ('compute_detach_volume',), undo=volume.put_back),
            Step(At.CONDUCTOR, volume.free, asks=VOLUMES),
        ),
        ends=SAME, fails=SAME, notifies='volume_detach', abandon=volume.keep),
    Action(
        'swap_volume', 'swap_volume',
        allowed=frozenset({Vm.ACTIVE, Vm.PAUSED, Vm.RESIZED}), task_state=None,
        steps=(
            Step(At.CONDUCTOR, volume.begin_swap, undo=volume.drop_swap, asks=VOLUMES),
            Step(At.HOST, volume.swap, ('compute_swap_volume',), undo=volume.swap_back),
            Step(At.CONDUCTOR, volume.finish_swap, asks=VOLUMES),
        ),
        ends=SAME, fails=SAME, notifies='volume_swap', abandon=volume.drop_swap),
    Action(
        'extend_volume', 'extend_volume',
        allowed=_VOLUMES, task_state=None,
        steps=(Step(At.HOST, volume.extend, ('compute_extend_volume',)),),
        ends=SAME, fails=SAME, notifies='volume_extend'),
    Action(
        'attach_share', 'attach_share',
        allowed=frozenset({Vm.STOPPED}), task_state=None,
        steps=(
            Step(At.CONDUCTOR, share.grant, ('compute_allow_share',), undo=share.give_up),
        ),
        ends=SAME, fails=SAME, notifies='share_attach'),
    Action(
        'detach_share', 'detach_share',
        allowed=frozenset({Vm.STOPPED, Vm.ERROR}), task_state=None,
        steps=(
            Step(At.CONDUCTOR, share.revoke, ('compute_deny_share',), undo=share.give_up),
        ),
        ends=SAME, fails=SAME, notifies='share_detach'),
)

VERBS = {action.verb: action for action in _TABLE}
