"""The promises I1 to I8 of the architecture, held against what is known of a whole cloud.

Whoever has looked at a cloud (a simulation, a chaos, a test) gives the ``Facts``, and gets the
``Violation`` for each that breaks a promise. Nothing here looks at anything itself.
"""

import collections
import dataclasses
import datetime

from novalite import errors
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers import states
from novalite.servers.states import Power
from novalite.servers.states import Vm

#: An action past its deadline has so long to go all the way back.
BACK = datetime.timedelta(seconds=60)
#: Where a server need not be on any host.
HOMELESS = frozenset({Vm.ERROR, Vm.SHELVED_OFFLOADED})
#: The statuses of a record of a move that goes on.
_MOVING = frozenset({'accepted', 'queued', 'preparing', 'running', 'pre-migrating', 'migrating',
                     'post-migrating', 'cancelling', 'reverting', 'confirming'})
_SIZES = ('servers', 'vcpus', 'memory_mb', 'disk_gb')


@dataclasses.dataclass(frozen=True)
class Facts:
    """What is known of a cloud at one moment: rows, with the columns of the tables' names.

    ``now`` is that moment, and may be left out where no deadline counts; ``accepted`` are the
    (request id, server or None, what was asked) of what was promised, and ``known`` the
    (request id, server) of all actions, of which ``actions`` may be a part. ``guests`` is
    host -> uuid -> power_state. ``written`` says how many rows there are of what is only ever
    added to.
    """

    now: datetime.datetime | None = None
    accepted: tuple = ()
    known: frozenset = frozenset()
    servers: tuple = ()         #: those that are not deleted
    actions: tuple = ()
    events: tuple = ()
    faults: tuple = ()
    moves: tuple = ()
    guests: dict = dataclasses.field(default_factory=dict)
    held: tuple = ()            #: the room that servers hold on hosts
    hosts: tuple = ()
    volumes: tuple = ()
    attachments: tuple = ()
    ports: tuple = ()           #: those of servers
    addresses: tuple = ()
    mounts: tuple = ()          #: the rules by which servers have shares
    written: dict = dataclasses.field(default_factory=dict)
    #: (server, host) of the guests that were made to vanish; None if nobody has kept count.
    vanished: frozenset | None = None


@dataclasses.dataclass(frozen=True)
class Violation:
    """``promise`` is 'I1' to 'I8'; ``server`` and ``request_id`` say whose, ``message`` what."""

    promise: str
    server: str | None
    request_id: str | None
    message: str

    def __str__(self):
        whose = f' server {self.server}' if self.server else ''
        asked = f' ({self.request_id})' if self.request_id else ''
        return f'{self.promise}:{whose}{asked} {self.message}'


def _of(action, promise, message):
    return Violation(promise, action.server, action.request_id, message)


# At any moment

def lost(facts):
    """I1: every request that was accepted has its action, under its request id."""
    requests = {request_id for request_id, _ in facts.known}
    for request_id, server, what in facts.accepted:
        if (request_id, server) not in facts.known if server else request_id not in requests:
            yield Violation('I1', server, request_id, f'{what} was accepted and forgotten')


def late(facts):
    """I2: every action ends within its deadline, and the time that a way back takes."""
    for row in facts.actions:
        ends = row.finish_time or facts.now
        if row.deadline and ends and ends > row.deadline + BACK:
            yield _of(row, 'I2', f'{row.name} should have ended by {row.deadline}, and '
                      + (f'has at {ends}' if row.finish_time else f'is at {row.step}'))


def unexplained(facts):
    """I3: a server in ERROR has its fault."""
    told = {row.server for row in facts.faults}
    for row in facts.servers:
        if row.vm_state == Vm.ERROR and row.uuid not in told:
            yield Violation('I3', row.uuid, row.owner, 'is in ERROR, and has no fault')


def forgotten(before, facts):
    """I8: what was written at an earlier moment is still there."""
    for what, count in before.written.items():
        if facts.written[what] < count:
            yield Violation('I8', None, None, f'{count - facts.written[what]} {what} are gone')


# At rest

def duplicated(facts):
    """I2: no action was done twice: no step of a host has succeeded more than once."""
    actions = {row.id: row for row in facts.actions}
    done = collections.Counter(
        (event.action_id, event.step, event.name) for event in facts.events
        if event.result == 'Success'
        and _step(actions[event.action_id], event).at is not machine.At.CONDUCTOR)
    for (action, _, name), times in done.items():
        if times > 1:
            yield _of(actions[action], 'I2', f'{name} has succeeded {times} times')


def _step(action, event):
    return machine.VERBS[action.verb].step(event.step)


