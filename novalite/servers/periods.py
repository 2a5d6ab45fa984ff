"""The spans of time that usage is counted in: whole hours, days, months or years."""

import calendar
import datetime

#: Unit -> the offsets it takes after an @: minutes, hours, days, months; the first by default.
UNITS = {'hour': range(60), 'day': range(24), 'month': range(1, 32), 'year': range(1, 13)}


def completed(text, now):
    """Beginning and end of the newest period, ``UNIT`` or ``UNIT@OFFSET``, over at ``now``."""
    unit, _, offset = text.partition('@')
    offset = int(offset or UNITS[unit][0])
    end = _last(unit, offset, now)
    return _last(unit, offset, end - datetime.timedelta(microseconds=1)), end


def _last(unit, offset, now):
    """The newest moment until ``now`` at which a period ends."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    if unit == 'hour':
        at = whole.replace(minute=offset)
        return at if at <= now else at - datetime.timedelta(hours=1)
    if unit == 'day':
        at = whole.replace(hour=offset)
        return at if at <= now else at - datetime.timedelta(days=1)
    if unit == 'month':
        at = _on_day(whole.replace(hour=0), offset)
        return at if at <= now else _on_day(
            whole.replace(hour=0, day=1) - datetime.timedelta(days=1), offset)
    at = whole.replace(hour=0, day=1, month=offset)
    return at if at <= now else at.replace(year=at.year - 1)


def _on_day(month, day):
    """That day of the month, or its last."""
    return month.replace(day=min(day, calendar.monthrange(month.year, month.month)[1]))
