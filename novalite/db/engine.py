"""One database, and the two ways into it: to read, and to write in one transaction."""

import contextlib
import functools
import json
import logging

from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import engines
from oslo_db.sqlalchemy import exc_filters
import regex
import sqlalchemy as sa

from novalite import errors
from novalite.db import outages
from novalite.db import statements
from novalite.runtime import Runtime

LOG = logging.getLogger(__name__)

#: So often a unit of work is tried that loses to others each time.
TRIES = 6
#: Seconds that the database may take to let us in, and that a dead wire goes unnoticed.
PATIENCE = 5

_JSON = json.JSONDecoder()

#: Seconds that one match in our own process may take: some expressions never end.
MATCHING = 0.2


class Database:
    """Transactions on the database that ``[database] connection`` names.

    Statements live in the other modules of this package and take the
    connection that ``read()`` or ``write()`` gives.
    """

    def __init__(self, conf, runtime=None):
        url = sa.make_url(conf.database.connection)
        self.dialect = url.get_backend_name()
        if self.dialect == 'sqlite':
            self.engine = _sqlite(url, 'BEGIN')
            self.writers = _sqlite(url, 'BEGIN IMMEDIATE', pool=self.engine.pool)
            # After both: each engine gives a new connection SQLAlchemy's own regexp first.
            sa.event.listen(self.engine, 'connect', _prepare)
        else:
            self.engine = self.writers = _server(url, conf.database)
        self._outages = outages.Outages(runtime or Runtime())

    @contextlib.contextmanager
    def read(self):
        """A connection to read with; what is read is one consistent state on SQLite.

        Raises DatabaseAway, or Contended, instead of what SQLAlchemy says of these.
        """
        began = self._outages.begins()
        try:
            with self.begin(self.engine) as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, db_exception.DBError) as exc:
            raise self._translated(began, exc) from exc
        self._outages.answered(began)

    @contextlib.contextmanager
    def write(self):
        """A connection in a transaction that commits when the block ends, or undoes it all.

        Raises DatabaseAway or Contended when all is undone, and InDoubt if the database was lost
        at the commit. What may be done again as a whole is ``retried``.
        """
        done, began = False, self._outages.begins()
        try:
            with self.begin(self.writers) as connection:
                yield connection
                done = True
        except (sa.exc.SQLAlchemyError, db_exception.DBError) as exc:
            said = self._translated(began, exc)
            raise (errors.InDoubt() if done and isinstance(said, errors.DatabaseAway)
                   else said) from exc
        self._outages.answered(began)

    def begin(self, engine):
        """A transaction on a connection of its own, as a context."""
        return engine.begin()

    def close(self):
        self.engine.dispose()

    def _translated(self, began, exc):
        said = _translated(exc)
        if isinstance(said, errors.DatabaseAway):
            self._outages.lost(began, exc)
        return said


class Savepoint:
    """A connection inside a transaction: what is done through it is undone if the block raises.

    The transaction can go on then. Most steps of actions have nothing to write, and a savepoint
    costs as much as two statements: it is made when the connection is first used.
    """

    def __init__(self, connection):
        self._connection, self._nested = connection, None

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return self._nested is not None and self._nested.__exit__(*exc_info)

    def __getattr__(self, name):
        if self._nested is None:
            self._nested = self._connection.begin_nested()
        return getattr(self._connection, name)


def retried(unit):
    """A unit of work that is done again as a whole when the database has undone it.

    So it begins its own transaction, and does nothing else that must not be done twice.
    Whoever lost to another transaction goes again at once: by then the other one is through.
    When a connection was lost the database may well be there: that is tried once.
    """
    @functools.wraps(unit)
    def run(*args, **kwargs):
        left, connections = TRIES, 2
        while True:
            left -= 1
            try:
                return unit(*args, **kwargs)
            except errors.Contended:
                if not left:
                    raise
            except errors.DatabaseAway:
                connections -= 1
                if not connections:
                    raise
            LOG.debug('The database has undone %s; it is done again', unit.__qualname__)
    return run


