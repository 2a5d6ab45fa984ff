"""From the table: whoever runs a step dies before, during and after it, and the action still ends.

A point is a commit (before and after), a message, an answer, and the work itself. In the suite
it is one of them for each row and kind of process; to count and try them all takes half an hour:

    NOVALITE_KILLS=all pytest tests/simulation/test_kills.py
"""

import os

from keystoneauth1 import exceptions
import pytest
import requests

from novalite.servers import machine
from tests.functional import rows
from tests.simulation.cloud import SimulatedCloud

ALL = os.environ.get('NOVALITE_KILLS') == 'all'
#: Most rows pass so many points of each kind of process.
LEAST = {'api': 3, 'conductor': 8, 'compute': 4}
#: Whom, and after how many seconds it is started again: None is only when all else has ended.
VICTIMS = (('api', 2), ('conductor', 2), ('compute', 5), ('compute', None))
WORLD = {'computes': 2, 'simulated__timings': '*=1'}


def live(cloud, verb, watch):
    """Do the row on a server, with ``watch`` at every point; whoever asks may get no answer."""
    server = None if verb == 'create' else rows.prepared(cloud, verb)
    undo = rows.row(verb).given and rows.row(verb).given(cloud, server)
    cloud.world.points.append(watch)
    try:
        answer = cloud.create() if verb == 'create' else rows.send(cloud, server, verb)
        server = server or answer.json()['server']['id']
        cloud.settle(server)
    except (requests.ConnectionError, exceptions.ConnectFailure):
        cloud.runtime.sleep(3)      # the API died, and is back by now; who knows what became of it
    cloud.world.points.remove(watch)
    if undo:
        undo()


def points(verb, kind):
    """How many points of this kind of process a row passes when all goes well."""
    passed = []
    with SimulatedCloud(**WORLD) as cloud:
        cloud.tell(live, verb, lambda machine, what: passed.append(machine.kind), within=9000)
    return passed.count(kind)


def one_kill(verb, kind, number, back):
    """Kill whoever passes the point; the (name, point) that it was."""
    left = [number]
    killed = []

    with SimulatedCloud(**WORLD) as cloud:
        def watch(machine, what):
            if machine.kind == kind and not killed:
                left[0] -= 1
                if left[0] < 0:
                    killed.append((machine.name, what))
                    machine.kill()
                    if back is not None:
                        cloud.world.timeline.later(back, machine.start)
        try:
            cloud.tell(live, verb, watch, within=9000)
            cloud.rest()
        except AssertionError as exc:
            raise AssertionError(f'{verb}: {kind} killed at {killed} ({number}): {exc}') from exc
    return killed


@pytest.mark.parametrize(('kind', 'back'), VICTIMS)
@pytest.mark.parametrize('verb', list(machine.VERBS))
def test_whoever_runs_a_step_may_die_at_any_point(verb, kind, back):
    if kind == 'compute' and all(step.at is machine.At.CONDUCTOR
                                 for step in machine.VERBS[verb].steps):
        pytest.skip('no host has a part in it')
    one = list(machine.VERBS).index(verb) % LEAST[kind]
    for number in range(points(verb, kind)) if ALL else ():
        assert one_kill(verb, kind, number, back)
    # A row that has fewer points is over before that one.
    assert ALL or any(one_kill(verb, kind, number, back) for number in (one, one // 2, 0))
