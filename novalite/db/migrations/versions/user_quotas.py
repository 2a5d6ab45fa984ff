"""Quotas of single users"""

from alembic import op
import sqlalchemy as sa

revision = 'user_quotas'
down_revision = 'row_formats'


def upgrade():
    op.create_table(
        'user_quotas',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64), nullable=False),
        sa.Column('resource', sa.String(64), nullable=False),
        sa.Column('limit', sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_user_quotas')),
        sa.UniqueConstraint('project_id', 'user_id', 'resource',
                            name=op.f('uq_user_quotas_project_id_user_id_resource')))
