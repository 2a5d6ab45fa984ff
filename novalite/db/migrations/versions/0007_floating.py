"""Routers and floating addresses"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'floating'
down_revision = 'consoles'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def _described():
    return (
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('project_id', sa.String(64), nullable=False),
        sa.Column('name', sa.String(255), nullable=False),
        sa.Column('description', sa.String(255), nullable=False),
        sa.Column('tags', sa.JSON, nullable=False),
        sa.Column('created_at', TIME, nullable=False),
        sa.Column('updated_at', TIME, nullable=False),
        sa.Column('revision_number', sa.Integer, nullable=False),
    )


def upgrade():
    op.create_table(
        'routers', *_described(),
        sa.Column('status', sa.String(16), nullable=False),
        sa.Column('admin_state_up', sa.Boolean, nullable=False),
        sa.Column('enable_snat', sa.Boolean, nullable=False),
        sa.Column('routes', sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_routers')))
    op.create_index(op.f('ix_routers_project_id'), 'routers', ['project_id'])
    op.create_table(
        'floating_ips', *_described(),
        sa.Column('floating_network_id', sa.String(36), nullable=False),
        sa.Column('floating_ip_address', sa.String(39), nullable=False),
        sa.Column('own_port_id', sa.String(36), nullable=False),
        sa.Column('port_id', sa.String(36)),
        sa.Column('fixed_ip_address', sa.String(39)),
        sa.Column('router_id', sa.String(36)),
        sa.ForeignKeyConstraint(['floating_network_id'], ['networks.id'],
                                name=op.f('fk_floating_ips_floating_network_id_networks')),
        sa.ForeignKeyConstraint(['port_id'], ['ports.id'], ondelete='SET NULL',
                                name=op.f('fk_floating_ips_port_id_ports')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_floating_ips')))
    for column in ('project_id', 'floating_ip_address', 'port_id'):
        op.create_index(op.f(f'ix_floating_ips_{column}'), 'floating_ips', [column])
