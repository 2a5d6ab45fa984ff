"""Statements of which each shape is made once.

To make a statement, and to find what it was compiled to the last time, costs SQLAlchemy more
than SQLite takes to run it: what every step of every action does is prepared here.
"""

import functools

import sqlalchemy as sa


@functools.lru_cache(maxsize=256)
def select(table, *names, lock=False):
    """The rows whose columns of these names equal the parameters of the same names."""
    query = sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in names))
    return query.with_for_update() if lock else query


@functools.lru_cache(maxsize=256)
def _insert(table):
    return sa.insert(table)


def insert(connection, table, values):
    """Insert a row, {column: plain value}, or a list of rows."""
    connection.execute(_insert(table), values)


@functools.lru_cache(maxsize=1024)
def _update(table, where, names):
    # SQLAlchemy keeps the columns' own names for what they are set to.
    return sa.update(table).where(
        *(table.c[name] == sa.bindparam(f'is_{name}') for name in where)
    ).values({name: sa.bindparam(name) for name in names})


def update(connection, table, where, values):
    """Set ``values`` in the rows that have ``where``, both {column: plain value}; how many."""
    statement = _update(table, tuple(where), tuple(values))
    return connection.execute(
        statement, {f'is_{name}': value for name, value in where.items()} | values).rowcount
