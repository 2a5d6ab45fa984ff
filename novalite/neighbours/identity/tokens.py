"""Tokens: given for a password, a token or an application credential; shown; revoked.

A token says what was true when it was made. What takes something away from its
bearer (a role, the account, the password) ends it; new names wait for a new token.
"""

import dataclasses
import datetime

from novalite import errors
from novalite.db import identity
from novalite.neighbours.identity import catalog as catalogue
from novalite.neighbours.identity import directory
from novalite.neighbours.identity.call import inside
from novalite.neighbours.identity.call import reference
from novalite.neighbours.identity.call import text


@dataclasses.dataclass(frozen=True)
class Proof:
    """Whom the caller has shown to be, and how."""

    user_id: str
    methods: list
    #: The digest that the password was compared with; another one by now is another password.
    password: str | None = None
    #: When this proof ends, and with it the new token.
    ends: datetime.datetime | None = None
    audit_ids: tuple = ()
    credential: object = None


def issue(call):
    """POST /v3/auth/tokens"""
    auth = call.body('auth')
    sent = inside(auth, 'identity')
    methods = sent.get('methods')
    if not isinstance(methods, list) or len(methods) != 1 or methods[0] not in list(_METHODS):
        raise errors.InvalidField(name='methods', value=methods,
                                  reason=f'It is a list with one of {", ".join(_METHODS)}.')
    proof = _METHODS[methods[0]](call, inside(sent, methods[0]))
    scope = _wanted(auth.get('scope'), proof)
    now, token = call.runtime.now(), call.runtime.secret()
    with call.db.write() as connection:
        user = identity.in_domain(connection, identity.users, {'id': proof.user_id})
        if not _may_log_in(user) or proof.password not in (None, user['password']):
            raise errors.Unauthorized()
        lifetime = datetime.timedelta(seconds=call.conf.neighbours.token_lifetime)
        ends = min(now + lifetime, proof.ends or datetime.datetime.max)
        payload = {
            'methods': proof.methods,
            'user': _named(user) | {'password_expires_at': None},
            'audit_ids': [call.runtime.secret(11), *proof.audit_ids],
            'issued_at': zulu(now), 'expires_at': zulu(ends),
        } | _scoped(connection, user, scope, proof.credential)
        identity.insert_token(connection, token, now, ends, payload,
                              proof.credential and proof.credential['id'])
    return _answer(call, token, payload)


def show(call):
    """GET /v3/auth/tokens"""
    return _answer(call, *_subject(call))


def revoke(call):
    """DELETE /v3/auth/tokens"""
    token, _ = _subject(call)
    with call.db.write() as connection:
        identity.revoke_token(connection, token)


def projects(call):
    """GET /v3/auth/projects: what the caller may ask for a token for."""
    with call.db.read() as connection:
        found = identity.projects_of(connection, call.user_id)
    return call.page('projects', [directory.view(directory.PROJECT, call, each)
                                  for each in found if each['enabled']], 'auth', 'projects')


def domains(call):
    """GET /v3/auth/domains: none, for roles are given on projects only."""
    return call.page('domains', [], 'auth', 'domains')


def system(call):
    """GET /v3/auth/system"""
    return call.page('system', [], 'auth', 'system')


def catalog(call):
    """GET /v3/auth/catalog"""
    if 'project' not in call.token:
        raise errors.Forbidden('The catalog belongs to a token with a scope.')
    return call.page('catalog', catalogue.catalog(call), 'auth', 'catalog')


def zulu(moment):
    """A naive UTC datetime as Keystone writes it."""
    return moment and moment.isoformat(timespec='microseconds') + 'Z'


def moment(zulu):
    """A naive UTC datetime from what ISO 8601 says; ValueError if it says nothing."""
    read = datetime.datetime.fromisoformat(zulu)
    return read.astimezone(datetime.UTC).replace(tzinfo=None) if read.tzinfo else read


# Proofs

