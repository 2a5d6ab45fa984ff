"""Which notifications the machine's rows give, in one table, and their envelopes.

A row gives the pair ``instance.<notifies>.start`` and ``.end``: the one as its first
step on a host begins, the other when the server rests. What Nova tells otherwise is
in ``_SPANS``. Whatever fails is told as ``compute.exception``; an ``.error`` of its
own have only those to which Nova gives one.
"""

from collections.abc import Callable
import dataclasses

from novalite.notify import payloads
from novalite.servers.machine import At

START, END, ERROR = 'start', 'end', 'error'


@dataclasses.dataclass(frozen=True)
class Notification:
    """One message; ``make`` gives its payload, when somebody is to read it."""

    event_type: str
    publisher_id: str
    make: Callable
    is_error: bool = False


@dataclasses.dataclass(frozen=True)
class Span:
    """``instance.<name>`` from one step to another."""

    name: str
    #: Its start is told as this step begins; by default, the row's first on a host.
    first: str | None = None
    #: Its end is told when this step is done; by default, when the server rests, and then both
    #: are told even where there is no host that could do the first.
    last: str | None = None
    #: Who tells it, as Nova has it: the service on the server's host, or the API in its name.
    by: str = 'nova-compute'

    @property
    def error(self):
        """What tells a failure of one of these steps: ``instance.<error>.error``; or None."""
        return _ERRORS.get(self.name)

    @property
    def counts(self):
        """Whether ``instance.exists`` goes before: what was used until now is counted."""
        return self.name in _COUNTED

    def within(self, action):
        """The names of the steps it spans."""
        names = [step.name for step in action.steps]
        first = names.index(self.first or _first_on_a_host(action))
        return names[first:names.index(self.last) + 1 if self.last else None]


def _first_on_a_host(action):
    return next((step.name for step in action.steps if step.at is not At.CONDUCTOR),
                action.steps[0].name)


#: The only ones that have an ``.error``, and its name.
_ERRORS = {
    'create': 'create', 'reboot': 'reboot', 'rebuild': 'rebuild', 'resize_prep': 'resize',
    'volume_attach': 'volume_attach', 'volume_swap': 'volume_swap',
    'interface_attach': 'interface_attach', 'share_attach': 'share_attach',
    'share_detach': 'share_detach'}

_COUNTED = frozenset({'rebuild', 'rescue', 'resize_prep', 'resize_revert', 'shelve'})

_MOVE = (Span('resize_prep', 'claim', 'claim'),
         Span('resize', 'send_disk', 'send_disk'),
         Span('resize_finish', 'boot'))

#: verb -> its spans, outermost first; every other row has the one that it ``notifies``.
_SPANS = {
    'create': (Span('create', 'plug'),),
    'delete': (Span('delete', 'destroy'),
               Span('shutdown', 'destroy', 'destroy')),
    'resize': _MOVE,
    'os-migrateLive': (Span('live_migration_pre', 'prepare', 'prepare'),
                       Span('live_migration_post_dest', 'arrive', 'arrive'),
                       Span('live_migration_post', 'leave_origin', 'leave_origin')),
    'evacuate': (Span('rebuild', 'rebuild_elsewhere'),),
    'migrate': _MOVE,
    'shelve.offload': (Span('shelve', 'shelve', 'activate'), Span('shelve_offload', 'offload')),
    'delete.soft': (Span('soft_delete', 'soft_delete'),),
    'attach_share': (Span('share_attach', by='nova-api'),),
    'detach_share': (Span('share_detach', by='nova-api'),),
    # Nova tells nothing of these but what has gone wrong.
    'changePassword': (),
    'createImage.volumes': (),
    'extend_volume': (),
}

_MARKS = {('rebuild', 'check_image'): (('rebuild_scheduled', 'nova-conductor'),),
          ('evacuate', 'choose_host'): (('evacuate', 'nova-api'),
                                        ('rebuild_scheduled', 'nova-conductor'))}

#: (verb, step) -> what its undo is called, where Nova tells that too.
_UNDOS = {('os-migrateLive', 'migrate'): 'live_migration_rollback',
          ('os-migrateLive', 'prepare'): 'live_migration_rollback_dest'}

#: The step in which a host is looked for, and what the conductor calls it when none is found;
#: of other rows it says nothing then.
CHOOSING = 'choose_host'
NOT_FOUND = {'create': 'build_instances', 'resize': 'migrate_server', 'migrate': 'migrate_server',
             'os-migrateLive': 'migrate_server', 'evacuate': 'rebuild_server'}

#: What carries something else than the server alone: by its name, or one phase of it.
_PAYLOADS = {
    'create': payloads.create,
    'interface_attach.start': payloads.not_plugged_in,
    'interface_attach.error': payloads.not_plugged_in,
    'rebuild': payloads.rebuild,
    'rebuild_scheduled': payloads.rebuild,
    'rescue': payloads.rescue,
    'resize_prep': payloads.resize_prep,
    'share_attach': payloads.share,
    'share_detach': payloads.share,
    'snapshot': payloads.snapshot,
    'volume_attach': payloads.volume,
    'volume_detach': payloads.volume,
    'volume_swap': payloads.volume_swap,
}


def spans(action):
    return _SPANS.get(action.verb, (Span(action.notifies),))


def marks(action, step):
    """(name, publisher's binary) of what is told without a phase once a step is done."""
    return _MARKS.get((action.verb, step.name), ())


def undo(action, step):
    """The name under which the undo of a step is told from start to end; or None."""
    return _UNDOS.get((action.verb, step.name))


# Envelopes

def instance(name, phase, publisher_id, facts):
    """``instance.<name>.<phase>``, or without a phase, as Nova has it."""
    make = _PAYLOADS.get(f'{name}.{phase}') or _PAYLOADS.get(name, payloads.action)
    return Notification('.'.join(filter(None, ('instance', name, phase))), publisher_id,
                        lambda: make(facts), is_error=phase == ERROR)


def exists(publisher_id, facts):
    return Notification('instance.exists', publisher_id, lambda: payloads.exists(facts))


def update(host, facts):
    """A change of state; whoever writes it says so in the name of the host's compute service."""
    return Notification('instance.update', f'nova-compute:{host}', lambda: payloads.update(facts))


def tagged(host, facts):
    """A server has other tags; its states are what they were."""
    return Notification('instance.update', f'nova-api:{host}', lambda: payloads.update(facts))


def exception(publisher_id, facts):
    return Notification('compute.exception', publisher_id,
                        lambda: payloads.compute_exception(facts), is_error=True)


def not_scheduled(task, host, facts):
    return Notification(f'compute_task.{task}.error', f'nova-conductor:{host}',
                        lambda: payloads.compute_task(facts), is_error=True)


def service(verb, row):
    """In the name of the service itself, as Nova has it."""
    return Notification(f'service.{verb}', f'{row.binary}:{row.host}',
                        lambda: payloads.service(row))


def scheduling(phase, host, facts):
    return Notification(f'scheduler.select_destinations.{phase}', f'nova-scheduler:{host}',
                        lambda: payloads.request_spec(facts))


def changed(wanted, before, after):
    """Whether [notifications] notify_on_state_change wants these two pairs of states told."""
    if wanted == 'vm_state':
        return before[0] != after[0]
    return wanted == 'vm_and_task_state' and before != after
