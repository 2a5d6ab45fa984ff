"""The conductor's RPC endpoint."""

from novalite.bus.transport import expose


class Endpoint:
    def __init__(self, runner):
        self._runner = runner

    @expose
    def run(self, ctxt, server):
        self._runner.run(ctxt.hop('conductor.run'), server)

    @expose
    def started(self, ctxt, server, step, attempt, host, back):
        return self._runner.started(ctxt, server, step, attempt, host, back)

    @expose
    def finished(self, ctxt, server, step, attempt, changes):
        self._runner.finished(ctxt, server, step, attempt, changes)

    @expose
    def failed(self, ctxt, server, step, attempt, fault):
        self._runner.failed(ctxt, server, step, attempt, fault)

    @expose
    def undone(self, ctxt, server, step, attempt, changes, fault):
        self._runner.undone(ctxt, server, step, attempt, changes, fault)

    @expose
    def register(self, ctxt, worker, incarnation, inventories):
        self._runner.register(ctxt, worker, incarnation, inventories)

    @expose
    def beat(self, ctxt, worker, incarnation, in_hand=()):
        return self._runner.beat(worker, incarnation, in_hand)

    @expose
    def silence(self, ctxt, worker, incarnation):
        self._runner.silence(worker, incarnation)
