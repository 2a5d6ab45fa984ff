"""Domains, projects, users and roles: the same five verbs for four nouns, each a row of fields."""

import dataclasses

from novalite import errors
from novalite.db import identity
from novalite.neighbours.identity.call import boolean
from novalite.neighbours.identity.call import text


@dataclasses.dataclass(frozen=True)
class Field:
    """Something a client may say of a noun and that has its own column."""

    name: str
    size: int = 255
    required: bool = False
    default: object = None
    #: Said once, when the noun is made.
    lasting: bool = False

    def take(self, body):
        if isinstance(self.default, bool):
            return boolean(body, self.name, self.default)
        value = text(body, self.name, self.size, self.required)
        return self.default if value is None else value


@dataclasses.dataclass(frozen=True)
class Noun:
    """A kind of thing in the directory; ``shown`` is what each has without a client's saying."""

    single: str
    table: object
    fields: tuple
    shown: dict = dataclasses.field(default_factory=dict)
    #: What a client may send although it cannot be chosen, and may not choose otherwise.
    given: dict = dataclasses.field(default_factory=dict)

    @property
    def many(self):
        return f'{self.single}s'


_SHORT_NAME = Field('name', 64, required=True)
_NAME = Field('name', required=True)
_DOMAIN = Field('domain_id', 64, default='default', lasting=True)
_DESCRIPTION = Field('description', 65535, default='')
_ENABLED = Field('enabled', default=True)

DOMAIN = Noun('domain', identity.domains, (_SHORT_NAME, _DESCRIPTION, _ENABLED),
              shown={'tags': [], 'options': {}})
PROJECT = Noun('project', identity.projects, (_SHORT_NAME, _DOMAIN, _DESCRIPTION, _ENABLED),
               shown={'tags': [], 'options': {}}, given={'is_domain': False})
USER = Noun('user', identity.users,
            (_NAME, _DOMAIN, _ENABLED, Field('password', 4096), Field('default_project_id', 64)),
            shown={'options': {}}, given={'password_expires_at': None})
ROLE = Noun('role', identity.roles, (_NAME, Field('description', 65535)),
            shown={'options': {}}, given={'domain_id': None})
NOUNS = (DOMAIN, PROJECT, USER, ROLE)


def index(noun, call):
    """GET: all there are, or those that the filters name."""
    wanted = {}
    for name in ('name', 'domain_id'):
        if name in noun.table.c and call.query(name) is not None:
            wanted[name] = call.query(name)
    if 'enabled' in noun.table.c and call.flag('enabled') is not None:
        wanted['enabled'] = call.flag('enabled')
    with call.db.read() as connection:
        found = identity.rows(connection, noun.table, **wanted)
    return call.page(noun.many, [view(noun, call, each) for each in found])


def show(noun, call, id):
    """GET: one; those who are no administrators see themselves and where they belong."""
    with call.db.read() as connection:
        if not call.has_role('admin') and not _belongs(noun, call, connection, id):
            call.require_admin(f'identity:get_{noun.single}')
        found = identity.row(connection, noun.table, id)
    return {noun.single: view(noun, call, found)}


def create(noun, call):
    """POST"""
    body = call.body(noun.single)
    values = {field.name: field.take(body) for field in noun.fields}
    values |= {'id': identity.new_id(call.runtime), 'extra': _extra(noun, body, {})}
    _check_parent(noun, body, values)
    _hash_password(call, values)
    with call.db.write() as connection:
        if 'domain_id' in values:
            identity.row(connection, identity.domains, values['domain_id'])
        identity.insert(connection, noun.table, **values)
    return {noun.single: view(noun, call, values)}


