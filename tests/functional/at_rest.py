"""What must be true of a cloud at rest, and a picture of it to compare with another."""

import sqlalchemy as sa

from novalite import invariants
from novalite.db import facts
from novalite.db import hosts
from novalite.db import models
from novalite.db import networks
from novalite.db import volumes


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


def broken(cloud):
    """Every promise that is broken, were the cloud at rest."""
    return invariants.violations(facts_of(cloud))


def facts_of(cloud, accepted=()):
    guests = cloud.guests()
    with cloud.services.db.read() as connection, _keeper(cloud).read() as kept:
        return facts.whole(connection, guests, accepted, cloud.runtime.now(), around=kept)


def check(cloud):
    """Nothing is under way, and all that is promised of a cloud at rest is true."""
    assert not (found := broken(cloud)), '\n'.join(map(str, found))


def settled(cloud):
    """Wait until every action has ended, also those that gave way; then ``check``."""
    ended(cloud)
    check(cloud)


def ended(cloud):
    """Wait until every action has ended, also those that gave way."""
    cloud.wait(lambda: not _under_way(cloud), tell=lambda: str(_under_way(cloud)))


def _under_way(cloud):
    with cloud.services.db.read() as connection:
        return connection.execute(
            sa.select(models.actions).where(models.actions.c.finish_time.is_(None))).all()
