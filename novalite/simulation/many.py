"""Many seeds of one plan, over several processes."""

import dataclasses
import multiprocessing
import os

from novalite.simulation import plan as plans
from novalite.simulation import run


@dataclasses.dataclass(frozen=True)
class Order:
    """What is to be run, but for the seed; it goes to other processes."""

    name: str
    semantics: str = 'durable'
    hosts: int | None = None
    seconds: float | None = None

    def plan(self):
        """Raises CannotStart if there is no such plan, or something is wrong with it."""
        return plans.load(self.name).scaled(self.hosts, self.seconds)

    def run(self, seed, **more):
        """The Result of a seed."""
        return run.run(self.plan(), seed, self.name, self.semantics, command=run.replay(
            self.name, seed, self.semantics, self.hosts, self.seconds), **more)


def results(order, seeds, jobs=None):
    """The Result of each seed, as they come; of one process as soon as there is only one."""
    jobs = min(jobs or os.cpu_count() or 1, len(seeds))
    if jobs == 1:
        yield from map(order.run, seeds)
        return
    # Spawned, not forked: a process begins as one that a user starts does.
    with multiprocessing.get_context('spawn').Pool(jobs) as pool:
        yield from pool.imap_unordered(order.run, seeds)
