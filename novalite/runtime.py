"""Time, waiting, randomness, ids, locks and threads.

The only module that touches ``time``, ``threading``, ``random`` or ``uuid``.
Whoever needs one of them is given a runtime, so that a simulation can pass one
made of virtual time and a seed (import-linter keeps it so).
"""

from concurrent import futures
import contextlib
import datetime
import logging
import os
import queue
import random
import secrets
import signal
import threading
import time
import uuid

LOG = logging.getLogger(__name__)


class Runtime:
    """The real world: wall clock, operating-system threads, real randomness."""

    def __init__(self):
        self.random = random.SystemRandom()

    # Time

    def now(self):
        """The wall clock as a naive UTC datetime, as the database keeps it."""
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)

    def monotonic(self):
        """Seconds on a clock that never goes back; only differences mean anything."""
        return time.monotonic()

    def sleep(self, seconds):
        time.sleep(seconds)

    # Identity

    def uuid(self):
        return str(uuid.uuid4())

    def request_id(self):
        return f'req-{uuid.uuid4()}'

    def secret(self, size=32):
        """A hexadecimal string nobody can guess, of ``size`` bytes."""
        return secrets.token_hex(size)

    # The end

    def crash(self):
        """End this process at once, without a chance to put anything in order."""
        os.kill(os.getpid(), signal.SIGKILL)

    # Threads

    def lock(self):
        return threading.Lock()

    def event(self):
        """Something to wait for: ``set()``, ``is_set()``, ``wait(seconds)``."""
        return threading.Event()

    def queue(self):
        """A queue whose ``get`` blocks; see ``queue.SimpleQueue``."""
        return queue.SimpleQueue()

    def spawn(self, name, work, *args):
        """Run ``work`` beside the caller; it may not keep the process alive."""
        thread = threading.Thread(target=work, args=args, name=name, daemon=True)
        thread.start()
        return thread

    def executor(self, max_workers):
        """Runs at most so many pieces of work at once: ``submit``, ``shutdown``."""
        return futures.ThreadPoolExecutor(max_workers)

    def every(self, seconds, name, work):
        """Call ``work`` at once and then every ``seconds``; returns a ``Periodic``."""
        return Periodic(self, seconds, name, work)


def seeded(seed):
    """Chance that a seed decides: a ``random.Random``, for whoever wants the same again."""
    return random.Random(seed)


class Periodic:
    """Work that is done again and again until ``stop``.

    One of the three places that catch everything: a round that fails is logged
    and the next one is tried, because nobody is there to hear of it.
    """

    def __init__(self, runtime, seconds, name, work):
        self._seconds, self._name, self._work = seconds, name, work
        self._stopped = runtime.event()
        self._thread = runtime.spawn(name, self._run)

    def stop(self):
        """No further round begins; returns when a running one has ended."""
        self._stopped.set()
        self._thread.join()

    def _run(self):
        while not self._stopped.is_set():
            try:
                self._work()
            except Exception:
                LOG.exception('%s failed; it is tried again in %s s', self._name, self._seconds)
            self._stopped.wait(self._seconds)


class Locks:
    """A lock for each key, kept only while somebody holds or awaits it."""

    def __init__(self, runtime):
        self._runtime = runtime
        self._guard = runtime.lock()
        self._locks = {}

    @contextlib.contextmanager
    def __call__(self, key):
        with self._guard:
            lock, users = self._locks.get(key) or (self._runtime.lock(), 0)
            self._locks[key] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, users = self._locks.pop(key)
                if users > 1:
                    self._locks[key] = (lock, users - 1)
