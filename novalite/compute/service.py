"""A compute worker's RPC endpoint: one step of one action, on one of its hosts."""

import contextlib
import dataclasses

from oslo_log import log as logging

from novalite import errors
from novalite.bus import compute
from novalite.bus import transport
from novalite.bus.transport import expose
from novalite.faults.crashes import Moment
from novalite.servers import machine
from novalite.servers import model
from novalite.servers import recording
from novalite.servers import task

LOG = logging.getLogger(__name__)


#: What may be looked at.
_LOOKS = {'console_output': lambda driver, uuid: driver.console_output(uuid),
          'diagnostics': lambda driver, uuid: driver.diagnostics(uuid)}


class Endpoint:
    """``drivers`` has the hypervisor of each host this worker carries, by name.

    ``in_hand`` is a set kept up to date with the steps that have come and are not
    reported yet: (server, request id, attempt).
    """

    target = transport.version(compute.VERSION)

    def __init__(self, drivers, conductor, injector, reconciler, locks, in_hand):
        self._drivers = drivers
        self._conductor = conductor
        self._injector = injector
        self._reconciler = reconciler
        self._locks = locks
        self._in_hand = in_hand
        self._crashes = injector.crashes

    @expose
    def perform(self, ctxt, host, server, verb, step, attempt, params):
        action, step = _look_up(verb, step)
        ctxt = ctxt.hop(f'{host}.{step.name}')
        server = model.Server.received(server)
        report = _Report(self._conductor, ctxt, server.uuid, step.name, attempt)
        with self._holding(ctxt, server, attempt), \
                self._alone(host, server.uuid, bool(action.interrupts)):
            self._crashes.at(Moment.BEFORE, action, step)
            if not self._conductor.started(ctxt, server.uuid, step.name, attempt, host):
                LOG.info('%s of server %s is not this host\'s to do any more', step.name,
                         server.uuid)
                return
            LOG.info('%s of server %s begins on %s', step.name, server.uuid, host)
            with recording.recorded(report, f'{step.name} of server {server.uuid}') as changes:
                changes |= step.work(self._task(host, server, params, action, step)) or {}
                self._crashes.at(Moment.AFTER, action, step)
            if not report.accepted:
                # It was done for nobody: perhaps the server has been built elsewhere meanwhile.
                self._reconciler.put_right(ctxt, host, server.uuid)

    @expose
    def undo(self, ctxt, host, server, verb, step, attempt, params):
        action, step = _look_up(verb, step)
        ctxt = ctxt.hop(f'{host}.undo_{step.name}')
        server = model.Server.received(server)
        report = _Report(self._conductor, ctxt, server.uuid, step.name, attempt, undo=True)
        # The work itself may still be at it, when its time was over: it gives up now.
        with self._holding(ctxt, server, attempt), self._alone(host, server.uuid, True):
            self._crashes.at(Moment.BEFORE, action, step, back=True)
            if not self._conductor.started(
                    ctxt, server.uuid, step.name, attempt, host, back=True):
                LOG.info('The undo of %s of server %s is not wanted any more', step.name,
                         server.uuid)
                return
            with recording.recorded(report, f'The undo of {step.name}') as changes:
                if step.undo:
                    changes |= step.undo(
                        self._task(host, server, params, action, step, back=True)) or {}
                self._crashes.at(Moment.AFTER, action, step, back=True)

    @expose
    def look(self, ctxt, host, server, what):
        """Show something of a guest, whatever is being done to it; changes nothing."""
        server = model.Server.received(server)
        try:
            driver = self._injector.wrap(self._drivers[host], host, server)
            return {'value': _LOOKS[what](driver, server.uuid)}
        except errors.GuestNotFound:
            return {'fault': errors.fault(errors.ServerNotFound(uuid=server.uuid))}
        except errors.NovaliteError as exc:
            return {'fault': errors.fault(exc)}

    @expose
    def hasten(self, ctxt, host, server):
        self._injector.hasten(host, server)

    @contextlib.contextmanager
    def _holding(self, ctxt, server, attempt):
        """While a step is here, the worker's signs of life renew its lease."""
        held = (server.uuid, ctxt.request_id, attempt)
        self._in_hand.add(held)
        try:
            yield
        except errors.HandedBack as exc:
            LOG.info('%s of server %s: %s', ctxt.request_id, server.uuid, exc)
        finally:
            self._in_hand.discard(held)

    @contextlib.contextmanager
    def _alone(self, host, uuid, interrupts):
        """One step at a time to one guest; who may interrupt makes the others give up."""
        if interrupts:
            self._injector.interrupt(host, uuid)
        with self._locks((host, uuid)):
            if interrupts:
                self._injector.interrupted(host, uuid)
            yield

    def _task(self, host, server, params, action, step, back=False):
        driver = self._injector.wrap(self._drivers[host], host, server)
        return task.OnHost(server, params, host, self._crashes.while_working(
            driver, action, step, back))


def _look_up(verb, step):
    action = machine.VERBS[verb]
    return action, action.step(step)


@dataclasses.dataclass
class _Report:
    """Tells the conductor how one attempt at a step, or at its undo, came out."""

    conductor: object
    ctxt: object
    server: str
    step: str
    attempt: int
    undo: bool = False
    #: False if the conductor wants this attempt no more.
    accepted: bool = True

    def finished(self, changes):
        if self.undo:
            self._say(self.conductor.undone, changes, None)
        else:
            self._say(self.conductor.finished, changes)

    def failed(self, fault):
        if self.undo:
            self._say(self.conductor.undone, {}, fault)
        else:
            self._say(self.conductor.failed, fault)

    def _say(self, method, *outcome):
        try:
            self.accepted = method(
                self.ctxt, self.server, self.step, self.attempt, *outcome)
        except errors.HandedBack as exc:
            LOG.warning('%s', exc)
