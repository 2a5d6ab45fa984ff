"""Whether a conductor has heard what there was to hear: who was deaf calls nobody dead.

Signs of life of the workers come over the broker, through a conductor, into the
database. While one of these is away no host is heard of, and none need be dead. So
a conductor's own sign of life goes the same way, and what it has missed of itself
it must have missed of others.
"""

import datetime


class Hearing:
    def __init__(self, conf, runtime):
        self._down_time = conf.compute.service_down_time
        self._runtime, self._lock = runtime, runtime.lock()
        #: Seconds between two signs of life of our own.
        self.interval = min(conf.conductor.report_interval, self._down_time / 4)
        self.begins(None)

    def begins(self, last_seen):
        """We listen from now on; whoever did before us, until ``last_seen``; None: nobody did."""
        with self._lock:
            self._heard = self._runtime.monotonic()
            # Before the first one nobody can have said anything.
            self._well_since = self._heard - (0 if last_seen else self._down_time)
            self._last_before = last_seen

    def heard(self):
        """Our own sign of life has arrived, and is written down."""
        with self._lock:
            self._look()
            self._heard = self._runtime.monotonic()

    @property
    def deaf(self):
        """Whether nothing has arrived for longer than is usual."""
        return self._runtime.monotonic() - self._heard > self.interval * 2

    def sure_until(self):
        """Who was to be heard by then, and was not, is silent; of later silence we are not sure.

        That is now, unless we were deaf a while ago: others must have the time to be heard
        again, and until then what was true when we went deaf is true.
        """
        with self._lock:
            self._look()
            if self._runtime.monotonic() - self._well_since < self._down_time:
                return self._last_before
            return self._runtime.now()

    def _look(self):
        if not self.deaf:
            return
        now = self._runtime.monotonic()
        # In a short while of hearing between two outages not all have been heard.
        if self._heard - self._well_since >= self._down_time:
            self._last_before = self._runtime.now() - datetime.timedelta(seconds=now - self._heard)
        self._well_since = now
