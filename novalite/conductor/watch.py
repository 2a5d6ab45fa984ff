"""What the compute workers notice of their guests, held against what is written down."""

import dataclasses
import datetime

from oslo_log import log as logging

from novalite import context
from novalite import errors
from novalite.db import history
from novalite.db import hosts
from novalite.db import servers
from novalite.servers import machine
from novalite.servers.states import Power
from novalite.servers.states import Vm

LOG = logging.getLogger(__name__)

#: A server that rests in one of these states and whose guest is found so is to be stopped.
_STOPPED_BY_ITSELF = frozenset({Power.SHUTDOWN, Power.CRASHED})
STOPS = {
    Vm.ACTIVE: _STOPPED_BY_ITSELF | {Power.SUSPENDED},
    Vm.PAUSED: _STOPPED_BY_ITSELF,
    Vm.STOPPED: frozenset({Power.RUNNING, Power.PAUSED, Power.SUSPENDED}),
}
#: A user may not stop such a server; but its guest is not what the user was told.
_STOP = dataclasses.replace(machine.VERBS['os-stop'], allowed=frozenset(STOPS))


class Watch:
    def __init__(self, db, runner, runtime):
        self._db, self._runner, self._runtime = db, runner, runtime

    def servers_of(self, worker):
        """What is written of each server that is, was or will be on a host of this worker."""
        with self._db.read() as connection:
            return [{
                'uuid': row.uuid, 'host': row.host, 'origin': row.origin,
                'destination': row.destination, 'power_state': row.power_state,
                'rests': row.owner is None and row.task_state is None,
                'updated_at': row.updated_at and row.updated_at.isoformat(),
            } for row in hosts.servers_of(connection, worker)]

    def noticed(self, ctxt, changed):
        """Guests have another power_state than is written of their servers."""
        for one in changed:
            self._noticed(ctxt, one['server'], one['host'], Power(one['power_state']),
                          datetime.datetime.fromisoformat(one['updated_at']))

    def is_leftover(self, server, host):
        """Whether nobody will ever want this guest: its server is deleted, or at home elsewhere."""
        with self._db.read() as connection:
            try:
                row = servers.get(connection, server)
            except errors.ServerNotFound:
                return False        # a guest of somebody else's cloud
        if row.deleted or host not in (row.host, row.origin, row.destination):
            return True
        return host not in (row.host, row.origin) and row.owner is None

    def cleared(self, server, host):
        """A leftover is gone: what is still held for it there can be given back."""
        with self._db.write() as connection:
            if servers.leave_destination(connection, server, host):
                hosts.release(connection, server, 'destination')

    def _noticed(self, ctxt, uuid, host, power_state, seen):
        # An action of its own, so a request id of its own: whoever reads it sees who has noticed.
        ctxt = context.RequestContext.from_dict(
            ctxt.to_dict() | {'request_id': self._runtime.request_id()}).hop('conductor.noticed')
        now = self._runtime.now()
        with self._db.write() as connection:
            if not servers.observe(connection, uuid, seen, now, power_state=power_state):
                return      # something has happened to it since: another round will tell
            row = servers.get(connection, uuid)
            LOG.warning('Server %s rests in %s, but its guest on %s is found to be %s', uuid,
                        row.vm_state, host, power_state.name)
            stops = power_state in STOPS.get(row.vm_state, ())
            if stops:
                ctxt.project_id = row.project_id
                servers.begin(connection, ctxt, uuid, _STOP, now)
                history.open_action(connection, ctxt, uuid, _STOP, {}, now)
            elif power_state == Power.NOSTATE:
                fault = errors.fault(errors.GuestNotFound(uuid=uuid, host=host))
                history.add_fault(connection, uuid, ctxt.request_id, fault, now)
        if stops:
            self._runner.run(ctxt, uuid, begun=True)
