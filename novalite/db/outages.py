"""Says once that the database has gone, and once that it is back, whoever else meets it."""

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class Outages:
    """Of one database, as one process sees it. Before it has answered for the first time nothing
    is said: whoever starts waits for it, and says so."""

    def __init__(self, runtime):
        self._runtime, self._lock = runtime, runtime.lock()
        #: When the newest transaction began that came to its end; since when there is none.
        self._answered, self._away_since = None, None

    def begins(self):
        """A transaction begins; what the other two want to know of it."""
        return self._runtime.monotonic()

    def answered(self, began):
        """A transaction has come to its end."""
        if self._answered is not None and self._away_since is None and began <= self._answered:
            return
        with self._lock:
            self._answered = max(began, self._answered or began)
            since, self._away_since = self._away_since, None
        if since is not None:
            LOG.warning('The database answers again, after %.1f s: what has waited goes on',
                        self._runtime.monotonic() - since)

    def lost(self, began, exc):
        """A transaction was lost, because the database does not answer."""
        LOG.debug('The database does not answer', exc_info=exc)
        with self._lock:
            # It may have been lost long ago, and is only noticed now.
            if self._answered is None or self._away_since is not None or began < self._answered:
                return
            self._away_since = self._runtime.monotonic()
        LOG.warning('The database does not answer (%s): requests that need it get a 503, what is '
                    'under way waits, and it is asked again until it is back', reason(exc))


def reason(exc):
    """What a database, or the way there, says itself of why it does not answer: its first line."""
    cause = exc.__cause__ or exc
    return str(getattr(cause, 'orig', None) or cause).strip().partition('\n')[0]
