"""Plans of simulations: read as they are written; what is wrong is said with its place."""

import math

import hypothesis
from hypothesis import strategies as st
import pytest

from novalite import asks
from novalite import errors
from novalite.faults import rules
from novalite.faults.timings import Timing
from novalite.simulation import marked
from novalite.simulation import plan as plans


@pytest.mark.parametrize(('text', 'said'), [
    ('', 'plan.yaml: there is nothing in it.'),
    ('a: [', 'plan.yaml:1: it is no YAML'),
    ('for: 10m\nfour: 1', 'plan.yaml:2: four: there is no such key here; there are about, for,'),
    ('for: soon', "plan.yaml:1: for: 'soon' is no time: write 250ms, 20s"),
    ('for: 1m\nfor: 2m', "plan.yaml:2: 'for' is there twice."),
    ('order: best', "plan.yaml:1: order: it may be random, pct, fifo, but not 'best'."),
    ('cloud:\n  apis: 0', 'plan.yaml:2: cloud.apis: it is to be a whole number from 1'),
    ('cloud:\n  racks: []', 'plan.yaml:2: cloud: there are to be racks'),
    ('cloud:\n  racks:\n  - workers: 9', 'plan.yaml:3: cloud.racks[0]: 9 workers cannot share 4'),
    ('cloud:\n  timings:\n    spam: 1', 'plan.yaml:3: cloud.timings.spam: [simulated] timings'),
    ('cloud: {options: {conductor: {leash: 1}}}', 'there is no option [conductor] leash.'),
    ('cloud: {options: {conductor: {lease: much}}}', "lease: 'much' does not fit"),
    ('workload:\n- mix:\n    juggle: 1', "plan.yaml:3: workload[0].mix.juggle: there is no action"),
    ('workload:\n- tenant: nobody', 'plan.yaml:2: workload[0].tenant: it may be demo'),
    ('workload:\n- rate: 5/fortnight', "plan.yaml:2: workload[0].rate: '5/fortnight' is no"),
    ('workload:\n- think: uniform(1s)', "plan.yaml:2: workload[0].think: 'uniform(1s)' is no time"),
    ('faults:\n- then: crash', 'plan.yaml:2: faults[0]: it is to have either `who`'),
    ('faults:\n- who: api1', "plan.yaml:2: faults[0]: 'then' is missing."),
    ('faults:\n- {who: api1, then: melt}', "faults[0].then: api1 can crash, stop,"),
    ('faults:\n- {who: api7, then: crash}', "faults[0]: nobody is called 'api7'; there are broker"),
    ('faults:\n- {who: api1, then: crash, share: 0.5}', "share: 'crash' does not take it."),
    ('faults:\n- {who: api1, then: crash, at: 1s, nth: 2}', 'only one of `at`, `rate` and `nth`'),
    ('faults:\n- {who: api1, then: crash, of: send}', 'of: only `nth` takes it.'),
    ('faults:\n- {who: api1, then: crash, at: 1h}', 'the plan is over after 10m.'),
    ('faults:\n- {who: api1, then: doubt, for: 1s}', "for: 'doubt' is over at once."),
    ('faults:\n- {who: api1, then: doubt, nth: 1, of: send}', 'of: a commit is in doubt before'),
    ('faults:\n- {who: api1, then: doubt, share: 1}', "share: 'doubt' does not take it."),
    ('faults:\n- {who: broker, then: outage, nth: 1}', '`nth` and `all` are for daemons.'),
    ('faults:\n- {who: api1, then: crash, times: 1}', 'times: only a fault of a `verb` takes it.'),
    ('faults:\n- {verb: juggle, then: fail}', "plan.yaml:2: faults[0]: {'verb': 'juggle'"),
    ('faults:\n- {verb: spawn, then: fail, all: true}', 'all: a fault of a `verb` does not'),
    ('must: {boot: {q95: 1s}}', "must.boot.q95: 'q95' is no percentile"),
    ('must:\n  failed: 2', 'plan.yaml:2: must.failed: it is to be a number from 0 to 1'),
])
def test_what_is_wrong_is_said_with_file_line_and_key(text, said):
    with pytest.raises(errors.CannotStart) as raised:
        plans.read(text, 'plan.yaml')
    assert said in str(raised.value)


def test_a_file_that_is_not_there_is_said():
    with pytest.raises(errors.CannotStart, match='cannot be read'):
        plans.load('nowhere/plan.yaml')
    with pytest.raises(errors.CannotStart, match="There is no plan 'nowhere': name a file, or one"):
        plans.load('nowhere')


def test_rules_of_drivers_are_those_of_the_file_of_faults():
    plan = plans.read('''
        faults:
        - {verb: spawn, when: {host: h1}, then: delay, seconds: 3, times: 2, at: [1m, 2m], for: 9s}
        ''')
    (fault,) = plan.faults
    assert fault.rule == rules.checked(
        {'verb': 'spawn', 'when': {'host': 'h1'}, 'then': 'delay', 'seconds': 3, 'times': 2}, '')
    assert fault.at == (60.0, 120.0)
    assert fault.for_.timing == Timing(None, (9.0,))


