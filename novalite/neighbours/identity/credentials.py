"""Application credentials: a password for a program, on one project, with its maker's roles."""

import dataclasses

from novalite import errors
from novalite.db import identity
from novalite.neighbours.identity import tokens
from novalite.neighbours.identity.call import boolean
from novalite.neighbours.identity.call import text

_TABLE = identity.application_credentials


@dataclasses.dataclass(frozen=True)
class _Wish:
    """A credential as it was asked for."""

    name: str
    secret: str
    description: str | None
    expires_at: object
    unrestricted: bool


def index(call, user_id):
    """GET: one's own, by name."""
    _check_owner(call, user_id)
    wanted = {'user_id': user_id}
    if call.query('name') is not None:
        wanted['name'] = call.query('name')
    with call.db.read() as connection:
        found = identity.rows(connection, _TABLE, **wanted)
        names = _role_names(connection)
    return call.page('application_credentials', [_view(call, each, names) for each in found],
                     'users', user_id, 'application_credentials')


def show(call, user_id, id):
    """GET"""
    _check_owner(call, user_id)
    with call.db.read() as connection:
        found = _own(connection, user_id, id)
        return {'application_credential': _view(call, found, _role_names(connection))}


def create(call, user_id):
    """POST: the secret is shown once."""
    if user_id != call.user_id or 'project' not in call.token:
        raise errors.Forbidden('Application credentials are made by their user, with a token for '
                               'their project.')
    if call.token.get('application_credential', {}).get('restricted'):
        raise errors.Forbidden('This application credential may not make others.')
    body = call.body('application_credential')
    wish = _wish(call, body)
    values = dataclasses.asdict(wish) | {
        'id': identity.new_id(call.runtime), 'user_id': user_id,
        'project_id': call.token['project']['id'],
        'secret': identity.hashed(wish.secret, call.runtime.secret(16)),
        'roles': [role['id'] for role in _roles(call, body.get('roles'))]}
    with call.db.write() as connection:
        identity.insert(connection, _TABLE, **values)
        seen = _view(call, values, _role_names(connection))
    return {'application_credential': seen | {'secret': wish.secret}}


def delete(call, user_id, id):
    """DELETE: and the tokens it gave."""
    _check_owner(call, user_id)
    with call.db.write() as connection:
        _own(connection, user_id, id)
        identity.delete(connection, _TABLE, id)


def _wish(call, body):
    expires_at = text(body, 'expires_at', required=False)
    try:
        ends = expires_at and tokens.moment(expires_at)
    except (ValueError, OverflowError):
        ends = call.runtime.now()
    if ends and ends <= call.runtime.now():
        raise errors.InvalidField(name='expires_at', value=expires_at,
                                  reason='It is a time to come, in ISO 8601.')
    return _Wish(text(body, 'name'), text(body, 'secret', 4096, required=False)
                 or call.runtime.secret(),
                 text(body, 'description', 65535, required=False), ends,
                 boolean(body, 'unrestricted', False))


def _roles(call, asked):
    """The roles asked for, ``[{id or name}]``; by default all that the token has."""
    if asked is None or asked == []:
        return call.token['roles']
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise errors.InvalidField(name='roles', value=asked, reason='A list of objects is needed.')
    having = {role[by]: role for role in call.token['roles'] for by in ('id', 'name')}
    found = [having.get(text(each, 'id' if 'id' in each else 'name')) for each in asked]
    if None in found:
        raise errors.InvalidField(name='roles', value=asked,
                                  reason='Only roles that you have can be given away.')
    return found


def _check_owner(call, user_id):
    if user_id != call.user_id:
        call.require_admin('identity:list_application_credentials')


def _own(connection, user_id, id):
    found = identity.row(connection, _TABLE, id)
    if found['user_id'] != user_id:
        raise errors.NotFound(f'Could not find application credential: {id}.')
    return found


def _role_names(connection):
    return {role['id']: role['name'] for role in identity.rows(connection, identity.roles)}


def _view(call, row, names):
    return {
        'id': row['id'], 'name': row['name'], 'description': row['description'],
        'project_id': row['project_id'], 'user_id': row['user_id'],
        'unrestricted': row['unrestricted'], 'expires_at': tokens.zulu(row['expires_at']),
        'roles': [{'id': id, 'name': names[id]} for id in row['roles'] if id in names],
        'links': {'self': call.link('users', row['user_id'], 'application_credentials',
                                    row['id'])}}
