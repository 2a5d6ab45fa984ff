"""What befalls a simulated cloud: a plan's faults, at their times, until they are mended."""

import collections
import fnmatch
import math

#: A daemon that is restarted is away for so long, unless it is said.
AWAY = 1.0


class Accidents:
    """``start`` has the faults begin; ``end`` mends everything, for good.

    ``told`` is what has happened so far: [from, until (None: not yet), what it is, to whom].
    """

    def __init__(self, world, faults):
        self._world, self._timeline = world, world.timeline
        self.told = []
        self._over = False
        #: How many faults keep a daemon down, frozen and so on: (name, what) -> number.
        self._on = collections.Counter()
        #: The shares in force: (name, what) -> [(share, by)].
        self._shares = collections.defaultdict(list)
        self._rules = []
        self._mends = {}
        same = collections.Counter()
        self._faults = []
        for fault in faults:
            # A fault's luck is its own: to leave one out does not change the others.
            same[repr(fault)] += 1
            stream = world.timeline.stream(f'fault/{fault!r}/{same[repr(fault)]}')
            self._faults.append(_Fault(self, fault, stream))
        self._awaited = [fault for fault in self._faults if fault.what.nth]
        world.started = self._started

    def start(self):
        for fault in self._faults:
            fault.start()
        if self._awaited:
            self._world.points.append(self._point)

    def end(self):
        """Mend what is broken, start what is down; nothing befalls anybody any more."""
        self._over = True
        for mend in list(self._mends.values()):
            mend()
        for machine in self._world.machines.values():
            machine.lose_answer(None)
            if not self._on[machine.name, 'down']:
                machine.start()

    def _point(self, machine, what):
        for fault in self._awaited:
            fault.point(machine, what)

    def _started(self, machine):
        if machine.kind == 'compute':
            for rule in self._rules:
                machine.service.injector.add(rule)

    # Beginning and end of one

    def befall(self, fault, names, seconds):
        """It befalls these, for so many seconds; None is until the end."""
        if self._over:
            return
        told = [self._timeline.now, None, fault.words, ' '.join(names)]
        self.told.append(told)
        self._timeline.note('fault', ' '.join(names), fault=fault.words)
        begin, end = _does(fault)
        for name in names:
            begin(self, name, fault)

        def mend():
            if self._mends.pop(id(told), None):
                told[1] = self._timeline.now
                self._timeline.note('mended', ' '.join(names), fault=fault.words)
                for name in names:
                    end(self, name, fault)
        self._mends[id(told)] = mend
        if seconds is not None:
            self._timeline.later(seconds, mend)

    def machine(self, name):
        return self._world.machines[name]

    def first(self, name, what):
        """Whether nothing else does this to it already."""
        self._on[name, what] += 1
        return self._on[name, what] == 1

    def last(self, name, what):
        self._on[name, what] -= 1
        return self._on[name, what] == 0

    def start_again(self, name):
        if self.last(name, 'down'):
            self.machine(name).start()

    # Broker, database, rules

    @property
    def broker(self):
        return self._world.broker

    @property
    def store(self):
        return self._world.store

    def share(self, fault, on):
        """Have a share of the messages or transactions suffer, or no longer."""
        shares = self._shares[fault.who, fault.then]
        if on:
            shares.append((fault.share, fault.by))
        else:
            shares.remove((fault.share, fault.by))
        return max(shares, default=(0.0, 0.0))

    def late(self):
        """How late messages are: what is reordered is late, too, but only some of it."""
        found = max(self._shares['broker', 'delay'] + self._shares['broker', 'reorder'],
                    default=(0.0, 0.0))
        self.broker.reorder, self.broker.slow = found

    def in_force(self, rule, on):
        (self._rules.append if on else self._rules.remove)(rule)
        for machine in self._world.of_kind('compute'):
            if machine.service is not None:
                injector = machine.service.injector
                (injector.add if on else injector.remove)(rule)