def _translated(exc):
    """What is wrong in our words, if it is the database's state; else the exception itself."""
    if lost_to_another(exc):
        return errors.Contended()
    # oslo.db does not know psycopg2's word for a connection that could not be made: it comes
    # as it is, without a statement.
    unmade = isinstance(exc, sa.exc.OperationalError) and exc.statement is None
    if unmade or isinstance(exc, db_exception.DBConnectionError | sa.exc.TimeoutError):
        return errors.DatabaseAway()
    return exc


def lost_to_another(exc):
    """Whether the database has undone the whole transaction in favour of another one.

    MySQL ends the savepoints with it: going back to one raises anew, and hides the deadlock.
    """
    while exc is not None:
        if isinstance(exc, db_exception.DBDeadlock) or _code(exc) in _CONTENDED:
            return True
        exc = exc.__context__
    return False


#: Serialization failure and deadlock in PostgreSQL's code; a file that is locked in SQLite's.
_CONTENDED = ('40001', '40P01', 'SQLITE_BUSY')


def _code(exc):
    """The database's own code for what is wrong, if it has one."""
    while exc is not None:
        code = getattr(exc, 'pgcode', None) or getattr(exc, 'sqlite_errorname', None)
        if code:
            return code
        exc = getattr(exc, 'orig', None) or getattr(exc, 'inner_exception', None)
    return None


#: A database that is silent, and not only away, is noticed.
_CONNECT = {
    'postgresql': {
        'connect_timeout': PATIENCE, 'tcp_user_timeout': PATIENCE * 2000,
        'keepalives_idle': PATIENCE, 'keepalives_interval': 2, 'keepalives_count': 3},
    'mysql': {'connect_timeout': PATIENCE, 'charset': 'utf8mb4'},
}


def _server(url, conf):
    backend = {'mariadb': 'mysql'}.get(url.get_backend_name(), url.get_backend_name())
    # What the operator has put into the URL counts. (oslo.db's own default of the charset is the
    # three-byte utf8: no emoji in a server's name.)
    url = url.set(query={name: str(value) for name, value in _CONNECT.get(backend, {}).items()}
                  | dict(url.query))
    engine = engines.create_engine(
        url.render_as_string(hide_password=False), max_retries=0,
        json_deserializer=_loads, **{name: conf[name] for name in (
            'max_pool_size', 'max_overflow', 'pool_timeout', 'connection_recycle_time',
            'mysql_sql_mode')})
    # What one statement checks and changes is all that is relied upon; the
    # stricter levels would make MySQL read rows as they were, not as they are.
    # Said once to each new connection: with each transaction it would be two questions more, and
    # one that is lost at the last of them raises what nobody has translated.
    @sa.event.listens_for(engine, 'connect')
    def connect(connection, _record):
        engine.dialect.set_isolation_level(connection, 'READ COMMITTED')

    return engine


def _loads(text):
    # What is stored is what json.dumps made: no blanks before it, and nothing after it.
    return _JSON.raw_decode(text)[0]


def _sqlite(url, begins, pool=None):
    """An engine that is safe and quick between threads.

    oslo.db opens SQLite anew for each transaction and begins them deferred: two
    writers that have both read would deadlock (SQLITE_BUSY, whatever the
    timeout). So connections are pooled, and writers take the lock at the start: they have
    an engine of their own, over the same ``pool``, which ``begins`` so.
    WAL lets readers go on meanwhile. ``synchronous=NORMAL`` does not sync at
    each commit: a killed process loses nothing, a power cut might lose the last
    commits. oslo.db's translation of exceptions is kept.
    """
    pooled = {'pool': pool} if pool else {
        'poolclass': sa.QueuePool, 'pool_size': 32, 'max_overflow': 64}
    engine = sa.create_engine(url, json_deserializer=_loads, **pooled)
    exc_filters.register_engine(engine)

    @sa.event.listens_for(engine, 'begin')
    def begin(connection):
        statements.execute(connection, begins)

    return engine


def _prepare(connection, _record):
    """Make a new connection to SQLite what our statements rely on."""
    connection.isolation_level = None
    connection.create_function(
        'regexp', 2, lambda expression, text: bool(
            regex.search(expression, str(text or ''), timeout=MATCHING)))
    for pragma in ('journal_mode=WAL', 'synchronous=NORMAL', 'busy_timeout=30000',
                   'foreign_keys=ON'):
        connection.execute(f'PRAGMA {pragma}')
