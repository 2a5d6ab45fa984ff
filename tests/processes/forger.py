"""Somebody who reaches the broker, knows novalite by heart, and has no key."""

from oslo_config import cfg

from novalite import context
from novalite import runtime
from novalite.bus import compute
from novalite.bus import conductor
from novalite.bus import transport
from novalite.servers import model

#: In what it says, to be looked for in logs.
REASON = 'FORGED-BY-ME'


class Forger:
    """``with Forger(file) as forger:`` speaks to the daemons of this configuration."""

    def __init__(self, file, url=None):
        conf = cfg.ConfigOpts()
        transport.register_opts(conf)
        conf([], project='novalite', default_config_files=[file], default_config_dirs=[])
        conf.set_override('signing_keys', [], group='rpc')
        self._runtime = runtime.Runtime()
        self._bus = transport.connect(conf, url)
        self._conductor = conductor.Conductor(self._bus, self._runtime)
        self._compute = compute.Compute(self._bus, self._runtime)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._compute.close()
        self._bus.cleanup()

    def servers_of(self, worker):
        return self._conductor.servers_of(self._context(), worker)

    def notice(self, server, host, updated_at):
        """Have the conductor believe that a guest has crashed: it stops the server then."""
        self._conductor.noticed(self._context(), [{
            'server': server, 'host': host, 'power_state': 6, 'updated_at': updated_at}])

    def destroy(self, worker, host, server):
        """Order a host to destroy a guest."""
        self._compute.perform(self._context(), worker, host, dict.fromkeys(
            model.FIELDS) | {'uuid': server}, 'delete', 'destroy', 1, {'reason': REASON}, None)

    def _context(self):
        return context.RequestContext(
            request_id=self._runtime.request_id(), roles=['admin'], is_admin=True)
