"""Virtual time: one thread, a queue of what is due, and a process that can be killed at any point.

``Timeline`` is the world's clock and its scheduler; ``Process`` is the runtime that a
simulated daemon is given in place of ``novalite.runtime.Runtime``. A thread of a daemon is
a greenlet here, so the daemons' own code runs as it is.
"""

import collections
import datetime
import functools
import hashlib
import heapq
import itertools
import queue
import random
import re
import uuid

import greenlet
from oslo_context import context as oslo_context

from novalite import runtime

#: When every simulation begins.
BEGINNING = datetime.datetime(2026, 1, 1)

#: Where a file of a traceback is, in JSON in JSON: another place on each machine.
_ANYWHERE = re.compile(r'(File \\+")[^"\\]*/([^/"\\]+/[^/"\\]+\\+")')
#: The name of tasks that work on a message.
WORK = 'work'

#: What oslo.context keeps for each thread: the simulation changes it with the greenlet.
_STORE = oslo_context._request_store


class Dead(greenlet.GreenletExit):
    """The process that runs this was killed: nothing of it has any effect from here on."""


class Stuck(Exception):
    """Something waits that a simulation cannot wait for: a mistake in novalite, named here."""


class Task:
    """A thread of a process. ``ticket`` is what it waits for now; an older wake-up is ignored."""

    __slots__ = ('process', 'name', 'greenlet', 'ticket', 'context', 'priority', 'done', 'joining')

    def __init__(self, process, name, work, priority):
        self.process, self.name, self.priority = process, name, priority
        self.greenlet = greenlet.greenlet(work, process.timeline.hub)
        self.ticket, self.context, self.done, self.joining = None, None, False, []

    def join(self, timeout=None):
        """Wait until it has ended."""
        if not self.done:
            task = self.process.timeline.current
            self.joining.append((task, task.process.waits()))
            task.process.wait(timeout)


class Timeline:
    """What is due, in order; ``now`` is in seconds since the beginning.

    ``order`` says who goes first among those that are ready at once: ``random`` draws lots for
    each event; ``pct`` gives every task a priority, lets the highest run, and lowers it at a
    few random points (probabilistic concurrency testing, Burckhardt et al. 2010); ``fifo``
    is for whoever wants to follow it by hand.
    """

    def __init__(self, seed, order='random', keep_trace=None):
        self.seed, self.order = seed, order
        self.now = 0.0
        self.current = None
        self.hub = greenlet.getcurrent()
        self.events = 0
        self.random = random.Random(f'{seed}/order')
        self._due = []
        self._numbers = itertools.count()
        self.tickets = itertools.count(1)
        self._hash = hashlib.sha256()
        self._keep = keep_trace
        self.failure = None
        #: Called with (process, point) at each point where a process may be killed.
        self.at_point = None

    def stream(self, name):
        """Random numbers for one purpose: drawing more for another does not change them."""
        return random.Random(f'{self.seed}/{name}')

    def later(self, delay, call, *args, priority=0.0):
        """Call it in ``delay`` seconds."""
        key = self.random.random() if self.order == 'random' else priority
        heapq.heappush(self._due, (self.now + delay, key, next(self._numbers), call, args))

    def latency(self, mean):
        """How long something small takes this time, in seconds."""
        return 0.0 if self.order == 'pct' else self.random.expovariate(1 / mean)

    def priority(self):
        """A new task's rank in ``pct`` order; the smallest goes first."""
        return 1 + self.random.random() if self.order == 'pct' else 0.0

    def run(self, until):
        """Let time pass until then; raises what a task raised that nobody awaited."""
        due, pop = self._due, heapq.heappop
        while due and due[0][0] <= until:
            self.now, _, _, call, args = pop(due)
            self.events += 1
            call(*args)
            if self.failure is not None:
                failure, self.failure = self.failure, None
                raise failure
        self.now = max(self.now, until)

    # Tasks

    def switch(self, task, value=None):
        """Let a task go on; returns when it waits again, or has ended."""
        if self.order == 'pct' and self.random.random() < 0.002:
            task.priority += 2       # a point of change: all others go first from here
        before, self.current = self.current, task
        _STORE.context = task.context
        try:
            task.greenlet.switch(value)
        finally:
            task.context = getattr(_STORE, 'context', None)
            self.current = before

    # What has happened

    def note(self, what, process, **detail):
        """Write down an event: the trace is the simulation's identity."""
        if 'Traceback' in detail.get('wire', ''):
            detail['wire'] = _ANYWHERE.sub(r'\1\2', detail['wire'])
        line = self._line(what, process, detail)
        self._hash.update(line.encode())
        if self._keep is not None:
            self._keep.append((self.now, what, process, detail))

    def _line(self, what, process, detail):
        return f'{self.now:.9f} {what} {process} {detail}\n'

    def trace_hash(self):
        return self._hash.hexdigest()


