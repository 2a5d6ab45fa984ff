"""Aggregates: which hosts are in which, and what is noted of each."""

import sqlalchemy as sa

from novalite.db import hosts
from novalite.db import seeds
from novalite.db.models import aggregate_hosts
from novalite.db.models import aggregates


def listed(connection):
    return connection.execute(sa.select(aggregates).order_by(aggregates.c.id)).all()


def get(connection, key, lock=False):
    """The row of an aggregate, or None; ``lock`` keeps others from changing it meanwhile."""
    query = sa.select(aggregates).where(aggregates.c.id == key)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def members(connection, keys=None):
    """The hosts of aggregates: number -> their names in order."""
    query = sa.select(aggregate_hosts).order_by(aggregate_hosts.c.host)
    if keys is not None:
        query = query.where(aggregate_hosts.c.aggregate.in_(keys))
    found = {}
    for row in connection.execute(query):
        found.setdefault(row.aggregate, []).append(row.host)
    return found


def of_hosts(connection, names):
    """What the aggregates of these hosts say: host -> the metadata of each."""
    found = {}
    for row in connection.execute(
            sa.select(aggregate_hosts.c.host, aggregates.c.metadata)
            .where(aggregate_hosts.c.aggregate == aggregates.c.id,
                   aggregate_hosts.c.host.in_(names))
            .order_by(aggregates.c.id)):
        found.setdefault(row.host, []).append(row.metadata)
    return found


def uuids_of_hosts(connection):
    """The aggregates each host is in: host -> a set of their UUIDs."""
    found = {}
    for row in connection.execute(
            sa.select(aggregate_hosts.c.host, aggregates.c.uuid)
            .where(aggregate_hosts.c.aggregate == aggregates.c.id)):
        found.setdefault(row.host, set()).add(row.uuid)
    return found


def create(connection, **columns):
    """False if there is one of this name."""
    return seeds.insert(connection, aggregates, **columns)


def named(connection, name):
    return connection.execute(
        sa.select(aggregates).where(aggregates.c.name == name)).one_or_none()


def update(connection, key, now, **columns):
    """Change an aggregate, and the zone of its hosts with it."""
    connection.execute(sa.update(aggregates).where(aggregates.c.id == key)
                       .values(updated_at=now, **columns))
    hosts.rezone(connection, members(connection, [key]).get(key, []))


def delete(connection, key):
    connection.execute(sa.delete(aggregates).where(aggregates.c.id == key))


def add(connection, key, host, now):
    """Put a host into an aggregate and its zone; False if it is there already."""
    added = seeds.insert(connection, aggregate_hosts, aggregate=key, host=host)
    if added:
        update(connection, key, now)
    return added


def remove(connection, key, host, now):
    """Take a host out of an aggregate and its zone; False if it was not there."""
    removed = connection.execute(sa.delete(aggregate_hosts).where(
        aggregate_hosts.c.aggregate == key, aggregate_hosts.c.host == host)).rowcount == 1
    if removed:
        update(connection, key, now)
        hosts.rezone(connection, [host])
    return removed


def zones_elsewhere(connection, key, names):
    """The zones that other aggregates than this one put these hosts into."""
    return connection.scalars(
        sa.select(aggregates.c.availability_zone).distinct()
        .where(aggregates.c.id == aggregate_hosts.c.aggregate, aggregates.c.id != key,
               aggregate_hosts.c.host.in_(names), aggregates.c.availability_zone.is_not(None))
        .order_by(aggregates.c.availability_zone)).all()
