"""What must be true of a cloud at rest, and a picture of it to compare with another."""

import collections

import sqlalchemy as sa

from novalite.db import addresses
from novalite.db import hosts
from novalite.db import models
from novalite.db import networks
from novalite.db import shares
from novalite.db import volumes
from novalite.servers import devices


def _keeper(cloud):
    """The cloud that keeps the ports and volumes of another's servers: by default, itself."""
    return getattr(cloud, 'keeper', cloud).services.db


def picture(cloud):
    """Guests, held room, ports and states: all that an action could leave behind."""
    with cloud.services.db.read() as connection, _keeper(cloud).read() as kept:
        return {
            'guests': cloud.guests(),
            'held': sorted((row.server, row.host, row.role, row.memory_mb)
                           for row in hosts.held(connection)),
            'used': {row.name: (row.servers, row.vcpus_used, row.memory_mb_used, row.disk_gb_used)
                     for row in hosts.listed(connection)},
            'ports': sorted((row.id, row.device_id, row.host)
                            for row in kept.execute(sa.select(networks.ports))),
            'volumes': sorted((row.id, row.status) for row in kept.execute(
                sa.select(volumes.volumes)) if row.status != 'available'),
            'attached': _attached(kept),
            'servers': {row.uuid: (row.host, row.origin, row.destination, row.flavor['id'],
                                   row.vm_state, row.power_state)
                        for row in alive(connection)},
        }


def _attached(connection):
    """(volume, server) of every attachment there is."""
    return sorted((row.volume_id, row.server) for row in connection.execute(
        sa.select(volumes.attachments)))


def alive(connection):
    return connection.execute(
        sa.select(models.servers).where(models.servers.c.deleted.is_(False))).all()


def check(cloud, stranded=False):
    """I2, I4 and I7: nothing is under way, and guests, placements and room agree.

    ``stranded``: a way back may have failed, which leaves room held where there may be a guest.
    """
    with cloud.services.db.read() as connection, _keeper(cloud).read() as kept:
        servers = alive(connection)
        assert not [row.uuid for row in servers if row.owner or row.task_state or row.came_from]
        assert not connection.execute(
            sa.select(models.actions).where(models.actions.c.finish_time.is_(None))).all()
        assert not connection.execute(
            sa.select(models.events).where(models.events.c.finish_time.is_(None))).all()
        placed = {(row.uuid, host) for row in servers
                  for host in (row.host, row.origin, row.destination) if host}
        doubtful = {(row.uuid, row.destination) for row in servers} | {
            (row.uuid, row.host) for row in servers if row.launched_at is None}
        held = hosts.held(connection)
        used = {row.name: (row.servers, row.memory_mb_used) for row in hosts.listed(connection)}
        attached = _attached(kept)
        mounted = {(row.server, row.share_id) for row in connection.execute(
            sa.select(shares.rules).where(shares.rules.c.server.is_not(None)))}
        in_use = {row.id for row in kept.execute(sa.select(volumes.volumes))
                  if row.status != 'available'}
        given = kept.execute(sa.select(addresses.addresses)).all()
        plugged = {(nic['port_id'], row.uuid) for row in servers for nic in row.nics}
        ports = {(row.id, row.device_id) for row in kept.execute(
            sa.select(networks.ports).where(networks.ports.c.device_owner.like('compute:%')))}
    had = {(row.uuid, share['share_id']): share['status'] for row in servers
           for share in row.shares}
    assert mounted <= set(had)
    assert {key for key, status in had.items() if status != 'error'} <= mounted
    assert attached == sorted((device['volume_id'], row.uuid) for row in servers
                              for device in devices.attached(row.volumes))
    assert in_use == {volume_id for volume_id, _ in attached}
    assert {(row.server, row.host) for row in held} == placed
    there = {(uuid, host) for host, guests in cloud.guests().items() for uuid in guests}
    assert there <= placed
    assert placed - there <= (doubtful if stranded else set())
    sums = collections.Counter(row.host for row in held)
    memory = collections.Counter()
    for row in held:
        memory[row.host] += row.memory_mb
    assert used == {name: (sums[name], memory[name]) for name in used}
    assert len({(row.subnet_id, row.address) for row in given}) == len(given)
    assert ports == plugged


def settled(cloud, stranded=False):
    """Wait until every action has ended, also those that gave way; then ``check``."""
    cloud.wait(lambda: not _under_way(cloud), tell=lambda: str(_under_way(cloud)))
    check(cloud, stranded)


def _under_way(cloud):
    with cloud.services.db.read() as connection:
        return connection.execute(
            sa.select(models.actions).where(models.actions.c.finish_time.is_(None))).all()
