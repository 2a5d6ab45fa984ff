"""Bugs put in on purpose, each of which the simulation has to find: does it look where it hurts?

    python -m tests.simulation.mutations       # the table of doc/simulation.md
"""

import contextlib
import dataclasses
import datetime
import time
from unittest import mock

import sqlalchemy as sa

from novalite.api import intent
from novalite.bus import conductor as conductor_bus
from novalite.compute import reconcile
from novalite.conductor import recovery
from novalite.conductor import walk
from novalite.db import engine
from novalite.db import history
from novalite.db import hosts
from novalite.db import models
from novalite.db import servers
from novalite.db import statements
from novalite.scheduler import filters
from novalite.servers import machine
from novalite.simulation import plan as plans
from novalite.simulation import run

#: Deadlocks only: nobody may notice.
DEADLOCKS = '''
for: 2m
workload:
  - {clients: 4, servers: 2, think: 2s}
faults:
  - {who: database, then: deadlock, share: 0.05}
must: {unanswered: 0}
'''

#: A worker is away for long: what it had in hand is built elsewhere.
LOST = '''
for: 9m
cloud: {racks: [{workers: 2, hosts: 4}], timings: {spawn: 20}}
workload:
  - {clients: 4, servers: 2, think: 2s, mix: {create: 1, delete: 1}}
faults:
  - {who: compute1, then: crash, at: 50s, for: 5m}
must: {boot: {p99: 2m}}
'''

#: Steps fail half way: the guest is stopped, and then its disk cannot be sent.
HALF_WAY = '''
for: 3m
cloud: {racks: [{workers: 2, hosts: 4}], options: {DEFAULT: {sync_power_state_interval: -1}}}
workload:
  - {clients: 4, servers: 2, think: 3s, mix: {create: 2, resize: 6, confirmResize: 3}}
faults:
  - {verb: send_disk, then: fail, times: 1, rate: 200, for: 10s}
'''

#: More is asked for than there is room for.
NARROW = '''
for: 2m
cloud: {racks: [{hosts: 2, memory_mb: 1024}]}
workload:
  - {clients: 4, servers: 4, think: 2s, mix: {create: 1}}
'''

#: No bug may need more seeds than this.
BOUND = 12


@dataclasses.dataclass(frozen=True)
class Mutation:
    """``patch()`` is a context manager in which the bug is there."""

    name: str
    patch: object
    #: What finds it: a ready-made plan, or the text of one.
    plan: str = 'standard'
    #: The promises of which one must be seen to be broken.
    breaks: tuple = ()


MUTATIONS = []


def mutation(name, *breaks, plan='standard'):
    def declare(function):
        MUTATIONS.append(Mutation(name, contextlib.contextmanager(function), plan, breaks))
        return function
    return declare


def replaced(owner, name, value):
    return mock.patch.object(owner, name, value)


@mutation('reports are not fenced: one of an older attempt, or of another step, counts')
def _not_fenced():
    with replaced(walk.Walk, 'awaits', lambda self, *report, back=False: self.in_charge):
        yield


@mutation('cast before commit: the message comes before what it is about is written', 'bug')
def _cast_first():
    def act(req, server, verb, params=None, **values):
        action = machine.VERBS[verb]
        intent.tell(req, server.uuid, action, server)
        with req.db.write() as connection:
            intent.begin(req, connection, server.uuid, action, params or {}, **values)
    with replaced(intent, 'act', act):
        yield


@mutation('202 before commit: a request is promised before it is written down', 'I1')
def _promise_first():
    write = history.open_action

    def forgetful(connection, ctxt, uuid, action, params, now, seconds=None):
        if int(ctxt.request_id[-2:], 16) % 16:
            write(connection, ctxt, uuid, action, params, now, seconds)
    with replaced(history, 'open_action', forgetful):
        yield


@mutation('the fault is written after the state, in a transaction of its own', 'I3')
def _fault_later():
    rest, keep = walk.Walk._rest, walk.Walk._keep_fault

    def without_fault(self, vm_state):
        with replaced(walk.Walk, '_keep_fault', lambda self: None):
            rest(self, vm_state)
    with replaced(walk.Walk, '_rest', without_fault), replaced(walk.Walk, '_keep_fault', keep):
        yield


@mutation('the undo is skipped for the step that failed', 'I7', plan=HALF_WAY)
def _undo_skipped():
    with replaced(machine.Action, 'undo_from', machine.Action.undo_before):
        yield


@mutation('the lease of a step never expires', 'I2')
def _no_lease():
    real = history.untaken

    def untaken(connection, before, now, *more):
        return [row for row in real(connection, before, now, *more)
                if row.lease_until is None or row.lease_until >= now]
    with replaced(history, 'untaken', untaken):
        yield


@mutation('nobody sweeps: what a lost message was about waits for ever', 'I2')
def _no_sweep():
    with replaced(recovery.Sweep, 'round', lambda self: None):
        yield


