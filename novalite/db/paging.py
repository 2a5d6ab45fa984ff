"""One page of the rows of a statement, whichever way they are sorted."""

import itertools

from novalite import errors


def ordered(statement, table, sort):
    """``statement`` sorted by (column, 'asc' or 'desc') pairs, and at last by the id."""
    keys = [table.c[name].desc() if way == 'desc' else table.c[name] for name, way in sort]
    return statement.order_by(*keys, table.c.id)


def page(rows, marker=None, limit=None, key='id'):
    """The first ``limit`` of the rows that come after the one whose ``key`` is ``marker``.

    Rows before the marker are read and dropped: comparing columns instead would
    have to know how each database sorts NULL.
    """
    rows = iter(rows)
    if marker is not None and not any(getattr(row, key) == marker for row in rows):
        raise errors.MarkerNotFound(marker=marker)
    return list(itertools.islice(rows, limit))
