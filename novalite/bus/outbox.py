"""Casts on their way to the broker: whoever has something to say does not wait for it."""

import dataclasses

from oslo_log import log as logging

from novalite import errors
from novalite.bus import transport

LOG = logging.getLogger(__name__)

#: Seconds that a message is offered to a broker that does not take it.
PATIENCE = 60
#: So many may wait for one; what comes then is given up at once.
WAITING = 10000
#: Seconds that a process that ends still gives to what waits.
AT_THE_END = 3
#: Seconds between two offers.
_PAUSE = 0.5


@dataclasses.dataclass(frozen=True)
class _Message:
    what: str
    send: object
    lost: object
    since: float


class Outbox:
    """Sends in order.

    A bus inside the process takes each message at once. A broker may be away, or hold
    whoever speaks to it: there messages go through a thread of its own, which offers them
    again and again for ``PATIENCE`` seconds. All casts are wake-ups of what is written down,
    so one that is given up is not lost for good; ``lost`` is called then.
    """

    def __init__(self, bus, runtime):
        self._direct = not transport.over_a_broker(bus)
        self._once = transport.at_most_once(bus)
        self._runtime = runtime
        self._waiting, self._lock, self._thread = runtime.queue(), runtime.lock(), None
        self._closing, self._ended = runtime.event(), runtime.event()
        #: Since when the broker has not taken anything, and why; None while all is well.
        self.stuck = None

    def put(self, what, send, lost=None):
        """Have ``send()`` called; returns at once. ``what`` it is, for the log."""
        message = _Message(what, send, lost, self._runtime.monotonic())
        if self._direct:
            self._offer(message, last=True)
            return
        with self._lock:
            if self._thread is None:
                self._thread = self._runtime.spawn('outbox', self._run)
            full = self._waiting.qsize() >= WAITING or self._closing.is_set()
            if not full:
                self._waiting.put(message)
        if full:
            self._give_up(message, 'too many wait already')

    def close(self):
        """Send what waits, unless that takes long."""
        with self._lock:
            self._closing.set()
            self._waiting.put(None)
            started = self._thread is not None
        if started and not self._ended.wait(AT_THE_END):
            LOG.warning('The broker takes nothing: %d messages are not sent any more',
                        self._waiting.qsize())

    def _run(self):
        while (message := self._waiting.get()) is not None:
            while not self._offer(message, self._is_last(message)):
                self._closing.wait(_PAUSE)
        self._ended.set()

    def _is_last(self, message):
        return self._once or self._closing.is_set() or (
            self._runtime.monotonic() - message.since > PATIENCE)

    def _offer(self, message, last):
        """Whether nothing more is to be done about a message."""
        try:
            message.send()
        except transport.Unreachable as exc:
            if self.stuck is None:
                LOG.warning('The broker does not take %s (%s); it is offered again',
                            message.what, exc)
                self.stuck = (self._runtime.now(), type(exc).__name__)
            if last:
                self._give_up(message, type(exc).__name__)
            return last
        except Exception:
            # A bug must not end the thread that all others rely on.
            LOG.exception('%s cannot be sent', message.what)
            self._give_up(message, 'it cannot be sent')
            return True
        if self.stuck is not None:
            LOG.info('The broker takes messages again')
            self.stuck = None
        return True

    def _give_up(self, message, why):
        if self._once:
            LOG.warning('%s was not sent (%s), and is lost', message.what, why)
            return
        LOG.warning('%s was not sent (%s); what it would have told is written down, and is found '
                    'by the sweep', message.what, why)
        if message.lost is not None:
            try:
                message.lost()
            except errors.Unavailable:
                LOG.warning('Nor does the database answer; the lease of %s will end', message.what)
