"""What the conductor may ask of a compute worker: one step, or its undo, on one host."""

from novalite.bus import transport

TOPIC = 'compute'


class Compute:
    def __init__(self, bus):
        self._bus = bus
        self._clients = {}

    def perform(self, ctxt, worker, host, server, verb, step, attempt, params):
        """Raises ``transport.Unreachable`` when the broker does not take the message."""
        self._to(worker).cast(ctxt, 'perform', host=host, server=server, verb=verb, step=step,
                              attempt=attempt, params=params)

    def undo(self, ctxt, worker, host, server, verb, step, attempt, params):
        self._to(worker).cast(ctxt, 'undo', host=host, server=server, verb=verb, step=step,
                              attempt=attempt, params=params)

    def look(self, ctxt, worker, host, server, what, seconds):
        """What a guest shows: {'value': …}, or {'fault': …} as ``errors.fault`` makes it.

        Raises ``transport.Failed`` when the worker does not answer within ``seconds``.
        """
        return self._to(worker).prepare(timeout=seconds).call(
            ctxt, 'look', host=host, server=server, what=what)

    def hasten(self, ctxt, worker, host, server):
        self._to(worker).cast(ctxt, 'hasten', host=host, server=server)

    def _to(self, worker):
        if worker not in self._clients:
            self._clients[worker] = transport.client(self._bus, TOPIC, worker)
        return self._clients[worker]