def stuck(facts):
    """I2: every action has ended, and no server is left in the middle of one."""
    for row in facts.actions:
        if row.finish_time is None:
            way = ', on the way back' if row.back else ''
            yield _of(row, 'I2', f'{row.name} waits at {row.step} for {row.held_by or "nobody"}'
                      + way)
    for row in facts.servers:
        if row.task_state or row.owner or row.came_from or row.vm_state == Vm.BUILDING:
            yield Violation('I2', row.uuid, row.owner,
                            f'is left in {row.vm_state}/{row.task_state}')
    ended = {(row.request_id, row.server) for row in facts.actions if row.finish_time}
    for row in facts.moves:
        if row.status in _MOVING and (row.request_id, row.server) in ended:
            yield _of(row, 'I2', f'the record of its {row.type} says {row.status}')


def faultless(facts):
    """I3: an action that failed has its fault, once, and says that it failed."""
    faults = collections.Counter((row.request_id, row.server) for row in facts.faults)
    for row in facts.actions:
        number = faults[row.request_id, row.server]
        if (row.message == 'Error') != bool(row.fault):
            yield _of(row, 'I3', f'{row.name} says {row.message}, its fault {row.fault}')
        elif row.message == 'Error' and not number and not _superseded(row):
            yield _of(row, 'I3', f'{row.name} failed, and has no fault')
        elif number > (row.message == 'Error') and not _tried(row):
            yield _of(row, 'I3', f'{row.name} has {number} faults, and says {row.message}')


def _superseded(action):
    """It gave way to another action: what it says of itself, the other one ends."""
    message = errors.fault(errors.Superseded(uuid=action.server))['message']
    return bool(action.fault) and action.fault['message'] == message


def _tried(action):
    """Whether it may have failed on other hosts before, each with its fault."""
    row = machine.VERBS.get(action.verb)
    return row is not None and any(step.elsewhere for step in row.steps)


def unfinished(facts):
    """I4: every event that has begun is finished, one way or the other."""
    actions = {row.id: row for row in facts.actions}
    for event in facts.events:
        if event.finish_time is None or event.result not in ('Success', 'Error'):
            yield _of(actions[event.action_id], 'I4', f'event {event.name} has no end')


def pushed_aside(facts):
    """I6: only what may interrupt takes a server over from an action that has not ended.

    So may an administrator who says what state the server is in.
    """
    lives = collections.defaultdict(list)
    for row in facts.actions:
        lives[row.server].append(row)
    for lived in lives.values():
        for number, row in enumerate(lived):
            if _superseded(row) and not any(
                    _interrupts(later.verb) and later.start_time <= row.finish_time
                    for later in lived[number + 1:]):
                yield _of(row, 'I6', f'{row.name} was pushed aside by what may not interrupt it')


def _interrupts(verb):
    return verb == 'resetState' or verb in machine.VERBS and machine.VERBS[verb].interrupts


def twins(facts):
    """I6: no guest runs on two hosts, or is on two but where its server has a part on each."""
    placed = set(_placed(facts))
    homes = collections.defaultdict(list)
    for host, guests in facts.guests.items():
        for uuid, power_state in guests.items():
            homes[uuid].append((host, power_state))
    for uuid, found in homes.items():
        names = [host for host, _ in found]
        running = [host for host, power_state in found if power_state == Power.RUNNING]
        if len(running) > 1:
            yield Violation('I6', uuid, None, f'runs on {" and on ".join(running)}')
        elif len(names) > 1 and not placed.issuperset((uuid, host) for host in names):
            yield Violation('I6', uuid, None, f'has guests on {" and on ".join(names)}')


def _placed(facts):
    """(uuid, host) of wherever a server is written to be, in whole or in part."""
    return {(row.uuid, host): row for row in facts.servers
            for host in (row.host, row.origin, row.destination) if host}


def too_many(facts):
    """I7: no host has a guest that no server has there."""
    placed = _placed(facts)
    for host, guests in facts.guests.items():
        for uuid in guests:
            if (uuid, host) not in placed:
                yield Violation('I7', uuid, None, f'has a guest on {host}, and is not there')


def too_few(facts):
    """I7: where a server is, its guest is, and in the power_state that is told of it.

    One that is told to have none (NOSTATE) need not have it: there was a fault then. But where
    it is known which guests were made to vanish, only those of servers in ERROR may be missing
    besides, and of those that were offloaded: a host that could not be cleared is still theirs.
    """
    told = {row.server for row in facts.faults}
    for row in facts.servers:
        if row.host is None:
            if row.vm_state not in HOMELESS:
                yield Violation('I7', row.uuid, None, f'is {row.vm_state} on no host')
            continue
        guest = facts.guests.get(row.host, {}).get(row.uuid, Power.NOSTATE)
        if guest != row.power_state:
            yield Violation('I7', row.uuid, None, f'is told to be {_power(row.power_state)}; '
                            f'its guest on {row.host} is {_power(guest)}')
        elif guest == Power.NOSTATE and row.uuid not in told:
            yield Violation('I7', row.uuid, None, f'has no guest on {row.host}, and no fault')
        elif (guest == Power.NOSTATE and row.vm_state not in HOMELESS
              and facts.vanished is not None
              and (row.uuid, row.host) not in facts.vanished):
            yield Violation('I7', row.uuid, None, f'has lost its guest on {row.host}')


