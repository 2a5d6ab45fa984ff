"""Tags of servers"""

from alembic import op
import sqlalchemy as sa

revision = 'server_tags'
down_revision = 'server_groups'


def upgrade():
    op.create_table(
        'server_tags',
        sa.Column('server', sa.String(36), nullable=False),
        sa.Column('tag', sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(
            ['server'], ['servers.uuid'], name=op.f('fk_server_tags_server_servers')),
        sa.PrimaryKeyConstraint('server', 'tag', name=op.f('pk_server_tags')))
    op.create_index(op.f('ix_server_tags_tag'), 'server_tags', ['tag'])
