"""The tables of routers and of floating addresses: who is reached from outside under which."""

import sqlalchemy as sa

from novalite.db import models

#: A router's interfaces and its gateway are ports, see ``networks.create_router_port``.
routers = sa.Table(
    'routers', models.metadata, *models.described(),
    sa.Column('status', sa.String(16), nullable=False, default='ACTIVE'),
    sa.Column('admin_state_up', sa.Boolean, nullable=False, default=True),
    sa.Column('enable_snat', sa.Boolean, nullable=False, default=True),
    sa.Column('routes', sa.JSON, nullable=False, default=[]),
)

floating_ips = sa.Table(
    'floating_ips', models.metadata, *models.described(),
    sa.Column('floating_network_id', sa.String(36), sa.ForeignKey('networks.id'), nullable=False),
    sa.Column('floating_ip_address', sa.String(39), nullable=False, index=True),
    # What holds the address on the external network.
    sa.Column('own_port_id', sa.String(36), nullable=False),
    # A port that goes lets go of its floating address. What follows means nothing without it.
    sa.Column('port_id', sa.String(36), sa.ForeignKey('ports.id', ondelete='SET NULL'), index=True),
    sa.Column('fixed_ip_address', sa.String(39)),
    sa.Column('router_id', sa.String(36)),
)


def of_port(connection, port_id):
    return connection.execute(floating_ips.select().where(
        floating_ips.c.port_id == port_id).order_by(
            floating_ips.c.created_at, floating_ips.c.id)).all()


def through(connection, router_id):
    """The floating addresses that lead through a router."""
    return connection.execute(floating_ips.select().where(
        floating_ips.c.router_id == router_id, floating_ips.c.port_id.is_not(None))).all()


def with_address(connection, project_id, address):
    """The project's floating address, or None."""
    return connection.execute(floating_ips.select().where(
        floating_ips.c.project_id == project_id,
        floating_ips.c.floating_ip_address == address)).first()


def count(connection, table, project_id):
    return connection.scalar(sa.select(sa.func.count()).select_from(table).where(
        table.c.project_id == project_id))
