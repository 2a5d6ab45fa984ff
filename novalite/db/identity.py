"""Who there is and what they may do: the identity neighbour's tables and statements.

No secret is kept: tokens are rows under their SHA-256, passwords and the secrets
of application credentials are scrypt digests.
"""

import contextlib
import hashlib
import hmac

from oslo_db import exception as db_exception
import sqlalchemy as sa

from novalite import errors
from novalite.db import statements
from novalite.db.models import metadata
from novalite.db.models import Text
from novalite.db.models import Time

#: A role brings the next one with it, as in a fresh Keystone.
IMPLIES = {'admin': 'manager', 'manager': 'member', 'member': 'reader'}


def _id():
    return sa.Column('id', sa.String(64), primary_key=True)


def _belongs_to(table, name, **options):
    return sa.Column(name, sa.String(64), sa.ForeignKey(f'{table}.id', ondelete='CASCADE'),
                     nullable=options.pop('nullable', False), **options)


def _extra():
    """Whatever else a client said about it and expects back, as Keystone does."""
    return sa.Column('extra', sa.JSON, nullable=False)


domains = sa.Table(
    'domains', metadata, _id(),
    sa.Column('name', sa.String(64), nullable=False, unique=True),
    sa.Column('description', Text, nullable=False, default=''),
    sa.Column('enabled', sa.Boolean, nullable=False, default=True),
    _extra(),
)

projects = sa.Table(
    'projects', metadata, _id(),
    _belongs_to('domains', 'domain_id'),
    sa.Column('name', sa.String(64), nullable=False),
    sa.Column('description', Text, nullable=False, default=''),
    sa.Column('enabled', sa.Boolean, nullable=False, default=True),
    _extra(),
    sa.UniqueConstraint('domain_id', 'name'),
)

users = sa.Table(
    'users', metadata, _id(),
    _belongs_to('domains', 'domain_id'),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('password', sa.String(255)),
    sa.Column('enabled', sa.Boolean, nullable=False, default=True),
    sa.Column('default_project_id', sa.String(64)),
    _extra(),
    sa.UniqueConstraint('domain_id', 'name'),
)

roles = sa.Table(
    'roles', metadata, _id(),
    sa.Column('name', sa.String(255), nullable=False, unique=True),
    sa.Column('description', Text),
    _extra(),
)

role_assignments = sa.Table(
    'role_assignments', metadata,
    _belongs_to('users', 'user_id', primary_key=True),
    _belongs_to('projects', 'project_id', primary_key=True, index=True),
    _belongs_to('roles', 'role_id', primary_key=True, index=True),
)

application_credentials = sa.Table(
    'application_credentials', metadata, _id(),
    _belongs_to('users', 'user_id'),
    _belongs_to('projects', 'project_id', index=True),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('secret', sa.String(255), nullable=False),
    sa.Column('description', Text),
    sa.Column('expires_at', Time),
    sa.Column('unrestricted', sa.Boolean, nullable=False),
    sa.Column('roles', sa.JSON, nullable=False),
    sa.UniqueConstraint('user_id', 'name'),
)

tokens = sa.Table(
    'tokens', metadata,
    sa.Column('digest', sa.String(64), primary_key=True),
    _belongs_to('users', 'user_id', index=True),
    _belongs_to('projects', 'project_id', nullable=True, index=True),
    _belongs_to('application_credentials', 'application_credential_id', nullable=True,
                index=True),
    sa.Column('expires_at', Time, nullable=False, index=True),
    sa.Column('payload', sa.JSON, nullable=False),
)


# Secrets

#: A megabyte, as malloc keeps for each thread what a thread has hashed with.
COST = 2 ** 10
#: What a user who has no password, or does not exist, is compared with: as slow, and never equal.
NOBODY = f'{COST}${"00" * 16}${"00" * 64}'


def hashed(password, salt, cost=COST):
    """``password`` as it is kept; ``salt`` is random hexadecimal."""
    digest = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=cost, r=8, p=1)
    return f'{cost}${salt}${digest.hex()}'


def matches(password, kept):
    """Whether ``kept`` was made of ``password``; takes as long whether it was or not."""
    cost, salt, _ = (kept or NOBODY).split('$')
    return hmac.compare_digest(hashed(password, salt, int(cost)), kept or NOBODY)


def digest(token):
    """What a token is found by."""
    return hashlib.sha256(token.encode()).hexdigest()


# Domains, projects, users and roles

def new_id(runtime):
    """An id as Keystone makes them: a UUID without dashes."""
    return runtime.uuid().replace('-', '')


def rows(connection, table, **wanted):
    """The rows whose columns have these values, by name."""
    return connection.execute(
        sa.select(table).filter_by(**wanted).order_by(table.c.name, table.c.id)).mappings().all()


