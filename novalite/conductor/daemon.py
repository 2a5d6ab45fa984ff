"""A conductor, put together: its endpoint on the bus, its sweep, its signs of life."""

from novalite import context
from novalite.bus import compute as compute_bus
from novalite.bus import conductor as conductor_bus
from novalite.bus import transport
from novalite.conductor import looks
from novalite.conductor import periodic
from novalite.conductor import recovery
from novalite.conductor import runner
from novalite.conductor import service
from novalite.conductor import watch
from novalite.db import hosts
from novalite.notify import events

#: Nova's scheduler is a daemon of its own; here the conductor is both.
BINARIES = ('nova-conductor', 'nova-scheduler')


class Conductor:
    """``start`` it, and ``stop`` it when what it has in hand is done."""

    def __init__(self, conf, db, bus, runtime, notifier):
        self._conf, self._db, self._runtime = conf, db, runtime
        self._notifier = notifier
        compute = compute_bus.Compute(bus)
        self.runner = runner.Runner(db, compute, conf, runtime, notifier)
        self._sweep = recovery.Sweep(db, self.runner, conf, runtime)
        self.watch = watch.Watch(db, self.runner, runtime)
        self._looks = looks.Looks(db, compute, self.runner)
        self._waits = periodic.Waits(db, self.runner, conf, runtime)
        self._server = transport.serve(
            bus, conductor_bus.TOPIC, conf.host,
            [service.Endpoint(self.runner, self.watch, self._looks)], runtime)
        self._periodic = []

    def start(self):
        self._beat()
        self._server.start()
        self._periodic = [
            self._runtime.every(self._conf.conductor.report_interval, 'sign of life', self._beat),
            self._runtime.every(self._conf.conductor.sweep_interval, 'sweep', self._sweep.round),
            self._runtime.every(self._conf.conductor.sweep_interval, 'what has waited enough',
                                self._waits.round),
        ]

    def stop(self):
        for work in self._periodic:
            work.stop()
        self._server.stop()
        self._server.wait()

    def _beat(self):
        host = self._conf.host
        with self._db.write() as connection:
            new = [service for binary in BINARIES
                   if hosts.beat_daemon(connection, self._runtime, binary, host)
                   for service in hosts.services(connection, binary=binary, host=host)]
        ctxt = context.RequestContext(
            request_id=self._runtime.request_id(), hops=('conductor.heartbeat',))
        self._notifier.tell(ctxt, [events.service('create', service) for service in new])
