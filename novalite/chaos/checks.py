"""The invariants, checked from outside: from the database's rows and the hosts' own guests.

Each check yields what breaks it, one sentence for each; a cloud at rest breaks none.
"""

import collections
import pathlib

import sqlalchemy as sa

from novalite.db import addresses
from novalite.db import hosts
from novalite.db import models
from novalite.db import networks
from novalite.db import volumes
from novalite.hypervisor import simulated
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers.states import Vm


class Found:
    """What the database and the hosts say at one moment; ``guests`` is host -> uuid -> guest."""

    def __init__(self, connection, guests):
        self.guests = guests
        self.servers = connection.execute(
            sa.select(models.servers).order_by(models.servers.c.id)).all()
        self.alive = [row for row in self.servers if not row.deleted]
        self.actions = connection.execute(
            sa.select(models.actions).order_by(models.actions.c.id)).all()
        self.events = connection.execute(
            sa.select(models.events).order_by(models.events.c.id)).all()
        self.faults = connection.execute(sa.select(models.faults)).all()
        self.held = hosts.held(connection)
        self.hosts = hosts.listed(connection)
        self.attached = connection.execute(sa.select(volumes.attachments)).all()
        self.volumes = connection.execute(sa.select(volumes.volumes)).all()
        self.addresses = connection.execute(sa.select(addresses.addresses)).all()
        self.ports = connection.execute(sa.select(networks.ports).where(
            networks.ports.c.device_owner.like('compute:%'))).all()
        self.action_of = {row.id: row for row in self.actions}

    def placed(self):
        """(uuid, host) of wherever a server is written to be, in whole or in part."""
        return {(row.uuid, host): row for row in self.alive
                for host in (row.host, row.origin, row.destination) if host}


def lost(found, accepted):
    """I1: every request that was accepted has its action."""
    known = {(row.server, row.request_id) for row in found.actions}
    requests = {row.request_id for row in found.actions}
    for one in accepted:
        if one.request_id not in requests or (
                one.server and (one.server, one.request_id) not in known):
            yield f'{one.verb} of server {one.server} ({one.request_id}) was accepted and forgotten'


def duplicated(found):
    """I2: no action was done twice: no step of a host has succeeded more than once."""
    done = collections.Counter()
    for event in found.events:
        action = found.action_of[event.action_id]
        if event.result == 'Success' and machine.VERBS[action.verb].step(
                event.step).at is not machine.At.CONDUCTOR:
            done[action.request_id, event.name, event.step] += 1
    for (request_id, name, _), times in done.items():
        if times > 1:
            yield f'{name} of {request_id} has succeeded {times} times'


def stuck(found):
    """I2: every action has ended, and no server is left in the middle of one."""
    for row in found.actions:
        if row.finish_time is None:
            yield (f'{row.name} of server {row.server} ({row.request_id}) waits at {row.step} '
                   f'for {row.held_by or "nobody"}{", on the way back" if row.back else ""}')
    for row in found.alive:
        if row.task_state or row.owner or row.came_from:
            yield f'server {row.uuid} is left in {row.vm_state}, {row.task_state} ({row.owner})'


def late(found, slack=60):
    """I2: every action ended within its deadline, and the time that a way back takes."""
    for row in found.actions:
        if row.finish_time and row.deadline and (
                row.finish_time - row.deadline).total_seconds() > slack:
            yield f'{row.name} of server {row.server} ({row.request_id}) ended after its deadline'


def faultless(found):
    """I3: a server in ERROR has its fault, and so has each action that has failed."""
    with_fault = {row.server for row in found.faults}
    for row in found.alive:
        if row.vm_state == Vm.ERROR and row.uuid not in with_fault:
            yield f'server {row.uuid} is in ERROR and nobody says why'
    for row in found.actions:
        if row.message == 'Error' and not row.fault:
            yield f'{row.name} of server {row.server} ({row.request_id}) failed, and no word why'


def unfinished(found):
    """I4: every event that has begun is finished."""
    for event in found.events:
        if event.finish_time is None:
            action = found.action_of[event.action_id]
            yield f'{event.name} of server {action.server} ({action.request_id}) has no end'


