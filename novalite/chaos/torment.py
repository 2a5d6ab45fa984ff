"""Has the faults happen when their time has come, and takes them back."""

import dataclasses
import heapq
import itertools
import signal

from oslo_log import log as logging

from novalite import errors
from novalite.chaos.schedule import OF_LINKS
from novalite.chaos.schedule import What

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class Happened:
    """A fault as it came: seconds since the start; ``until`` is None while it lasts."""

    fault: object
    began: float
    until: float | None = None


class Tormentor:
    """Goes through ``faults``, ordered by time, in a thread of its own, until ``stop``.

    ``clock`` gives the seconds since the start. What was begun is taken back by ``mend``: then
    everything runs, and every connection is whole.
    """

    def __init__(self, stack, links, names, faults, clock, runtime):
        self._stack, self._links, self._names = stack, links, names
        self._clock, self._runtime = clock, runtime
        self._faults = iter(faults)
        self._order = itertools.count()
        self._ends = []         # (time, number, happened)
        self._over, self._ended = runtime.event(), runtime.event()
        self._lock = runtime.lock()
        self.happened = []
        #: Daemons that were found dead though nobody had killed them: (seconds, name).
        self.died = []
        self._away = {}
        self.failure = None

    def start(self):
        self._runtime.spawn('tormentor', self._run)

    def stop(self):
        """No more faults; those under way go on until ``mend``. Raises what went wrong here."""
        self.abandon()
        if self.failure:
            raise self.failure

    def abandon(self):
        """No more faults, and no word about what went wrong; for who must end in any case."""
        self._over.set()
        self._ended.wait()

    def mend(self):
        """Take back what is not over yet; returns when everything runs again."""
        while self._ends:
            self._end(heapq.heappop(self._ends)[2])
        while self._away:
            self._runtime.sleep(0.1)
        for name in self._names:
            self._stack.signal(name, signal.SIGCONT)

    def look(self):
        """Note who has died without our help, and start it again."""
        with self._lock:
            for name in self._names:
                if name not in self._away and self._stack.pid(name) is None:
                    LOG.error('%s has ended by itself', name)
                    self.died.append((self._clock(), name))
                    self._stack.start(name)

    # In its thread

    def _run(self):
        try:
            self._go_through()
        except Exception as exc:
            self.failure = exc
        finally:
            self._ended.set()

    def _go_through(self):
        fault = next(self._faults, None)
        while fault or self._ends:
            end = self._ends[0][0] if self._ends else None
            due = min(time for time in (fault and fault.at, end) if time is not None)
            if self._over.wait(max(0.0, due - self._clock())):
                return
            if due == end:
                self._end(heapq.heappop(self._ends)[2])
            else:
                self._begin(fault)
                fault = next(self._faults, None)

    def _begin(self, fault):
        with self._lock:
            if fault.whom.partition('>')[0] in self._away:
                # The machine is slower than the plan: whoever is on its way up is left alone.
                LOG.info('No %s: it is not back yet', fault)
                return
            LOG.info('%s for %s s', fault, fault.seconds)
            happened = Happened(fault, self._clock())
            if fault.what in OF_LINKS:
                self._links.cut(fault.whom, OF_LINKS[fault.what])
            elif fault.what is What.FREEZE:
                self._stack.signal(fault.whom, signal.SIGSTOP)
            elif fault.what is What.KILL:
                self._away[fault.whom] = happened
                self._stack.signal(fault.whom, signal.SIGKILL)
            else:
                self._away[fault.whom] = happened
                self._stack.ask_to_end(fault.whom)
        self.happened.append(happened)
        heapq.heappush(self._ends, (happened.began + fault.seconds, next(self._order), happened))

    def _end(self, happened):
        fault = happened.fault
        LOG.info('The end of %s', fault)
        if fault.what in OF_LINKS:
            self._links.mend(fault.whom)
        elif fault.what is What.FREEZE:
            self._stack.signal(fault.whom, signal.SIGCONT)
        else:
            # It may take long to end, or to start: others must not wait for that.
            self._runtime.spawn(f'start {fault.whom}', self._return, happened)
            return
        happened.until = self._clock()

    def _return(self, happened):
        name = happened.fault.whom
        self._await_end(name)
        self._revive(name)
        happened.until = self._clock()

    def _await_end(self, name, patience=70):
        """Whoever was asked to end may finish what it has in hand; then it is made to."""
        end = self._runtime.monotonic() + patience
        while self._stack.pid(name) is not None:
            if self._runtime.monotonic() > end:
                self._stack.signal(name, signal.SIGKILL)
            self._runtime.sleep(0.05)

    def _revive(self, name, tries=5):
        for left in reversed(range(tries)):
            try:
                self._stack.start(name)
                break
            except errors.CannotStart as exc:
                LOG.error('%s does not come back, tried %d times more: %s', name, left, exc)
        with self._lock:
            self._away.pop(name, None)
