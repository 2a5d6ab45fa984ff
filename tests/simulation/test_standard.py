"""The standard plan with many seeds: whatever happens, every promise is kept.

    NOVALITE_SEEDS=1000..2000 pytest tests/simulation/test_standard.py

tries others.
"""

import os

import pytest

from novalite.simulation import plan as plans
from novalite.simulation import run

FIRST, LAST = map(int, os.environ.get('NOVALITE_SEEDS', '1..200').split('..'))
#: So many seeds are one test, so that processes can share them.
AT_ONCE = 10


@pytest.mark.parametrize('first', range(FIRST, LAST + 1, AT_ONCE))
def test_every_promise_is_kept_with_each_seed(first):
    plan = plans.load('standard')
    for seed in range(first, min(first + AT_ONCE, LAST + 1)):
        result = run.run(plan, seed, 'standard')
        assert [f'{result.command}: {violation["promise"]} {violation["message"]}\n'
                f'{violation["story"]}' for violation in result.violations] == []
