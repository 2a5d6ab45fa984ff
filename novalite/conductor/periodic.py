"""What is begun because of the time that has passed, and not because somebody asked."""

import datetime

from oslo_log import log as logging

from novalite import context
from novalite import errors
from novalite.db import history
from novalite.db import servers
from novalite.servers import machine
from novalite.servers.states import Vm

LOG = logging.getLogger(__name__)

#: Option of [DEFAULT] that says after how many seconds -> (the state waited in, the row begun).
WAITS = {
    'resize_confirm_window': (Vm.RESIZED, 'confirmResize'),
    'rescue_timeout': (Vm.RESCUED, 'unrescue'),
    'shelved_offload_time': (Vm.SHELVED, 'shelveOffload'),
    'reclaim_instance_interval': (Vm.SOFT_DELETED, 'delete'),
}

#: So many at a time.
BATCH = 100


class Waits:
    """Each round begins an action, with a request id of its own, for those that waited enough."""

    def __init__(self, db, runner, conf, runtime):
        self._db, self._runner, self._conf, self._runtime = db, runner, conf, runtime

    def round(self):
        for option, (vm_state, verb) in WAITS.items():
            seconds = getattr(self._conf, option)
            if seconds > 0:
                self._begin(vm_state, machine.VERBS[verb], seconds)

    def _begin(self, vm_state, action, seconds):
        since = self._runtime.now() - datetime.timedelta(seconds=seconds)
        with self._db.read() as connection:
            rows = servers.waiting(connection, vm_state, since, BATCH)
        for row in rows:
            ctxt = context.RequestContext(
                request_id=self._runtime.request_id(), project_id=row.project_id,
                user_id=row.user_id, hops=(f'conductor.{action.name}',))
            LOG.info('Server %s has been %s for %s s: %s begins', row.uuid, vm_state, seconds,
                     action.name)
            try:
                with self._db.write() as connection:
                    now = self._runtime.now()
                    servers.begin(connection, ctxt, row.uuid, action, now)
                    history.open_action(connection, ctxt, row.uuid, action, {}, now,
                                        self._conf.conductor.deadlines.get(action.name))
            except (errors.Conflict, errors.NotFound) as exc:
                LOG.info('Somebody was faster: %s', exc)
            else:
                self._runner.run(ctxt, row.uuid, begun=True)