class Process(runtime.Runtime):
    """The runtime of one simulated daemon, from its start to its death.

    ``jump`` is what its wall clock is wrong by, in seconds.
    """

    def __init__(self, timeline, name, incarnation=1):
        self.timeline, self.name = timeline, name
        self.random = timeline.stream(f'{name}/{incarnation}')
        self.dead = self.frozen = self.cut = self.no_database = False
        self.jump = 0.0
        self.in_transaction = False
        #: Whether its connection breaks during a commit: at the 'next' one; 'now', at this one,
        #: or 'after' it was made.
        self.doubt = None
        self.tasks = {}
        self._held = []

    # Time

    def now(self):
        return _moment(self.timeline.now + self.jump)

    def monotonic(self):
        return self.timeline.now

    def sleep(self, seconds):
        self.waits()
        self.wait(seconds)

    # Identity

    def uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def request_id(self):
        return f'req-{self.uuid()}'

    def secret(self, size=32):
        return self.random.randbytes(size).hex()

    # Threads

    def lock(self):
        return Lock(self)

    def event(self):
        return Event(self)

    def queue(self):
        return Queue(self)

    def executor(self, max_workers):
        return Executor(self)

    def spawn(self, name, work, *args):
        self.alive()
        task = Task(self, name, lambda _value: self._run(task, work, args),
                    self.timeline.priority())
        self.tasks[id(task)] = task
        task.ticket = 0
        self.wake(task, 0, None)
        return task

    def _run(self, task, work, args):
        try:
            work(*args)
        except greenlet.GreenletExit:
            pass        # killed
        except Exception as exc:
            self.timeline.failure = exc     # no thread of novalite may end so
        finally:
            task.done = True
            self.tasks.pop(id(task), None)
            for waiting, ticket in task.joining:
                waiting.process.wake(waiting, ticket, True)

    # Waiting, for the primitives below and for the bus

    def alive(self):
        """Raise Dead if this process has been killed."""
        if self.dead:
            raise Dead(self.name)

    def waits(self):
        """The ticket with which ``wake`` ends the wait that the current task begins now."""
        self.alive()
        if self.in_transaction:
            raise Stuck(f'{self.name} waits inside a database transaction')
        task = self.timeline.current
        task.ticket = next(self.timeline.tickets)
        return task.ticket

    def wait(self, timeout=None):
        """Wait for ``wake``: what it was given; None when ``timeout`` seconds have passed."""
        task = self.timeline.current
        if timeout is not None:
            self.timeline.later(timeout, self._due, task, task.ticket, None,
                                priority=task.priority)
        value = self.timeline.hub.switch()
        self.alive()
        return value

    def wake(self, task, ticket, value, delay=0.0):
        """Let a task go on that waits with this ticket; nothing happens if it does not any more."""
        self.timeline.later(delay, self._due, task, ticket, value, priority=task.priority)

    def _due(self, task, ticket, value):
        if task.ticket != ticket or self.dead:
            return
        if self.frozen:
            self._held.append((task, ticket, value))
            return
        task.ticket = None
        self.timeline.switch(task, value)

    def pause(self, mean):
        """Let others go first, perhaps; ``mean`` seconds pass on average."""
        self.waits()
        self.wait(self.timeline.latency(mean))

    def point(self, what):
        """A point where this process may be killed; raises Dead then."""
        if self.timeline.at_point is not None:
            self.timeline.at_point(self, what)
            self.alive()

    # What may befall it

    def kill(self):
        """As by kill -9: nothing of it runs any more, nothing it held is given back."""
        if self.dead:
            return
        self.dead = True
        self._held.clear()
        # Only the hub may end greenlets: whoever else did would not be returned to.
        self.timeline.later(0, self._bury)

    def _bury(self):
        for task in list(self.tasks.values()):
            task.greenlet.throw(Dead)

    def freeze(self):
        """As by SIGSTOP."""
        self.frozen = True

    def thaw(self):
        """As by SIGCONT: what was due meanwhile happens now."""
        self.frozen = False
        held, self._held = self._held, []
        for task, ticket, value in held:
            self.wake(task, ticket, value)