def update(noun, call, id):
    """PATCH: what is not named stays as it is."""
    body = call.body(noun.single)
    values = {field.name: field.take(body) for field in noun.fields if field.name in body}
    _hash_password(call, values)
    with call.db.write() as connection:
        before = identity.row(connection, noun.table, id)
        _check_lasting(noun, values, before)
        _check_parent(noun, body, before)
        values['extra'] = _extra(noun, body, before['extra'])
        identity.update(connection, noun.table, id, **values)
        renamed = noun is ROLE and values.get('name', before['name']) != before['name']
        if values.get('enabled') is False or 'password' in values or renamed:
            identity.revoke(connection, noun.table, id)
    return {noun.single: view(noun, call, dict(before) | values)}


def delete(noun, call, id):
    """DELETE: with all that belongs to it, tokens included."""
    with call.db.write() as connection:
        before = identity.row(connection, noun.table, id)
        if noun is DOMAIN and before['enabled']:
            raise errors.Forbidden('Cannot delete a domain that is enabled, please disable it '
                                   'first.')
        if noun is ROLE:
            identity.revoke(connection, noun.table, id)
        identity.delete(connection, noun.table, id)


def change_password(call, user_id):
    """POST /v3/users/{user_id}/password: the old password is all the proof that is needed."""
    body = call.body('user')
    old, new = text(body, 'original_password', 4096), text(body, 'password', 4096)
    with call.db.read() as connection:
        user = identity.in_domain(connection, identity.users, {'id': user_id})
    right = identity.matches(old, user and user['password'])
    if not right or not user['active']:
        raise errors.Unauthorized()
    values = {'password': new}
    _hash_password(call, values)
    with call.db.write() as connection:
        identity.update(connection, identity.users, user_id, **values)
        identity.revoke(connection, identity.users, user_id)


def projects_of(call, user_id):
    """GET /v3/users/{user_id}/projects"""
    if user_id != call.user_id:
        call.require_admin('identity:list_user_projects')
    with call.db.read() as connection:
        identity.row(connection, identity.users, user_id)
        found = identity.projects_of(connection, user_id)
    return call.page('projects', [view(PROJECT, call, each) for each in found],
                     'users', user_id, 'projects')


def view(noun, call, row):
    """A row as clients see it."""
    fields = {field.name: row[field.name] for field in noun.fields if field.name != 'password'}
    seen = noun.shown | row['extra'] | fields | noun.given
    if noun is PROJECT:
        seen['parent_id'] = row['domain_id']
    return seen | {'id': row['id'], 'links': {'self': call.link(noun.many, row['id'])}}


def _belongs(noun, call, connection, id):
    places = [call.token[whose] for whose in ('user', 'project') if whose in call.token]
    if noun is USER:
        return id == call.user_id
    if noun is DOMAIN:
        return id in [place['domain']['id'] for place in places]
    return noun is PROJECT and identity.is_granted(
        connection, user_id=call.user_id, project_id=id)


def _extra(noun, body, before):
    """What has no column: kept as it is, and given back; null takes it away."""
    known = {'id', 'links', 'parent_id', 'extra', *noun.given,
             *(field.name for field in noun.fields)}
    for name, value in noun.given.items():
        if body.get(name, value) not in (None, value):
            raise errors.InvalidField(name=name, value=body[name],
                                      reason=f'It can only be {value}.')
    extra = before | {name: value for name, value in body.items() if name not in known}
    return {name: value for name, value in extra.items() if value is not None}


def _check_parent(noun, body, row):
    if noun is PROJECT and body.get('parent_id') not in (None, row['domain_id']):
        raise errors.InvalidField(name='parent_id', value=body['parent_id'],
                                  reason='Projects are directly under their domain here.')


def _check_lasting(noun, values, before):
    for field in noun.fields:
        if field.lasting and values.get(field.name, before[field.name]) != before[field.name]:
            raise errors.InvalidField(name=field.name, value=values[field.name],
                                      reason='It cannot be changed.')


def _hash_password(call, values):
    if values.get('password') is not None:
        values['password'] = identity.hashed(values['password'], call.runtime.secret(16))
