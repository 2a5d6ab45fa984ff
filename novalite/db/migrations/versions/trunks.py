"""Trunks, limits of networks that somebody has set, and ports that are bound to more than a host"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'trunks'
down_revision = 'usage_audits'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade():
    op.create_table(
        'trunks',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('description', sa.String(255), nullable=False),
        sa.Column('tags', sa.JSON, nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME, nullable=False),
        sa.Column('revision_number', sa.Integer, nullable=False),
        sa.Column('port_id', sa.String(36), nullable=False),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('admin_state_up', sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(['port_id'], ['ports.id'], name=op.f('fk_trunks_port_id_ports')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_trunks')),
        sa.UniqueConstraint('port_id', name=op.f('uq_trunks_port_id')))
    op.create_index(op.f('ix_trunks_project_id'), 'trunks', ['project_id'])
    op.create_table(
        'trunk_sub_ports',
        sa.Column('port_id', sa.String(36), nullable=False),
        sa.Column('trunk_id', sa.String(36), nullable=False),
        sa.Column('segmentation_type', sa.String(16), nullable=False),
        sa.Column('segmentation_id', sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(['port_id'], ['ports.id'],
                                name=op.f('fk_trunk_sub_ports_port_id_ports')),
        sa.ForeignKeyConstraint(['trunk_id'], ['trunks.id'], ondelete='CASCADE',
                                name=op.f('fk_trunk_sub_ports_trunk_id_trunks')),
        sa.PrimaryKeyConstraint('port_id', name=op.f('pk_trunk_sub_ports')),
        sa.UniqueConstraint('trunk_id', 'segmentation_type', 'segmentation_id',
                            name=op.f('uq_trunk_sub_ports_trunk_id_segmentation_type_segmentation_id')))
    op.create_table(
        'network_quotas',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('resource', sa.String(64), nullable=False),
        sa.Column('limit', sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_network_quotas')),
        sa.UniqueConstraint('project_id', 'resource',
                            name=op.f('uq_network_quotas_project_id_resource')))
    op.add_column('ports', sa.Column('bindings', sa.JSON(none_as_null=True)))
