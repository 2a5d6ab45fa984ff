"""Make a driver take its time, and misbehave, as the timings and the rules say."""

import collections
import functools

from oslo_log import log as logging

from novalite import errors
from novalite.faults import rules as fault_rules
from novalite.faults.crashes import NONE

LOG = logging.getLogger(__name__)


class Unforeseen(Exception):
    """What a driver raises that nobody here knows: users are shown the name of its class."""


class Injector:
    """The rules in force on a compute worker, and those who are waiting.

    ``timings`` says how long verbs take by themselves: whoever waits can be
    interrupted, whether the wait is a fault or the hypervisor at work.
    """

    def __init__(self, runtime, rules=(), metadata=True, timings=None,
                 crashes=NONE):
        self._runtime = runtime
        #: Where in a step this worker is to end; see ``faults.crashes``.
        self.crashes = crashes
        self._lock = runtime.lock()
        self._given = tuple(rules)
        self._rules = [[rule, rule.times] for rule in rules]
        self._metadata = metadata
        self._timings = timings
        #: Whom each waits for, and why: a look at a guest may wait beside a step.
        self._waiting = {}
        self._because = {}
        self._unwanted = collections.Counter()
        self._winding_down = self._closed = False
        #: Changes of guests by themselves that are still to come: event -> rule.
        self._to_come = {}
        #: Called with (what, host, the server's uuid) when a guest changes by itself.
        self.seen = lambda what, host, uuid: None

    def add(self, rule):
        with self._lock:
            self._rules.append([rule, rule.times])

    def remove(self, rule):
        """Forget one rule; who waits because of it goes on, what is to come of it does not come."""
        with self._lock:
            self._rules = [entry for entry in self._rules if entry[0] is not rule]
            for over, why in (*self._because.items(), *self._to_come.items()):
                if why is rule:
                    over.set()

    def reload(self, rules, metadata, timings):
        """Other rules instead of those that were given at the start; those added since stay."""
        with self._lock:
            added = [entry for entry in self._rules if entry[0] not in self._given]
            self._given = tuple(rules)
            self._rules = [[rule, rule.times] for rule in rules] + added
            self._metadata, self._timings = metadata, timings

    def clear(self):
        """Forget every rule; who waits goes on, and nothing comes of any of them any more."""
        with self._lock:
            self._rules.clear()
            for over in (*self._waiting, *self._to_come):
                over.set()

    def wrap(self, driver, host, server):
        """The driver as it is for this server: each verb asks first when and whether to work."""
        return _Misbehaving(self, driver, host, server)

    @property
    def waiting(self):
        """How many are waiting, because of a rule or because work takes its time."""
        return len(self._waiting)

    @property
    def to_come(self):
        """How many guests are still to change by themselves."""
        return len(self._to_come)

    def interrupt(self, host, uuid):
        """Something else is wanted of this guest: who waits on it, or would, gives up."""
        with self._lock:
            self._unwanted[host, uuid] += 1
            for over, (whom, _) in self._waiting.items():
                if whom == (host, uuid):
                    over.set()

    def hasten(self, host, uuid):
        """Whoever waits on this guest has waited enough, and goes on."""
        with self._lock:
            for over, (whom, _) in self._waiting.items():
                if whom == (host, uuid):
                    over.set()

    def interrupted(self, host, uuid):
        """Whoever was in the way is gone."""
        with self._lock:
            self._unwanted[host, uuid] -= 1
            if not self._unwanted[host, uuid]:
                del self._unwanted[host, uuid]

    def wind_down(self):
        """The worker will end: who would wait for ever hands the step back."""
        with self._lock:
            self._winding_down = True
            for over, (_, seconds) in self._waiting.items():
                if seconds is None:
                    over.set()

    def close(self):
        """The worker ends: who waits hands the step back."""
        with self._lock:
            self._closed = True
            for over in (*self._waiting, *self._to_come):
                over.set()

    def ask(self, verb, host, server):
        """Take the verb's time, and misbehave if a rule says so.

        Returns the rule that has more to say when the verb has done its work, or None.
        """
        rule = self._rule(verb, host, server)
        seconds = self._timings.seconds(verb) if self._timings else 0
        if rule is not None:
            LOG.info('A fault rule makes %s of %s on %s %s', verb, server.uuid, host, rule.then)
            if rule.then == 'stall':
                seconds = None
            elif rule.then == 'delay':
                seconds += rule.seconds
        if seconds != 0:
            self._wait(seconds, verb, host, server.uuid, rule)
        if rule is not None and rule.then == 'fail':
            message = rule.message
            raise errors.InjectedFault(message) if message else errors.InjectedFault(verb=verb)
        if rule is not None and rule.then == 'raise':
            raise type(rule.error or Unforeseen.__name__, (Unforeseen,), {})(
                rule.message or f'A fault rule has {verb} raise this.')
        return rule if rule is not None and rule.then in fault_rules.BY_ITSELF else None

    def let_change(self, rule, driver, host, uuid):
        """The guest changes by itself, as this rule has it, at once or when it is time.

        So it does in the middle of whatever is being done to it then: nobody is asked.
        """
        if not rule.seconds:
            self._change(rule, driver, host, uuid)
            return
        over = self._runtime.event()
        with self._lock:
            if not self._closed:
                self._to_come[over] = rule
                self._runtime.spawn('a guest by itself', self._change_later, over, rule, driver,
                                    host, uuid)

    def _change_later(self, over, rule, driver, host, uuid):
        forgotten = over.wait(rule.seconds)
        with self._lock:
            del self._to_come[over]
        if not forgotten:
            self._change(rule, driver, host, uuid)

    def _change(self, rule, driver, host, uuid):
        LOG.info('A fault rule has the guest of %s on %s %s', uuid, host, rule.then)
        if driver.by_itself(uuid, rule.then):
            self.seen(rule.then, host, uuid)

    def _rule(self, verb, host, server):
        with self._lock:
            for entry in self._rules:
                rule, left = entry
                if left != 0 and rule.matches(verb, host, server):
                    if left is not None:
                        entry[1] -= 1
                    return rule
        if self._metadata:
            for rule in fault_rules.from_metadata(server.metadata):
                if rule.matches(verb, host, server):
                    return rule
        return None

    def _wait(self, seconds, verb, host, uuid, rule):
        """Wait so long (None: until somebody else wants something), or give up."""
        over = self._runtime.event()
        with self._lock:
            if self._ends(seconds) or self._unwanted[host, uuid]:
                over.set()
            self._waiting[over] = ((host, uuid), seconds)
            self._because[over] = rule
        over.wait(seconds)
        with self._lock:
            del self._waiting[over], self._because[over]
            unwanted = self._unwanted[host, uuid]
        if self._ends(seconds):
            raise errors.HandedBack(verb=verb)
        if unwanted:
            raise errors.Interrupted(verb=verb)

    def _ends(self, seconds):
        return self._closed or (self._winding_down and seconds is None)


class _Misbehaving:
    def __init__(self, injector, driver, host, server):
        self._injector, self._driver = injector, driver
        self._host, self._server = host, server

    def __getattr__(self, verb):
        return functools.partial(self._call, verb, getattr(self._driver, verb))

    def _call(self, verb, function, *args, **kwargs):
        rule = self._injector.ask(verb, self._host, self._server)
        answer = function(*args, **kwargs)
        if rule is not None:
            self._injector.let_change(rule, self._driver, self._host, self._server.uuid)
        return answer
