"""One database, and the two ways into it: to read, and to write in one transaction."""

import contextlib
import logging

from oslo_db import exception as db_exception
from oslo_db.sqlalchemy import engines
from oslo_db.sqlalchemy import exc_filters
import regex
import sqlalchemy as sa

from novalite import errors

LOG = logging.getLogger(__name__)

#: Seconds that one match in our own process may take: some expressions never end.
MATCHING = 0.2


class Database:
    """Transactions on the database that ``[database] connection`` names.

    Statements live in the other modules of this package and take the
    connection that ``read()`` or ``write()`` gives.
    """

    def __init__(self, conf):
        url = sa.make_url(conf.database.connection)
        self.dialect = url.get_backend_name()
        self.engine = _sqlite(url) if self.dialect == 'sqlite' else _server(url, conf.database)
        self._writers = self.engine.execution_options(novalite_writer=True)

    @contextlib.contextmanager
    def read(self):
        """A connection to read with; what is read is one consistent state on SQLite."""
        with _translated(), self.engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self):
        """A connection in a transaction that commits when the block ends, or undoes it all."""
        with _translated(), self._writers.begin() as connection:
            yield connection

    def close(self):
        self.engine.dispose()


@contextlib.contextmanager
def _translated():
    try:
        yield
    except (db_exception.DBConnectionError, sa.exc.OperationalError) as exc:
        # oslo.db does not know psycopg2's word for a connection that could not be made:
        # it comes as it is, without a statement.
        if getattr(exc, 'statement', None) is not None:
            raise
        LOG.debug('The database does not answer', exc_info=True)
        raise errors.Unavailable(
            'The database does not answer; nothing was changed. Try again.') from exc


def _server(url, conf):
    if url.get_backend_name() in ('mysql', 'mariadb'):
        # oslo.db's own default is the three-byte utf8: no emoji in a server's name.
        url = url.update_query_dict({'charset': 'utf8mb4'})
    engine = engines.create_engine(
        url.render_as_string(hide_password=False), max_retries=0,
        **{name: conf[name] for name in (
            'max_pool_size', 'max_overflow', 'pool_timeout', 'connection_recycle_time',
            'mysql_sql_mode')})
    # What one statement checks and changes is all that is relied upon; the
    # stricter levels would make MySQL read rows as they were, not as they are.
    return engine.execution_options(isolation_level='READ COMMITTED')


def _sqlite(url):
    """An engine that is safe and quick between threads.

    oslo.db opens SQLite anew for each transaction and begins them deferred: two
    writers that have both read would deadlock (SQLITE_BUSY, whatever the
    timeout). So connections are pooled, and writers take the lock at the start.
    WAL lets readers go on meanwhile. ``synchronous=NORMAL`` does not sync at
    each commit: a killed process loses nothing, a power cut might lose the last
    commits. oslo.db's translation of exceptions is kept.
    """
    engine = sa.create_engine(url, poolclass=sa.QueuePool, pool_size=32, max_overflow=64)
    exc_filters.register_engine(engine)

    @sa.event.listens_for(engine, 'connect')
    def connect(connection, _record):
        connection.isolation_level = None
        connection.create_function(
            'regexp', 2, lambda expression, text: bool(
                regex.search(expression, str(text or ''), timeout=MATCHING)))
        for pragma in ('journal_mode=WAL', 'synchronous=NORMAL', 'busy_timeout=30000',
                       'foreign_keys=ON'):
            connection.execute(f'PRAGMA {pragma}')

    @sa.event.listens_for(engine, 'begin')
    def begin(connection):
        writer = connection.get_execution_options().get('novalite_writer')
        connection.exec_driver_sql('BEGIN IMMEDIATE' if writer else 'BEGIN')

    return engine
