"""Plans of a simulation: what the cloud is, what is asked of it, what befalls it, what must hold.

A plan is a YAML file; `doc/simulation.md` explains its keys. ``read`` makes a ``Plan`` of
it and ``written`` is the way back; both are pure but for the file.
"""

import dataclasses
import fnmatch
import math
import pathlib

from oslo_config import cfg
import yaml

from novalite import asks
from novalite import clouds
from novalite import conf as options
from novalite import errors
from novalite.faults import rules
from novalite.faults import timings
from novalite.simulation import marked
from novalite.simulation.clients import POLL
from novalite.simulation.marked import key

#: The plans that come with novalite, each a file of this directory.
READY_MADE = pathlib.Path(__file__).parent / 'plans'

TENANTS = tuple(project for _, project in clouds.CLOUDS.values())
ORDERS = ('random', 'pct', 'fifo')
SEMANTICS = ('durable', 'nova')
#: Where a process may be when the nth event befalls it; see ``World.points``.
POINTS = ('before commit', 'after commit', 'send', 'reply', 'answer', 'during')
NETWORKS = ('none', 'auto')

#: What may befall a daemon, and which of the keys below it takes.
DAEMONS = {'crash': (), 'stop': (), 'restart': (), 'freeze': (), 'partition': ('from',),
           'jump': ('by',), 'doubt': ()}
BROKER = {'outage': (), 'lose': ('share',), 'delay': ('share', 'by'), 'duplicate': ('share',),
          'reorder': ('share', 'by')}
DATABASE = {'outage': (), 'deadlock': ('share',), 'doubt': ('share',)}
_SPECIAL = ('from', 'share', 'by')
_OF_RULES = tuple(field.name for field in dataclasses.fields(rules.Rule) if field.name != 'then')


class _Record:
    def check(self, value):
        """Raise what is wrong with ``value`` as a whole, of which this was made."""


# The cloud

@dataclasses.dataclass(frozen=True)
class Rack(_Record):
    """Compute workers of one kind; ``hosts`` are shared out among them."""

    name: str = key(marked.text, 'compute')
    workers: int = key(marked.whole(1, 1000), 1)
    hosts: int = key(marked.whole(1, 100_000), 4)
    vcpus: int = key(marked.whole(), 16)
    memory_mb: int = key(marked.whole(), 32768)
    disk_gb: int = key(marked.whole(), 1024)
    zone: str = key(marked.text, 'nova')
    traits: tuple = key(marked.list_of(marked.text), (), list)

    def check(self, value):
        if self.hosts < self.workers:
            raise value.wrong(f'{self.workers} workers cannot share {self.hosts} hosts.')


def _timings(value):
    """Verb -> time, as [simulated] timings has it."""
    found = {verb: inside.plain() for verb, inside in value.items()}
    for verb, inside in value.items():
        try:
            timings.Timings(f'{verb}={found[verb]}', None)
        except errors.CannotStart as exc:
            raise inside.wrong(str(exc)) from exc
    return found


def _options(value):
    """Group -> option -> value; only such as there are."""
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    found = {}
    for group, inside in value.items():
        found[group] = {}
        for name, setting in inside.items():
            found[group][name] = setting.plain()
            try:
                conf.set_override(name, found[group][name],
                                  group=None if group == 'DEFAULT' else group)
            except (cfg.NoSuchOptError, cfg.NoSuchGroupError):
                raise setting.wrong(f'there is no option [{group}] {name}.') from None
            except ValueError as exc:
                raise setting.wrong(f'{found[group][name]!r} does not fit: {exc}.') from exc
    return found