def _power(value):
    return states.Power(value).name


def half_moved(facts):
    """I7: no server is on its way still, and what one has left behind is there to go back to."""
    for row in facts.servers:
        if row.destination:
            yield Violation('I7', row.uuid, None, f'is {row.vm_state}, and on its way to '
                            f'{row.destination} still')
        if row.origin and row.uuid not in facts.guests.get(row.origin, ()):
            yield Violation('I7', row.uuid, None,
                            f'is {row.vm_state}, and has no guest on {row.origin} any more')


def uneven(facts):
    """I7: what is held of hosts is what servers are on, and no more than there is."""
    wanted = collections.Counter(
        (row.uuid, host, role) for row in facts.servers for role, host in (
            ('server', row.host), ('origin', row.origin), ('destination', row.destination))
        if host)
    held = collections.Counter((row.server, row.host, row.role) for row in facts.held)
    for uuid, host, role in sorted(held - wanted):
        yield Violation('I7', uuid, None, f'holds room on {host}, and is not there ({role})')
    for uuid, host, role in sorted(wanted - held):
        yield Violation('I7', uuid, None, f'holds no room on {host}, and is there ({role})')
    sums = collections.defaultdict(collections.Counter)
    for row in facts.held:
        sums[row.host].update(servers=1, vcpus=row.vcpus, memory_mb=row.memory_mb,
                              disk_gb=row.disk_gb)
    for row in facts.hosts:
        used = {'servers': row.servers} | {
            size: getattr(row, f'{size}_used') for size in _SIZES[1:]}
        for size in _SIZES:
            if used[size] != sums[row.name][size]:
                yield Violation('I7', None, None, f'{row.name} counts {used[size]} {size}, and '
                                f'{sums[row.name][size]} are held')
        for size in _SIZES[1:]:
            limit = getattr(row, f'{size}_limit')
            if used[size] > limit:
                yield Violation('I7', None, None, f'{row.name} has {used[size]} {size} in use, '
                                f'and {limit} in all')


def unbalanced(facts):
    """I7: volumes, ports, addresses and shares are those that the servers have."""
    written = collections.Counter(
        (device['volume_id'], row.uuid) for row in facts.servers
        for device in devices.attached(row.volumes))
    attached = collections.Counter((row.volume_id, row.server) for row in facts.attachments)
    for volume, uuid in sorted((written - attached) | (attached - written)):
        yield Violation('I7', uuid, None, f'does not agree with volume {volume} whether it has it')
    in_use = {row.volume_id for row in facts.attachments}
    for row in facts.volumes:
        if (row.status != 'available') != (row.id in in_use):
            yield Violation('I7', None, None, f'volume {row.id} is {row.status}')
    plugged = {(nic['port_id'], row.uuid) for row in facts.servers for nic in row.nics}
    for port, uuid in sorted({(row.id, row.device_id) for row in facts.ports} ^ plugged):
        yield Violation('I7', uuid, None, f'does not agree with port {port} whether it has it')
    given = collections.Counter((row.subnet_id, row.address) for row in facts.addresses)
    for (_, address), times in given.items():
        if times > 1:
            yield Violation('I7', None, None, f'address {address} is given {times} times')
    had = {(row.uuid, share['share_id']): share['status'] for row in facts.servers
           for share in row.shares}
    mounted = {(row.server, row.share_id) for row in facts.mounts}
    wanted = {key for key, status in had.items() if status != 'error'}
    for uuid, share in sorted((mounted - set(had)) | (wanted - mounted)):
        yield Violation('I7', uuid, None, f'does not agree with share {share} whether it has it')


#: What may be asked though all is under way; what it is about, as a table may call it.
ALWAYS = {'lost': lost, 'after their deadline': late, 'ERROR without fault': unexplained}
#: What is asked of a cloud at rest.
AT_REST = {
    'duplicated': duplicated, 'stuck': stuck, 'Error without fault': faultless,
    'unfinished events': unfinished, 'pushed aside': pushed_aside, 'guests on two hosts': twins,
    'guests too many': too_many, 'guests too few': too_few, 'half moved': half_moved,
    'room that does not add up': uneven,
    'volumes, ports, shares that do not add up': unbalanced}


def broken(facts, checks=ALWAYS | AT_REST):
    """What breaks each promise: the name of the check -> violations."""
    return {name: list(check(facts)) for name, check in checks.items()}


def violations(facts, checks=ALWAYS | AT_REST):
    """What breaks any promise, without regard to which."""
    return [one for found in broken(facts, checks).values() for one in found]
