"""Tags of servers: up to fifty words each."""

import urllib.parse

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import servers
from novalite.api.resources.server_create import MOST_TAGS, TAG, TAGS
from novalite.api.schema import Field
from novalite.db import server_tags as store
from novalite.db import servers as servers_store
from novalite.servers.states import Vm

RULES = (
    policy.rule('os-server-tags:index', policy.READER, 'List the tags of a server.'),
    policy.rule('os-server-tags:show', policy.READER, 'See whether a server has a tag.'),
    policy.rule('os-server-tags:update', policy.MEMBER, 'Give a server a tag.'),
    policy.rule('os-server-tags:update_all', policy.MEMBER, 'Change all tags of a server.'),
    policy.rule('os-server-tags:delete', policy.MEMBER, 'Take a tag from a server.'),
    policy.rule('os-server-tags:delete_all', policy.MEMBER, 'Take all tags from a server.'),
)

_SINCE = V(2, 26)
_ALLOWED = (Vm.ACTIVE, Vm.PAUSED, Vm.SUSPENDED, Vm.STOPPED)


def _changeable(req, connection, id, action):
    servers.find(req, id, connection)
    server = servers_store.get(connection, id, lock=True)
    if server.vm_state not in _ALLOWED:
        raise errors.ActionNotAllowed(
            action=action, uuid=id, attribute='vm_state', state=server.vm_state)


@schema.ignores_query
@schema.between(_SINCE)
@schema.returns(200, 'tags', schema.STRINGS)
def index(req, id):
    """GET /servers/{id}/tags: 200 with its tags, by name."""
    req.authorize('os-server-tags:index')
    with req.db.read() as connection:
        servers.find(req, id, connection)
        return {'tags': store.of(connection, [id]).get(id, [])}


@schema.between(_SINCE)
@schema.accepts(None, Field('tags', TAGS, required=True))
@schema.returns(200, 'tags', schema.STRINGS, fails=(409,))
def replace(req, id):
    """PUT /servers/{id}/tags: 200 with its tags, which are these now."""
    req.authorize('os-server-tags:update_all')
    with req.db.write() as connection:
        _changeable(req, connection, id, 'update tags')
        store.remove(connection, id)
        for tag in req.body['tags']:
            store.add(connection, id, tag)
        now = store.of(connection, [id]).get(id, [])
    intent.tagged(req, id)
    return {'tags': now}


@schema.between(_SINCE)
@schema.returns(204, fails=(409,))
def clear(req, id):
    """DELETE /servers/{id}/tags: 204; it has none."""
    req.authorize('os-server-tags:delete_all')
    with req.db.write() as connection:
        _changeable(req, connection, id, 'delete tags')
        store.remove(connection, id)
    intent.tagged(req, id)


@schema.ignores_query
@schema.between(_SINCE)
@schema.returns(204)
def show(req, id, tag):
    """GET /servers/{id}/tags/{tag}: 204 if it has the tag, or 404."""
    req.authorize('os-server-tags:show')
    with req.db.read() as connection:
        servers.find(req, id, connection)
        if tag not in store.of(connection, [id]).get(id, []):
            raise _absent(id, tag)


def _absent(id, tag):
    return errors.NotFound(f"Server {id} has no tag '{tag}'")


@schema.between(_SINCE)
@schema.returns(201, also=(204,), fails=(409,))
def add(req, id, tag):
    """PUT /servers/{id}/tags/{tag}: 201, or 204 if it has the tag; 400 for the fifty-first."""
    req.authorize('os-server-tags:update')
    try:
        schema.check_value(TAG, tag)
    except errors.Invalid as exc:
        raise errors.Invalid(
            f"Tag '{tag}' is invalid. It must be a non-empty string without characters '/' and "
            f"','. Validation error message: {exc}") from exc
    with req.db.write() as connection:
        _changeable(req, connection, id, 'update tag')
        has = store.of(connection, [id]).get(id, [])
        if tag in has:
            req.status = 204
            return
        if len(has) >= MOST_TAGS:
            raise errors.Invalid(f'The number of tags exceeded the per-server limit {MOST_TAGS}')
        store.add(connection, id, tag)
    intent.tagged(req, id)
    req.headers['Location'] = req.link('servers', id, 'tags', urllib.parse.quote(tag, safe=''))


@schema.between(_SINCE)
@schema.returns(204, fails=(409,))
def delete(req, id, tag):
    """DELETE /servers/{id}/tags/{tag}: 204; 404 if it has no such tag."""
    req.authorize('os-server-tags:delete')
    with req.db.write() as connection:
        _changeable(req, connection, id, 'delete tag')
        if not store.remove(connection, id, tag):
            raise _absent(id, tag)
    intent.tagged(req, id)
