"""Which messages a worker knows, and in which form an action is written down"""

from alembic import op
import sqlalchemy as sa

revision = 'row_formats'
down_revision = 'server_tags'


def upgrade():
    op.add_column('hosts', sa.Column(
        'knows', sa.String(16), nullable=False, server_default='1.0'))
    op.add_column('actions', sa.Column(
        'format', sa.Integer, nullable=False, server_default='1'))
