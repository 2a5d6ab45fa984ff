"""Volumes, their snapshots and attachments, and what servers have of them"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'volumes'
down_revision = 'shelved'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
JSON = sa.JSON(none_as_null=True)


def _described():
    return (
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255)),
        sa.Column('description', sa.String(255)),
        sa.Column('status', sa.String(32), nullable=False),
        sa.Column('size', sa.Integer, nullable=False),
        sa.Column('metadata', sa.JSON, nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME, nullable=False),
    )


def upgrade():
    op.create_table(
        'volumes', *_described(),
        sa.Column('availability_zone', sa.String(255), nullable=False),
        sa.Column('volume_type', sa.String(255), nullable=False),
        sa.Column('bootable', sa.Boolean, nullable=False),
        sa.Column('multiattach', sa.Boolean, nullable=False),
        sa.Column('readonly', sa.Boolean, nullable=False),
        sa.Column('snapshot_id', sa.String(36)),
        sa.Column('source_volid', sa.String(36)),
        sa.Column('image_metadata', JSON),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volumes')))
    op.create_index(op.f('ix_volumes_project_id'), 'volumes', ['project_id'])
    op.create_table(
        'volume_snapshots', *_described(),
        sa.Column('volume_id', sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(['volume_id'], ['volumes.id'],
                                name=op.f('fk_volume_snapshots_volume_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volume_snapshots')))
    for column in ('project_id', 'volume_id'):
        op.create_index(op.f(f'ix_volume_snapshots_{column}'), 'volume_snapshots', [column])
    op.create_table(
        'volume_attachments',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('volume_id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('server', sa.String(36), nullable=False),
        sa.Column('status', sa.String(32), nullable=False),
        sa.Column('mode', sa.String(2), nullable=False),
        sa.Column('device', sa.String(255)),
        sa.Column('host', sa.String(255)),
        sa.Column('connector', JSON),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('attached_at', TIME),
        sa.ForeignKeyConstraint(['volume_id'], ['volumes.id'],
                                name=op.f('fk_volume_attachments_volume_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volume_attachments')))
    for column in ('project_id', 'server', 'volume_id'):
        op.create_index(op.f(f'ix_volume_attachments_{column}'), 'volume_attachments', [column])
    op.create_table(
        'volume_quotas',
        sa.Column('id', sa.Integer, nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('resource', sa.String(64), nullable=False),
        sa.Column('limit', sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_volume_quotas')),
        sa.UniqueConstraint('project_id', 'resource',
                            name=op.f('uq_volume_quotas_project_id_resource')))
    with op.batch_alter_table('servers') as table:
        table.add_column(sa.Column('volumes', JSON))
    op.execute("UPDATE servers SET volumes = '[]'")
    with op.batch_alter_table('servers') as table:
        table.alter_column('volumes', existing_type=JSON, nullable=False)
