"""Guests that change by themselves, in plans: noticed and put right, or the simulation says so."""

import dataclasses
import io
import json

import pytest

from novalite.simulation import plan as plans
from novalite.simulation import run

PLAN = plans.read('''
for: 90s
cloud:
  racks: [{workers: 2, hosts: 4}]
  timings: {'*': 'uniform(0,1)'}
  options:
    DEFAULT: {sync_power_state_interval: 20, running_deleted_instance_poll_interval: 20}
workload: [{clients: 2, servers: 3, think: 2s, mix: {create: 3, os-stop: 1, os-start: 2}}]
faults: [{verb: '*', then: halt, seconds: 3, times: 2, at: [10s, 75s], for: 15s},
         {verb: '*', then: vanish, seconds: 2, times: 1, at: 60s, for: 15s}]
''')
NOBODY_LOOKS = dataclasses.replace(PLAN, cloud=dataclasses.replace(PLAN.cloud, options={
    'DEFAULT': {'sync_power_state_interval': -1, 'running_deleted_instance_poll_interval': 20}}))


def test_guests_change_and_it_is_put_right():
    trace = io.StringIO()
    result = run.run(PLAN, 1, trace=trace)
    assert result.violations == []
    changed = [event['did'] for event in map(json.loads, trace.getvalue().splitlines())
               if event['what'] == 'guest']
    assert sorted(set(changed)) == ['halt', 'vanish']
    assert len(result.accidents) == 3


@pytest.mark.parametrize('what', ['halt', 'vanish'])
def test_nobody_looks_and_the_promises_say_so(what):
    plan = dataclasses.replace(NOBODY_LOOKS, faults=tuple(
        fault for fault in PLAN.faults if fault.then == what))
    found = {violation['promise'] for seed in (2, 3)
             for violation in run.run(plan, seed).violations}
    assert found == {'I7'}
