"""What is done to whom and when: drawn from a seed, or given."""

import dataclasses
import enum

from novalite.chaos.links import Way
from novalite.chaos.stack import BROKER
from novalite.chaos.stack import DATABASE


class What(enum.StrEnum):
    """What may happen to a process, or to the connection of one to another."""

    KILL = 'kill'           #: as by kill -9; it is started again later
    STOP = 'stop'           #: it is asked to end, as by an init system; and started again later
    RESTART = 'restart'     #: it is asked to end, and started again as soon as it has
    FREEZE = 'freeze'       #: it does nothing for a while, and does not know it
    DROP = 'drop'           #: a connection breaks
    REFUSE = 'refuse'       #: a connection breaks, and is refused for a while
    STALL = 'stall'         #: nothing comes through a connection for a while


#: Those that befall a connection, ``(daemon, server)``; the others befall a process.
OF_LINKS = {What.DROP: Way.DROP, What.REFUSE: Way.REFUSE, What.STALL: Way.STALL}


@dataclasses.dataclass(frozen=True, order=True)
class Fault:
    """``at`` seconds after the start ``what`` befalls ``whom``, for ``seconds``."""

    at: float
    what: What
    #: A daemon's name, ``broker`` or ``database``; or two of them with > between, a connection.
    whom: str
    seconds: float = 0.0

    def __str__(self):
        return f'{self.what} {self.whom}'


#: (weight, what, seconds from, to) for each kind of daemon.
_DAEMONS = (
    (5, What.KILL, 0.5, 6), (2, What.STOP, 0.5, 6), (2, What.RESTART, 0, 0),
    (3, What.FREEZE, 1, 12), (1, What.DROP, 0, 0), (2, What.REFUSE, 1, 10),
    (1, What.STALL, 1, 12))
#: A worker may also stay away until its hosts are given up.
_COMPUTES = (*_DAEMONS, (2, What.KILL, 26, 40), (1, What.FREEZE, 26, 40))
_SERVERS = (
    (3, What.KILL, 0.5, 5), (1, What.RESTART, 0, 0), (2, What.FREEZE, 1, 8))
#: How often each is chosen: servers seldom, for while one is away nothing else is tried.
_WEIGHTS = {'novalite-api': 3, 'novalite-conductor': 4, 'novalite-compute': 5,
            BROKER: 0.5, DATABASE: 0.5}


def kind(whom):
    """The kind of a daemon or server: its name without its number."""
    name, _, number = whom.rpartition('-')
    return name if number.isdigit() else whom


def drawn(random, whom, every, duration=None):
    """Faults without end, or for so many seconds, one ``every`` seconds, on all of ``whom``.

    Each begins when the one before that befell the same process is over, at least one process
    of each kind of daemon is always left alone, and none comes again before each has come once.
    """
    whom, busy, at, had = list(whom), {}, 0.0, set()
    while duration is None or at + every <= duration:
        at += every
        free = [one for one in whom if busy.get(one, 0.0) <= at and _spared(one, whom, busy, at)]
        if not free:
            continue
        one = random.choices(free, [_WEIGHTS[kind(name)] for name in free])[0]
        ways = {'novalite-compute': _COMPUTES, BROKER: _SERVERS, DATABASE: _SERVERS}.get(
            kind(one), _DAEMONS)
        had = set() if len(had) == len(What) else had
        ways = [way for way in ways if way[1] not in had] or ways
        _, what, shortest, longest = random.choices(ways, [way[0] for way in ways])[0]
        had.add(what)
        seconds = round(random.uniform(shortest, longest), 1)
        # It takes a while to come back; a server takes longer.
        busy[one] = at + seconds + (10 if one in (BROKER, DATABASE) else 3)
        yield Fault(at, what, _target(random, one, what), seconds)


def _spared(one, whom, busy, at):
    """Whether another of its kind is alone now; of broker and database there is but one."""
    if one in (BROKER, DATABASE):
        return True
    others = [other for other in whom if kind(other) == kind(one) and other != one]
    return any(busy.get(other, 0.0) <= at for other in others)


def _target(random, one, what):
    if what not in OF_LINKS:
        return one
    servers = [BROKER] if kind(one) == 'novalite-compute' else [BROKER, DATABASE]
    return f'{one}>{random.choice(servers)}'
