"""The table of usage audits: which host's servers were counted, for which period."""

import sqlalchemy as sa

from novalite.db import models
from novalite.db import seeds
from novalite.db.models import hosts

audits = sa.Table(
    'usage_audits', models.metadata,
    sa.Column('id', models.BigId, primary_key=True),
    sa.Column('host', sa.String(255), nullable=False),
    sa.Column('period_beginning', models.Time, nullable=False),
    sa.Column('period_ending', models.Time, nullable=False),
    sa.Column('state', sa.String(16), nullable=False),
    sa.Column('servers', sa.Integer, nullable=False),
    sa.Column('errors', sa.Integer, nullable=False),
    sa.Column('message', sa.String(255), nullable=False),
    # Of two conductors that look at a host at once one is too late.
    sa.UniqueConstraint('period_beginning', 'period_ending', 'host'),
)


def add(connection, begin, end, host, servers, message):
    """Write down that a host's servers were counted; False if somebody else has done it."""
    return seeds.insert(
        connection, audits, period_beginning=begin, period_ending=end, host=host, state='DONE',
        servers=servers, errors=0, message=message)


def of_period(connection, begin, end):
    """The audits of a period, by host."""
    return connection.execute(audits.select().where(
        audits.c.period_beginning == begin, audits.c.period_ending == end)
        .order_by(audits.c.host)).all()


def outstanding(connection, begin, end, most):
    """The names of some hosts that were not looked at yet."""
    done = sa.select(audits.c.host).where(
        audits.c.period_beginning == begin, audits.c.period_ending == end)
    return connection.scalars(sa.select(hosts.c.name).where(
        hosts.c.name.not_in(done)).order_by(hosts.c.id).limit(most)).all()
