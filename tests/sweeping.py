"""The sweep's query, asked of a database that has a long history."""

import datetime

import sqlalchemy as sa

from novalite.db import history
from novalite.db import hosts
from novalite.db import models

NOW = datetime.datetime(2026, 1, 1)
PAST = NOW - datetime.timedelta(days=1)


def fill(db, uuid, count):
    """Give a server so many actions that have ended."""
    row = {'server': uuid, 'name': 'stop', 'verb': 'os-stop', 'params': {}, 'context': {},
           'start_time': PAST, 'updated_at': PAST, 'finish_time': PAST, 'back': False,
           'attempt': 1}
    with db.write() as connection:
        connection.execute(sa.insert(models.actions), [
            row | {'request_id': f'req-{number}'} for number in range(count)])


def sweep(db):
    """What the sweep finds now, and the statements it has asked, each with its parameters."""
    return asked(db, lambda connection: history.untaken(
        connection, NOW, NOW, NOW, hosts.is_gone(PAST), 200))


def asked(db, read):
    """What ``read(connection)`` finds, and the statements it has asked, with their parameters."""
    asked = []

    def note(_connection, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    sa.event.listen(db.engine, 'before_cursor_execute', note)
    try:
        with db.read() as connection:
            rows = read(connection)
    finally:
        sa.event.remove(db.engine, 'before_cursor_execute', note)
    return rows, [one for one in asked if one[0].startswith('SELECT')]


def run_by_sqlite(db, read):
    """What ``read(connection)`` finds, and the texts that SQLite has run, values and all."""
    texts = []
    with db.read() as connection:
        raw = connection.connection.driver_connection
        raw.set_trace_callback(texts.append)
        rows = read(connection)
        raw.set_trace_callback(None)
    return rows, texts


def plan(db, statement, parameters=()):
    """How the database does it, in its own words."""
    explain = 'EXPLAIN QUERY PLAN ' if db.dialect == 'sqlite' else 'EXPLAIN '
    with db.read() as connection:
        return [dict(row._mapping) for row in
                connection.exec_driver_sql(explain + statement, parameters)]
