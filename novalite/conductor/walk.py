"""One action's way through the table, as far as one transaction takes it.

What a report changes, the events, faults and states that go with it, and the
steps that run in the conductor itself are all written in one transaction; where
the next step is a host's, the walk ends with an ``Order`` that is sent when the
transaction has been committed.
"""

import dataclasses
import datetime
import types

from oslo_db import exception as db_exception
from oslo_log import log as logging

from novalite import errors
from novalite.conductor import forgetful
from novalite.conductor import moves
from novalite.conductor import notes
from novalite.conductor import tools
from novalite.db import history
from novalite.db import hosts
from novalite.db import servers
from novalite.db.engine import Savepoint
from novalite.db.engine import lost_to_another
from novalite.faults.crashes import Moment
from novalite.faults.crashes import NONE
from novalite.notify import events
from novalite.servers import machine
from novalite.servers import model
from novalite.servers import states
from novalite.servers import task
from novalite.servers.states import Vm

LOG = logging.getLogger(__name__)

#: What is no failure of a step: the transaction is undone, and made again later.
_PASSING = (errors.Unavailable, errors.Superseded, db_exception.DBConnectionError,
            db_exception.DBDeadlock)

#: What the work of a step may change of its server. The last step may also say in
#: which `vm_state` it comes to rest.
CHANGEABLE = frozenset((
    'host', 'destination', 'origin', 'availability_zone', 'flavor', 'new_flavor', 'old_flavor',
    'old_vm_state', 'vcpus', 'memory_mb', 'nics', 'volumes', 'shares', 'power_state', 'task_state',
    'image_id', 'image_properties', 'shelved_image_id', 'requested_zone'))


@dataclasses.dataclass(frozen=True)
class Order:
    """A step for a host to do, or to undo; without a host it is one of ``errands``."""

    undo: bool
    worker: str | None
    host: str | None
    server: dict
    verb: str
    step: str
    attempt: int
    params: dict
    #: Of an errand: what went wrong, on the way back.
    fault: dict | None = None
    #: It is not the step that is to be done, but what is left when the action has to give way.
    abandons: bool = False


class _Copy(types.SimpleNamespace):
    """A row that can be kept in step with what is written to it."""

    def __init__(self, row):
        super().__init__(**row._asdict())


