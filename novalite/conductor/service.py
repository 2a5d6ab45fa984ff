"""The conductor's RPC endpoint."""

from novalite.bus import conductor
from novalite.bus import transport
from novalite.bus.transport import expose


class Endpoint:
    target = transport.version(conductor.VERSION)

    def __init__(self, runner, watch, looks, beat):
        self._runner, self._watch, self._looks = runner, watch, looks
        self._own_beat = beat

    @expose
    def run(self, ctxt, server):
        self._runner.run(ctxt.hop('conductor.run'), server)

    @expose
    def look(self, ctxt, server, what):
        return self._looks.look(ctxt.hop('conductor.look'), server, what)

    @expose
    def hasten(self, ctxt, server, request_id):
        self._runner.hasten(ctxt, server, request_id)

    @expose
    def started(self, ctxt, server, step, attempt, host, back):
        return self._runner.started(ctxt, server, step, attempt, host, back)

    @expose
    def finished(self, ctxt, server, step, attempt, changes):
        return self._runner.finished(ctxt, server, step, attempt, changes)

    @expose
    def failed(self, ctxt, server, step, attempt, fault):
        return self._runner.failed(ctxt, server, step, attempt, fault)

    @expose
    def undone(self, ctxt, server, step, attempt, changes, fault):
        return self._runner.undone(ctxt, server, step, attempt, changes, fault)

    @expose
    def register(self, ctxt, worker, incarnation, inventories, knows='1.0'):
        self._runner.register(ctxt, worker, incarnation, inventories, knows)

    @expose
    def own_beat(self, ctxt):
        self._own_beat()

    @expose
    def beat(self, ctxt, worker, incarnation, in_hand=()):
        return self._runner.beat(worker, incarnation, in_hand)

    @expose
    def leaves(self, ctxt, worker, incarnation):
        self._runner.leaves(worker, incarnation)

    @expose
    def silence(self, ctxt, worker, incarnation):
        self._runner.silence(worker, incarnation)

    @expose
    def servers_of(self, ctxt, worker):
        return self._watch.servers_of(worker)

    @expose
    def noticed(self, ctxt, changed):
        self._watch.noticed(ctxt, changed)

    @expose
    def is_leftover(self, ctxt, server, host):
        return self._watch.is_leftover(server, host)

    @expose
    def cleared(self, ctxt, server, host):
        self._watch.cleared(server, host)
