"""What the conductor may ask of a compute worker: one step, or its undo, on one host."""

from novalite.bus import outbox
from novalite.bus import transport

TOPIC = 'compute'

#: What came with each version; a worker knows those of its major version up to its own. A
#: change of what is here already needs a new major version, which older workers refuse.
VERSIONS = {
    '1.0': 'perform, undo, hasten',
    '1.1': 'look',
}
VERSION = '1.1'


class Compute:
    """``newest`` is the newest version of messages that all workers know; ours by default."""

    def __init__(self, bus, runtime, newest=None):
        self._bus, self._newest = bus, newest or VERSION
        self._clients = {}
        self._answers = transport.Answers(bus, runtime)
        self.outbox = outbox.Outbox(bus, runtime)

    def close(self):
        """Send what waits for the broker, unless that takes long."""
        self.outbox.close()

    def perform(self, ctxt, worker, host, server, verb, step, attempt, params, lost):
        """``lost()`` is called if the broker does not take the message in the end."""
        self._order(lost, worker, ctxt, 'perform', host=host, server=server, verb=verb, step=step,
                    attempt=attempt, params=params)

    def undo(self, ctxt, worker, host, server, verb, step, attempt, params, lost):
        self._order(lost, worker, ctxt, 'undo', host=host, server=server, verb=verb, step=step,
                    attempt=attempt, params=params)

    def look(self, ctxt, worker, host, server, what, seconds):
        """What a guest shows: {'value': …}, or {'fault': …} as ``errors.fault`` makes it.

        Raises ``transport.Failed`` when the worker does not answer within ``seconds``, or
        does not know how to.
        """
        self._answers.wait(seconds)
        return self._to(worker).prepare(version='1.1', timeout=seconds).call(
            ctxt, 'look', host=host, server=server, what=what)

    def hasten(self, ctxt, worker, host, server):
        self._cast(f'the wish that {host} hurries', None, worker, ctxt, 'hasten', host=host,
                   server=server)

    def _order(self, lost, worker, ctxt, method, **order):
        self._cast(f'{order["step"]} of server {order["server"]["uuid"]} for {order["host"]}',
                   lost, worker, ctxt, method, **order)

    def _cast(self, what, lost, worker, ctxt, method, **arguments):
        self.outbox.put(what, lambda: self._to(worker).cast(ctxt, method, **arguments), lost)

    def _to(self, worker):
        if worker not in self._clients:
            self._clients[worker] = transport.client(
                self._bus, TOPIC, worker, newest=self._newest)
        return self._clients[worker]
