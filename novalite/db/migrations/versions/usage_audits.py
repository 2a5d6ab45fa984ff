"""Which host's servers were counted, for which period"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'usage_audits'
down_revision = 'shares'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    op.create_table(
        'usage_audits',
        sa.Column('id', BIG_ID, nullable=False),
        sa.Column('host', sa.String(255), nullable=False),
        sa.Column('period_beginning', TIME, nullable=False),
        sa.Column('period_ending', TIME, nullable=False),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('servers', sa.Integer, nullable=False),
        sa.Column('errors', sa.Integer, nullable=False),
        sa.Column('message', sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_audits')),
        sa.UniqueConstraint(
            'period_beginning', 'period_ending', 'host',
            name=op.f('uq_usage_audits_period_beginning_period_ending_host')))
