"""Every plan that comes with novalite is run, those that take long only in part."""

import pytest

from novalite.simulation import plan as plans
from novalite.simulation import run

#: (hosts, seconds) of those that are run in part.
PART = {
    'boot-storm': (10, 120), 'broker-restart': (8, 300), 'quiet-day': (4, 1800),
    'rack-lost': (9, 480), 'rolling-upgrade': (6, 300), 'split-brain': (8, 300),
    'ten-thousand-hosts': (50, 60),
}


@pytest.mark.parametrize('name', plans.ready_made())
def test_a_ready_made_plan_keeps_every_promise(name):
    result = run.run(plans.load(name).scaled(*PART.get(name, (None, None))), 1, name)
    assert [violation['message'] + '\n' + violation['story']
            for violation in result.violations] == []
    assert result.counts['accepted']
