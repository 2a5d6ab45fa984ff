"""When a period of usage is over: ``instance.exists`` of each server that ran in it."""

from novalite import context
from novalite.db import servers
from novalite.db import usage_audits
from novalite.notify import events
from novalite.notify import payloads
from novalite.servers import periods

#: So many hosts in each round.
BATCH = 50


class Audits:
    """Each round looks at hosts that nobody has looked at since the period was over."""

    def __init__(self, db, conf, runtime, notifier):
        self._db, self._conf, self._runtime, self._notifier = db, conf, runtime, notifier

    def round(self):
        if not self._conf.instance_usage_audit:
            return
        begin, end = periods.completed(
            self._conf.instance_usage_audit_period, self._runtime.now())
        with self._db.read() as connection:
            names = usage_audits.outstanding(connection, begin, end, BATCH)
        for name in names:
            self._count(name, begin, end)

    def _count(self, host, begin, end):
        with self._db.write() as connection:
            rows = servers.lived(connection, begin, end, host=host)
            first = usage_audits.add(
                connection, begin, end, host, len(rows),
                f'The usage of {len(rows)} servers on host {host} was told.')
        if first and self._notifier.enabled:
            ctxt = context.RequestContext(
                request_id=self._runtime.request_id(), hops=('conductor.usage_audit',))
            self._notifier.tell(ctxt, [
                events.exists(f'nova-compute:{host}', self._facts(row, ctxt, begin, end))
                for row in rows])

    def _facts(self, row, ctxt, begin, end):
        return payloads.Facts(
            server=row, ctxt=ctxt, now=self._runtime.now(), period=(begin, end),
            shows_volumes=self._conf.notifications.bdms_in_notifications)
