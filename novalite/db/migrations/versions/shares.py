"""Shares, and which of them servers have"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'shares'
down_revision = 'user_quotas'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade():
    op.create_table(
        'shares',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255)),
        sa.Column('description', sa.String(255)),
        sa.Column('status', sa.String(32), nullable=False),
        sa.Column('size', sa.Integer, nullable=False),
        sa.Column('protocol', sa.String(16), nullable=False),
        sa.Column('is_public', sa.Boolean, nullable=False),
        sa.Column('metadata', sa.JSON, nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_shares')))
    op.create_index(op.f('ix_shares_project_id'), 'shares', ['project_id'])
    op.create_table(
        'share_rules',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('share_id', sa.String(36), nullable=False),
        sa.Column('access_type', sa.String(16), nullable=False),
        sa.Column('access_to', sa.String(255), nullable=False),
        sa.Column('access_level', sa.String(2), nullable=False),
        sa.Column('server', sa.String(36)),
        sa.Column('created_at', TIME, nullable=False),
        sa.ForeignKeyConstraint(['share_id'], ['shares.id'],
                                name=op.f('fk_share_rules_share_id_shares')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_share_rules')))
    for column in ('server', 'share_id'):
        op.create_index(op.f(f'ix_share_rules_{column}'), 'share_rules', [column])
    op.add_column('servers', sa.Column(
        'shares', sa.JSON(none_as_null=True), nullable=False, server_default='[]'))
