"""A plan that breaks is made smaller, and still breaks; what holds is left alone."""

import pytest

from novalite.db import history
from novalite.simulation import plan as plans
from novalite.simulation import shrink

PLAN = plans.read('''
for: 2m
cloud: {apis: 2, conductors: 2, racks: [{workers: 2, hosts: 2}], timings: {spawn: 2}}
workload:
  - {clients: 2, servers: 2, think: 5s, mix: {create: 3, os-stop: 1}, until: 90s}
faults:
  - {who: 'compute*', then: crash, rate: 60, for: 5s}
  - {verb: spawn, then: fail}
  - {who: broker, then: lose, share: 0.01}
''')


def test_what_holds_has_nothing_to_be_made_smaller():
    assert shrink.shrink(PLAN, 1) is None


def test_what_breaks_is_made_small_and_still_breaks(monkeypatch):
    monkeypatch.setattr(history, 'add_fault', lambda *args: None)
    told = []
    found = shrink.shrink(PLAN, 1, most=20, told=lambda runs, plan: told.append(runs))
    assert 'I3' in {violation['promise'] for violation in found.result.violations}
    assert len(found.plan.faults) < len(PLAN.faults)
    assert told == list(range(2, found.runs + 1))
    assert plans.read(plans.written(found.plan)) == found.plan


@pytest.mark.parametrize('most', [1, 2])
def test_it_gives_up_after_so_many_runs(monkeypatch, most):
    monkeypatch.setattr(history, 'add_fault', lambda *args: None)
    assert shrink.shrink(PLAN, 1, most=most).runs == most