@dataclasses.dataclass(frozen=True)
class Cloud(_Record):
    apis: int = key(marked.whole(1, 100), 1)
    conductors: int = key(marked.whole(1, 100), 1)
    racks: tuple = key(marked.list_of(marked.record(Rack)), (Rack(),),
                       lambda racks: [marked.plain(rack) for rack in racks])
    timings: dict = key(_timings, {})
    options: dict = key(_options, {})

    def check(self, value):
        names = [rack.name for rack in self.racks]
        if not names or len(set(names)) != len(names):
            raise value.wrong('there are to be racks, each with a name of its own.')

    @property
    def hosts(self):
        return sum(rack.hosts for rack in self.racks)

    def workers(self):
        """(name, prefix of its hosts, how many of them, rack) of every worker."""
        alone = len(self.racks) == 1 and self.racks[0].workers == 1
        for rack in self.racks:
            for number in range(rack.workers):
                share = rack.hosts // rack.workers + (number < rack.hosts % rack.workers)
                name = f'{rack.name}{number + 1}'
                prefix = 'h' if alone else f'{name}-h'
                yield name, prefix, share, rack

    def daemons(self):
        """The name of every daemon."""
        return [*(f'api{number + 1}' for number in range(self.apis)),
                *(f'conductor{number + 1}' for number in range(self.conductors)),
                *(name for name, _, _, _ in self.workers())]


# What is asked of it

@dataclasses.dataclass(frozen=True)
class Burst(_Record):
    at: float = key(marked.duration, write=marked.shown)
    create: int = key(marked.whole(1, 1_000_000))


def _mix(value):
    """Action -> weight; '*' and the like for all that are not named."""
    found = {}
    for name, inside in value.items():
        if not any(fnmatch.fnmatchcase(known, name) for known in asks.ACTIONS):
            raise inside.wrong(f'there is no action {name!r}; there are '
                               f'{", ".join(asks.ACTIONS)}.')
        found[name] = marked.number()(inside)
    return found


@dataclasses.dataclass(frozen=True)
class Load(_Record):
    """What one tenant's clients do.

    ``clients`` ask one thing after the other; ``rate`` has more begin, whatever the others wait
    for. Each client looks every so often (``poll``) until the server rests, but for the
    share ``hasty`` of what they ask: there the next comes at once.
    """

    tenant: str = key(marked.one_of(TENANTS), 'demo')
    clients: int = key(marked.whole(0, 1_000_000), 0)
    rate: marked.Frequency | None = key(marked.frequency, None, marked.written)
    servers: int = key(marked.whole(1, 10_000_000), 5)
    think: marked.Spread = key(marked.spread, marked.always(1.0), marked.written)
    poll: float = key(marked.duration, POLL, marked.shown)
    hasty: float = key(marked.share, 0.0)
    mix: dict = key(_mix, {'*': 1.0})
    flavors: int = key(marked.whole(1, 5), 2)
    networks: str = key(marked.one_of(NETWORKS), 'none')
    after: float = key(marked.duration, 0.0, marked.shown)
    until: float = key(marked.duration, math.inf, marked.shown)
    ramp: float = key(marked.duration, 0.0, marked.shown)
    bursts: tuple = key(marked.list_of(marked.record(Burst)), (),
                        lambda bursts: [marked.plain(burst) for burst in bursts])
    churn: marked.Frequency | None = key(marked.frequency, None, marked.written)


# What befalls it

@dataclasses.dataclass(frozen=True)
class Fault(_Record):
    """Something that befalls ``who``, or a fault rule (``rule``) that is in force for a while.

    When: from the beginning, ``at`` these times, at a ``rate``, or at the ``nth`` time that
    one of ``who`` is at the point ``of``. It is mended after ``for_``; None: at the end.
    """

    then: str
    who: str | None = None
    all: bool = False
    rule: rules.Rule | None = None
    at: tuple = ()
    rate: marked.Frequency | None = None
    nth: tuple = ()
    of: str = 'before commit'
    after: float = 0.0
    until: float = math.inf
    for_: marked.Spread | None = None
    from_: str = 'broker'
    share: float = 1.0
    by: float = 1.0

    @property
    def at_once(self):
        """Whether it is over as soon as it has happened."""
        return self.then == 'doubt' and self.who != 'database'

    @property
    def words(self):
        """What it is called on a time line."""
        if self.rule:
            return f'{self.rule.verb} {self.then}'
        return f'{self.then} {self.who}'


def _signed(value):
    """A duration, which may be negative."""
    found = value.plain()
    if isinstance(found, str) and found.startswith('-'):
        try:
            return -marked.in_seconds(found[1:])
        except ValueError:
            pass
    elif type(found) in (int, float) and found < 0:
        return float(found)
    return marked.duration(value)


def _write_signed(seconds):
    shown = marked.shown(abs(seconds))
    if seconds >= 0:
        return shown
    return f'-{shown}' if isinstance(shown, str) else -shown


