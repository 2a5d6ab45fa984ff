"""The tables of security groups, and the ``default`` one that each project gets when it asks."""

import sqlalchemy as sa

from novalite import errors
from novalite.db import models
from novalite.db import seeds
from novalite.db import statements

groups = sa.Table(
    'security_groups', models.metadata,
    models.uuid_column('id', primary_key=True),
    models.project_column(index=True),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('description', sa.String(255), nullable=False, default=''),
    sa.Column('stateful', sa.Boolean, nullable=False, default=True),
    sa.Column('tags', sa.JSON, nullable=False, default=[]),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('updated_at', models.Time, nullable=False),
    sa.Column('revision_number', sa.Integer, nullable=False, default=1),
)

rules = sa.Table(
    'security_group_rules', models.metadata,
    models.uuid_column('id', primary_key=True),
    models.project_column(index=True),
    sa.Column('security_group_id', sa.String(36),
              sa.ForeignKey('security_groups.id', ondelete='CASCADE'), nullable=False, index=True),
    sa.Column('direction', sa.String(16), nullable=False),
    sa.Column('ethertype', sa.String(16), nullable=False),
    sa.Column('protocol', sa.String(40)),
    sa.Column('port_range_min', sa.Integer),
    sa.Column('port_range_max', sa.Integer),
    sa.Column('remote_ip_prefix', sa.String(64)),
    sa.Column('remote_group_id', sa.String(36)),
    sa.Column('description', sa.String(255), nullable=False, default=''),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('updated_at', models.Time, nullable=False),
    sa.Column('revision_number', sa.Integer, nullable=False, default=1),
)


def create(connection, runtime, project_id, name, **columns):
    """A new group's id; it lets everything out. None if ``id`` is taken."""
    now = runtime.now()
    columns = {'id': runtime.uuid()} | columns
    if not seeds.insert(connection, groups, project_id=project_id, name=name,
                        created_at=now, updated_at=now, **columns):
        return None
    for ethertype in ('IPv4', 'IPv6'):
        _add_rule(connection, runtime, project_id, columns['id'], 'egress', ethertype)
    return columns['id']


def _add_rule(connection, runtime, project_id, group_id, direction, ethertype, remote=None):
    now = runtime.now()
    connection.execute(rules.insert().values(
        id=runtime.uuid(), project_id=project_id, security_group_id=group_id,
        direction=direction, ethertype=ethertype, remote_group_id=remote,
        created_at=now, updated_at=now))


def default_id(project_id):
    return seeds.stable_id('security group', 'default', project_id)


def default(connection, runtime, project_id):
    """The id of the project's ``default`` group, which is made here if need be.

    Its id follows from the project's, so of two who make it at once one finds
    it made.
    """
    group_id = default_id(project_id)
    known = connection.scalar(sa.select(groups.c.id).where(groups.c.id == group_id))
    if known is None and create(
            connection, runtime, project_id, 'default', id=group_id,
            description='Default security group') is not None:
        # Among themselves its members may talk.
        for ethertype in ('IPv4', 'IPv6'):
            _add_rule(connection, runtime, project_id, group_id, 'ingress', ethertype, group_id)
    return group_id


_FIND = statements.Prepared(groups.select().where(
    groups.c.project_id == sa.bindparam('by'),
    (groups.c.id == sa.bindparam('called')) | (groups.c.name == sa.bindparam('called'))))


def find(connection, runtime, project_id, name_or_id):
    """The project's group of that id or name, or None."""
    wanted = {'by': project_id, 'called': name_or_id}
    found = _FIND.rows(connection, wanted)
    if not found and name_or_id == 'default':
        default(connection, runtime, project_id)
        found = _FIND.rows(connection, wanted)
    by_id = [row for row in found if row.id == name_or_id]
    if len(found) > 1 and not by_id:
        raise errors.SecurityGroupAmbiguous(name=name_or_id)
    return (by_id or found or [None])[0]


def named(connection, group_ids):
    """Group id -> its row, whosever it is."""
    return {row.id: row for row in connection.execute(
        groups.select().where(groups.c.id.in_(group_ids)))}


def is_default(row):
    return row.id == default_id(row.project_id)


def rules_of(connection, group_ids):
    """Group id -> its rules, for many groups at once."""
    found = {group_id: [] for group_id in group_ids}
    statement = rules.select().where(
        rules.c.security_group_id.in_(group_ids)).order_by(rules.c.created_at, rules.c.id)
    for row in connection.execute(statement):
        found[row.security_group_id].append(row)
    return found


#: What makes two rules of a group the same.
_SENSE = ('direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max',
          'remote_ip_prefix', 'remote_group_id')


def refuse_twin(connection, group_id, columns):
    """Raise SecurityGroupRuleExists if the group has such a rule.

    The group is to be locked, if this is to be true at the commit.
    """
    for rule in rules_of(connection, [group_id])[group_id]:
        if all(getattr(rule, name) == columns.get(name) for name in _SENSE):
            raise errors.SecurityGroupRuleExists(id=rule.id)
