"""Shares of a server: directories that it mounts, and others too."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import servers
from novalite.db import shares as store
from novalite.servers import machine
from novalite.servers import shares

RULES = (
    policy.rule('os-server-shares:index', policy.READER, 'List the shares of a server.'),
    policy.rule('os-server-shares:show', policy.READER, 'Show a share of a server.'),
    policy.rule('os-server-shares:create', policy.MEMBER, 'Attach a share to a server.'),
    policy.rule('os-server-shares:delete', policy.MEMBER, 'Detach a share from a server.'),
)

_FIRST = V(2, 97)
_PROTOCOLS = ('NFS', 'CEPHFS')
_STATUS = {'enum': [shares.ATTACHING, shares.INACTIVE, shares.ACTIVE, shares.DETACHING,
                    shares.ERROR]}
TAG = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'pattern': '^[a-zA-Z0-9-]*$'}


def _for_admins(name):
    return lambda share, req: share[name] if req.is_admin else schema.ABSENT


BRIEF = (
    Field('share_id', schema.UUID, lambda share, req: share['share_id']),
    Field('status', _STATUS, lambda share, req: share['status']),
    Field('tag', schema.STRING, lambda share, req: share['tag']),
)

SHARE = (
    *BRIEF,
    Field('uuid', schema.UUID, _for_admins('uuid'), optional=True),
    Field('export_location', schema.STRING, _for_admins('export_location'), optional=True),
)


@schema.between(_FIRST)
@schema.query(strict_since=_FIRST)
@schema.returns(200, 'shares', BRIEF, many=True)
def index(req, id):
    """GET /servers/{id}/shares: 200."""
    req.authorize('os-server-shares:index')
    return {'shares': schema.views(BRIEF, req, servers_resource.find(req, id).shares)}


@schema.between(_FIRST)
@schema.query(strict_since=_FIRST)
@schema.returns(200, 'share', SHARE)
def show(req, id, share_id):
    """GET /servers/{id}/shares/{share_id}: 200; administrators see where it is mounted from."""
    req.authorize('os-server-shares:show')
    return {'share': schema.view(SHARE, req, _find(servers_resource.find(req, id), share_id))}


def _find(server, share_id):
    share = shares.find(server.shares, share_id)
    if share is None:
        raise errors.ShareNotFound(id=share_id)
    return share


@schema.between(_FIRST)
@schema.accepts('share', Field('share_id', schema.UUID, required=True), Field('tag', TAG))
@schema.returns(201, 'share', SHARE, fails=(409,))
def create(req, id):
    """POST /servers/{id}/shares: 201; the server, which is off, finds it when it starts.

    409 for a share or a tag that it has already.
    """
    req.authorize('os-server-shares:create')
    if 'shares' not in req.conf.neighbours.enabled:
        raise errors.Forbidden('There are no shares here.')
    action = machine.VERBS['attach_share']
    server = servers_resource.find(req, id)
    intent.refuse_locked(req, server)
    with req.db.write() as connection:
        had = servers.get(connection, id, lock=True).shares
        share = _wanted(req, connection, had)
        intent.begin(req, connection, id, action, {'share': share}, shares=[*had, share])
    intent.tell(req, id, action, server)
    return {'share': schema.view(SHARE, req, share)}


def _wanted(req, connection, had):
    """The record of a share that can be had; raises ShareNotFound or Conflict."""
    share_id = req.body['share_id']
    row = store.find(connection, share_id, req.context)
    if row is None:
        raise errors.ShareNotFound(id=share_id)
    if row.status != 'available':
        raise errors.ShareNotAvailable(id=share_id, status=row.status)
    if row.protocol not in _PROTOCOLS:
        raise errors.ShareProtocolNotSupported(protocol=row.protocol)
    tag = req.body.get('tag', share_id)
    if any(share['share_id'] == share_id or share['tag'] == tag for share in had):
        raise errors.ShareExists(id=share_id, tag=tag)
    return {'uuid': req.runtime.uuid(), 'share_id': share_id, 'tag': tag,
            'status': shares.ATTACHING, 'protocol': row.protocol,
            'export_location': store.export_location(row)}


@schema.between(_FIRST)
@schema.returns(200, fails=(409,))
def delete(req, id, share_id):
    """DELETE /servers/{id}/shares/{share_id}: 200; the server is off, or in ERROR."""
    req.authorize('os-server-shares:delete')
    action = machine.VERBS['detach_share']
    server = servers_resource.find(req, id)
    intent.refuse_locked(req, server)
    with req.db.write() as connection:
        row = servers.get(connection, id, lock=True)
        share = _find(row, share_id)
        intent.begin(req, connection, id, action, {'share': share},
                     shares=shares.marked(row.shares, share_id, shares.DETACHING))
    intent.tell(req, id, action, server)
