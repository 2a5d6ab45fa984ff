"""Statements of which each shape is made, and compiled, once.

To make a statement, to find what it was compiled to the last time, and to dress up its result
costs SQLAlchemy ten times what SQLite takes to run it. What every step of every action does, and
every request, is ``Prepared``: SQLAlchemy says once how its text, its parameters and its rows
are written in the database's dialect, and the driver's own cursor does the rest.
"""

import collections
import functools

import sqlalchemy as sa


def execute(connection, text, parameters=()):
    """The driver's cursor after a text of its own dialect; raises what SQLAlchemy would."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, parameters)
    except Exception as exc:
        # It knows what a lost connection looks like, and tells oslo.db's translators.
        connection._handle_dbapi_exception(exc, text, parameters, cursor, None)
    return cursor


class Prepared:
    """A statement with named parameters, each a plain value.

    The rows are named tuples of its columns. Where a parameter is a list the text depends on its
    length, and SQLAlchemy runs it as any other.
    """

    def __init__(self, statement):
        self._statement = statement
        self._ways = {}

    def run(self, connection, values):
        """How many rows were changed."""
        cursor = self._way(connection).executed(connection, values)
        count = cursor.rowcount
        cursor.close()
        return count

    def rows(self, connection, values):
        """All rows, in a list."""
        way = self._way(connection)
        if way.has_lists:
            return connection.execute(self._statement, values).all()
        cursor = way.executed(connection, values)
        found = way.fetched(cursor)
        cursor.close()
        return found

    def row(self, connection, values):
        """The first row, or None."""
        return next(iter(self.rows(connection, values)), None)

    def _way(self, connection):
        dialect = connection.dialect
        # Engines of one database are made alike.
        key = dialect.name, dialect.server_version_info
        return self._ways.get(key) or self._ways.setdefault(key, _Way(self._statement, dialect))


class _Way:
    """How one statement is written in one dialect."""

    def __init__(self, statement, dialect):
        compiled = statement.compile(dialect=dialect)
        self.has_lists = bool(compiled.post_compile_params)
        self._text = compiled.string
        named = {name: bind for bind, name in compiled.bind_names.items()}
        # Positional where the driver has it so: a parameter may come more than once then.
        self._names = None if compiled.positional else tuple(named)
        binds = [named[name] for name in compiled.positiontup or named]
        self._fixed = {bind.key: bind.effective_value for bind in binds if not bind.required}
        self._binds = [(bind.key, bind.type.dialect_impl(dialect).bind_processor(dialect))
                       for bind in binds]
        columns = getattr(statement, 'selected_columns', ())
        self._make = collections.namedtuple('Row', [column.key for column in columns])._make
        self._processor_of = [
            functools.partial(column.type.dialect_impl(dialect).result_processor, dialect)
            for column in columns]
        self._processors = None

    def executed(self, connection, values):
        """The cursor; KeyError if a parameter is missing."""
        if self._fixed:
            values = self._fixed | values
        given = [values[key] if processor is None else processor(values[key])
                 for key, processor in self._binds]
        return execute(connection, self._text, given if self._names is None
                       else dict(zip(self._names, given, strict=True)))

    def fetched(self, cursor):
        """Its rows."""
        if self._processors is None:
            # What is to be done with a value may depend on the type that the driver says it has.
            processors = [processor_of(described[1]) for processor_of, described in zip(
                self._processor_of, cursor.description, strict=True)]
            self._processors = [(at, processor) for at, processor in enumerate(processors)
                                if processor is not None]
        return [self._row(raw) for raw in cursor.fetchall()]

    def _row(self, raw):
        values = list(raw)
        for at, processor in self._processors:
            values[at] = processor(values[at])
        return self._make(values)


@functools.lru_cache(maxsize=256)
def select(table, *names, lock=False):
    """The rows whose columns of these names equal the parameters of the same names."""
    query = sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in names))
    return Prepared(query.with_for_update() if lock else query)


def insert(connection, table, values):
    """Insert a row, {column: plain value}."""
    values = _defaults(table) | values
    _insert(table, tuple(values)).run(connection, values)


@functools.cache
def _defaults(table):
    return {column.key: column.default.arg for column in table.c if column.default is not None}


@functools.lru_cache(maxsize=256)
def _insert(table, names):
    # Inline: nobody asks for the number that the row gets.
    return Prepared(sa.insert(table).inline().values(
        {name: sa.bindparam(name) for name in names}))


def update(connection, table, where, values):
    """Set ``values`` in the rows that have ``where``, both {column: plain value}; how many."""
    return _update(table, tuple(where), tuple(values)).run(
        connection, {f'is_{name}': value for name, value in where.items()} | values)


@functools.lru_cache(maxsize=1024)
def _update(table, where, names):
    # SQLAlchemy keeps the columns' own names for what they are set to.
    return Prepared(sa.update(table).where(
        *(table.c[name] == sa.bindparam(f'is_{name}') for name in where)
    ).values({name: sa.bindparam(name) for name in names}))
