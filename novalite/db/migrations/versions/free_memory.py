"""What memory each host has free, to find the emptiest by an index"""

from alembic import op
import sqlalchemy as sa

revision = 'free_memory'
down_revision = 'trunks'


def upgrade():
    with op.batch_alter_table('hosts') as table:
        table.add_column(sa.Column(
            'memory_mb_free', sa.Integer, sa.Computed('memory_mb_limit - memory_mb_used')))
        table.create_index(op.f('ix_hosts_memory_mb_free_id'), ['memory_mb_free', 'id'])