@mutation('signs of life are ignored: a host is never gone', 'SLO', plan=LOST)
def _heartbeats_ignored():
    with replaced(hosts, 'gone', lambda row, before: row.forced_down), \
            replaced(hosts, 'is_gone', lambda before: models.hosts.c.forced_down):
        yield


@mutation('room is claimed without a look at what there is', 'I7', plan=NARROW)
def _claim_unchecked():
    real = hosts.with_room

    def everywhere(connection, size, *args, **more):
        return real(connection, dict.fromkeys(size, 0), *args, **more)
    unchecked = statements.Prepared(sa.update(hosts.hosts).where(
        hosts.hosts.c.name == sa.bindparam('on'), hosts.hosts.c.zone == sa.bindparam('in_zone'),
    ).values({'servers': hosts.hosts.c.servers + 1} | {
        f'{name}_used': hosts.hosts.c[f'{name}_used'] + hosts._SIZE[name]
        for name in hosts.SIZES}))
    with replaced(hosts, 'with_room', everywhere), replaced(hosts, '_CLAIM', unchecked), \
            replaced(filters, 'judge', lambda wanted: lambda host: None):
        yield


@mutation('a host that is back is not cleared of what lives elsewhere now', 'I6', 'I7')
def _no_leftovers():
    with replaced(reconcile.Reconciler, 'leftovers', lambda self: None), \
            replaced(reconcile.Reconciler, 'put_right', lambda self, *args: None):
        yield


@mutation('an action begins without a look at who is in charge', 'I2', 'I6', 'I7')
def _begin_unchecked():
    def begin(connection, ctxt, uuid, action, now, **values):
        servers._update(connection, models.servers.c.uuid == uuid, task_state=action.task_state,
                        came_from=models.servers.c.vm_state, owner=ctxt.request_id,
                        updated_at=now, **values)
    with replaced(servers, 'begin', begin):
        yield


@mutation('room is not given back on the way back', 'I7')
def _kept_room():
    real = hosts.release

    def release(connection, server, role=None):
        if role != 'destination':
            real(connection, server, role)
    with replaced(hosts, 'release', release):
        yield


@mutation('the events of an attempt that was lost stay open', 'I2', 'I4')
def _open_events():
    with replaced(history, 'close_lost_events', lambda *args: None):
        yield


@mutation('a report that is not answered is not repeated, and its step has no lease', 'I2')
def _report_once():
    def report(self, ctxt, method, **what):
        try:
            return self._rpc.call(ctxt, method, **what)
        except conductor_bus.transport.Failed:
            return False
    real = history.untaken

    def untaken(connection, before, now, *more):
        return [row for row in real(connection, before, now, *more) if row.held_by is None]
    with replaced(conductor_bus.Conductor, '_report', report), \
            replaced(history, 'untaken', untaken):
        yield


@mutation('a deadlock is not tried again', 'SLO', plan=DEADLOCKS)
def _deadlock():
    with replaced(engine, 'TRIES', 1):
        yield


@mutation('ERROR without a fault: the message is kept in the log only', 'I3')
def _no_fault():
    with replaced(history, 'add_fault', lambda *args: None):
        yield


@mutation('deadlines are counted from the day before', 'I2')
def _deadline_at_once():
    real = history.open_action

    def open_action(connection, ctxt, uuid, action, params, now, seconds=None):
        real(connection, ctxt, uuid, action, params, now - datetime.timedelta(days=1), seconds)
    with replaced(history, 'open_action', open_action):
        yield


@mutation('who is interrupted does not end', 'I2')
def _no_end():
    with replaced(walk.Walk, '_give_way', lambda self, step: None):
        yield


@mutation('a fault is written under another request id', 'I3')
def _other_request():
    real = history.add_fault

    def add_fault(connection, uuid, request_id, fault, now):
        real(connection, uuid, f'req-{uuid}', fault, now)
    with replaced(history, 'add_fault', add_fault):
        yield


def found(one, bound=BOUND):
    """(seed, violations, seconds) of the first seed that finds the bug; None if none does."""
    plan = plans.read(one.plan) if '\n' in one.plan else plans.load(one.plan)
    began = time.process_time()
    with one.patch():
        for seed in range(1, bound + 1):
            violations = run.run(plan, seed, 'mutation').violations
            if violations:
                return seed, violations, time.process_time() - began
    return None


def named(one):
    return 'one of its own' if '\n' in one.plan else one.plan


def main():
    print('| bug | plan | broken | seeds | CPU seconds |\n|---|---|---|---|---|')
    for one in MUTATIONS:
        outcome = found(one)
        if outcome is None:
            print(f'| {one.name} | {named(one)} | not found | {BOUND} | |', flush=True)
            continue
        seed, violations, seconds = outcome
        promises = ', '.join(sorted({violation['promise'] for violation in violations}))
        print(f'| {one.name} | {named(one)} | {promises} | {seed} | {seconds:.1f} |', flush=True)


if __name__ == '__main__':
    main()