@functools.lru_cache(maxsize=1)
def _moment(seconds):
    # Whoever does something asks several times, and no time passes meanwhile.
    return BEGINNING + datetime.timedelta(seconds=seconds)


class Lock:
    """``threading.Lock`` for tasks: who has waited longest is next."""

    def __init__(self, process):
        self._process = process
        self._held = False
        self._waiting = collections.deque()

    def acquire(self, blocking=True, timeout=-1):
        if not self._held:
            self._held = True
            return True
        if not blocking:
            return False
        process = self._process
        entry = (process.timeline.current, process.waits())
        self._waiting.append(entry)
        if process.wait(None if timeout < 0 else timeout) or entry not in self._waiting:
            return True
        self._waiting.remove(entry)
        return False

    def release(self):
        if self._waiting:
            task, ticket = self._waiting.popleft()
            self._process.wake(task, ticket, True)
        else:
            self._held = False

    def locked(self):
        return self._held

    __enter__ = acquire

    def __exit__(self, *_):
        self.release()


class Event:
    """``threading.Event`` for tasks."""

    def __init__(self, process):
        self._process = process
        self._set = False
        self._waiting = []

    def is_set(self):
        return self._set

    def set(self):
        self._set = True
        waiting, self._waiting = self._waiting, []
        for task, ticket in waiting:
            self._process.wake(task, ticket, True)

    def clear(self):
        self._set = False

    def wait(self, timeout=None):
        if self._set:
            self._process.alive()
            return True
        if self._process.timeline.current.name == WORK:
            self._process.point('during')       # a verb takes its time
        entry = (self._process.timeline.current, self._process.waits())
        self._waiting.append(entry)
        if self._process.wait(timeout):
            return True
        if entry in self._waiting:
            self._waiting.remove(entry)
        return self._set


class Queue:
    """``queue.SimpleQueue`` for tasks."""

    def __init__(self, process):
        self._process = process
        self._items = collections.deque()
        self._waiting = collections.deque()

    def put(self, item):
        if self._waiting:
            entry = self._waiting.popleft()
            entry.append(item)
            self._process.wake(*entry[:2], True)
        else:
            self._items.append(item)

    def get(self, block=True, timeout=None):
        if self._items:
            return self._items.popleft()
        if not block:
            raise queue.Empty
        entry = [self._process.timeline.current, self._process.waits()]
        self._waiting.append(entry)
        self._process.wait(timeout)
        if len(entry) == 2:
            self._waiting.remove(entry)
            raise queue.Empty
        return entry[2]

    def qsize(self):
        return len(self._items)


class Executor:
    """Runs each piece of work in a task of its own, as ``concurrent.futures`` does in threads."""

    def __init__(self, process):
        self._process = process
        self._running = {}
        self._numbers = itertools.count()

    def submit(self, work, *args):
        number = next(self._numbers)
        self._running[number] = None
        self._running[number] = self._process.spawn(WORK, self._run, number, work, args)

    def _run(self, number, work, args):
        try:
            work(*args)
        finally:
            del self._running[number]

    def shutdown(self, wait=True):
        while wait and self._running:
            next(iter(self._running.values())).join()
