"""Aggregates of hosts, the zones they make, and the traits of hosts"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'aggregates'
down_revision = 'moves'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade():
    op.create_table(
        'aggregates',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('uuid', sa.String(36), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('availability_zone', sa.String(255)),
        sa.Column('metadata', sa.JSON(none_as_null=True), nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_aggregates')),
        sa.UniqueConstraint('uuid', name=op.f('uq_aggregates_uuid')),
        sa.UniqueConstraint('name', name=op.f('uq_aggregates_name')))
    op.create_table(
        'aggregate_hosts',
        sa.Column('aggregate', sa.Integer, nullable=False),
        sa.Column('host', sa.String(255), nullable=False),
        sa.ForeignKeyConstraint(
            ['aggregate'], ['aggregates.id'],
            name=op.f('fk_aggregate_hosts_aggregate_aggregates')),
        sa.PrimaryKeyConstraint('aggregate', 'host', name=op.f('pk_aggregate_hosts')))
    op.create_index(op.f('ix_aggregate_hosts_host'), 'aggregate_hosts', ['host'])
    with op.batch_alter_table('hosts') as table:
        table.add_column(sa.Column('own_zone', sa.String(255)))
        table.add_column(sa.Column('traits', sa.JSON(none_as_null=True)))
    op.execute('UPDATE hosts SET own_zone = zone')
