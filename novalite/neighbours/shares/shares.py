"""Shares: directories that are there at once, and have nothing in them."""

import urllib.parse

from novalite import errors
from novalite.db import seeds
from novalite.db import shares as db
from novalite.neighbours.volumes import checks

TYPE = 'default'
PROTOCOLS = ('NFS', 'CIFS', 'CEPHFS', 'GLUSTERFS', 'HDFS', 'MAPRFS')
_FILTERS = ('name', 'status', 'project_id')


def find(call, connection, id, lock=False):
    """The share, if the caller may see it."""
    row = db.find(connection, id, call.ctxt, lock)
    if row is None:
        raise errors.ShareNotFound(id=id)
    return row


def owned(call, connection, id):
    """The share, locked, if the caller may change it."""
    row = find(call, connection, id, lock=True)
    if not call.admin and row.project_id != call.ctxt.project_id:
        raise errors.Forbidden("Policy doesn't allow share:update to be performed.")
    return row


def _brief(call, row):
    return {'id': row.id, 'name': row.name,
            'links': [{'rel': 'self', 'href': f'{call.req.prefix}/v2/shares/{row.id}'}]}


def _view(call, row):
    moment = checks.moment
    return _brief(call, row) | {
        'project_id': row.project_id, 'user_id': row.user_id, 'description': row.description,
        'status': row.status, 'size': row.size, 'share_proto': row.protocol,
        'is_public': row.is_public, 'metadata': row.metadata, 'access_rules_status': 'active',
        'availability_zone': 'nova', 'created_at': moment(row.created_at),
        'updated_at': moment(row.updated_at), 'share_type': seeds.stable_id('share type', TYPE),
        'share_type_name': TYPE, 'share_network_id': None, 'share_group_id': None,
        'share_server_id': None, 'snapshot_id': None, 'snapshot_support': False,
        'create_share_from_snapshot_support': False, 'mount_snapshot_support': False,
        'revert_to_snapshot_support': False, 'has_replicas': False, 'replication_type': None,
        'task_state': None, 'progress': '100%', 'volume_type': TYPE} | (
            {'host': f'{call.conf.host}@{TYPE}'} if call.admin else {})


def _page(call, view):
    """A page of shares, and where the next one is if this one is full."""
    wanted = {name: call.param(name) for name in _FILTERS if call.param(name) is not None}
    everyone = call.admin and (call.param('all_tenants') or '').lower() in ('1', 'true')
    offset, limit = call.param('offset') or '0', call.limit()
    if not (offset.isascii() and offset.isdigit()):
        raise errors.Invalid(f"Invalid offset '{offset}': it must be a number, 0 or more.")
    first = int(offset[:9])
    with call.db.read() as connection:
        rows = db.listed(connection, call.ctxt, everyone, offset=first, limit=limit, **wanted)
    body = {'shares': [view(call, row) for row in rows]}
    if limit and len(rows) == limit:
        query = [(name, value) for name, value in call.params() if name != 'offset']
        query = urllib.parse.urlencode([*query, ('offset', first + limit)])
        body['shares_links'] = [
            {'rel': 'next', 'href': f'{call.req.prefix}{call.req.path}?{query}'}]
    return body


def index(call):
    return _page(call, _brief)


def detail(call):
    return _page(call, _view)


def show(call, id):
    with call.db.read() as connection:
        return {'share': _view(call, find(call, connection, id))}


def create(call):
    body = call.root('share')
    protocol, size = checks.text(body, 'share_proto'), checks.size(body)
    if size is None:
        raise errors.InvalidField(name='size', value='None', reason='It must be named.')
    if (protocol or '').upper() not in PROTOCOLS:
        raise errors.Invalid(f'Invalid share protocol provided: {protocol}. It is either disabled '
                             f'or unsupported. Available protocols: {list(PROTOCOLS)}.')
    with call.db.write() as connection:
        id = db.create(
            connection, call.runtime, project_id=call.ctxt.project_id,
            user_id=call.ctxt.user_id, size=size, protocol=protocol.upper(),
            is_public=checks.flag(body, 'is_public', False) and call.admin,
            metadata=checks.metadata(body.get('metadata') or {}),
            **{'name': None, 'description': None} | checks.named(body))
        return {'share': _view(call, find(call, connection, id))}


def update(call, id):
    body = call.root('share')
    columns = checks.named(body)
    if call.admin and 'is_public' in body:
        columns['is_public'] = checks.flag(body, 'is_public', False)
    with call.db.write() as connection:
        owned(call, connection, id)
        db.change(connection, call.runtime, id, **columns)
        return {'share': _view(call, find(call, connection, id))}


def delete(call, id):
    with call.db.write() as connection:
        owned(call, connection, id)
        db.delete(connection, id)


# Where it is mounted from

def _location(row):
    moment = checks.moment
    return {'id': seeds.stable_id('export location', row.id), 'share_instance_id': row.id,
            'path': db.export_location(row), 'preferred': True, 'is_admin_only': False,
            'created_at': moment(row.created_at), 'updated_at': moment(row.updated_at)}


def export_locations(call, id):
    with call.db.read() as connection:
        return {'export_locations': [_location(find(call, connection, id))]}


def export_location(call, id, location):
    (only,) = export_locations(call, id)['export_locations']
    if only['id'] != location:
        raise errors.NotFound(f'Export location with id {location} not found for share {id}.')
    return {'export_location': only}