#: The keys of a fault that are no rule's: (read, write).
_FAULT_KEYS = {
    'who': (marked.text, None),
    'all': (marked.true_or_false, None),
    'at': (marked.list_of(marked.duration, alone=True), lambda times: [
        marked.shown(time) for time in times]),
    'rate': (marked.frequency, marked.written),
    'nth': (marked.list_of(marked.whole(), alone=True), list),
    'of': (marked.one_of(POINTS), None),
    'after': (marked.duration, marked.shown),
    'until': (marked.duration, marked.shown),
    'for': (marked.spread, marked.written),
    'from': (marked.one_of(('broker', 'database')), None),
    'share': (marked.share, None),
    'by': (_signed, _write_signed),
}


def _fault(value):
    keys = dict(value.items())
    unknown = [name for name in keys
               if name not in (*_FAULT_KEYS, *_OF_RULES, 'then')]
    if unknown:
        raise keys[unknown[0]].wrong(f'there is no such key here; there are then, '
                                     f'{", ".join((*_FAULT_KEYS, *_OF_RULES))}.')
    if ('who' in keys) == ('verb' in keys):
        raise value.wrong('it is to have either `who` (a daemon, broker or database) or `verb` '
                          '(of the hypervisors).')
    if 'then' not in keys:
        raise value.wrong("'then' is missing.")
    found = {name.replace('for', 'for_').replace('from', 'from_'): read(keys[name])
             for name, (read, _) in _FAULT_KEYS.items() if name in keys}
    if len({'at', 'rate', 'nth'} & set(keys)) > 1:
        raise value.wrong('it is to have only one of `at`, `rate` and `nth`.')
    if 'verb' in keys:
        return _of_a_rule(value, keys, found)
    for name in _OF_RULES:
        if name in keys:
            raise keys[name].wrong('only a fault of a `verb` takes it.')
    then = marked.text(keys['then'])
    known = {'broker': BROKER, 'database': DATABASE}.get(found['who'], DAEMONS)
    if then not in known:
        raise keys['then'].wrong(f'{found["who"]} can {", ".join(known)}, but not {then!r}.')
    for name in _SPECIAL:
        if name in keys and name not in known[then]:
            raise keys[name].wrong(f'{then!r} does not take it.')
    if known is not DAEMONS and ('nth' in keys or 'all' in keys):
        raise value.wrong('`nth` and `all` are for daemons.')
    if ('of' in keys) and 'nth' not in keys:
        raise keys['of'].wrong('only `nth` takes it.')
    fault = Fault(then=then, **found)
    if fault.at_once and 'for' in keys:
        raise keys['for'].wrong(f'{then!r} is over at once.')
    if fault.at_once and fault.nth and not fault.of.endswith('commit'):
        raise keys['of'].wrong('a commit is in doubt before or after it.')
    return fault


def _of_a_rule(value, keys, found):
    for name in (*_SPECIAL, 'all', 'of', 'nth'):
        if name in keys:
            raise keys[name].wrong('a fault of a `verb` does not take it.')
    written = {name: keys[name].plain() for name in (*_OF_RULES, 'then') if name in keys}
    try:
        rule = rules.checked(written, written)
    except rules.BadRule as exc:
        raise value.wrong(str(exc)) from exc
    return Fault(then=rule.then, rule=rule, **found)


def _write_fault(fault):
    found = rules.plain(fault.rule) if fault.rule else {'who': fault.who, 'then': fault.then}
    for field in dataclasses.fields(Fault):
        name = field.name.rstrip('_')
        value = getattr(fault, field.name)
        if name in _FAULT_KEYS and name != 'who' and value != field.default:
            write = _FAULT_KEYS[name][1]
            found[name] = write(value) if write else value
    return found


# What must hold

def _percentiles(value):
    """'p95' -> seconds."""
    found = {}
    for name, inside in value.items():
        if not (name.startswith('p') and name[1:].isdigit() and 0 < int(name[1:]) <= 100):
            raise inside.wrong(f'{name!r} is no percentile: write p50, p95, p99 or p100.')
        found[name] = marked.duration(inside)
    return found


