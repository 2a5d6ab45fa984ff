"""The database as one request sees it: whoever answers it may begin again until it has written."""

import contextlib

from novalite import errors
from novalite.db import engine


class Noting:
    """A ``Database`` that notes whether something was ``written``."""

    def __init__(self, db):
        self.dialect, self.read = db.dialect, db.read
        self._db = db
        self.written = False

    @contextlib.contextmanager
    def write(self):
        with self._db.write() as connection:
            yield connection
        self.written = True


def answered(db, answer):
    """What ``answer(db)`` returns; it is called again if the database undid all it had done.

    After something was written it is not, and then what has become of the rest is in doubt.
    """
    @engine.retried
    def unit():
        noting = Noting(db)
        try:
            return answer(noting)
        except (errors.Contended, errors.DatabaseAway) as exc:
            if noting.written:
                raise errors.InDoubt() from exc
            raise
    return unit()
