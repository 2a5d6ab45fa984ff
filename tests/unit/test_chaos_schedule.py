"""What befalls whom, drawn from a seed or taken from a plan."""

import itertools

from novalite.chaos import schedule
from novalite.chaos.schedule import Fault
from novalite.chaos.schedule import What
from novalite.cmd import chaos_plan
from novalite.faults.rules import Rule
from novalite.runtime import seeded
from novalite.simulation import plan

NAMES = [*(f'novalite-{kind}-{number}' for kind in ('api', 'conductor', 'compute')
           for number in (1, 2)), 'broker', 'database']


def _drawn(seed, count):
    return list(itertools.islice(schedule.drawn(seeded(seed), NAMES, 2.0), count))


def test_one_seed_is_one_schedule():
    assert _drawn('a', 200) == _drawn('a', 200)
    assert _drawn('a', 200) != _drawn('b', 200)


def test_each_kind_comes_before_any_comes_for_the_third_time():
    first = [fault.what for fault in _drawn('a', 12)]
    assert set(first) == set(What)


def test_one_of_each_kind_of_daemon_is_left_alone():
    ends = {}
    for fault in _drawn('a', 500):
        whom = fault.whom.partition('>')[0]
        assert ends.get(whom, 0.0) <= fault.at
        ends[whom] = fault.at + fault.seconds
        if whom not in ('broker', 'database'):
            under_fire = [one for one in NAMES if schedule.kind(one) == schedule.kind(whom)
                          and ends.get(one, 0.0) > fault.at]
            assert len(under_fire) < 2, fault


def test_a_plan_is_done_to_real_daemons_as_far_as_it_can_be():
    given, left_out = chaos_plan.wanted(plan.read('''
for: 60s
cloud:
  conductors: 2
  racks: [{name: left, hosts: 3}, {name: right, workers: 2, hosts: 4}]
  timings: {spawn: 2}
faults:
  - {who: 'right*', then: crash, at: [5s, 9s], for: 10s, all: true}
  - {who: conductor2, then: partition, from: database, at: 7s, for: 3s}
  - {who: broker, then: outage, at: 6s, for: 2s}
  - {who: broker, then: lose, share: 0.5}
  - {verb: spawn, then: fail}
  - {verb: power_on, then: halt, seconds: 3}
  - {verb: spawn, then: stall, rate: 3}
  - {verb: spawn, then: vanish}
'''), seed=1)
    assert given['faults'] == (
        Fault(5.0, What.KILL, 'novalite-compute-2', 10.0),
        Fault(5.0, What.KILL, 'novalite-compute-3', 10.0),
        Fault(6.0, What.KILL, 'broker', 2.0),
        Fault(7.0, What.REFUSE, 'novalite-conductor-2>database', 3.0),
        Fault(9.0, What.KILL, 'novalite-compute-2', 10.0),
        Fault(9.0, What.KILL, 'novalite-compute-3', 10.0))
    assert given['rules'] == (Rule('spawn', 'fail'), Rule('power_on', 'halt', seconds=3.0))
    assert left_out == ['lose broker', 'spawn stall', 'spawn vanish']
    assert (given['hosts'], given['duration'], given['timings']) == (7, 60.0, 'spawn=2')
    assert given['daemons'] == {
        'novalite-api': 1, 'novalite-conductor': 2, 'novalite-compute': 3}
