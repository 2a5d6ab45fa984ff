"""From the table: the connection to the database breaks at a commit, before there is an answer.

Nobody knows then whether it was made: each row is done with one of its commits made, and with
it not made, and ends all the same. In the suite it is one commit of every fifth row; all of them:

    NOVALITE_KILLS=all pytest tests/simulation/test_doubts.py
"""

import functools
import io
import itertools
import json
import os

import pytest

from novalite.servers import machine
from novalite.simulation import plan as plans
from novalite.simulation import run
from tests.functional import rows
from tests.simulation.cloud import SimulatedCloud

ALL = os.environ.get('NOVALITE_KILLS') == 'all'
WORLD = {'computes': 2, 'simulated__timings': '*=1'}
ROWS = list(machine.VERBS)[::5]
KINDS = ('api', 'conductor')
MOMENTS = ('before commit', 'after commit')
#: Most rows have so many commits of a conductor.
LEAST = 4


def live(cloud, verb, kind, watch):
    """Do the row on a server, with ``watch`` at every point; the status of the answer."""
    server = None if verb == 'create' else rows.prepared(cloud, verb)
    undo = rows.row(verb).given and rows.row(verb).given(cloud, server)
    # Whoever looks for an image, or asks for the first time, logs in, which is another commit.
    create = functools.partial(cloud.request, 'POST', '/servers', {'server': {
        'name': 'web', 'flavorRef': '42', 'networks': 'auto', 'imageRef': cloud.get(
            '/images/detail', who='demo', version='2.1')['images'][0]['id']}})
    cloud.world.points.append(watch)
    answer = create() if verb == 'create' else rows.send(cloud, server, verb)
    if answer.status_code == 503:
        assert 'Look whether it was made' in answer.text
    elif server is None:
        server = answer.json()['server']['id']
    if kind == 'api':       # what it commits later is that somebody has logged in
        cloud.world.points.remove(watch)
    if server:
        cloud.settle(server)
    if kind != 'api':
        cloud.world.points.remove(watch)
    if undo:
        undo()
    return answer.status_code


def in_doubt(verb, kind, moment, number):
    """Do the row with this commit in doubt; None if there are not so many."""
    left = [number]
    with SimulatedCloud(**WORLD) as cloud:
        def watch(machine, what):
            if machine.kind == kind and what == moment:
                left[0] -= 1
                if left[0] == -1:
                    machine.lose_answer('now')
        try:
            status = cloud.tell(live, verb, kind, watch, within=9000)
            cloud.rest()
        except AssertionError as exc:
            raise AssertionError(f'{verb}: {moment} {number} of {kind}: {exc}') from exc
    return status if left[0] < 0 else None


#: (row, kind of daemon, moment) of what is tried.
CASES = list(itertools.product(machine.VERBS, KINDS, MOMENTS)) if ALL else [
    (verb, 'conductor', MOMENTS[number % 2]) for number, verb in enumerate(ROWS)]


@pytest.mark.parametrize(('verb', 'kind', 'moment'), CASES)
def test_an_action_ends_though_nobody_knows_whether_a_commit_was_made(verb, kind, moment):
    number = 0 if ALL else CASES.index((verb, kind, moment)) // 2 % LEAST
    while in_doubt(verb, kind, moment, number) is not None and ALL:
        number += 1


@pytest.mark.parametrize('moment', MOMENTS)
@pytest.mark.parametrize('verb', ['create', 'delete'])
def test_a_request_in_doubt_is_answered_503_and_is_done_or_not(verb, moment):
    assert in_doubt(verb, 'api', moment, 0) == 503


PLAN = '''
for: 60s
cloud: {conductors: 2, timings: {'*': 'uniform(0,1)'}}
workload: [{clients: 3, servers: 3, think: 1s}]
faults:
  - {who: 'conductor*', then: doubt, nth: [9, 19], of: before commit}
  - {who: 'conductor*', then: doubt, nth: [14, 24], of: after commit}
  - {who: api1, then: doubt, at: 20s}
  - {who: '*', then: doubt, rate: 120}
  - {who: database, then: doubt, share: 0.2, at: 40s, for: 10s}
'''


def test_a_plan_says_which_commits_are_in_doubt():
    trace = io.StringIO()
    result = run.run(plans.read(PLAN), 1, trace=trace)
    assert result.violations == []
    events = [json.loads(line) for line in trace.getvalue().splitlines()]
    doubts = [event for event in events if event['what'] == 'doubt']
    assert len(doubts) > 6
    assert {event['process'] for event in doubts} >= {'api1', 'conductor1', 'conductor2'}
    told = [one for one in result.accidents if one[2] == 'doubt conductor*']
    assert len(told) == 4 and all(began == ended for began, ended, _, _ in told)
