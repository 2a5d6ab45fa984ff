"""Steps that ask a real service: done by this conductor, outside of any transaction.

A step is ordered from here as it is from a host: what is written down has an attempt and a
lease, and how it came out is a report. A conductor that dies leaves a lease that runs out.
"""

import contextlib
import dataclasses
import datetime

from oslo_log import log as logging

from novalite import errors
from novalite.conductor import tools
from novalite.db import history
from novalite.servers import machine
from novalite.servers import model
from novalite.servers import recording
from novalite.servers import task

LOG = logging.getLogger(__name__)

#: So many are done at once.
THREADS = 16


class Errands:
    """``runner`` is told how each came out."""

    def __init__(self, db, runner, services, conf, runtime):
        self._db, self._runner, self._services = db, runner, services
        self._conf, self._runtime = conf, runtime
        self._pool, self._renewal = None, None
        self._in_hand, self._ending = set(), False

    def start(self):
        if self._services.asks_outside(machine.SERVICES):
            self._pool = self._runtime.executor(THREADS)
            self._renewal = self._runtime.every(
                self._conf.conductor.lease / 3, 'renew leases', self._renew)

    def stop(self):
        """What is in hand is done; what comes later waits for another conductor."""
        self._ending = True
        if self._pool:
            self._pool.shutdown()
            self._renewal.stop()

    def take(self, ctxt, order):
        """Do it soon."""
        if self._ending:
            LOG.info('%s of server %s is left to another conductor, or to the next start',
                     order.step, order.server['uuid'])
            return
        ctxt = ctxt.hop(f'conductor.{"undo_" if order.undo else ""}{order.step}')
        self._pool.submit(self._logged, ctxt, order)

    def _logged(self, ctxt, order):
        held = (order.server['uuid'], ctxt.request_id, order.attempt)
        self._in_hand.add(held)
        try:
            ctxt.update_store()     # the log has its request id now
            self._do(ctxt, order)
        except errors.Unavailable as exc:
            LOG.warning('%s of server %s came to no end; it is done again when its lease has run '
                        'out: %s', order.step, order.server['uuid'], exc)
        except Exception:
            # Nobody waits for it; the sweep sends it again when its lease has run out.
            LOG.exception('%s of server %s came to no end', order.step, order.server['uuid'])
        finally:
            self._in_hand.discard(held)

    def _do(self, ctxt, order):
        action = machine.VERBS[order.verb]
        step = action.step(order.step)
        about = task.InConductor(model.Server(**order.server), order.params, self._tools(order))
        if order.abandons:
            action.abandon(about)
            return
        report = _Report(self._runner, ctxt, order)
        with recording.recorded(report, f'{step.name} of server {about.server.uuid}') as changes:
            changes |= (step.undo if order.undo else step.work)(about) or {}
        if not report.accepted and step.undo and not order.undo and self._in_vain(ctxt, order):
            step.undo(about)

    def _in_vain(self, ctxt, order):
        """Whether the action has turned back meanwhile, or ended so: nobody wants what was done."""
        with self._db.read() as connection:
            return history.action(
                connection, order.server['uuid'], ctxt.request_id).fault is not None

    def _tools(self, order):
        return tools.Tools(None, self._db, self._runtime, self._conf, self._services, None,
                           order.fault)

    def _renew(self):
        until = self._runtime.now() + datetime.timedelta(seconds=self._conf.conductor.lease)
        # While the database is away nobody takes them from us; the next round renews them.
        if in_hand := sorted(self._in_hand):
            with contextlib.suppress(errors.DatabaseAway), self._db.write() as connection:
                history.renew(connection, in_hand, until)


@dataclasses.dataclass
class _Report:
    """How one attempt came out."""

    runner: object
    ctxt: object
    order: object
    #: False if this attempt is wanted no more.
    accepted: bool = True

    def finished(self, changes):
        if self.order.undo:
            self._say(self.runner.undone, changes, None)
        else:
            self._say(self.runner.finished, changes)

    def failed(self, fault):
        if self.order.undo:
            self._say(self.runner.undone, {}, fault)
        else:
            self._say(self.runner.failed, fault)

    def _say(self, method, *outcome):
        order = self.order
        self.accepted = method(
            self.ctxt, order.server['uuid'], order.step, order.attempt, *outcome)