@pytest.mark.parametrize('name', plans.ready_made())
def test_ready_made_plans_can_be_read_and_say_what_they_show(name):
    plan = plans.load(name)
    assert plan.about.endswith('.')
    assert plans.read(plans.written(plan)) == plan


@pytest.mark.parametrize(('words', 'seconds'), [
    ('250ms', 0.25), ('20s', 20), ('1h30m', 5400), ('1.5h', 5400), (7, 7), (0.5, 0.5),
    ('1d', 86400),
])
def test_durations(words, seconds):
    assert marked.in_seconds(words) == seconds


@hypothesis.given(st.floats(0, 1e9))
def test_a_duration_is_shown_as_it_is_read(seconds):
    assert marked.in_seconds(marked.shown(seconds)) == seconds


# Any plan

ANY = hypothesis.settings(max_examples=50, deadline=None, database=None, derandomize=True)

_times = st.integers(0, 600).map(float)
_spreads = st.sampled_from(['20s', 'uniform(1s,30s)', 'exponential(10s)', 'lognormal(1.2,0.4)'])
_frequencies = st.sampled_from([30, '20/s', '0.5/m', '6/h'])
_when = st.one_of(
    st.just({}), st.fixed_dictionaries({'rate': _frequencies}),
    st.fixed_dictionaries({'at': st.lists(_times, min_size=1, max_size=3)}))
_of_daemons = st.one_of(
    st.sampled_from([{'then': then} for then in plans.DAEMONS]),
    st.just({'then': 'partition', 'from': 'database'}),
    st.fixed_dictionaries({'then': st.just('jump'), 'by': st.integers(-90, 90)}))
_who = st.one_of(
    st.tuples(st.fixed_dictionaries({'who': st.sampled_from(['api1', 'conductor*', '*'])}),
              _of_daemons),
    st.tuples(st.just({'who': 'broker'}),
              st.sampled_from([{'then': then} for then in plans.BROKER])),
    st.tuples(st.just({'who': 'database'}),
              st.fixed_dictionaries({'then': st.sampled_from(['deadlock', 'doubt']),
                                     'share': st.floats(0, 1)})),
    st.tuples(st.fixed_dictionaries({'verb': st.sampled_from(['*', 'spawn'])}),
              st.sampled_from([{'then': 'fail', 'message': 'no'}, {'then': 'stall', 'times': 3},
                               {'then': 'delay', 'seconds': 2.5}, {'then': 'halt'},
                               {'then': 'vanish', 'seconds': 2.5, 'times': 1},
                               {'then': 'raise', 'error': 'libvirtError'}])))


def _lasting(fault):
    """A fault that is over at once takes no `for`."""
    if fault.get('then') == 'doubt' and fault['who'] != 'database':
        fault.pop('for', None)
    return fault


_faults = st.lists(st.tuples(_who, _when, st.fixed_dictionaries({}, optional={
    'for': _spreads, 'after': _times, 'until': _times})).map(
        lambda parts: _lasting(parts[0][0] | parts[0][1] | parts[1] | parts[2])), max_size=4)
_loads = st.lists(st.fixed_dictionaries({}, optional={
    'tenant': st.sampled_from(plans.TENANTS), 'clients': st.integers(0, 9), 'rate': _frequencies,
    'think': _spreads, 'hasty': st.floats(0, 1), 'until': _times, 'ramp': _times,
    'mix': st.dictionaries(st.sampled_from(['*', *asks.ACTIONS]), st.integers(0, 9)),
    'bursts': st.lists(st.fixed_dictionaries({'at': _times, 'create': st.integers(1, 9)}))}),
    max_size=3)
_plans = st.fixed_dictionaries({'for': st.integers(600, 9999)}, optional={
    'about': st.text(max_size=20), 'order': st.sampled_from(plans.ORDERS), 'workload': _loads,
    'faults': _faults, 'cloud': st.fixed_dictionaries({}, optional={
        'apis': st.integers(1, 3), 'conductors': st.integers(1, 3),
        'timings': st.just({'spawn': 'uniform(1,2)', '*': 0.5}),
        'racks': st.lists(st.fixed_dictionaries({
            'name': st.sampled_from(['a', 'b', 'c']), 'hosts': st.integers(3, 50),
            'workers': st.integers(1, 3)}), min_size=1, unique_by=lambda rack: rack['name'])})})


@ANY
@hypothesis.given(_plans)
@hypothesis.example({'for': 600, 'about': '\x85'})
def test_any_plan_reads_as_it_is_written(values):
    plan = plans.read(plans.yaml.safe_dump(values))
    assert plans.read(plans.written(plan)) == plan


@ANY
@hypothesis.given(_plans, st.integers(1, 500))
def test_a_scaled_plan_has_so_many_hosts_and_is_a_plan(values, hosts):
    plan = plans.read(plans.yaml.safe_dump(values))
    scaled = plan.scaled(hosts=hosts, seconds=math.inf)
    assert scaled.cloud.hosts == max(hosts, len(plan.cloud.racks))
    assert all(rack.workers <= rack.hosts for rack in scaled.cloud.racks)
    assert plan.scaled() == plan
