"""A smaller plan that still breaks: fewer faults, clients, servers and hosts, and less time.

Greedy: every way to make the plan smaller is tried, the boldest first, and kept if the same
promise is still broken; until none is left. What a fault or a client draws from the seed is its
own, but what is left out also changes who goes first, so the seeds next to it are tried too.
"""

import dataclasses

from novalite.simulation import run

#: So many runs at most.
MOST = 300
#: So many seeds for each plan.
SEEDS = 2


@dataclasses.dataclass
class Smaller:
    """``plan`` still breaks, with ``result`` (and its seed); it took ``runs`` to find."""

    plan: object
    result: run.Result
    runs: int


def shrink(plan, seed, name='plan', semantics='durable', most=MOST, told=None):
    """The Smaller of a plan; None if it breaks nothing with this seed.

    ``told(runs, plan)`` is called after each run, with the smallest plan so far.
    """
    result = run.run(plan, seed, name, semantics)
    wanted = _promises(result)
    if not wanted:
        return None
    found, tried, going = Smaller(plan, result, 1), set(), True
    while going:
        going = False
        for candidate in _smaller(found.plan, found.result):
            if repr(candidate) in tried:
                continue
            tried.add(repr(candidate))
            for number in range(SEEDS):
                if found.runs >= most:
                    return found
                result = run.run(candidate, seed + number, name, semantics)
                found.runs += 1
                going = bool(_promises(result) & wanted)
                if going:
                    found.plan, found.result = candidate, result
                if told:
                    told(found.runs, found.plan)
                if going:
                    break
            if going:
                break       # on with what is smaller now
    return found


def _promises(result):
    return {violation['promise'] for violation in result.violations}


def _smaller(plan, result):
    """Plans that are smaller in one way, the boldest first."""
    for name in ('faults', 'workload'):
        for rest in _without(getattr(plan, name)):
            yield dataclasses.replace(plan, **{name: rest})
    yield from _shorter(plan, result)
    for number, fault in enumerate(plan.faults):
        for less in _milder(fault):
            yield dataclasses.replace(plan, faults=_with(plan.faults, number, less))
    for number, load in enumerate(plan.workload):
        for less in _less(load):
            yield dataclasses.replace(plan, workload=_with(plan.workload, number, less))
    for cloud in _fewer(plan.cloud):
        yield dataclasses.replace(plan, cloud=cloud)


def _shorter(plan, result):
    """Until shortly after what was broken first, and half as long."""
    first = min((violation['at'] for violation in result.violations), default=plan.for_)
    for seconds in (first + 1.0, plan.for_ / 2):
        if 1.0 <= seconds < plan.for_ * 0.95:
            yield dataclasses.replace(plan, for_=float(round(seconds)))


def _without(items):
    """Without a half of them, a quarter, and so on to each alone."""
    size = len(items) // 2
    while size >= 1:
        for start in range(0, len(items), size):
            rest = items[:start] + items[start + size:]
            if len(rest) < len(items):
                yield rest
        size //= 2
    if len(items) == 1:
        yield ()


def _with(items, number, item):
    return (*items[:number], item, *items[number + 1:])


def _milder(fault):
    """At fewer times."""
    for name in ('at', 'nth'):
        times = getattr(fault, name)
        if len(times) > 1:
            for one in times:
                yield dataclasses.replace(fault, **{name: (one,)})


def _less(load):
    for name in ('clients', 'servers'):
        value = getattr(load, name)
        for less in sorted({1, value // 2}):
            if 1 <= less < value:
                yield dataclasses.replace(load, **{name: less})
    if len(load.mix) > 1:
        for verb in load.mix:
            rest = {key: weight for key, weight in load.mix.items() if key != verb}
            yield dataclasses.replace(load, mix=rest)
    if load.networks != 'none':
        yield dataclasses.replace(load, networks='none')


def _fewer(cloud):
    for name in ('apis', 'conductors'):
        if getattr(cloud, name) > 1:
            yield dataclasses.replace(cloud, **{name: 1})
    for racks in _without(cloud.racks):
        if racks:
            yield dataclasses.replace(cloud, racks=racks)
    for number, rack in enumerate(cloud.racks):
        for name, least in (('workers', 1), ('hosts', rack.workers)):
            value = getattr(rack, name)
            for less in sorted({least, value // 2}):
                if least <= less < value:
                    yield dataclasses.replace(cloud, racks=_with(
                        cloud.racks, number, dataclasses.replace(rack, **{name: less})))
    for verb in cloud.timings:
        rest = {key: value for key, value in cloud.timings.items() if key != verb}
        yield dataclasses.replace(cloud, timings=rest)
