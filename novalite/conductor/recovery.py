"""The sweep: actions that were promised, and that nobody will end unless somebody looks."""

import datetime

from oslo_log import log as logging

from novalite import errors
from novalite.db import history
from novalite.db import hosts

LOG = logging.getLogger(__name__)

#: So many at a time, so that a long outage does not end in one long round.
BATCH = 200


class Sweep:
    """Drives what a lost message or a dead host left behind, and ends what takes too long."""

    def __init__(self, db, runner, conf, runtime):
        self._db, self._runner = db, runner
        self._interval = conf.conductor.sweep_interval
        self._runtime = runtime

    def round(self):
        # A younger row most likely has its message still on the way.
        now = self._runtime.now()
        before = now - datetime.timedelta(seconds=self._interval)
        with self._db.read() as connection:
            rows = history.untaken(
                connection, before, now, min(now, self._runner.hearing.sure_until()),
                hosts.is_gone(self._runner.missed_before()), BATCH)
        for row in rows:
            self._drive(row)

    def _drive(self, row):
        try:
            self._runner.resume(row)
        except errors.Unavailable:
            raise       # nor would the others find the database
        except Exception:
            # There is a bug, or a row from another version: it must not keep the others waiting.
            LOG.exception('%s of server %s (%s) cannot be driven', row.name, row.server,
                          row.request_id)
