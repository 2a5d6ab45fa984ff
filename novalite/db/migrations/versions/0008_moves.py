"""The records of servers' moves; actions that can be cancelled"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'moves'
down_revision = 'floating'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    with op.batch_alter_table('actions') as table:
        table.add_column(sa.Column('cancelled_by', sa.String(64)))
    op.create_table(
        'migrations',
        sa.Column('id', BIG, nullable=False),
        sa.Column('uuid', sa.String(36), nullable=False),
        sa.Column('server', sa.String(36), nullable=False),
        sa.Column('request_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('project_id', sa.String(64)),
        sa.Column('type', sa.String(32), nullable=False),
        sa.Column('status', sa.String(32), nullable=False),
        sa.Column('source', sa.String(255)),
        sa.Column('destination', sa.String(255)),
        sa.Column('destination_ip', sa.String(39)),
        sa.Column('old_flavor', sa.Integer()),
        sa.Column('new_flavor', sa.Integer()),
        sa.Column('memory_bytes', sa.BigInteger(), nullable=False),
        sa.Column('disk_bytes', sa.BigInteger(), nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME, nullable=False),
        sa.ForeignKeyConstraint(['server'], ['servers.uuid'],
                                name=op.f('fk_migrations_server_servers')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_migrations')),
        sa.UniqueConstraint('uuid', name=op.f('uq_migrations_uuid')))
    op.create_index(op.f('ix_migrations_server_id'), 'migrations', ['server', 'id'])
    op.create_index(op.f('ix_migrations_updated_at'), 'migrations', ['updated_at'])
