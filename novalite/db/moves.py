"""The records of servers' moves between hosts, which Nova calls migrations."""

import sqlalchemy as sa

from novalite import errors
from novalite.db import models

migrations = sa.Table(
    'migrations', models.metadata,
    sa.Column('id', models.BigId, primary_key=True),
    models.uuid_column(unique=True),
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), nullable=False),
    sa.Column('request_id', sa.String(64), nullable=False),
    sa.Column('user_id', sa.String(64)),
    sa.Column('project_id', sa.String(64)),
    # resize, migration, live-migration, evacuation
    sa.Column('type', sa.String(32), nullable=False),
    sa.Column('status', sa.String(32), nullable=False),
    sa.Column('source', sa.String(255)),
    sa.Column('destination', sa.String(255)),
    sa.Column('destination_ip', sa.String(39)),
    # The numbers of the flavors' rows, which is how Nova names them here.
    sa.Column('old_flavor', sa.Integer),
    sa.Column('new_flavor', sa.Integer),
    sa.Column('memory_bytes', sa.BigInteger, nullable=False, default=0),
    sa.Column('disk_bytes', sa.BigInteger, nullable=False, default=0),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('updated_at', models.Time, nullable=False),
    sa.Index(None, 'server', 'id'),
    sa.Index(None, 'updated_at'),
)

#: What a live migration that is under way may be in.
UNDER_WAY = ('accepted', 'queued', 'preparing', 'running', 'post-migrating')


def of_request(connection, server, request_id):
    """The record of one action, or None."""
    return connection.execute(migrations.select().where(
        migrations.c.server == server, migrations.c.request_id == request_id)).first()


def latest(connection, server):
    """The newest record of a server, or None."""
    return connection.execute(
        migrations.select().where(migrations.c.server == server)
        .order_by(migrations.c.id.desc()).limit(1)).first()


def create(connection, **columns):
    connection.execute(migrations.insert().values(**columns))


def update(connection, id, now, **columns):
    connection.execute(
        migrations.update().where(migrations.c.id == id).values(updated_at=now, **columns))


def evacuated(connection, source, now):
    """A host that is back has cleared what was evacuated from it."""
    connection.execute(migrations.update().where(
        migrations.c.source == source, migrations.c.type == 'evacuation',
        migrations.c.status == 'done').values(status='completed', updated_at=now))


def get(connection, server, id):
    """One record of a server, or None."""
    return connection.execute(migrations.select().where(
        migrations.c.server == server, migrations.c.id == id)).first()


def live(connection, server):
    """The live migrations of a server that are under way, the oldest first."""
    return connection.execute(
        migrations.select().where(
            migrations.c.server == server, migrations.c.type == 'live-migration',
            migrations.c.status.in_(UNDER_WAY)).order_by(migrations.c.id)).all()


def listed(connection, limit=None, marker=None, since=None, before=None, host=None, **equals):
    """Records, newest first; ``host`` is the source or the destination, ``marker`` a uuid."""
    query = migrations.select().filter_by(**equals)
    if host is not None:
        query = query.where((migrations.c.source == host) | (migrations.c.destination == host))
    if since is not None:
        query = query.where(migrations.c.updated_at >= since)
    if before is not None:
        query = query.where(migrations.c.updated_at <= before)
    if marker is not None:
        last = connection.execute(
            migrations.select().where(migrations.c.uuid == marker)).first()
        if last is None:
            raise errors.MarkerNotFound(marker=marker)
        query = query.where(migrations.c.id < last.id)
    return connection.execute(query.order_by(migrations.c.id.desc()).limit(limit)).all()
