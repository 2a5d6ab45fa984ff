"""Drives actions: each call is one transaction, and then the message it asks for."""

import datetime

from oslo_log import log as logging

from novalite import context
from novalite import errors
from novalite.conductor import errands
from novalite.conductor import forgetful
from novalite.conductor import hearing
from novalite.conductor import walk
from novalite.db import history
from novalite.db import hosts
from novalite.db import moves
from novalite.db.engine import retried
from novalite.faults import crashes
from novalite.notify import events

LOG = logging.getLogger(__name__)

ONE_SECOND = datetime.timedelta(seconds=1)


class Runner:
    """``compute`` is the bus to the workers; the rows are the truth, messages wake them up."""

    def __init__(self, db, compute, conf, runtime, notifier, services):
        self._db, self._compute, self._notifier = db, compute, notifier
        self._conf, self._runtime, self._around = conf, runtime, services
        self.hearing = hearing.Hearing(conf, runtime)
        self.errands = errands.Errands(db, self, services, conf, runtime)
        self._crashes = crashes.configured(conf, runtime)

    def missed_before(self):
        """A host last seen before this is gone."""
        return hosts.alive_since(self._conf, self.hearing.sure_until())

    def run(self, ctxt, server, begun=False):
        """Take up an action where its row says; ``begun`` by the conductor itself, just now."""
        self._walk(ctxt, server, lambda walk: walk.take_up(begun))

    # Reports

    def started(self, ctxt, server, step, attempt, host, back):
        return self._transaction(ctxt, server, lambda walk: walk.start(step, attempt, host, back))

    def finished(self, ctxt, server, step, attempt, changes):
        return self._walk(ctxt, server, lambda walk: walk.finish(step, attempt, changes))

    def failed(self, ctxt, server, step, attempt, fault):
        return self._walk(ctxt, server, lambda walk: walk.fail(step, attempt, fault))

    def undone(self, ctxt, server, step, attempt, changes, fault):
        return self._walk(ctxt, server, lambda walk: walk.undone(step, attempt, changes, fault))

    def hasten(self, ctxt, server, request_id):
        with self._db.read() as connection:
            row = history.action(connection, server, request_id)
            host = row and row.held_by and hosts.get(connection, row.held_by)
        if host:
            self._compute.hasten(ctxt, host.worker, host.name, server)

    # Workers

    def register(self, ctxt, worker, incarnation, inventories, knows):
        """A worker has come (again): its hosts are up, and what they had in hand is driven anew."""
        rows, new = self._let_in(worker, incarnation, inventories, knows)
        self._notifier.tell(ctxt, [events.service('create', service) for service in new])
        for row in rows:
            self.resume(row)

    @retried
    def _let_in(self, worker, incarnation, inventories, knows):
        with self._db.write() as connection:
            known = {service.uuid for service in self._services(connection)}
            restarted = hosts.register(
                connection, self._runtime, worker, incarnation, inventories, knows)
            new = [service for service in self._services(connection)
                   if service.uuid not in known]
            now = self._runtime.now()
            for name in restarted:
                moves.evacuated(connection, name, now)
            if forgetful.is_forgetful(self._conf):
                return forgetful.let_go(connection, restarted, now), new
            return history.let_go(connection, restarted), new

    def _services(self, connection):
        """Those there are, if anybody is to hear of new ones."""
        return hosts.services(connection, binary='nova-compute') if self._notifier.enabled else ()

    @retried
    def beat(self, worker, incarnation, in_hand):
        now = self._runtime.now()
        lease_until = now + datetime.timedelta(seconds=self._conf.conductor.lease)
        with self._db.write() as connection:
            known = hosts.beat(connection, now, worker, incarnation)
            if known and not forgetful.is_forgetful(self._conf):
                history.renew(connection, in_hand, lease_until)
            return known

    @retried
    def leaves(self, worker, incarnation):
        """A worker ends when it has done what it has in hand: nothing more is placed there."""
        with self._db.write() as connection:
            hosts.leave(connection, worker, incarnation, self._runtime.now())

    def silence(self, worker, incarnation):
        """A worker has ended: what it hands back is done elsewhere, or when it has come back."""
        for row in self._let_out(worker, incarnation):
            ctxt = context.RequestContext.from_dict(row.context).hop('conductor.handed_back')
            try:
                self._walk(ctxt, row.server, lambda walk, row=row: walk.hand_back(row.held_by))
            except errors.NowhereElse as exc:
                LOG.info('%s of server %s: %s', row.step, row.server, exc)

    @retried
    def _let_out(self, worker, incarnation):
        now = self._runtime.now()
        down_since = hosts.alive_since(self._conf, now) - ONE_SECOND
        with self._db.write() as connection:
            names = hosts.silence(connection, worker, incarnation, down_since, now)
            return [] if forgetful.is_forgetful(self._conf) else history.held_by(connection, names)

    def resume(self, row):
        """Drive an action under the request id and identity it was accepted with."""
        ctxt = context.RequestContext.from_dict(row.context)    # the log has its request id now
        LOG.info('%s of server %s waits at %s for nobody; it is driven now', row.name, row.server,
                 row.step)
        self.run(ctxt.hop('conductor.sweep'), row.server)

    # One transaction, then one message

    def _walk(self, ctxt, server, go):
        """Whether what ``go`` reports was accepted; its order, if any, is sent."""
        order, accepted = self._transaction(ctxt, server, lambda way: (go(way), way.accepted))
        if order is not None and order.host is None:
            self.errands.take(ctxt, order)
        elif order is not None:
            LOG.info('%s%s of %s of server %s goes to %s', 'the undo of ' if order.undo else '',
                     order.step, order.verb, server, order.host)
            self._send(ctxt, server, order)
        return accepted

    @retried
    def _transaction(self, ctxt, server, go):
        with self._db.write() as connection:
            way = walk.Walk(connection, ctxt, server, self._conf, self._runtime,
                            self.hearing.sure_until(), self._notifier.enabled,
                            self._around, self._db, self._crashes)
            answer = go(way)
            way.write()
        way.committed()
        # Before the order is sent: what the host then tells comes later.
        self._notifier.tell(ctxt, way.told)
        for left in way.leaves:
            self.errands.take(ctxt, left)
        return answer

    def _send(self, ctxt, server, order):
        tell = self._compute.undo if order.undo else self._compute.perform
        tell(ctxt, order.worker, order.host, order.server, order.verb, order.step, order.attempt,
             order.params, lambda: self._take_back(ctxt.request_id, server, order.attempt))

    @retried
    def _take_back(self, request_id, server, attempt):
        """Nobody has got this attempt: the sweep makes another one."""
        with self._db.write() as connection:
            row = history.action(connection, server, request_id, lock=True)
            if row.attempt == attempt and row.finish_time is None:
                history.update_action(connection, row, held_by=None, lease_until=None)
