"""A plan is run: it is counted, held against its promises, and the same each time."""

import dataclasses
import json

from novalite.simulation import plan as plans
from novalite.simulation import run

SMALL = plans.read('''
for: 1m
cloud:
  conductors: 2
  racks: [{workers: 2, hosts: 4}]
  timings: {spawn: 'uniform(1,3)'}
workload:
- {clients: 2, servers: 2, think: 2s}
faults:
- {who: 'compute*', then: crash, at: 20s, for: 10s}
- {who: broker, then: lose, share: 0.1}
''')


def test_what_happened_is_counted_and_sampled():
    result = run.run(SMALL, 3)
    assert result.violations == []
    assert result.counts['accepted'] > 5
    assert result.counts['ended'] >= result.counts['accepted']
    assert result.boots
    assert result.series['times'][-1] >= 60
    assert all(len(seen) == len(result.series['times'])
               for seen in [*result.series['servers'].values(), *result.series['queues'].values(),
                            *result.series['boots'].values(), result.series['load']])
    assert len(result.series['hosts']) == 4
    assert [told[2] for told in result.accidents] == ['lose broker', 'crash compute*']
    assert json.loads(json.dumps(dataclasses.asdict(result)))['seed'] == 3


def test_the_same_seed_is_the_same_run():
    first, second = (dataclasses.asdict(run.run(SMALL, 5)) for _ in range(2))
    assert first | {'cpu_seconds': 0} == second | {'cpu_seconds': 0}
    assert run.run(SMALL, 6).trace_hash != first['trace_hash']


def test_a_promise_of_the_plan_that_is_not_kept_is_a_violation():
    plan = plans.read('for: 30s\nworkload: [{clients: 1}]\ncloud: {timings: {spawn: 5}}\n'
                      'must: {boot: {p50: 1s}}')
    (violation,) = run.run(plan, 1).violations
    assert violation['promise'] == 'SLO'
    assert violation['message'].startswith('p50 of the boots took ')


def test_novas_semantics_lose_what_ours_keep():
    plan = plans.read('for: 30s\nworkload: [{clients: 2, servers: 3, mix: {create: 1}}]\n'
                      'cloud: {timings: {spawn: 3}}\n'
                      'faults: [{who: broker, then: lose, at: 8s, for: 8s}]')
    kept, lost = (run.run(plan, 1, semantics=semantics) for semantics in ('durable', 'nova'))
    assert kept.violations == []
    assert {violation['promise'] for violation in lost.violations} >= {'I2'}
    assert '--semantics nova' in lost.command
