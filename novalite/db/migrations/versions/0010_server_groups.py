"""Server groups, and what servers hint at"""

from alembic import op
import sqlalchemy as sa

revision = 'server_groups'
down_revision = 'aggregates'


def upgrade():
    op.create_table(
        'server_groups',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('uuid', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('policy', sa.String(32), nullable=False),
        sa.Column('rules', sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_server_groups')),
        sa.UniqueConstraint('uuid', name=op.f('uq_server_groups_uuid')))
    op.create_index(op.f('ix_server_groups_project_id'), 'server_groups', ['project_id'])
    with op.batch_alter_table('servers') as table:
        table.add_column(sa.Column('server_group', sa.String(36)))
        table.add_column(sa.Column('scheduler_hints', sa.JSON(none_as_null=True)))
        table.create_index(op.f('ix_servers_server_group'), ['server_group'])
