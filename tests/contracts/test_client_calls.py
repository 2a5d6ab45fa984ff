"""Each operation is asked by the stock clients, or named as one they have no call for."""

import pytest

from tests.functional import client_calls
from tests.functional import command_calls
from tests.functional import sdk_calls

TABLES = [sdk_calls, command_calls]


@pytest.mark.parametrize('table', TABLES)
def test_no_operation_is_forgotten(table):
    known = set(client_calls.operations())
    assert known - set(table.CALLS) - table.NO_CALL == set(), 'a call, or NO_CALL'
    assert (set(table.CALLS) | table.NO_CALL) - known == set(), 'no operation'
    assert set(table.CALLS) & table.NO_CALL == set(), 'both'


@pytest.mark.parametrize('table', TABLES)
def test_a_client_sends_each_version_that_differs_unless_it_has_its_own_mind(table):
    """Where it has, ``sends`` says so; where it stops before the operation ends, ``last``."""
    for operation, call in table.CALLS.items():
        versions = call.versions(client_calls.operations()[operation])
        assert versions, operation
        for version in versions:
            assert call.sends(version.minor) <= version.minor, operation
