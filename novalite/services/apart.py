"""Our own tables for a step that also asks a real service: each use is a transaction."""


class Apart:
    """Has the methods of what ``make(connection)`` gives."""

    def __init__(self, make, db):
        self._make, self._db = make, db

    def __getattr__(self, name):
        def use(*args, **more):
            with self._db.write() as connection:
                return getattr(self._make(connection), name)(*args, **more)
        return use