@dataclasses.dataclass(frozen=True)
class Must(_Record):
    """What must hold beside I1 to I8; None is no limit.

    ``boot``: within how many seconds so many percent of the servers have booted; ``failed``:
    the share of what was accepted that may fail; ``unanswered``: the share of requests
    that may be answered 5xx, or not at all.
    """

    boot: dict = key(_percentiles, {}, lambda found: {
        name: marked.shown(seconds) for name, seconds in found.items()})
    failed: float | None = key(marked.share, None)
    unanswered: float | None = key(marked.share, None)


@dataclasses.dataclass(frozen=True)
class Plan(_Record):
    """A whole plan. ``name`` is what the file is called."""

    about: str = key(marked.text, '')
    for_: float = key(marked.duration, 600.0, marked.shown)
    order: str = key(marked.one_of(ORDERS), 'random')
    cloud: Cloud = key(marked.record(Cloud), Cloud(), marked.plain)
    workload: tuple = key(marked.list_of(marked.record(Load)), (),
                          lambda loads: [marked.plain(load) for load in loads])
    faults: tuple = key(marked.list_of(_fault), (),
                        lambda faults: [_write_fault(fault) for fault in faults])
    must: Must = key(marked.record(Must), Must(), marked.plain)

    def check(self, value):
        keys = dict(value.items())
        names = self.cloud.daemons()
        for fault, inside in zip(self.faults, keys['faults'].each() if self.faults else (),
                                 strict=True):
            if fault.who not in (None, 'broker', 'database') and not fnmatch.filter(
                    names, fault.who):
                raise inside.wrong(f'nobody is called {fault.who!r}; there are broker, database, '
                                   f'{", ".join(names[:20])}.')
            if any(time > self.for_ for time in (*fault.at, fault.after)):
                raise inside.wrong(f'the plan is over after {marked.shown(self.for_)}.')

    def scaled(self, hosts=None, seconds=None):
        """The same with so many hosts, and its load scaled along; for so many seconds."""
        plan = self
        if seconds is not None:
            plan = dataclasses.replace(plan, for_=float(seconds))
        if hosts is not None and hosts != self.cloud.hosts:
            factor = hosts / self.cloud.hosts
            plan = dataclasses.replace(plan, cloud=_scaled_cloud(plan.cloud, hosts),
                                       workload=tuple(_scaled_load(load, factor)
                                                      for load in plan.workload))
        return plan


def _scaled_cloud(cloud, hosts):
    racks, left, before = [], hosts, cloud.hosts
    for rack in cloud.racks:
        share = max(1, round(left * rack.hosts / before))
        racks.append(dataclasses.replace(rack, hosts=share, workers=min(rack.workers, share)))
        left, before = left - share, before - rack.hosts
    return dataclasses.replace(cloud, racks=tuple(racks))


def _scaled_load(load, factor):
    def times(number):
        return max(1, round(number * factor)) if number else 0
    return dataclasses.replace(
        load, clients=times(load.clients), rate=load.rate and load.rate.scaled(factor),
        servers=load.servers if load.clients else times(load.servers),
        bursts=tuple(dataclasses.replace(burst, create=times(burst.create))
                     for burst in load.bursts))


# Files

def ready_made():
    """The names of the plans that come with novalite."""
    return sorted(path.stem for path in READY_MADE.glob('*.yaml'))


def find(name):
    """The path of a plan: a file, or one of those that come with novalite, by its name."""
    path = pathlib.Path(name)
    if path.suffix or path.parent != pathlib.Path():
        return path
    found = READY_MADE / f'{name}.yaml'
    if not found.exists():
        raise errors.CannotStart(
            f'There is no plan {name!r}: name a file, or one of {", ".join(ready_made())}.')
    return found


def load(name):
    """The Plan of that file or name; raises CannotStart, which says what is wrong and where."""
    path = find(name)
    try:
        written_text = path.read_text()
    except (OSError, UnicodeDecodeError) as exc:
        raise errors.CannotStart(f'The plan {path} cannot be read: {exc}') from exc
    return read(written_text, str(path))


def read(text, file='plan'):
    """The Plan that is written there; raises CannotStart, which says what is wrong and where."""
    return marked.record(Plan)(marked.read(text, file))


def written(plan):
    """The text of a plan file that reads as this plan."""
    return yaml.safe_dump(marked.plain(plan) or {'for': marked.shown(plan.for_)},
                          sort_keys=False, width=99)
