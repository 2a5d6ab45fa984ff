"""Who may mount a share: rules that its project makes, and those of compute."""

import ipaddress

from novalite import errors
from novalite.db import shares as db
from novalite.neighbours.shares import shares
from novalite.neighbours.volumes import checks

_TYPES = ('ip', 'user', 'cert', 'cephx')


def _view(row):
    return {'id': row.id, 'share_id': row.share_id, 'access_type': row.access_type,
            'access_to': row.access_to, 'access_level': row.access_level, 'access_key': None,
            'state': 'active', 'metadata': {}, 'created_at': checks.moment(row.created_at),
            'updated_at': checks.moment(row.created_at)}


def _listed(call, connection, share_id):
    share = shares.find(call, connection, share_id)
    return {'access_list': [_view(row) for row in db.rules_of(connection, share.id)]}


def index(call):
    share_id = call.param('share_id')
    if share_id is None:
        raise errors.Invalid("The field 'share_id' has to be specified.")
    with call.db.read() as connection:
        return _listed(call, connection, share_id)


def _rule(call, connection, id):
    row = db.rule(connection, id)
    if row is None or db.find(connection, row.share_id, call.ctxt) is None:
        raise errors.NotFound(f'Share access rule {id} could not be found.')
    return row


def show(call, id):
    with call.db.read() as connection:
        return {'access': _view(_rule(call, connection, id))}


def act(call, id):
    """POST /shares/{id}/action: allow_access, deny_access or access_list."""
    body = call.body()
    name = next(iter(body), None) if isinstance(body, dict) and len(body) == 1 else None
    if name not in _ACTIONS or not isinstance(body[name], dict | None):
        raise errors.Invalid(f'There is no such action: {name}')
    with call.db.write() as connection:
        if name == 'access_list':
            return _listed(call, connection, id)
        share = shares.owned(call, connection, id)
        return _ACTIONS[name](call, connection, share, body[name] or {})


def _allow(call, connection, share, asked):
    kind, to = checks.text(asked, 'access_type'), checks.text(asked, 'access_to')
    level = checks.text(asked, 'access_level') or 'rw'
    if kind not in _TYPES or not to or level not in ('rw', 'ro'):
        raise errors.Invalid(f'Only {", ".join(_TYPES)} are access types, and rw and ro levels.')
    if kind == 'ip':
        try:
            ipaddress.ip_network(to, strict=False)
        except ValueError:
            raise errors.Invalid(f'Invalid IP address {to}.') from None
    if any((row.access_type, row.access_to) == (kind, to)
           for row in db.rules_of(connection, share.id)):
        raise errors.Invalid(f'Share access {kind}:{to} exists.')
    id = db.allow(connection, call.runtime, share.id, kind, to, level)
    return {'access': _view(db.rule(connection, id))}


def _deny(call, connection, share, asked):
    id = checks.text(asked, 'access_id')
    row = _rule(call, connection, id)
    if row.share_id != share.id:
        raise errors.NotFound(f'Share access rule {id} could not be found.')
    if row.server:
        raise errors.Forbidden(f'Access rule {id} is locked: server {row.server} has the share.')
    db.deny(connection, id)
    call.resp.status = 202


_ACTIONS = {'allow_access': _allow, 'deny_access': _deny, 'access_list': None}
