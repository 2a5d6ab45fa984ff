"""What is said of a database that goes away: once that it went, and once that it is back."""

import logging

import pytest

from novalite.db import outages
from novalite.runtime import Runtime


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING)

    def said():
        return [line.partition(' (')[0].partition(',')[0] for line in caplog.messages]
    return said


GONE, BACK = 'The database does not answer', 'The database answers again'


def test_an_outage_is_told_once_with_its_end_whoever_else_meets_it(said):
    database = outages.Outages(Runtime())
    database.answered(database.begins())
    for _ in range(3):
        database.lost(database.begins(), OSError('Connection refused'))
    assert said() == [GONE]
    for _ in range(3):
        database.answered(database.begins())
    assert said() == [GONE, BACK]
    database.lost(database.begins(), OSError('Connection refused'))
    assert said() == [GONE, BACK, GONE]


def test_whoever_starts_says_himself_what_he_waits_for(said):
    database = outages.Outages(Runtime())
    database.lost(database.begins(), OSError('Connection refused'))
    database.answered(database.begins())
    assert said() == []


def test_a_transaction_that_was_lost_before_others_went_well_is_no_news(said):
    database = outages.Outages(Runtime())
    lost = database.begins()
    database.answered(database.begins())
    database.lost(lost, OSError('Connection refused'))
    assert said() == []


def test_the_reason_is_its_first_line_and_the_traceback_is_for_who_debugs(caplog):
    caplog.set_level(logging.DEBUG)
    database = outages.Outages(Runtime())
    database.answered(database.begins())
    database.lost(database.begins(), OSError('Connection refused\nIs it running?'))
    told = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert '(Connection refused)' in told[0].getMessage()
    assert [bool(record.exc_info) for record in caplog.records] == [True, False]
