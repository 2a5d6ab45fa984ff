"""The states a server can be in. Constants only: anything may import this."""

import enum


class Vm(enum.StrEnum):
    """Where the server rests."""

    BUILDING = 'building'
    ACTIVE = 'active'
    STOPPED = 'stopped'
    PAUSED = 'paused'
    SUSPENDED = 'suspended'
    RESCUED = 'rescued'
    RESIZED = 'resized'
    SHELVED = 'shelved'
    SHELVED_OFFLOADED = 'shelved_offloaded'
    SOFT_DELETED = 'soft-delete'
    ERROR = 'error'
    DELETED = 'deleted'


class Task(enum.StrEnum):
    """What is happening to the server now."""

    SCHEDULING = 'scheduling'
    NETWORKING = 'networking'
    SPAWNING = 'spawning'
    POWERING_OFF = 'powering-off'
    POWERING_ON = 'powering-on'
    REBOOTING = 'rebooting'
    REBOOTING_HARD = 'rebooting_hard'
    PAUSING = 'pausing'
    UNPAUSING = 'unpausing'
    SUSPENDING = 'suspending'
    RESUMING = 'resuming'
    RESCUING = 'rescuing'
    UNRESCUING = 'unrescuing'
    UPDATING_PASSWORD = 'updating_password'
    RESIZE_PREP = 'resize_prep'
    RESIZE_MIGRATING = 'resize_migrating'
    RESIZE_MIGRATED = 'resize_migrated'
    RESIZE_FINISH = 'resize_finish'
    RESIZE_REVERTING = 'resize_reverting'
    IMAGE_SNAPSHOT_PENDING = 'image_snapshot_pending'
    IMAGE_SNAPSHOT = 'image_snapshot'
    IMAGE_UPLOADING = 'image_uploading'
    IMAGE_BACKUP = 'image_backup'
    MIGRATING = 'migrating'
    REBUILDING = 'rebuilding'
    REBUILD_SPAWNING = 'rebuild_spawning'
    SHELVING = 'shelving'
    SHELVING_IMAGE_UPLOADING = 'shelving_image_uploading'
    SHELVING_OFFLOADING = 'shelving_offloading'
    UNSHELVING = 'unshelving'
    SOFT_DELETING = 'soft-deleting'
    RESTORING = 'restoring'
    DELETING = 'deleting'


class Power(enum.IntEnum):
    """What the hypervisor says of the guest."""

    NOSTATE = 0
    RUNNING = 1
    PAUSED = 3
    SHUTDOWN = 4
    CRASHED = 6
    SUSPENDED = 7


_RESIZING = dict.fromkeys(
    (Task.RESIZE_PREP, Task.RESIZE_MIGRATING, Task.RESIZE_MIGRATED, Task.RESIZE_FINISH), 'RESIZE')

_REBUILDING = dict.fromkeys((Task.REBUILDING, Task.REBUILD_SPAWNING), 'REBUILD')

#: The one word the API shows: by vm_state, and by task_state where that says more.
STATUS = {
    Vm.BUILDING: ('BUILD', {}),
    Vm.ACTIVE: ('ACTIVE', {
        Task.REBOOTING: 'REBOOT', Task.REBOOTING_HARD: 'HARD_REBOOT',
        Task.UPDATING_PASSWORD: 'PASSWORD', **_RESIZING, **_REBUILDING,
        Task.MIGRATING: 'MIGRATING'}),
    Vm.STOPPED: ('SHUTOFF', {
        Task.REBOOTING_HARD: 'HARD_REBOOT', **_RESIZING, **_REBUILDING}),
    Vm.PAUSED: ('PAUSED', {
        Task.REBOOTING_HARD: 'HARD_REBOOT', Task.MIGRATING: 'MIGRATING'}),
    Vm.SUSPENDED: ('SUSPENDED', {Task.REBOOTING_HARD: 'HARD_REBOOT'}),
    Vm.RESCUED: ('RESCUE', {}),
    Vm.RESIZED: ('VERIFY_RESIZE', {Task.RESIZE_REVERTING: 'REVERT_RESIZE'}),
    Vm.SHELVED: ('SHELVED', {}),
    Vm.SHELVED_OFFLOADED: ('SHELVED_OFFLOADED', {}),
    Vm.SOFT_DELETED: ('SOFT_DELETED', {}),
    Vm.ERROR: ('ERROR', {Task.REBOOTING_HARD: 'HARD_REBOOT', **_REBUILDING}),
    Vm.DELETED: ('DELETED', {}),
}

#: While a server shows one of these it also shows how far it is.
LONG = frozenset(('MIGRATING', 'REBUILD', 'RESIZE'))

#: Every status Nova's API knows, ours or not: what a filter may ask for.
STATUSES = frozenset((
    'ACTIVE', 'BUILD', 'DELETED', 'ERROR', 'HARD_REBOOT', 'MIGRATING', 'PASSWORD', 'PAUSED',
    'REBOOT', 'REBUILD', 'RESCUE', 'RESIZE', 'REVERT_RESIZE', 'SHELVED', 'SHELVED_OFFLOADED',
    'SHUTOFF', 'SOFT_DELETED', 'SUSPENDED', 'UNKNOWN', 'VERIFY_RESIZE'))


def status(vm_state, task_state):
    """The one word the API shows for a pair of states; UNKNOWN for states nobody knows."""
    default, by_task = STATUS.get(vm_state, ('UNKNOWN', {}))
    return by_task.get(task_state, default)


def with_status(wanted):
    """The pairs (vm_state, task_state) a status stands for.

    A task_state of None stands for every one that has no word of its own.
    """
    pairs = []
    for vm, (default, by_task) in STATUS.items():
        pairs += [(vm, task) for task, word in by_task.items() if word == wanted]
        if default == wanted:
            pairs.append((vm, None))
    return pairs