class _Fault:
    """A fault of the plan, and when it is due."""

    def __init__(self, accidents, fault, stream):
        self._accidents, self.what, self._random = accidents, fault, stream
        self._timeline = accidents._timeline
        self._met = 0

    def start(self):
        fault, now = self.what, self._timeline.now
        if fault.rate:
            self._timeline.later(max(0.0, fault.after - now), self._next)
        elif not fault.nth:
            for at in fault.at or (fault.after,):
                self._timeline.later(max(0.0, at - now), self._strike)

    def _next(self):
        self._timeline.later(self._random.expovariate(self.what.rate.per_second), self._again)

    def _again(self):
        if self._timeline.now < self.what.until:
            self._strike()
            self._next()

    def point(self, machine, what):
        fault = self.what
        if (what == fault.of and fault.after <= self._timeline.now < fault.until
                and fnmatch.fnmatchcase(machine.name, fault.who)):
            self._met += 1
            if self._met in fault.nth:
                self._strike(machine.name)

    def _strike(self, name=None):
        fault = self.what
        names = [name] if name else self._names()
        if not fault.all and len(names) > 1:
            names = [self._random.choice(names)]
        seconds = self._seconds()
        if names:
            self._accidents.befall(fault, names, seconds)

    def _seconds(self):
        fault = self.what
        if fault.at_once:
            return 0.0
        if fault.for_:
            return fault.for_.seconds(self._random)
        if fault.rate or fault.nth or fault.until == math.inf:
            return None
        return max(0.0, fault.until - self._timeline.now)

    def _names(self):
        fault = self.what
        if fault.rule or fault.who in ('broker', 'database'):
            return [fault.who or fault.rule.verb]
        return fnmatch.filter(self._accidents._world.machines, fault.who)


# What each does and undoes: (accidents, name, fault)

def _crash(accidents, name, fault):
    accidents.first(name, 'down')
    accidents.machine(name).kill()


def _stop(accidents, name, fault):
    accidents.first(name, 'down')
    accidents.machine(name).stop()


def _start(accidents, name, fault):
    accidents.start_again(name)


def _restart(accidents, name, fault):
    _stop(accidents, name, fault)
    if fault.for_ is None:
        accidents._timeline.later(AWAY, accidents.start_again, name)


def _restarted(accidents, name, fault):
    if fault.for_ is not None:
        accidents.start_again(name)


def _freeze(accidents, name, fault):
    if accidents.first(name, 'frozen'):
        accidents.machine(name).freeze()


def _thaw(accidents, name, fault):
    if accidents.last(name, 'frozen'):
        accidents.machine(name).thaw()


def _cut(accidents, name, fault):
    if accidents.first(name, fault.from_):
        _separate(accidents.machine(name), fault.from_, True)


def _mend(accidents, name, fault):
    if accidents.last(name, fault.from_):
        _separate(accidents.machine(name), fault.from_, False)


def _separate(machine, whom, on):
    (machine.cut_off if whom == 'broker' else machine.part_from_database)(on)


def _doubt(accidents, name, fault):
    accidents.machine(name).lose_answer('now' if fault.nth else 'next')


def _answered(accidents, name, fault):
    """Only that commit was in doubt."""


def _jump(accidents, name, fault):
    accidents.machine(name).turn_clock(fault.by)


def _jump_back(accidents, name, fault):
    accidents.machine(name).turn_clock(0.0)


def _outage(accidents, name, fault):
    if accidents.first(name, 'down'):
        if name == 'broker':
            accidents.broker.stop()
        else:
            accidents.store.down = True


def _outage_over(accidents, name, fault):
    if accidents.last(name, 'down'):
        if name == 'broker':
            accidents.broker.start()
        else:
            accidents.store.down = False


def _sharing(set_share):
    return (lambda accidents, name, fault: set_share(accidents, accidents.share(fault, True)[0]),
            lambda accidents, name, fault: set_share(accidents, accidents.share(fault, False)[0]))


def _lose(accidents, share):
    accidents.broker.lose = share


def _duplicate(accidents, share):
    accidents.broker.duplicate = share


def _late(accidents, share):
    accidents.late()


def _deadlock(accidents, share):
    accidents.store.deadlocks = share


def _doubts(accidents, share):
    accidents.store.doubts = share


def _rule(accidents, name, fault):
    accidents.in_force(fault.rule, True)


def _no_rule(accidents, name, fault):
    accidents.in_force(fault.rule, False)


_DOES = {
    'crash': (_crash, _start),
    'stop': (_stop, _start),
    'restart': (_restart, _restarted),
    'freeze': (_freeze, _thaw),
    'partition': (_cut, _mend),
    'jump': (_jump, _jump_back),
    'doubt': (_doubt, _answered),
    'outage': (_outage, _outage_over),
    'lose': _sharing(_lose),
    'duplicate': _sharing(_duplicate),
    'delay': _sharing(_late),
    'reorder': _sharing(_late),
    'deadlock': _sharing(_deadlock),
}
#: To a database it is the same for all; to a daemon, at one of its commits.
_DOUBTS = _sharing(_doubts)


def _does(fault):
    if fault.rule:
        return _rule, _no_rule
    return _DOUBTS if (fault.who, fault.then) == ('database', 'doubt') else _DOES[fault.then]
