"""Every bug that is put in on purpose is found within a few seeds; see ``mutations``."""

import pytest

from tests.simulation import mutations


@pytest.mark.parametrize('one', mutations.MUTATIONS, ids=lambda one: one.name.split(':')[0])
def test_the_simulation_finds_it(one):
    outcome = mutations.found(one)
    assert outcome, f'{one.name}: not within {mutations.BOUND} seeds'
    broken = {violation['promise'] for violation in outcome[1]}
    assert not one.breaks or broken & set(one.breaks), (one.name, broken)
