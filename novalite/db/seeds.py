"""What a fresh cloud has, made once however many daemons make it at the same time."""

import hashlib

from oslo_db import exception as db_exception


def stable_id(*names):
    """The UUID that these names always have: two who seed at once make one thing."""
    digits = hashlib.sha256('\0'.join(names).encode()).hexdigest()
    return f'{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}'


def insert(connection, table, **values):
    """Insert a row; False if there is one already that it may not stand beside.

    The transaction can go on either way, on PostgreSQL too.
    """
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(**values))
    except db_exception.DBDuplicateEntry:
        return False
    return True
