"""Metadata of volumes and of snapshots: the same to both, under the ids of each."""

from novalite import errors
from novalite.db import volumes as db
from novalite.neighbours.volumes import checks


class Metadata:
    """The handlers for one kind: ``what`` names it, ``find`` reads one, see ``volumes.find``."""

    def __init__(self, what, table, find):
        self._what, self._table, self._find = what, table, find

    def show(self, call, id):
        with call.db.read() as connection:
            return {'metadata': self._find(call, connection, id).metadata}

    def update(self, call, id):
        given = checks.metadata(call.root('metadata'))
        return self._change(call, id, lambda before: before | given)

    def replace(self, call, id):
        given = checks.metadata(call.root('metadata'))
        return self._change(call, id, lambda _before: given)

    def show_item(self, call, id, key):
        found = self.show(call, id)['metadata']
        if key not in found:
            raise errors.NotFound(f'{self._what} {id} has no metadata with key {key}.')
        return {'meta': {key: found[key]}}

    def set_item(self, call, id, key):
        given = checks.metadata(call.root('meta'))
        if set(given) != {key}:
            raise errors.Invalid('Request body and URI mismatch')
        self._change(call, id, lambda before: before | given)
        return {'meta': given}

    def delete_item(self, call, id, key):
        self.show_item(call, id, key)
        self._change(call, id, lambda before: {
            other: value for other, value in before.items() if other != key})

    def _change(self, call, id, changed):
        with call.db.write() as connection:
            after = changed(self._find(call, connection, id, lock=True).metadata)
            db.change(connection, call.runtime, self._table, id, metadata=after)
        return {'metadata': after}
