"""A whole cloud in virtual time: the same seed is the same story."""

import gc
import subprocess
import sys
import weakref

import pytest

from novalite.simulation.world import World
from tests.simulation.cloud import SimulatedCloud


def boots(cloud, count=3):
    servers = [cloud.create(name=f's{number}').json()['server']['id'] for number in range(count)]
    return [cloud.show(cloud.settle(server))['status'] for server in servers]


def test_servers_boot():
    with SimulatedCloud() as cloud:
        assert cloud.tell(boots) == ['ACTIVE'] * 3
        cloud.rest()


@pytest.mark.parametrize('machine', ['api1', 'conductor1', 'compute1'])
def test_what_is_killed_and_started_again_goes_on(machine):
    def story(cloud):
        server = cloud.create().json()['server']['id']
        cloud.world.machines[machine].kill()
        cloud.runtime.sleep(3)
        cloud.world.machines[machine].start()
        cloud.runtime.sleep(3)
        return cloud.show(cloud.settle(server))['status']
    with SimulatedCloud(simulated__timings='spawn=1') as cloud:
        assert cloud.tell(story) == 'ACTIVE'
        cloud.rest()


def trace(seed):
    with SimulatedCloud(seed, computes=2, simulated__timings='*=uniform(0.1,3)') as cloud:
        cloud.tell(boots)
        cloud.world.machines['compute2'].kill()
        cloud.rest()
        return cloud.world.timeline.trace_hash()


def test_one_seed_is_one_trace_whatever_the_hash_seed():
    here = {seed: trace(seed) for seed in (1, 2)}
    assert here[1] != here[2]
    for hash_seed in ('0', '4711'):
        code = 'import sys; from tests.simulation.test_world import trace; print(trace(1))'
        there = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True,
                               check=True, env={'PYTHONHASHSEED': hash_seed,
                                                'PYTHONPATH': ':'.join(sys.path)})
        assert there.stdout.split()[-1] == here[1]


def test_a_world_that_is_closed_is_gone():
    with World(1, hosts=2) as world:
        world.start()
    world = weakref.ref(world)
    gc.collect()
    assert world() is None
