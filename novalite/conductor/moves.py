"""Keeps the record of a move between hosts in step with the action that makes it."""

from novalite.db import flavors
from novalite.db import hosts
from novalite.db import moves

MIB, GIB = 2 ** 20, 2 ** 30


class Record:
    """One action's record, if its row in the table has one; all in the walk's transaction."""

    def __init__(self, connection, runtime, ctxt, action, server):
        self._connection, self._runtime, self._ctxt = connection, runtime, ctxt
        self._wanted, self._server = action.record, server

    def begins(self, step):
        """A step begins: where the table gives it a status, the record has it from now on."""
        if self._wanted and step.record:
            self._put(step.record)

    def rests(self, failed, cancelled=False):
        if self._wanted:
            failure = 'cancelled' if cancelled else 'error'
            self._put(failure if failed else self._wanted.ends)

    def _put(self, status):
        now, server = self._runtime.now(), self._server
        values = {'status': status}
        if server.destination:
            values |= {'destination': server.destination, 'destination_ip': hosts.get(
                self._connection, server.destination).host_ip}
        row = self._row()
        if row is not None:
            moves.update(self._connection, row.id, now, **values)
        elif self._wanted.type:
            moves.create(
                self._connection, uuid=self._runtime.uuid(), server=server.uuid,
                request_id=self._ctxt.request_id, user_id=self._ctxt.user_id,
                project_id=server.project_id, type=self._wanted.type, source=server.host,
                created_at=now, updated_at=now, old_flavor=self._number(server.flavor),
                new_flavor=self._number(server.new_flavor or server.flavor),
                memory_bytes=server.flavor['ram'] * MIB, disk_bytes=server.flavor['disk'] * GIB,
                **values)

    def _row(self):
        if self._wanted.type:
            return moves.of_request(self._connection, self._server.uuid, self._ctxt.request_id)
        return moves.latest(self._connection, self._server.uuid)

    def _number(self, flavor):
        return flavors.number(self._connection, flavor['id'])
