"""How much one project may ask of the API: so many requests a second, and so many at once."""

import json
import math

from oslo_log import log as logging

from novalite.api import faults

LOG = logging.getLogger(__name__)

#: Who was quiet for long may ask for as much as this many seconds' worth at once.
BURST = 10
#: So many projects are remembered before those that have been quiet are forgotten.
_MANY = 1000


class Throttle:
    """Counts what projects ask for, in this process; 0 is no limit.

    ``rate`` is in requests a second, ``most`` is how many are worked on at once.
    """

    def __init__(self, rate, most, runtime):
        self._rate, self._most, self._runtime = rate, most, runtime
        self._lock = runtime.lock()
        self._busy = {}
        #: project -> (how full its bucket is, since when): it leaks ``rate`` a second.
        self._levels = {}

    @property
    def limits(self):
        return bool(self._rate or self._most)

    def take(self, project):
        """0 if the project may go on, which it ends with ``give``; or the seconds to wait."""
        with self._lock:
            if self._most and self._busy.get(project, 0) >= self._most:
                return 1
            if self._rate:
                now = self._runtime.monotonic()
                level = self._level(project, now) + 1
                if level > max(self._rate * BURST, 1):
                    return math.ceil((level - max(self._rate * BURST, 1)) / self._rate)
                if len(self._levels) > _MANY:
                    self._levels = {one: known for one, known in self._levels.items()
                                    if self._level(one, now) > 0}
                self._levels[project] = (level, now)
            self._busy[project] = self._busy.get(project, 0) + 1
            return 0

    def give(self, project):
        with self._lock:
            self._busy[project] -= 1
            if not self._busy[project]:
                del self._busy[project]

    def _level(self, project, now):
        level, since = self._levels.get(project, (0, now))
        return max(0, level - (now - since) * self._rate)


class Throttled:
    """A WSGI application behind a throttle, which is behind whoever knows the project.

    Time spent on sending an answer is not counted.
    """

    def __init__(self, application, throttle, runtime):
        self._application, self._throttle, self._runtime = application, throttle, runtime

    def __call__(self, environ, start_response):
        project = environ.get('HTTP_X_PROJECT_ID')
        if project is None:
            return self._application(environ, start_response)   # it will refuse that itself
        wait = self._throttle.take(project)
        if wait:
            return self._refuse(project, wait, start_response)
        try:
            return self._application(environ, start_response)
        finally:
            self._throttle.give(project)

    def _refuse(self, project, wait, start_response):
        request_id = self._runtime.request_id()
        LOG.info('Project %s asks for too much: it is told to wait %d s (%s)', project, wait,
                 request_id)
        data = json.dumps(faults.body(
            429, 'This request was rate-limited.', retryAfter=str(wait))).encode()
        start_response('429 Too Many Requests', [
            ('Content-Type', 'application/json'), ('Content-Length', str(len(data))),
            ('Retry-After', str(wait)), ('X-Openstack-Request-Id', request_id),
            ('X-Compute-Request-Id', request_id)])
        return [data]
