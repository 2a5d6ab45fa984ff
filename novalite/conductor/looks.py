"""What a user wants to see of a guest: asked of its host while the user waits."""

from oslo_log import log as logging

from novalite import errors
from novalite.bus import conductor as conductor_bus
from novalite.bus import transport
from novalite.db import hosts
from novalite.db import servers
from novalite.servers import model

LOG = logging.getLogger(__name__)


class Looks:
    def __init__(self, db, compute, runner):
        self._db, self._compute, self._runner = db, compute, runner

    def look(self, ctxt, uuid, what):
        """{'value': …} or {'fault': …}; a host that is gone is not waited for."""
        with self._db.read() as connection:
            server = servers.get(connection, uuid)
            host = server.host and hosts.get(connection, server.host)
        if not host:
            return {'fault': errors.fault(errors.ServerNotReady(uuid=uuid))}
        if hosts.gone(host, self._runner.missed_before()):
            return {'fault': errors.fault(errors.HostSilent(uuid=uuid))}
        try:
            return self._compute.look(ctxt, host.worker, host.name,
                                      model.Server.of(server).to_dict(), what, conductor_bus.LOOK)
        except transport.Failed as exc:
            LOG.warning('Host %s does not show the %s of server %s (%s)', host.name, what, uuid,
                        type(exc).__name__)
            return {'fault': errors.fault(errors.HostSilent(uuid=uuid))}
