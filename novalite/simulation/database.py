"""The database of a simulated cloud: SQLite in memory, and what may befall a transaction."""

import contextlib

from oslo_db import exception as db_exception

from novalite import errors
from novalite.db import engine

#: Seconds that a transaction waits for its turn, on average: others may go first meanwhile.
TURN = 0.0003


class _Kept(engine.Database):
    """One connection for good: that is the whole database, and transactions never overlap.

    To take one from a pool and give it back would be half of what a transaction costs.
    """

    def __init__(self, conf):
        super().__init__(conf)
        self.connection = self.engine.connect()

    @contextlib.contextmanager
    def begin(self, _engine):
        with self.connection.begin():
            yield self.connection

    def close(self):
        self.connection.close()
        super().close()


class Store:
    """One database, for all processes of a world; nothing waits inside a transaction."""

    def __init__(self, conf, template, timeline):
        self.down = False
        #: The share of transactions that the database refuses at their commit, as a deadlock.
        self.deadlocks = 0.0
        #: The share of commits at which the connection breaks before there is an answer.
        self.doubts = 0.0
        self.timeline = timeline
        self.random = timeline.stream('database')
        self.database = _Kept(conf)
        self.database.connection.connection.driver_connection.deserialize(template)

    def close(self):
        self.database.close()


class Database:
    """What a process sees of it: ``novalite.db.engine.Database``, with accidents."""

    def __init__(self, store, process):
        self._store, self._process = store, process
        self.dialect, self.engine = store.database.dialect, store.database.engine

    @contextlib.contextmanager
    def read(self):
        self._turn()
        with self._alone(), self._store.database.read() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self):
        process, store = self._process, self._store
        self._turn()
        with self._alone(), store.database.write() as connection:
            yield connection
            process.point('before commit')
            if store.deadlocks and store.random.random() < store.deadlocks:
                raise db_exception.DBDeadlock('The simulation has it so.')
            if store.doubts and store.random.random() < store.doubts:
                process.doubt = 'next'
            if process.doubt == 'next':
                # The luck of the draw: it breaks before the database has committed, or after.
                process.doubt = store.random.choice(('now', 'after'))
            self._break_off('now')
        store.timeline.note('commit', process.name)
        process.point('after commit')
        self._break_off('now', 'after')
        process.pause(TURN)

    def close(self):
        """The database is the world's."""

    def _break_off(self, *moments):
        process = self._process
        if process.doubt in moments:
            process.doubt = None
            self._store.timeline.note('doubt', process.name)
            raise errors.InDoubt()

    def _turn(self):
        self._process.pause(TURN)
        if self._store.down or self._process.no_database:
            raise errors.DatabaseAway()

    @contextlib.contextmanager
    def _alone(self):
        process = self._process
        if process.in_transaction:
            raise RuntimeError(f'{process.name} begins a transaction inside another')
        process.in_transaction = True
        try:
            yield
        finally:
            process.in_transaction = False
