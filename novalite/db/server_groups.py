"""Server groups: what is promised about the hosts of their members."""

import sqlalchemy as sa

from novalite.db import models
from novalite.db.models import allocations
from novalite.db.models import servers

#: A server names its group in ``servers.server_group``.
groups = sa.Table(
    'server_groups', models.metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    models.uuid_column(unique=True),
    models.project_column(index=True),
    sa.Column('user_id', sa.String(64), nullable=False),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('policy', sa.String(32), nullable=False),
    sa.Column('rules', models.Json, nullable=False),
)


def create(connection, **columns):
    connection.execute(sa.insert(groups).values(**columns))


def get(connection, uuid, lock=False):
    """The row of a group, or None.

    Whoever places a server of the group locks it, so that two who do so at once
    see each other's choice.
    """
    query = sa.select(groups).where(groups.c.uuid == uuid)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def known(connection, uuids):
    """Those of these groups that there are; None is no group."""
    wanted = [uuid for uuid in uuids if uuid]
    return frozenset(connection.scalars(
        sa.select(groups.c.uuid).where(groups.c.uuid.in_(wanted)))) if wanted else frozenset()


def listed(connection, project_id=None, offset=0, limit=None):
    """Groups in the order they were made, of one project or of all."""
    query = sa.select(groups).order_by(groups.c.id).offset(offset).limit(limit)
    if project_id is not None:
        query = query.where(groups.c.project_id == project_id)
    return connection.execute(query).all()


def count(connection, project_id, user_id=None):
    theirs = {'project_id': project_id} | ({} if user_id is None else {'user_id': user_id})
    return connection.scalar(
        sa.select(sa.func.count()).select_from(groups).filter_by(**theirs))


def delete(connection, uuid):
    """Its servers still name it, which means nothing any more."""
    connection.execute(sa.delete(groups).where(groups.c.uuid == uuid))


def members(connection, uuids):
    """The servers of groups: group -> their uuids, the oldest first."""
    found = {}
    for row in connection.execute(
            sa.select(servers.c.server_group, servers.c.uuid)
            .where(servers.c.server_group.in_(uuids), servers.c.deleted.is_(False))
            .order_by(servers.c.id)):
        found.setdefault(row.server_group, []).append(row.uuid)
    return found


def count_members(connection, uuid, user_id):
    """How many servers of a user are in a group."""
    return connection.scalar(sa.select(sa.func.count()).select_from(servers).where(
        servers.c.server_group == uuid, servers.c.user_id == user_id,
        servers.c.deleted.is_(False)))


def hosts(connection, uuid, but):
    """Where the servers of a group hold room, all but one: host -> how many."""
    rows = connection.execute(
        sa.select(allocations.c.host, sa.func.count(allocations.c.server.distinct()))
        .where(allocations.c.server == servers.c.uuid, servers.c.server_group == uuid,
               servers.c.uuid != but)
        .group_by(allocations.c.host).order_by(allocations.c.host))
    return {host: count for host, count in rows}


def hosts_of(connection, uuids, project_id):
    """Where these servers of a project hold room."""
    return tuple(connection.scalars(
        sa.select(allocations.c.host).distinct()
        .where(allocations.c.server == servers.c.uuid, servers.c.uuid.in_(uuids),
               servers.c.project_id == project_id)
        .order_by(allocations.c.host)))