def _by_password(call, sent):
    given = inside(sent, 'user')
    password, who = text(given, 'password', 4096), reference(given)
    with call.db.read() as connection:
        user = identity.in_domain(connection, identity.users, who)
    # Compared even if there is nobody to compare with: the time says nothing.
    right = identity.matches(password, user and user['password'])
    if not right or not _may_log_in(user):
        raise errors.Unauthorized()
    return Proof(user['id'], ['password'], password=user['password'])


def _by_token(call, sent):
    said = call.lookup(text(sent, 'id'))
    if said is None:
        raise errors.Unauthorized()
    if 'application_credential' in said:
        raise errors.Forbidden('The token of an application credential gives no other token.')
    return Proof(said['user']['id'], sorted({*said['methods'], 'token'}),
                 ends=moment(said['expires_at']), audit_ids=(said['audit_ids'][0],))


def _by_credential(call, sent):
    secret = text(sent, 'secret', 4096)
    with call.db.read() as connection:
        if 'id' in sent:
            wanted = {'id': text(sent, 'id')}
        else:
            wanted = {'name': text(sent, 'name'), 'user_id': None}
            user = identity.in_domain(connection, identity.users, reference(inside(sent, 'user')))
            if user is not None:
                wanted['user_id'] = user['id']
        found = identity.rows(connection, identity.application_credentials, **wanted)
    credential = found[0] if found else None
    right = identity.matches(secret, credential and credential['secret'])
    ends = credential and credential['expires_at']
    if not right or (ends and ends <= call.runtime.now()):
        raise errors.Unauthorized()
    return Proof(credential['user_id'], ['application_credential'],
                 ends=ends, credential=credential)


_METHODS = {'password': _by_password, 'token': _by_token,
            'application_credential': _by_credential}


# Scopes

def _wanted(scope, proof):
    """What ``scope`` names: a reference to a project, or None for whatever is the user's own."""
    if proof.credential:
        if scope is not None:
            raise errors.InvalidField(name='scope', value=scope,
                                      reason='An application credential has its own.')
        return {'id': proof.credential['project_id']}
    if scope is None:
        return None
    if scope == 'unscoped' or (isinstance(scope, dict) and 'unscoped' in scope):
        return {}
    if isinstance(scope, dict) and scope.keys() & {'system', 'domain'}:
        raise errors.Unauthorized('Roles are given on projects only: nobody has one on the '
                                  'system or on a domain. Ask for a project.')
    return reference(inside({'scope': scope}, 'scope', 'project'))


def _scoped(connection, user, wanted, credential):
    """The part of a token that a scope adds: the project and the roles on it."""
    optional = wanted is None
    if optional and user['default_project_id']:
        wanted = {'id': user['default_project_id']}
    if not wanted:
        return {}
    project = identity.in_domain(connection, identity.projects, wanted)
    roles = []
    if project is not None and project['active']:
        roles = identity.roles_on(connection, user['id'], project['id'])
    if credential:
        roles = [role for role in roles if role['id'] in credential['roles']]
    if not roles:
        if optional:
            return {}
        raise errors.Unauthorized()
    scoped = {'project': _named(project), 'is_domain': False, 'roles': roles}
    if credential:
        scoped['application_credential'] = {
            'id': credential['id'], 'name': credential['name'],
            'restricted': not credential['unrestricted']}
    return scoped


# Views

def _may_log_in(user):
    return user is not None and user['active']


def _named(row):
    domain = {'id': row['domain_id'], 'name': row['domain_name']}
    return {'id': row['id'], 'name': row['name'], 'domain': domain}


def _answer(call, token, payload):
    call.headers['X-Subject-Token'] = token
    if 'project' in payload and not call.flag('nocatalog'):
        payload = payload | {'catalog': catalogue.catalog(call)}
    return {'token': payload}


def _subject(call):
    """The token that the request is about: one's own, unless one looks after tokens."""
    token = call.header('X-Subject-Token')
    if not token:
        raise errors.Invalid('The header X-Subject-Token is missing.')
    said = call.lookup(token)
    if not call.has_role('admin', 'service') and (said or call.token)['user'] != call.token['user']:
        raise errors.Forbidden('You may not look at the tokens of others.')
    if said is None:
        raise errors.NotFound('Could not find token.')
    return token, said
