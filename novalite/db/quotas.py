"""How much a project may have, and how much of it is used."""

import sqlalchemy as sa

from novalite.db import models
from novalite.db import seeds
from novalite.db import server_groups
from novalite.db import servers
from novalite.db import statements

quotas = sa.Table(
    'quotas', models.metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    models.project_column(),
    sa.Column('resource', sa.String(64), nullable=False),
    sa.Column('limit', sa.Integer, nullable=False),
    sa.UniqueConstraint('project_id', 'resource'),
)

#: What administrators have set for one user of a project, which is never more than the project's.
user_quotas = sa.Table(
    'user_quotas', models.metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    models.project_column(),
    sa.Column('user_id', sa.String(64), nullable=False),
    sa.Column('resource', sa.String(64), nullable=False),
    sa.Column('limit', sa.Integer, nullable=False),
    sa.UniqueConstraint('project_id', 'user_id', 'resource'),
)

#: What there are limits of, by Nova's names, and the option of [quota] that is the default.
RESOURCES = {
    'instances': 'instances',
    'cores': 'cores',
    'ram': 'ram',
    'metadata_items': 'metadata_items',
    'key_pairs': 'key_pairs',
    'server_groups': 'server_groups',
    'server_group_members': 'server_group_members',
    'injected_files': 'injected_files',
    'injected_file_content_bytes': 'injected_file_content_bytes',
    'injected_file_path_bytes': 'injected_file_path_length',
}

#: What networks limit themselves: kept and shown, and without effect.
OF_NETWORKS = ('fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules')

#: The row of a project that is only there to be locked.
HELD = 'held'


#: The quota class whose limits are the defaults of all projects.
DEFAULT = 'default'


def of_class(name):
    """What the limits of a quota class are kept under: no project's id has a blank."""
    return f'class {name}'


def defaults(connection, conf, name=DEFAULT):
    """The limits of a quota class; of the default one, those of projects that have no others."""
    return _configured(conf) | _set(connection, of_class(name))


def _configured(conf):
    return {resource: conf.quota[option] for resource, option in RESOURCES.items()} \
        | dict.fromkeys(OF_NETWORKS, -1)


def limits(connection, conf, project_id, user_id=None):
    """The limits of a project, or of one of its users; -1 is none."""
    found = _configured(conf) | _set(connection, of_class(DEFAULT), project_id)
    return found if user_id is None else found | _set_for_user(connection, project_id, user_id)


_SET = statements.Prepared(sa.select(quotas).where(
    (quotas.c.project_id == sa.bindparam('general')) | (quotas.c.project_id == sa.bindparam('own')),
    quotas.c.resource != HELD))


def _set(connection, general, own=None):
    """What has been set for these; the latter's counts."""
    rows = _SET.rows(connection, {'general': general, 'own': own or general})
    return {row.resource: row.limit
            for row in sorted(rows, key=lambda row: row.project_id == own)}


def _set_for_user(connection, project_id, user_id):
    rows = statements.select(user_quotas, 'project_id', 'user_id').rows(
        connection, {'project_id': project_id, 'user_id': user_id})
    return {row.resource: row.limit for row in rows}


def room(connection, conf, project_id, user_id, names, alone=False):
    """What holds for a user who wants more of these resources: pairs of limits and usage.

    The project's, and those of the user for whom others were set; none where nothing is limited.
    With ``alone`` nobody else counts what the project uses until the commit.
    """
    ours = limits(connection, conf, project_id)
    own = _set_for_user(connection, project_id, user_id)
    found = [(ours, None), *([(ours | own, user_id)] if own else [])]
    found = [(most, whose) for most, whose in found if any(most[name] >= 0 for name in names)]
    if found and alone:
        hold(connection, project_id)
    return [(most, _used(connection, names, project_id, whose)) for most, whose in found]


def hold(connection, project_id):
    """Wait for who is counting what this project uses, and keep others from it until the commit.

    Without it, requests that come together each see room that only one of them can have.
    """
    mine = {'project_id': project_id, 'resource': HELD}
    while not statements.update(connection, quotas, mine, {'limit': 0}):
        seeds.insert(connection, quotas, **mine, limit=0)


def usage(connection, project_id, user_id=None):
    """What a project, or one of its users, has: {'instances', 'cores', 'ram' in MiB,
    'server_groups'}."""
    return _used(connection, ('instances', 'server_groups'), project_id, user_id)


def _used(connection, names, project_id, user_id=None):
    """What they have of these resources, and perhaps of others."""
    used = {}
    if 'server_groups' in names:
        used['server_groups'] = server_groups.count(connection, project_id, user_id)
    if any(name != 'server_groups' for name in names):
        used |= servers.used(connection, project_id, user_id)
    return used


def set_limit(connection, project_id, resource, limit, user_id=None):
    table, mine = _whose(project_id, user_id)
    mine['resource'] = resource
    if not seeds.insert(connection, table, **mine, limit=limit):
        connection.execute(sa.update(table).filter_by(**mine).values(limit=limit))


def reset(connection, project_id, user_id=None):
    """Back to the defaults; a user's, back to what holds for the project."""
    table, mine = _whose(project_id, user_id)
    connection.execute(sa.delete(table).filter_by(**mine))


def _whose(project_id, user_id):
    if user_id is None:
        return quotas, {'project_id': project_id}
    return user_quotas, {'project_id': project_id, 'user_id': user_id}