def row(connection, table, id):
    """The row of that id; NotFound if there is none."""
    found = connection.execute(sa.select(table).where(table.c.id == id)).mappings().first()
    if found is None:
        raise errors.NotFound(f'Could not find {_noun(table)}: {id}.')
    return found


def in_domain(connection, table, reference):
    """The user or project that ``{id}`` or ``{name, domain: {id or name}}`` means, or None.

    It comes with its domain as ``domain_name``; ``active`` says whether both are enabled.
    """
    statement = sa.select(
        table, domains.c.name.label('domain_name'),
        sa.and_(table.c.enabled, domains.c.enabled).label('active'),
    ).join(domains, domains.c.id == table.c.domain_id)
    if 'id' in reference:
        statement = statement.where(table.c.id == reference['id'])
    else:
        (column, value), = reference['domain'].items()
        statement = statement.where(table.c.name == reference['name'],
                                    domains.c[column] == value)
    return connection.execute(statement).mappings().first()


def insert(connection, table, **values):
    try:
        connection.execute(table.insert().values(**values))
    except db_exception.DBDuplicateEntry as exc:
        raise _taken(table, values.get('name')) from exc


def update(connection, table, id, **values):
    if not values:
        return
    try:
        connection.execute(table.update().where(table.c.id == id).values(**values))
    except db_exception.DBDuplicateEntry as exc:
        raise _taken(table, values.get('name')) from exc


def delete(connection, table, id):
    """Remove the row and all that belongs to it, tokens included; NotFound if there is none."""
    if connection.execute(table.delete().where(table.c.id == id)).rowcount == 0:
        raise errors.NotFound(f'Could not find {_noun(table)}: {id}.')


def project_ids(connection):
    return list(connection.scalars(sa.select(projects.c.id).order_by(projects.c.id)))


def projects_of(connection, user_id):
    """The projects on which the user has a role, by name."""
    theirs = sa.select(role_assignments.c.project_id).where(role_assignments.c.user_id == user_id)
    return connection.execute(
        sa.select(projects).where(projects.c.id.in_(theirs)).order_by(projects.c.name)
    ).mappings().all()


def _noun(table):
    return table.name[:-1].replace('_', ' ')


def _taken(table, name):
    return errors.Conflict(f'Conflict occurred attempting to store {_noun(table)} - '
                           f'Duplicate entry found with name {name}.')


# Roles on projects

def grant(connection, user_id, project_id, role_id):
    """Give the role, unless the user has it already."""
    # Two may give it at once; a failed statement must not end PostgreSQL's transaction.
    with contextlib.suppress(db_exception.DBDuplicateEntry), connection.begin_nested():
        connection.execute(role_assignments.insert().values(
            user_id=user_id, project_id=project_id, role_id=role_id))


def is_granted(connection, **names):
    return connection.execute(
        sa.select(role_assignments.c.role_id).filter_by(**names)).first() is not None


def ungrant(connection, user_id, project_id, role_id):
    """Take the role away, and what was made out with it; NotFound if it was not given."""
    gone = connection.execute(role_assignments.delete().filter_by(
        user_id=user_id, project_id=project_id, role_id=role_id))
    if gone.rowcount == 0:
        raise errors.NotFound('Could not find role assignment with role: {role}, user: {user}, '
                              'project: {project}.', role=role_id, user=user_id,
                              project=project_id)
    for table in (application_credentials, tokens):
        connection.execute(table.delete().filter_by(user_id=user_id, project_id=project_id))


def grants(connection, effective=False, **wanted):
    """Who has which role where, with every name; ``effective`` counts what roles imply."""
    user_domain, project_domain = domains.alias(), domains.alias()
    statement = sa.select(
        users.c.id.label('user_id'), users.c.name.label('user_name'),
        user_domain.c.id.label('user_domain_id'), user_domain.c.name.label('user_domain_name'),
        projects.c.id.label('project_id'), projects.c.name.label('project_name'),
        project_domain.c.id.label('project_domain_id'),
        project_domain.c.name.label('project_domain_name'),
        roles.c.id.label('role_id'), roles.c.name.label('role_name'),
    ).select_from(
        role_assignments
        .join(users, users.c.id == role_assignments.c.user_id)
        .join(user_domain, user_domain.c.id == users.c.domain_id)
        .join(projects, projects.c.id == role_assignments.c.project_id)
        .join(project_domain, project_domain.c.id == projects.c.domain_id)
        .join(roles, roles.c.id == role_assignments.c.role_id)
    ).order_by(projects.c.name, projects.c.id, users.c.name, users.c.id, roles.c.name)
    role_id = wanted.pop('role_id', None)
    for column, value in wanted.items():
        statement = statement.where(role_assignments.c[column] == value)
    found = [dict(each) for each in connection.execute(statement).mappings()]
    if effective:
        found = _with_implied(connection, found)
    return [each for each in found if role_id in (None, each['role_id'])]


