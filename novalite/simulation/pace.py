"""How much of a simulated cloud one core carries: boots for each second of CPU."""

import dataclasses
import statistics

from novalite.simulation import run
from novalite.simulation.checks import Checks
from novalite.simulation.clients import Client
from novalite.simulation.world import World

#: Clouds of so many hosts are compared.
HOSTS = (10, 1000, 10000)
#: Boots that are asked for in each second of the cloud's.
RATE = 20
#: In turn, and back: a machine that becomes slower meanwhile is unfair to none.
ROUNDS = 3


@dataclasses.dataclass(frozen=True)
class Pace:
    """Of one cloud: what a boot costs, clients that poll included."""

    hosts: int
    cpu_ms_per_boot: float

    @property
    def boots_per_second(self):
        return 1000 / self.cpu_ms_per_boot

    @property
    def times_real_time(self):
        """How fast the clock runs while ``RATE`` boots are asked for in each of its seconds."""
        return self.boots_per_second / RATE


def measured(boots, hosts=HOSTS, rounds=ROUNDS, on_round=lambda: None):
    """A ``Pace`` for each number of hosts: the median of so many rounds of so many boots."""
    took = {count: [] for count in hosts}
    for number in range(rounds):
        for count in hosts if number % 2 == 0 else reversed(hosts):
            took[count].append(_boot(number + 1, count, boots))
            on_round()
    return [Pace(count, statistics.median(took[count]) * 1000) for count in hosts]


def _boot(seed, hosts, boots):
    """Seconds of CPU for each boot: from its request until its client has seen it ACTIVE."""
    with World(seed, hosts=hosts, quota__instances=-1, quota__cores=-1, quota__ram=-1) as world:
        world.start()
        client, active = Client(world, Checks(world)), []

        def boot(name):
            active.append(client.rest(client.create(name))['status'] == 'ACTIVE')

        # The first one logs in, and has everything imported and every statement prepared.
        world.spawn('client', boot, 'first')
        if not world.run_until(lambda: active, 600):
            raise RuntimeError('The first server did not come to rest.')
        begin = run.cpu()
        for number in range(boots):
            world.timeline.later(number / RATE, world.spawn, 'client', boot, f's{number}')
        if not world.run_until(lambda: len(active) > boots, 3600) or not all(active):
            raise RuntimeError(f'{active.count(True)} of {boots + 1} servers became ACTIVE.')
        return (run.cpu() - begin) / boots
