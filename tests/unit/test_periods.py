"""The periods that usage is counted in."""

import datetime

import hypothesis
from hypothesis import strategies as st
import pytest

from novalite.conf import default
from novalite.servers import periods


def at(text):
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize('period, begin, end', [
    ('hour', '2026-03-15 09:00', '2026-03-15 10:00'),
    ('hour@30', '2026-03-15 08:30', '2026-03-15 09:30'),
    ('day', '2026-03-14 00:00', '2026-03-15 00:00'),
    ('day@12', '2026-03-13 12:00', '2026-03-14 12:00'),
    ('month', '2026-02-01', '2026-03-01'),
    ('month@15', '2026-02-15', '2026-03-15'),
    ('month@31', '2026-01-31', '2026-02-28'),
    ('year', '2025-01-01', '2026-01-01'),
    ('year@6', '2024-06-01', '2025-06-01')])
def test_the_newest_period_that_is_over(period, begin, end):
    assert periods.completed(period, at('2026-03-15 10:20:30')) == (at(begin), at(end))


@pytest.mark.parametrize('text', ['', 'week', 'month@0', 'hour@60', 'day@24', 'year@13', 'day@x'])
def test_what_is_no_period_is_no_option(text):
    (option,) = [one for one in default.OPTS if one.name == 'instance_usage_audit_period']
    with pytest.raises(ValueError):
        option.type(text)


@pytest.mark.parametrize('text', [f'{unit}@{offset}' for unit, offsets in periods.UNITS.items()
                                  for offset in (offsets[0], offsets[-1])])
def test_every_unit_has_its_offsets(text):
    (option,) = [one for one in default.OPTS if one.name == 'instance_usage_audit_period']
    assert option.type(text) == text


@hypothesis.given(
    st.sampled_from([f'{unit}@{offset}' for unit, offsets in periods.UNITS.items()
                     for offset in offsets]),
    st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)))
def test_periods_follow_one_another(period, now):
    begin, end = periods.completed(period, now)
    assert begin < end <= now
    # What is over at its end is this one; a moment before, it was the one before.
    assert periods.completed(period, end) == (begin, end)
    assert periods.completed(period, end - datetime.timedelta(microseconds=1))[1] == begin
