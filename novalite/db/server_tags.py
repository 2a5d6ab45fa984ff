"""Tags: the words that servers are found by."""

import sqlalchemy as sa

from novalite.db import models
from novalite.db import seeds
from novalite.db import statements
from novalite.db.models import servers

tags = sa.Table(
    'server_tags', models.metadata,
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), primary_key=True),
    sa.Column('tag', sa.String(60), primary_key=True, index=True),
)


# Every answer that shows a server asks it.
_OF_ONE = statements.Prepared(sa.select(tags).where(
    tags.c.server == sa.bindparam('server')).order_by(tags.c.tag))
_OF_MANY = statements.Prepared(sa.select(tags).where(
    tags.c.server.in_(sa.bindparam('servers', expanding=True))).order_by(tags.c.tag))


def of(connection, uuids):
    """The tags of servers: uuid -> its tags in order; only those that have any."""
    found = {}
    rows = _OF_ONE.rows(connection, {'server': uuids[0]}) if len(uuids) == 1 \
        else _OF_MANY.rows(connection, {'servers': uuids})
    for row in rows:
        found.setdefault(row.server, []).append(row.tag)
    return found


def add(connection, uuid, tag):
    """False if the server has it already."""
    return seeds.insert(connection, tags, server=uuid, tag=tag)


def remove(connection, uuid, tag=None):
    """Take one tag away, or all; False if there was none."""
    statement = sa.delete(tags).where(tags.c.server == uuid)
    if tag is not None:
        statement = statement.where(tags.c.tag == tag)
    return connection.execute(statement).rowcount > 0


def having(wanted, least):
    """The condition that a server has at least so many of these tags."""
    return servers.c.uuid.in_(
        sa.select(tags.c.server).where(tags.c.tag.in_(wanted))
        .group_by(tags.c.server).having(sa.func.count() >= least))
