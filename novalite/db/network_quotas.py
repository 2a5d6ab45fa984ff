"""How much of each thing a project may have, and the table of what somebody has set."""

import sqlalchemy as sa

from novalite import errors
from novalite.db import floating
from novalite.db import models
from novalite.db import networks
from novalite.db import security
from novalite.db import trunks

quotas = sa.Table(
    'network_quotas', models.metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    models.project_column(),
    sa.Column('resource', sa.String(64), nullable=False),
    sa.Column('limit', sa.Integer, nullable=False),
    sa.UniqueConstraint('project_id', 'resource'),
)

#: Neutron's defaults; -1 is none. They are for what its API makes: servers get ports beyond them.
LIMITS = {'network': 100, 'subnet': 100, 'port': 500, 'router': 10, 'floatingip': 50,
          'security_group': 10, 'security_group_rule': 100, 'subnetpool': -1, 'rbac_policy': 10,
          'trunk': -1}
_TABLES = {'network': networks.networks, 'subnet': networks.subnets, 'port': networks.ports,
           'router': floating.routers, 'floatingip': floating.floating_ips,
           'security_group': security.groups, 'security_group_rule': security.rules,
           'trunk': trunks.trunks}


def limits(connection, project_id):
    rows = connection.execute(quotas.select().where(quotas.c.project_id == project_id))
    return LIMITS | {row.resource: row.limit for row in rows}


def limited(connection):
    """The projects that somebody has set limits for."""
    return connection.scalars(
        sa.select(quotas.c.project_id).distinct().order_by(quotas.c.project_id)).all()


def set_limit(connection, project_id, resource, limit):
    mine = {'project_id': project_id, 'resource': resource}
    connection.execute(quotas.delete().filter_by(**mine))
    connection.execute(quotas.insert().values(limit=limit, **mine))


def reset(connection, project_id):
    """Back to the defaults; False if it had no others."""
    return connection.execute(
        quotas.delete().where(quotas.c.project_id == project_id)).rowcount > 0


def used(connection, project_id):
    return {name: floating.count(connection, table, project_id)
            for name, table in _TABLES.items()}


def refuse_excess(connection, project_id, name):
    """Raise NetworkQuotaExceeded if the project has all it may have."""
    limit = limits(connection, project_id)[name]
    if 0 <= limit <= floating.count(connection, _TABLES[name], project_id):
        raise errors.NetworkQuotaExceeded(resource=name)