def roles_on(connection, user_id, project_id):
    """``{id, name}`` of every role the user has on the project, the implied ones too."""
    given = connection.scalars(
        sa.select(roles.c.name).join(role_assignments, role_assignments.c.role_id == roles.c.id)
        .where(role_assignments.c.user_id == user_id,
               role_assignments.c.project_id == project_id))
    names = implied(given)
    return [{'id': role['id'], 'name': role['name']}
            for role in (rows(connection, roles) if names else ()) if role['name'] in names]


def implied(names):
    """These roles and all that they bring with them."""
    found = set()
    for name in names:
        while name is not None and name not in found:
            found.add(name)
            name = IMPLIES.get(name)
    return found


def _with_implied(connection, found):
    ids = {role['name']: role['id'] for role in rows(connection, roles)}
    whole = {}
    for each in found:
        for name in sorted(implied([each['role_name']]) & ids.keys()):
            key = (each['user_id'], each['project_id'], name)
            whole.setdefault(key, each | {'role_id': ids[name], 'role_name': name})
    return list(whole.values())


# Tokens

#: Made once, for it runs with every request to every service.
_PAYLOAD = statements.Prepared(sa.select(tokens.c.payload).where(
    tokens.c.digest == sa.bindparam('wanted'), tokens.c.expires_at > sa.bindparam('now')))


def insert_token(connection, token, now, expires_at, payload, application_credential_id=None):
    """Keep a new token, and forget those that have ended."""
    connection.execute(tokens.delete().where(tokens.c.expires_at <= now))
    connection.execute(tokens.insert().values(
        digest=digest(token), user_id=payload['user']['id'],
        project_id=payload.get('project', {}).get('id'), expires_at=expires_at,
        application_credential_id=application_credential_id, payload=payload))


def token(connection, token, now):
    """What the token says, or None if it is unknown, revoked or has ended."""
    found = _PAYLOAD.row(connection, {'wanted': digest(token), 'now': now})
    return found and found.payload


def revoke_token(connection, token):
    connection.execute(tokens.delete().where(tokens.c.digest == digest(token)))


def revoke(connection, table, id):
    """End the tokens of a user, a project, a domain or a role."""
    if table is users:
        whose = tokens.c.user_id == id
    elif table is projects:
        whose = tokens.c.project_id == id
    elif table is domains:
        whose = sa.or_(
            tokens.c.user_id.in_(sa.select(users.c.id).where(users.c.domain_id == id)),
            tokens.c.project_id.in_(sa.select(projects.c.id).where(projects.c.domain_id == id)))
    else:
        whose = _holders_of(connection, id)
    connection.execute(tokens.delete().where(whose))


def _holders_of(connection, role_id):
    """Tokens that may have the role, given or implied."""
    every = rows(connection, roles)
    name = next((role['name'] for role in every if role['id'] == role_id), None)
    bringing = [role['id'] for role in every if name in implied([role['name']])]
    return sa.exists().where(role_assignments.c.user_id == tokens.c.user_id,
                             role_assignments.c.project_id == tokens.c.project_id,
                             role_assignments.c.role_id.in_(bringing))


# A fresh cloud

_ROLES = ('admin', 'manager', 'member', 'reader', 'service')
_PROJECTS = ('admin', 'demo', 'alt_demo')
#: Who has which role where.
_USERS = {
    'admin': (('admin', 'admin'), ('demo', 'admin')),
    'demo': (('demo', 'member'),),
    'alt_demo': (('alt_demo', 'member'),),
}


def seed(connection, runtime, password):
    """Make what a fresh DevStack has, as far as it is missing; touch nothing that is there."""
    def named(table, name, **values):
        found = connection.scalar(
            sa.select(table.c.id).filter_by(name=name, **values if table is projects else {}))
        if found:
            return found
        values = {'id': new_id(runtime), 'name': name, 'extra': {}} | values
        insert(connection, table, **values)
        return values['id']

    domain = named(domains, 'Default', id='default', description='The default domain')
    role_ids = {name: named(roles, name) for name in _ROLES}
    project_ids = {name: named(projects, name, domain_id=domain) for name in _PROJECTS}
    for name, given in _USERS.items():
        if rows(connection, users, name=name, domain_id=domain):
            continue
        user = named(users, name, domain_id=domain,
                     password=hashed(password, runtime.secret(16)))
        for project, role in given:
            grant(connection, user, project_ids[project], role_ids[role])
