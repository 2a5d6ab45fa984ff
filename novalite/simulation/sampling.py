"""How a simulated cloud fared over time: what a report draws."""

import collections

import sqlalchemy as sa

from novalite.db import models
from novalite.servers import states

#: A heat map has no more rows than this; hosts are put together in groups then.
ROWS = 64


class Samples:
    """``take`` looks once; ``series`` is what was seen, ready for JSON.

    ``times`` in seconds; ``servers`` by status; ``queues``: messages at the broker, actions that
    nobody has taken up, actions under way; ``load``: the share of each host's memory that is
    given out, by time and host (``hosts``, or groups of them).
    """

    def __init__(self, world):
        self._world = world
        self._times, self._servers, self._load = [], [], []
        self._queues = collections.defaultdict(list)
        self._hosts = []

    def take(self):
        world = self._world
        with world.read() as connection:
            servers = connection.execute(
                sa.select(models.servers.c.vm_state, models.servers.c.task_state, sa.func.count())
                .where(models.servers.c.deleted.is_(False))
                .group_by(models.servers.c.vm_state, models.servers.c.task_state)).all()
            waiting, under_way = connection.execute(
                sa.select(sa.func.coalesce(sa.func.sum(sa.case(
                    (models.actions.c.lease_until.is_(None), 1), else_=0)), 0), sa.func.count())
                .where(models.actions.c.finish_time.is_(None))).one()
            hosts = connection.execute(
                sa.select(models.hosts.c.name, models.hosts.c.memory_mb_used,
                          models.hosts.c.memory_mb_limit).order_by(models.hosts.c.id)).all()
        by_status = collections.Counter()
        for vm_state, task_state, count in servers:
            by_status[states.status(vm_state, task_state)] += count
        self._times.append(round(world.timeline.now, 3))
        self._servers.append(by_status)
        self._queues['broker'].append(world.broker.waiting())
        self._queues['conductor'].append(waiting)
        self._queues['under way'].append(under_way)
        self._hosts = [row.name for row in hosts]
        self._load.append([row.memory_mb_used / row.memory_mb_limit for row in hosts])

    def series(self):
        statuses = sorted(set().union(*self._servers))
        size = max(1, -(-len(self._hosts) // ROWS))
        groups = [self._hosts[start:start + size] for start in range(0, len(self._hosts), size)]
        return {
            'times': self._times,
            'servers': {status: [seen[status] for seen in self._servers] for status in statuses},
            'queues': dict(self._queues),
            'hosts': [group[0] if len(group) == 1 else f'{group[0]}…{group[-1]}'
                      for group in groups],
            'load': [[round(_mean(load[start:start + size]), 4)
                      for start in range(0, len(self._hosts), size)] for load in self._load],
        }


def _mean(numbers):
    return sum(numbers) / len(numbers) if numbers else 0.0


def percentile(numbers, percent):
    """The smallest number that so many percent do not exceed; None of none."""
    ordered = sorted(numbers)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def windows(boots, times):
    """Percentiles of the boots that were asked for since the sample before: one list each."""
    found = {'p50': [], 'p95': [], 'p99': []}
    before = float('-inf')
    for time in times:
        within = [seconds for asked, seconds in boots if before < asked <= time]
        for name, numbers in found.items():
            numbers.append(percentile(within, int(name[1:])))
        before = time
    return found
