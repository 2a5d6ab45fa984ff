"""A conductor, put together: its endpoint on the bus, its sweep, its signs of life."""

from oslo_log import log as logging

from novalite import context
from novalite import errors
from novalite import services
from novalite.bus import compute as compute_bus
from novalite.bus import conductor as conductor_bus
from novalite.bus import transport
from novalite.conductor import audits
from novalite.conductor import forgetful
from novalite.conductor import looks
from novalite.conductor import periodic
from novalite.conductor import recovery
from novalite.conductor import runner
from novalite.conductor import service
from novalite.conductor import watch
from novalite.db import hosts
from novalite.notify import events

LOG = logging.getLogger(__name__)

#: Nova's scheduler is a daemon of its own; here the conductor is both.
BINARIES = ('nova-conductor', 'nova-scheduler')


class Conductor:
    """``start`` it, and ``stop`` it when what it has in hand is done."""

    def __init__(self, conf, db, bus, runtime, notifier):
        self._conf, self._db, self._runtime = conf, db, runtime
        self._notifier = notifier
        self._compute = compute = compute_bus.Compute(
            bus, runtime, conf.upgrade_levels.compute)
        self.runner = runner.Runner(
            db, compute, conf, runtime, notifier, services.Services(conf, db, runtime))
        self._sweep = recovery.Sweep(db, self.runner, conf, runtime)
        self.watch = watch.Watch(db, self.runner, runtime)
        self._looks = looks.Looks(db, compute, self.runner)
        self._audits = audits.Audits(db, conf, runtime, notifier)
        self._waits = periodic.Waits(db, self.runner, conf, runtime)
        self._server = transport.serve(
            bus, conductor_bus.TOPIC, conf.host,
            [service.Endpoint(self.runner, self.watch, self._looks,
                              _patient('The sign of life', self.beat))], runtime)
        self._self = conductor_bus.Itself(bus, conf.host, runtime)
        self._stopping = runtime.event()
        self._periodic = []

    def start(self):
        while not self._introduced() and not self._stopping.is_set():
            self._stopping.wait(1)
        self.runner.errands.start()
        self._server.start()
        interval = self._conf.conductor.sweep_interval
        self._periodic = [
            self._runtime.every(self.runner.hearing.interval, 'sign of life', self._say_beat),
            self._runtime.every(interval, 'what has waited enough', _patient(
                'What has waited enough', self._waits.round)),
            self._runtime.every(interval, 'usage audit', _patient(
                'The usage audit', self._audits.round)),
        ]
        if not forgetful.is_forgetful(self._conf):
            self._periodic.append(self._runtime.every(
                interval, 'sweep', _patient('The sweep', self._sweep.round)))

    def cancel(self):
        """Do not wait any longer for a database."""
        self._stopping.set()

    def stop(self):
        self._stopping.set()
        for work in self._periodic:
            work.stop()
        self._server.stop()
        self._server.wait()
        self.runner.errands.stop()
        self._self.close()
        self._compute.close()

    def _introduced(self):
        """Whether the database knows us, which may have gone again since it was waited for."""
        try:
            with self._db.read() as connection:
                last_seen = hosts.daemon_last_seen(connection, BINARIES[0])
            self.runner.hearing.begins(last_seen)
            self.beat()
        except errors.Unavailable as exc:
            LOG.warning('The start waits: %s', exc)
            return False
        return True

    def _say_beat(self):
        """Our sign of life goes the way of all others: see ``conductor.hearing``."""
        self._self.beat(self._context())

    def beat(self):
        host = self._conf.host
        with self._db.write() as connection:
            new = [service for binary in BINARIES
                   if hosts.beat_daemon(connection, self._runtime, binary, host)
                   for service in hosts.services(connection, binary=binary, host=host)]
        self.runner.hearing.heard()
        self._notifier.tell(self._context(), [events.service('create', service) for service in new])

    def _context(self):
        """Nobody asked for it: its own request id, for the log."""
        return context.RequestContext(
            request_id=self._runtime.request_id(), hops=('conductor.heartbeat',))


def _patient(name, work):
    """The work, which without its database waits for the next round."""
    def round():
        try:
            work()
        except errors.DatabaseAway:
            LOG.debug('%s waits for the database', name)
        except errors.Unavailable as exc:
            LOG.warning('%s waits: %s', name, exc)
    return round
