"""novalite chaos: on MariaDB a deadlock inside a savepoint was taken for the failure of a step."""

from oslo_db import exception as db_exception
import pytest

from novalite import errors
from novalite.db import engine


def _deadlock_in_a_savepoint():
    try:
        raise db_exception.DBDeadlock()
    finally:
        # What going back to the savepoint says, which went with the transaction.
        raise db_exception.DBError('SAVEPOINT sa_savepoint_1 does not exist')


def test_a_deadlock_is_one_though_the_savepoint_went_with_it(db):
    with pytest.raises(errors.Contended), db.write():
        _deadlock_in_a_savepoint()


def test_such_a_unit_of_work_is_done_again(db):
    tries = []

    @engine.retried
    def unit():
        with db.write():
            tries.append(True)
            if len(tries) < 3:
                _deadlock_in_a_savepoint()
        return len(tries)
    assert unit() == 3


def test_what_else_the_database_says_stays_what_it_is(db):
    with pytest.raises(db_exception.DBError, match='no such thing'), db.write():
        raise db_exception.DBError('no such thing')