class Walk:
    """An action and its server, locked; ``row`` is the action's, ``action`` the table's."""

    def __init__(self, connection, ctxt, uuid, conf, runtime, sure_until, notifies,
                 services, db, crashes=NONE):
        self._connection, self._ctxt, self._uuid = connection, ctxt, uuid
        self._conf, self._runtime = conf, runtime
        self._crashes, self._done_here = crashes, []
        # See conductor.hearing: who has not been heard of lately need not be silent.
        self._sure_until = sure_until
        self._alive_since = hosts.alive_since(conf, sure_until)
        row = history.action(connection, uuid, ctxt.request_id, lock=True)
        if row is None:
            raise errors.NotWrittenDown(request_id=ctxt.request_id, uuid=uuid)
        if row.format > history.FORMAT:
            raise errors.NewerFormat(request_id=ctxt.request_id)
        self.action = history.row_of(row)
        # Both rows are locked until the transaction ends: what we write is not read again, and
        # whoever is in charge now stays so.
        self.row = _Copy(row)
        self._server = _Copy(servers.get(connection, uuid, lock=True))
        self._services, self._db = services, db
        self._changes = {}
        #: What is to be done after the commit, beside the order.
        self.leaves = []
        #: The host that has been shut down just now.
        self._left = None
        #: False for the report of an attempt that is not, or no longer, the one that counts.
        self.accepted = True
        self._record_of_move = moves.Record(
            connection, runtime, ctxt, self.action, self._server)
        self._notes = notes.Notes(
            connection, ctxt, conf, self.action, row.params,
            self._server) if notifies else notes.Silence()

    # What is true

    @property
    def told(self):
        """The notifications to send when the transaction has been committed."""
        return self._notes.told

    @property
    def ended(self):
        return self.row.finish_time is not None

    @property
    def in_charge(self):
        return self._server.owner == self._ctxt.request_id

    def awaits(self, step, attempt, back=False):
        """Whether this is the very step and attempt that is under way, and not an older one."""
        return (self.row.step, self.row.attempt, self.row.back) == (step, attempt, back) \
            and self.in_charge

    # What happens

    def start(self, step, attempt, host, back=False):
        """A host begins its step: the events are opened; False if it may not.

        An undo shows no event, but it is asked for too: a late one would destroy
        what a newer action has made.
        """
        current = self.awaits(step, attempt, back)
        step = self.action.step(step)
        if not current:
            self._give_way(step)
            return False
        if back:
            self._notes.undo(events.START, step, self._now(), host)
            return True
        history.open_events(self._connection, self.row, step, attempt, self._ctxt, host,
                            self._now())
        if step.task_state:
            self._move(task_state=step.task_state)
        if states.status(self._server.vm_state, self._server.task_state) in states.LONG:
            self._move(progress=self.action.progress(step.name))
        self._record_of_move.begins(step)
        self._notes.begins(step, self._now(), host)
        return True

    def finish(self, step, attempt, changes):
        """A host has done its step; the order for the next one, if any."""
        self.accepted = current = self.awaits(step, attempt)
        step = self.action.step(step)
        history.close_events(self._connection, self.row, step, attempt, self._now())
        if not current:
            return self._give_way(step)
        place = self._name_of_place(step)
        self._apply(changes)
        self._notes.done(step, self._now(), place)
        return self._forward(self.action.after(step.name), changes)

    def fail(self, step, attempt, fault):
        """A host could not do its step; the order for the way back, if any."""
        self.accepted = current = self.awaits(step, attempt)
        step = self.action.step(step)
        history.close_events(self._connection, self.row, step, attempt, self._now(), fault)
        if not current:
            return self._give_way(step)
        self._notes.failed(step, fault, self._now(), self._name_of_place(step))
        return self._turn_back(step, fault)

    def undone(self, step, attempt, changes, fault):
        """A host has undone its step, or could not."""
        self.accepted = self.awaits(step, attempt, back=True)
        if not self.accepted:
            return self._give_way(self.action.step(step))
        place = self.action.step(step).at.value
        self._notes.undo(events.END, self.action.step(step), self._now(),
                         self._name_of_place(self.action.step(step)))
        stranded = [one for one in self.row.fault.get('stranded', ()) if one != place]
        if fault:
            self._note_failed_undo(fault)
            stranded += [place] if place else []
        self._update(fault=self.row.fault | {'stranded': stranded})
        self._apply(changes)
        return self._backward(self.action.undo_before(step))

    def take_up(self, begun=False):
        """Go on where the row says, unless it is in good hands: after a wake-up or a sweep."""
        if self.ended:
            return None
        if begun:       # what the API begins, it tells itself
            self._notes.moved((self._server.came_from, None), self._now())
        failed, lease = self._failure_of_holder(), self.row.lease_until
        if failed:
            why = failed['message']
        elif lease is None:
            why = 'The host was restarted before it had ended.'
        elif self.row.held_by is None and lease < self._now():
            why = 'The conductor that had it in hand has ended.'
        elif lease < min(self._now(), self._sure_until):
            why = 'It was lost on its way to the host, or back.'
        else:
            return None
        step = self.action.step(self.row.step)
        if self.row.attempt:
            history.close_lost_events(self._connection, self.row, self._now(), why)
        if not self.in_charge:
            return self._give_way(step)
        if self.row.back:
            return self._backward(step)
        # A host that is gone clears by itself, when it is back, what it was to be cleared of.
        if failed and (failed.get('final') or not step.dispensable):
            self._notes.failed(step, failed, self._now(), self.row.held_by)
            return self._turn_back(step, failed)
        return self._forward(step, {})

    def hand_back(self, host):
        """A host has been shut down: what another can do begins there, the rest waits for it.

        Raises NowhereElse if there is no other host for it; nothing has changed then.
        """
        if self.ended or self.row.back or self.row.held_by != host:
            return None
        step = self.action.step(self.row.step)
        if not self._elsewhere(step, {}):
            return None
        fault = errors.fault(errors.HostLeft(host=host))
        history.close_lost_events(self._connection, self.row, self._now(), fault['message'])
        if not self.in_charge:
            return self._give_way(step)
        # It puts its guests right when it is back, like one that is gone.
        hosts.fence(self._connection, host)
        self._left = host
        self._notes.failed(step, fault, self._now(), host)
        order = self._turn_back(step, fault)
        if self.ended:
            raise errors.NowhereElse(host=host)
        return order

    def _failure_of_holder(self):
        """What becomes of a step that will not end by itself; None if it may yet."""
        now = self._now()
        if self.row.held_by is not None and self._gone(hosts.get(
                self._connection, self.row.held_by)):
            hosts.fence(self._connection, self.row.held_by)
            return errors.fault(errors.HostGone(host=self.row.held_by))
        if self.row.cancelled_by is not None and not self.row.back:
            return errors.fault(
                errors.Cancelled(request_id=self.row.cancelled_by)) | {'final': True}
        if self.row.deadline is not None and self.row.deadline < now and not self.row.back:
            seconds = round((self.row.deadline - self.row.start_time).total_seconds())
            return errors.fault(errors.DeadlineExceeded(seconds=seconds)) | {'final': True}
        return None

    def _gone(self, host):
        if host is None or forgetful.is_forgetful(self._conf):
            return host is None
        return host.name == self._left or hosts.gone(host, self._alive_since)

    def committed(self):
        """All of it is written, and nobody knows yet."""
        for step, back in self._done_here:
            self._crashes.at(Moment.AFTER, self.action, step, back)

    def write(self):
        """Write what has changed of the server: the last thing before the commit."""
        if self._changes and not servers.move(
                self._connection, self._ctxt, self._uuid, self._now(), **self._changes):
            raise errors.Superseded(uuid=self._uuid)

    # Forward

    def _forward(self, step, changes):
        while step is not None:
            if step.at is not machine.At.CONDUCTOR:
                place, host = self._place(step)
                if host:
                    return self._order(step, host)
                if place:
                    hosts.fence(self._connection, place)
                if place and not step.dispensable:
                    return self._lose(step, place)
                self._notes.passes_over(step, self._now())
            elif self._services.asks_outside(step.asks):
                return self._errand(step)
            else:
                try:
                    changes = self._work_here(step)
                except _PASSING:
                    raise
                except Exception as exc:
                    if lost_to_another(exc):
                        raise
                    return self._fail_here(step, exc)
            step = self.action.after(step.name)
        self._rest(changes.get('vm_state') or self.action.ends or self._server.came_from)
        self._notes.rests(self._now())
        return None

    def _errand(self, step):
        """The order for a step that asks a real service: begun here, done after the commit."""
        order = self._order(step, None)
        history.open_events(self._connection, self.row, step, self.row.attempt, self._ctxt,
                            self._conf.host, self._now())
        self._notes.begins(step, self._now())
        self._record_of_move.begins(step)
        if step.task_state:
            self._move(task_state=step.task_state)
        return dataclasses.replace(order, server=self._record().to_dict())

    def _name_of_place(self, step):
        return step.at.value and getattr(self._server, step.at.value)

    def _place(self, step):
        """The name of a step's host, None if it is nowhere; and its row, None if it is gone."""
        place = getattr(self._server, step.at.value)
        host = place and hosts.get(self._connection, place)
        return place, None if self._gone(host) else host

    def _lose(self, step, host):
        """The host that should do a step is gone."""
        fault = errors.fault(errors.HostGone(host=host))
        self._notes.failed(step, fault, self._now(), host)
        return self._turn_back(step, fault)

    def _work_here(self, step):
        """Do a conductor's step: all of it or, when it raises, nothing."""
        attempt = self.row.attempt
        self._crashes.at(Moment.BEFORE, self.action, step)
        history.open_events(self._connection, self.row, step, attempt, self._ctxt,
                            self._conf.host, self._now())
        self._notes.begins(step, self._now())
        self._record_of_move.begins(step)
        with Savepoint(self._connection) as connection:
            changes = step.work(self._task(step, connection)) or {}
            self._apply(changes | ({'task_state': step.task_state} if step.task_state else {}))
        self._crashes.at(Moment.DURING, self.action, step)
        self._done_here.append((step, False))
        history.close_events(self._connection, self.row, step, attempt, self._now())
        self._notes.done(step, self._now())
        return changes

    def _fail_here(self, step, exc):
        if isinstance(exc, errors.NoValidHost) and self.row.tried:
            fault = self._given_up(
                f'Exhausted all hosts available for retrying build failures for instance '
                f'{self._uuid}.', errors.fault(exc))
        else:
            fault = errors.fault(exc)
        told = getattr(exc, 'reasons', '') or fault['message']
        LOG.warning('%s of server %s failed: %s', step.name, self._uuid, told,
                    exc_info=not isinstance(exc, errors.NovaliteError))
        history.close_events(
            self._connection, self.row, step, self.row.attempt, self._now(), fault)
        self._notes.failed(step, fault, self._now())
        return self._turn_back(step, fault)

    # Back

    def _turn_back(self, step, fault):
        elsewhere = self._elsewhere(step, fault)
        if elsewhere:
            host = getattr(self._server, step.at.value)
            self._update(tried=[*(self.row.tried or ()),
                                {'host': host, 'message': fault['message']}])
        self._update(message='Error', fault=fault | {
            'step': step.name, 'elsewhere': elsewhere,
            'nothing_changed': fault['nothing_changed'] or step.harmless})
        # What has had no end is stopped at its host, also where there is nothing to undo.
        unending = fault.get('final') and step.at is not machine.At.CONDUCTOR
        return self._backward(step if unending else self.action.undo_from(step.name))

    def _elsewhere(self, step, fault):
        """Whether another host may be tried. One that was asked for by name is the only one."""
        return bool(step.elsewhere and not self.row.params.get('host') and not fault.get('final'))

    def _backward(self, step):
        while step is not None:
            if step.at is not machine.At.CONDUCTOR:
                _, host = self._place(step)
                # A host that is gone has its guests put right when it comes back.
                if host:
                    return self._order(step, host, undo=True)
            elif self._services.asks_outside(step.asks):
                return self._order(step, None, undo=True)
            else:
                self._undo_here(step)
            step = self.action.undo_before(step.name)
        return self._after_all_is_undone()

    def _after_all_is_undone(self):
        """Try another host, if that may help; else the server rests."""
        fault, most = self.row.fault, self._conf.scheduler.max_attempts
        # What a host could not be cleared of is still there: nowhere else may it be built too.
        if fault['elsewhere'] and not fault.get('stranded') and most > 1:
            if len(self.row.tried) < most:
                return self._again()
            self._keep_fault()
            self._update(fault=fault | self._given_up(
                f'Exceeded max scheduling attempts {most} for instance {self._uuid}. '
                f'Last exception: {fault["message"]}', fault))
            self._notes.gave_up(self.row.fault, self._now())
        unchanged = self.row.fault['nothing_changed'] and self._server.came_from != Vm.BUILDING
        self._rest((None if unchanged else self.action.fails) or self._server.came_from)
        return None

    def _again(self):
        """Begin anew, without the hosts that have failed; what they said stays on record."""
        LOG.info('%s of server %s is tried on another host than %s', self.row.name, self._uuid,
                 ', '.join(one['host'] for one in self.row.tried))
        self._keep_fault()
        self._update(fault=None, message=None, back=False)
        self._move(task_state=self.action.task_state)
        return self._forward(self.action.steps[0], {})

    def _given_up(self, reason, last):
        """The fault of an action that no host could do: Nova's words, and each host's own."""
        fault = errors.fault(errors.MaxRetriesExceeded(reason=reason))
        causes = '\n'.join(f'{one["host"]}: {one["message"]}' for one in self.row.tried)
        return fault | {'details': f'{causes}\n\n{last["details"]}',
                        'nothing_changed': last['nothing_changed']}

    def _undo_here(self, step):
        self._crashes.at(Moment.BEFORE, self.action, step, back=True)
        try:
            with Savepoint(self._connection) as connection:
                self._apply(step.undo(self._task(step, connection)) or {})
        except _PASSING:
            raise
        except Exception as exc:
            if lost_to_another(exc):
                raise
            LOG.exception('The undo of %s of server %s failed', step.name, self._uuid)
            self._note_failed_undo(errors.fault(exc))
        self._crashes.at(Moment.DURING, self.action, step, back=True)
        self._done_here.append((step, True))

    def _note_failed_undo(self, fault):
        """The way back itself failed: the guest is not what it was, so ERROR is the truth."""
        details = f'{self.row.fault["details"]}\n\nThe way back failed too:\n{fault["details"]}'
        self._update(fault=self.row.fault | {'details': details, 'nothing_changed': False})

    # The end

    def _rest(self, vm_state):
        """The server rests, and with it in one transaction: its fault, and the action's end."""
        now = self._now()
        if self.row.fault:
            self._keep_fault()
        values = {'task_state': None, 'owner': None, 'came_from': None, 'vm_state': vm_state,
                  'new_flavor': None, 'progress': 0}
        if vm_state == Vm.DELETED:
            values |= servers.hidden(now)
        self._record_of_move.rests(bool(self.row.fault), bool(self.row.cancelled_by))
        self._move(**values)
        self._end(now)
        LOG.info('%s of server %s has ended; it rests in %s', self.row.name, self._uuid, vm_state)

    def _keep_fault(self):
        history.add_fault(
            self._connection, self._uuid, self._ctxt.request_id, self.row.fault, self._now())

    def _give_way(self, step):
        """If another action has taken charge, this one ends here, and moves nothing.

        Else the report was about an older attempt, and the newer one goes on.
        """
        if self.in_charge or self.ended:
            return None
        LOG.info('%s of server %s ends at %s: %s is in charge now', self.row.name, self._uuid,
                 step.name, self._server.owner or 'nobody')
        fault = errors.fault(errors.Superseded(uuid=self._uuid))
        self._update(message='Error', fault=fault)
        # Whoever has this step in hand may never come to report: nobody waits for it any more.
        history.close_lost_events(self._connection, self.row, self._now(), fault['message'])
        self._record_of_move.rests(failed=True)
        if self.action.abandon and self._services.asks_outside(self.action.asks):
            self.leaves.append(self._to_do(step, None, abandons=True))
        elif self.action.abandon:
            self.action.abandon(self._task(step, self._connection))
        self._end(self._now())
        return None

    def _end(self, now):
        self._update(step=None, held_by=None, lease_until=None, finish_time=now, updated_at=now)

    # Writing

    def _order(self, step, host, undo=False):
        attempt = self.row.attempt + 1
        now = self._now()
        self._update(
            step=step.name, back=undo, attempt=attempt, held_by=host and host.name, updated_at=now,
            lease_until=now + datetime.timedelta(seconds=self._conf.conductor.lease))
        return self._to_do(step, host, undo=undo)

    def _to_do(self, step, host, undo=False, abandons=False):
        return Order(
            undo=undo, worker=host and host.worker, host=host and host.name,
            server=self._record().to_dict(), verb=self.action.verb, step=step.name,
            attempt=self.row.attempt, params=self.row.params, fault=self.row.fault,
            abandons=abandons)

    def _apply(self, changes):
        values = {name: value for name, value in changes.items() if name in CHANGEABLE}
        if changes.get('launched'):
            values['launched_at'] = self._now()
        if 'image' in changes:
            # A step of the conductor makes the image of it.
            self._update(params=self.row.params | {'uploaded': changes['image']})
        if values:
            self._move(**values)

    def _move(self, **values):
        """Change the server; ``write`` makes one statement of all the changes."""
        before = (self._server.vm_state, self._server.task_state)
        self._changes |= values
        vars(self._server).update(values)
        self._notes.moved(before, self._now())

    def _update(self, **values):
        history.update_action(self._connection, self.row, **values)
        vars(self.row).update(values)

    def _record(self):
        return model.Server.of(self._server)

    def _task(self, step, connection):
        tried = tuple(one['host'] for one in self.row.tried or ())
        return task.InConductor(self._record(), self.row.params, tools.Tools(
            connection, self._db, self._runtime, self._conf, self._services, self._server,
            self.row.fault, tried, self._alive_since))

    def _now(self):
        return self._runtime.now()
