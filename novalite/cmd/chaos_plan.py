"""A plan of the simulation, as far as it can be done to real daemons."""

import fnmatch
import itertools
import math

from novalite.chaos.schedule import Fault
from novalite.chaos.schedule import What
from novalite.runtime import seeded

_DAEMONS = {'crash': What.KILL, 'stop': What.STOP, 'restart': What.RESTART, 'freeze': What.FREEZE}
#: Seconds that something lasts of which the plan says that it lasts to its end.
LAST = 86400.0


def wanted(plan, seed):
    """What a run is to be given of it, as keywords of ``chaos.run.Wanted``, and what is left out.

    What can only be done to a simulated broker, database or clock is left out: a list of words.
    """
    faults, rules, left_out = [], [], []
    names = list(_names(plan.cloud))
    random = seeded(f'plan {seed}')
    for fault in plan.faults:
        found = list(_faults(fault, plan, names, random))
        if found or (fault.rate and _can(fault)):
            faults += found
        elif _always(fault):
            rules.append(fault.rule)
        else:
            left_out.append(fault.words)
    shape = plan.cloud.racks[0]
    given = {
        'faults': tuple(sorted(faults)), 'rules': tuple(rules),
        'hosts': plan.cloud.hosts, 'duration': plan.for_,
        'clients': sum(load.clients for load in plan.workload) or 4,
        'daemons': {'novalite-api': plan.cloud.apis, 'novalite-conductor': plan.cloud.conductors,
                    'novalite-compute': sum(rack.workers for rack in plan.cloud.racks)},
        'options': plan.cloud.options | {'simulated': plan.cloud.options.get('simulated', {}) | {
            name: getattr(shape, name) for name in ('vcpus', 'memory_mb', 'disk_gb')}}}
    if plan.cloud.timings:
        given['timings'] = ', '.join(
            f'{verb}={time}' for verb, time in plan.cloud.timings.items())
    return given, left_out


def _names(cloud):
    """(the plan's name, ours) of each daemon."""
    numbers = {}
    kinds = itertools.chain(itertools.repeat('api', cloud.apis),
                            itertools.repeat('conductor', cloud.conductors),
                            ('compute' for _ in cloud.workers()))
    for name, kind in zip(cloud.daemons(), kinds, strict=True):
        numbers[kind] = numbers.get(kind, 0) + 1
        yield name, f'novalite-{kind}-{numbers[kind]}'


def _can(fault):
    if fault.rule or fault.nth:
        return False
    if fault.who in ('broker', 'database'):
        return fault.then == 'outage'
    return fault.then in _DAEMONS or fault.then == 'partition'


def _always(fault):
    """A rule that real workers can be given: it is in force from the beginning to the end.

    Not what would never come to rest, nor guests that would be missed.
    """
    return fault.rule and fault.then not in ('stall', 'vanish') and not (
        fault.at or fault.rate or fault.after or fault.for_ or fault.until != math.inf)


def _faults(fault, plan, names, random):
    if not _can(fault):
        return
    whom = [ours for theirs, ours in names if fnmatch.fnmatchcase(theirs, fault.who)]
    for at in _times(fault, plan, random):
        seconds = fault.for_.seconds(random) if fault.for_ else LAST
        if fault.who in ('broker', 'database'):
            yield Fault(at, What.KILL, fault.who, seconds)
            continue
        for one in whom if fault.all else [random.choice(whom)]:
            if fault.then == 'partition':
                yield Fault(at, What.REFUSE, f'{one}>{fault.from_}', seconds)
            else:
                yield Fault(at, _DAEMONS[fault.then], one,
                            0.0 if fault.then == 'restart' else seconds)


def _times(fault, plan, random):
    """When it happens: at its times, as often as its rate says, or from the beginning."""
    if fault.at:
        yield from fault.at
    elif fault.rate:
        at = fault.after
        while fault.rate.per_second:
            at += random.expovariate(fault.rate.per_second)
            if at > min(fault.until, plan.for_):
                return
            yield at
    else:
        yield fault.after
