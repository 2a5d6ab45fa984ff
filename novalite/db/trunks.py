"""The tables of trunks: ports that carry the networks of other ports too."""

import sqlalchemy as sa

from novalite.db import models

trunks = sa.Table(
    'trunks', models.metadata, *models.described(),
    sa.Column('port_id', sa.String(36), sa.ForeignKey('ports.id'), nullable=False, unique=True),
    sa.Column('status', sa.String(16), nullable=False, default='DOWN'),
    sa.Column('admin_state_up', sa.Boolean, nullable=False, default=True),
)

sub_ports = sa.Table(
    'trunk_sub_ports', models.metadata,
    sa.Column('port_id', sa.String(36), sa.ForeignKey('ports.id'), primary_key=True),
    sa.Column('trunk_id', sa.String(36), sa.ForeignKey('trunks.id', ondelete='CASCADE'),
              nullable=False),
    sa.Column('segmentation_type', sa.String(16), nullable=False),
    sa.Column('segmentation_id', sa.Integer, nullable=False),
    sa.UniqueConstraint('trunk_id', 'segmentation_type', 'segmentation_id'),
)


def sub_ports_of(connection, trunk_ids):
    """Trunk id -> its sub-ports, for many trunks at once."""
    found = {trunk_id: [] for trunk_id in trunk_ids}
    for row in connection.execute(sub_ports.select().where(
            sub_ports.c.trunk_id.in_(trunk_ids)).order_by(
                sub_ports.c.segmentation_id, sub_ports.c.port_id)):
        found[row.trunk_id].append(row)
    return found


def on_ports(connection, port_ids):
    """Port id -> the trunk that it carries, where it carries one."""
    return {row.port_id: row for row in connection.execute(
        trunks.select().where(trunks.c.port_id.in_(port_ids)))}


def using(connection, port_id):
    """The id of the trunk that a port is part of, or None."""
    return connection.scalar(sa.select(trunks.c.id).where(trunks.c.port_id == port_id)) or \
        connection.scalar(sa.select(sub_ports.c.trunk_id).where(sub_ports.c.port_id == port_id))


def add(connection, trunk_id, port_id, segmentation_type, segmentation_id):
    connection.execute(sub_ports.insert().values(
        trunk_id=trunk_id, port_id=port_id, segmentation_type=segmentation_type,
        segmentation_id=segmentation_id))


def remove(connection, trunk_id, port_id):
    """Take a sub-port out of a trunk; False if it is not in there."""
    return connection.execute(sub_ports.delete().where(
        sub_ports.c.trunk_id == trunk_id, sub_ports.c.port_id == port_id)).rowcount == 1