def twins(found):
    """I6: no guest is on two hosts, but where its server is written to have two parts."""
    where = collections.defaultdict(list)
    for host, guests in found.guests.items():
        for uuid in guests:
            where[uuid].append(host)
    placed = found.placed()
    for uuid, names in where.items():
        if len(names) > 1 and not all((uuid, host) in placed for host in names):
            yield f'server {uuid} has guests on {", ".join(sorted(names))}'


def too_many(found):
    """I7: no host has a guest that no server has there."""
    placed = found.placed()
    for host, guests in found.guests.items():
        for uuid in guests:
            if (uuid, host) not in placed:
                yield f'{host} has a guest of server {uuid}, which is not there'


def too_few(found):
    """I7: wherever a server is, its guest is; but where a way back has failed it may be missing."""
    for (uuid, host), row in found.placed().items():
        doubtful = host == row.destination or row.launched_at is None
        if uuid not in found.guests.get(host, ()) and not doubtful:
            yield f'server {uuid} ({row.vm_state}) has no guest on {host}'


def uneven(found):
    """I7: what is held of hosts, volumes and networks is what the servers have."""
    placed = found.placed()
    held = {(row.server, row.host) for row in found.held}
    for uuid, host in sorted(held.symmetric_difference(placed)):
        yield f'server {uuid} holds room on {host} and is not there, or the other way round'
    sums, memory = collections.Counter(), collections.Counter()
    for row in found.held:
        sums[row.host] += 1
        memory[row.host] += row.memory_mb
    for row in found.hosts:
        if (row.servers, row.memory_mb_used) != (sums[row.name], memory[row.name]):
            yield f'{row.name} counts other servers than those that hold room there'
    written = {(device['volume_id'], row.uuid) for row in found.alive
               for device in devices.attached(row.volumes)}
    attached = {(row.volume_id, row.server) for row in found.attached}
    for volume, uuid in sorted(attached ^ written):
        yield f'volume {volume} and server {uuid} do not agree whether it is attached'
    in_use = {volume for volume, _ in attached}
    for row in found.volumes:
        if (row.status != 'available') != (row.id in in_use):
            yield f'volume {row.id} is {row.status}'
    plugged = {(nic['port_id'], row.uuid) for row in found.alive for nic in row.nics}
    for port, uuid in sorted({(row.id, row.device_id) for row in found.ports} ^ plugged):
        yield f'port {port} and server {uuid} do not agree whether it is plugged in'
    given = collections.Counter((row.subnet_id, row.address) for row in found.addresses)
    for (_, address), times in given.items():
        if times > 1:
            yield f'address {address} is given {times} times'


#: What the table calls each check, in its order; ``lost`` also takes what was accepted.
CHECKS = {
    'duplicated': duplicated, 'stuck': stuck, 'after their deadline': late,
    'ERROR or Error without fault': faultless, 'unfinished events': unfinished,
    'guests on two hosts': twins, 'guests too many': too_many, 'guests too few': too_few,
    'room, volumes, ports that do not add up': uneven,
}


def findings(found, accepted):
    """What breaks each invariant, by its name: the sentences."""
    return {'lost': sorted(lost(found, accepted))} | {
        name: list(check(found)) for name, check in CHECKS.items()}


def guests(directory):
    """What the simulated hosts of a state directory have: host -> uuid -> guest.

    Read as the hosts' own files tell it, without asking anybody.
    """
    there = {}
    for file in sorted(pathlib.Path(directory, 'guests').glob('*.jsonl')):
        there |= simulated.on_shelf(file)       # a host is one worker's
    return there


def longest_silence(found, deaths):
    """Seconds from the death of a worker to the end of the last event it had in hand; or None.

    ``deaths`` are (time, prefix of the names of its hosts). Which a recovery has ended, by a
    fault or by a new placement, or the worker when it was back.
    """
    seconds = [(event.finish_time - time).total_seconds()
               for time, prefix in deaths for event in found.events
               if event.host and event.host.startswith(prefix) and event.start_time <= time
               and event.finish_time and event.finish_time > time]
    return max(seconds, default=None)
