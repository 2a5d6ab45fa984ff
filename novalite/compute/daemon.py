"""A compute worker, put together: its hosts, its endpoint on the bus, its signs of life."""

from oslo_log import log as logging

from novalite import context
from novalite import runtime as runtimes
from novalite.bus import compute as compute_bus
from novalite.bus import conductor as conductor_bus
from novalite.bus import transport
from novalite.compute import reconcile
from novalite.compute import service
from novalite.faults import crashes
from novalite.faults import inject
from novalite.faults import rules
from novalite.faults import timings
from novalite.hypervisor import loader

LOG = logging.getLogger(__name__)

#: How many steps may be under way at once; a thread is only made when it is needed.
THREADS = 10000


class Worker:
    """``start`` waits for a conductor, and says so; ``stop`` finishes what is in hand.

    What is not finished by the grace time is handed back to the conductor.
    """

    def __init__(self, conf, bus, runtime):
        self._conf, self._runtime = conf, runtime
        self.name = f'{conf.host}-{conf.compute.host_prefix}'
        self._incarnation = runtime.uuid()
        self._conductor = conductor_bus.Conductor(bus, runtime)
        self.injector = inject.Injector(
            runtime, *self._misbehaviour(), crashes.configured(conf, runtime))
        names = [f'{conf.compute.host_prefix}{number}'
                 for number in range(1, conf.compute.hosts + 1)]
        self.drivers = loader.load(conf.compute.driver)(names, conf, runtime, self.name)
        self._in_hand = set()
        locks = runtimes.Locks(runtime)
        self.reconciler = reconcile.Reconciler(
            self.name, self.drivers, self._conductor, locks, conf, runtime)
        self._server = transport.serve(bus, compute_bus.TOPIC, self.name, [service.Endpoint(
            self.drivers, self._conductor, self.injector, self.reconciler, locks,
            self._in_hand)], runtime)
        self._stopping, self._ended = runtime.event(), runtime.event()
        self._sign_of_life, self._periodic = None, []

    def start(self):
        # Listening first: what is driven anew because we are back must find us.
        # A guest that stalls keeps a thread, and must not keep the others waiting.
        self._server.start(override_pool_size=THREADS)
        self._register()
        if not self._stopping.is_set():
            self._sign_of_life = self._runtime.every(
                self._conf.compute.report_interval, 'sign of life', self._beat)
            self._periodic = [self._runtime.every(seconds, name, work) for seconds, name, work in (
                (self._conf.sync_power_state_interval, 'look at power states',
                 self.reconciler.power_states),
                (self._leftover_interval(), 'look for leftovers', self._leftovers),
            ) if seconds > 0]

    def reload(self):
        """The configuration has changed; raises CannotStart, and nothing has then."""
        self.injector.reload(*self._misbehaviour())

    def _misbehaviour(self):
        conf = self._conf.simulated
        given = rules.from_file(conf.faults_file) if conf.faults_file else ()
        return given, conf.metadata_faults, timings.Timings(conf.timings, self._runtime.random)

    def stop(self):
        self._stopping.set()
        for periodic in self._periodic:
            periodic.stop()
        if self._sign_of_life:
            self._conductor.leaves(self._context(), self.name, self._incarnation)
        self._server.stop()
        self.injector.wind_down()
        self._finish()
        self.injector.close()
        self._ended.set()
        if self._sign_of_life:
            self._sign_of_life.stop()
            self._conductor.silence(self._context(), self.name, self._incarnation)
        self._conductor.close()
        self._server.wait()
        for driver in self.drivers.values():
            driver.close()

    @property
    def in_hand(self):
        """The steps that have come and are not reported yet: [server, request id, attempt]."""
        return [list(step) for step in sorted(tuple(self._in_hand))]

    def _finish(self):
        """Give what is in hand the time it may take."""
        end = self._runtime.monotonic() + self._conf.graceful_shutdown_timeout
        told = 0
        while (left := self.in_hand) and self._runtime.monotonic() < end:
            if len(left) != told:
                told = len(left)
                LOG.info('%s waits for %d steps in hand, at most %d s more: %s', self.name, told,
                         end - self._runtime.monotonic(), ', '.join(
                             f'{request_id} of server {server}' for server, request_id, _ in left))
            self._runtime.sleep(0.05)
        if left:
            LOG.warning('%s hands back %d steps that have not ended: %s', self.name, len(left),
                        ', '.join(f'{request_id} of server {server}'
                                  for server, request_id, _ in left))

    def cancel(self):
        """Do not wait any longer for a conductor."""
        self._stopping.set()

    def _leftovers(self):
        try:
            self.reconciler.leftovers()
        except transport.Failed as exc:
            LOG.warning('%s looks for leftovers another time: no conductor answers (%s)',
                        self.name, type(exc).__name__)

    def _leftover_interval(self):
        wanted = self._conf.running_deleted_instance_action != 'noop'
        return self._conf.running_deleted_instance_poll_interval if wanted else -1

    def _register(self):
        inventories = [driver.inventory() for driver in self.drivers.values()]
        while not self._stopping.is_set():
            try:
                self._conductor.register(
                    self._context(), self.name, self._incarnation, inventories,
                    compute_bus.VERSION)
                # What was placed elsewhere meanwhile must not run twice.
                self.reconciler.leftovers()
            except transport.Failed as exc:
                LOG.warning('%s waits for a conductor to answer (%s)', self.name,
                            type(exc).__name__)
                self._stopping.wait(1)
            else:
                LOG.info('%s carries %d hosts', self.name, len(inventories))
                return

    def _beat(self):
        """Say it until a conductor hears it: who is not heard for a while is given up."""
        told = False
        # Short: where several conductors share the messages, one that hangs takes its share.
        patience = max(1, min(3, self._conf.compute.service_down_time / 8))
        while not self._ended.is_set():
            try:
                known = self._conductor.beat(
                    self._context(), self.name, self._incarnation, self.in_hand, patience)
            except transport.Failed as exc:
                if not told:
                    LOG.warning('No conductor hears %s (%s); it says so until one does', self.name,
                                type(exc).__name__)
                told = True
                self._ended.wait(patience / 4)
                continue
            if told:
                LOG.info('A conductor hears %s again', self.name)
            if not known and not self._stopping.is_set():
                self._register()
            return

    def _context(self):
        """Nobody asked for it: its own request id, for the log."""
        return context.RequestContext(
            request_id=self._runtime.request_id(), hops=(f'{self.name}.heartbeat',))
