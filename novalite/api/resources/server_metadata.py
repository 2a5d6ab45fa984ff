"""A server's metadata: all of it, or item by item."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.resources import server_create
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import servers
from novalite.servers.states import Vm

RULES = (
    policy.rule('server-metadata:index', policy.READER, 'List a server\'s metadata.'),
    policy.rule('server-metadata:show', policy.READER, 'Show an item of a server\'s metadata.'),
    policy.rule('server-metadata:create', policy.MEMBER, 'Add to a server\'s metadata.'),
    policy.rule('server-metadata:update_all', policy.MEMBER, 'Replace a server\'s metadata.'),
    policy.rule('server-metadata:update', policy.MEMBER, 'Change an item of a server\'s metadata.'),
    policy.rule('server-metadata:delete', policy.MEMBER, 'Delete an item of a server\'s metadata.'),
)

_ITEMS = Field('metadata', schema.METADATA, required=True)
_ITEM = Field('meta', schema.METADATA | {'minProperties': 1, 'maxProperties': 1}, required=True)

#: Metadata is written in these states, whatever task is under way.
_ALLOWED = frozenset({Vm.ACTIVE, Vm.STOPPED, Vm.PAUSED, Vm.SUSPENDED})


@schema.returns(200, 'metadata', schema.STRING_MAP)
def index(req, id):
    """GET …/metadata: 200 with all items."""
    req.authorize('server-metadata:index')
    return {'metadata': servers_resource.find(req, id).metadata}


@schema.returns(200, 'meta', schema.STRING_MAP)
def show(req, id, key):
    """GET …/metadata/{key}: 200 with the item."""
    req.authorize('server-metadata:show')
    return {'meta': {key: _item(servers_resource.find(req, id), key)}}


@schema.accepts(None, _ITEMS)
@schema.returns(200, 'metadata', schema.STRING_MAP, fails=(409,))
def update(req, id):
    """POST …/metadata: 200 with all items; those given are added or changed."""
    req.authorize('server-metadata:create')
    return {'metadata': _write(req, id, lambda old: old | req.body['metadata'])}


@schema.accepts(None, _ITEMS)
@schema.returns(200, 'metadata', schema.STRING_MAP, fails=(409,))
def replace(req, id):
    """PUT …/metadata: 200 with all items, which are now those given."""
    req.authorize('server-metadata:update_all')
    return {'metadata': _write(req, id, lambda old: req.body['metadata'])}


@schema.accepts(None, _ITEM)
@schema.returns(200, 'meta', schema.STRING_MAP, fails=(409,))
def set_item(req, id, key):
    """PUT …/metadata/{key}: 200 with the item."""
    req.authorize('server-metadata:update')
    servers_resource.find(req, id)
    if key not in req.body['meta']:
        raise errors.Invalid('Request body and URI mismatch')
    _write(req, id, lambda old: old | req.body['meta'])
    return {'meta': req.body['meta']}


@schema.returns(204, fails=(409,))
def delete(req, id, key):
    """DELETE …/metadata/{key}: 204."""
    req.authorize('server-metadata:delete')

    def without(old):
        _item_of(old, key)
        return {name: value for name, value in old.items() if name != key}
    _write(req, id, without)


def _item(server, key):
    return _item_of(server.metadata, key)


def _item_of(metadata, key):
    if key not in metadata:
        raise errors.NotFound('Metadata item was not found')
    return metadata[key]


def _write(req, uuid, change):
    with req.db.write() as connection:
        servers_resource.find(req, uuid, connection)
        server = servers.get(connection, uuid, lock=True)
        intent.refuse_locked(req, server)
        if server.vm_state not in _ALLOWED:
            raise errors.ActionNotAllowed(action='update metadata', uuid=uuid,
                                          attribute='vm_state', state=server.vm_state)
        metadata = server_create.check_metadata(req, connection, change(server.metadata))
        servers.edit(connection, uuid, req.runtime.now(), metadata=metadata)
    return metadata
