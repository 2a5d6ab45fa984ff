"""The promises I1 to I8 (see the architecture), held against a world.

``running`` may be asked at any moment, ``resting`` when the faults are off and nothing is under
way any more. Both answer violations, which is what a simulation looks for.
"""

import collections
import dataclasses
import datetime

import sqlalchemy as sa

from novalite import errors
from novalite.db import addresses
from novalite.db import hosts
from novalite.db import models
from novalite.db import networks
from novalite.db import volumes
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers.states import Power
from novalite.servers.states import Vm
from novalite.simulation import runtime

#: An action past its deadline has so many seconds to go all the way back.
BACK = datetime.timedelta(seconds=600)


@dataclasses.dataclass(frozen=True, order=True)
class Violation:
    """``promise`` is 'I1' to 'I8'; ``server`` and ``request_id`` say whose."""

    promise: str
    server: str | None
    request_id: str | None
    message: str

    def __str__(self):
        whose = f' server {self.server}' if self.server else ''
        asked = f' ({self.request_id})' if self.request_id else ''
        return f'{self.promise}:{whose}{asked} {self.message}'


class Checks:
    """``accepted`` is what clients were promised: {request id: the server's uuid}."""

    def __init__(self, world):
        self._world = world
        self.accepted = {}
        self._faults = self._events = 0

    def running(self):
        """What is broken though all may still be under way."""
        world = self._world
        now = runtime.BEGINNING + datetime.timedelta(seconds=world.timeline.now)
        with world.read() as connection:
            return sorted([*self._promised(connection), *self._late(connection, now),
                           *_errors_without_fault(connection), *self._forgotten(connection)])

    def resting(self):
        """What is broken once everything has had the time to come to its end."""
        with self._world.read() as connection:
            found = [*self._promised(connection), *_unended(connection),
                     *_errors_without_fault(connection), *self._forgotten(connection),
                     *_failed_without_fault(connection), *_places(connection, self._world),
                     *_pushed_aside(connection),
                     *_ports_and_volumes(connection)]
        return sorted(found)

    def under_way(self):
        """How many actions have not ended."""
        with self._world.read() as connection:
            return connection.execute(sa.select(sa.func.count()).where(
                models.actions.c.finish_time.is_(None))).scalar()

    def _promised(self, connection):
        """I1, I5: every 202 has its action, under its request id."""
        wanted = list(self.accepted)
        there = set()
        for start in range(0, len(wanted), 500):
            there |= {row.request_id for row in connection.execute(
                sa.select(models.actions.c.request_id).where(
                    models.actions.c.request_id.in_(wanted[start:start + 500])))}
        return [Violation('I1', self.accepted[request_id], request_id,
                          'was accepted, and there is no action of it')
                for request_id in wanted if request_id not in there]

    def _late(self, connection, now):
        return [Violation('I2', row.server, row.request_id,
                          f'{row.name} should have ended by {row.deadline} and is at {row.step}')
                for row in connection.execute(sa.select(models.actions).where(
                    models.actions.c.finish_time.is_(None),
                    models.actions.c.deadline < now - BACK))]

    def _forgotten(self, connection):
        """I8: what has happened stays written down."""
        for name, table in (('faults', models.faults), ('events', models.events)):
            count = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
            if count < getattr(self, f'_{name}'):
                yield Violation('I8', None, None, f'there are fewer {name} than before')
            setattr(self, f'_{name}', count)


def _errors_without_fault(connection):
    """I3."""
    told = sa.select(models.faults.c.server)
    return [Violation('I3', row.uuid, row.owner, 'is in ERROR, and has no fault')
            for row in connection.execute(sa.select(models.servers).where(
                models.servers.c.vm_state == Vm.ERROR, models.servers.c.deleted.is_(False),
                models.servers.c.uuid.not_in(told)))]


def _failed_without_fault(connection):
    """I3: an action that failed has its fault, and says that it did."""
    fault = sa.select(models.faults.c.request_id)
    return [Violation('I3', row.server, row.request_id, f'{row.name} failed, and has no fault')
            for row in connection.execute(sa.select(models.actions).where(
                models.actions.c.message == 'Error', models.actions.c.request_id.not_in(fault),
                models.actions.c.attempt > 0))
            if not _superseded(row)]


def _superseded(row):
    """It gave way to another action: what it says of itself, the other one ends."""
    message = errors.fault(errors.Superseded(uuid=row.server))['message']
    return bool(row.fault) and row.fault['message'] == message


def _pushed_aside(connection):
    """I6: only what may interrupt takes a server over from an action that has not ended."""
    rows = collections.defaultdict(list)
    for row in connection.execute(sa.select(
            models.actions.c.server, models.actions.c.request_id, models.actions.c.name,
            models.actions.c.verb, models.actions.c.start_time, models.actions.c.finish_time,
            models.actions.c.fault).order_by(models.actions.c.id)):
        rows[row.server].append(row)
    for server, lived in sorted(rows.items()):
        for number, row in enumerate(lived):
            if _superseded(row) and not any(
                    later.verb in machine.VERBS and machine.VERBS[later.verb].interrupts
                    and later.start_time <= row.finish_time for later in lived[number + 1:]):
                yield Violation('I6', server, row.request_id,
                                f'{row.name} was pushed aside by what may not interrupt it')


def _unended(connection):
    """I2, I4."""
    for row in connection.execute(sa.select(models.actions).where(
            models.actions.c.finish_time.is_(None))):
        yield Violation('I2', row.server, row.request_id, f'{row.name} has not ended: {row.step}')
    for row in connection.execute(sa.select(models.servers).where(
            models.servers.c.deleted.is_(False), sa.or_(
                models.servers.c.task_state.is_not(None), models.servers.c.owner.is_not(None)))):
        yield Violation('I2', row.uuid, row.owner, f'is left in {row.vm_state}/{row.task_state}')
    for event, action in connection.execute(sa.select(models.events, models.actions).join(
            models.actions, models.actions.c.id == models.events.c.action_id).where(
            models.events.c.finish_time.is_(None)).with_only_columns(
                models.events.c.name, models.actions.c.request_id)):
        yield Violation('I4', None, action, f'event {event} was never finished')


def _places(connection, world):
    """I6, I7: guests, the servers' places and the room held for them are the same."""
    servers = connection.execute(
        sa.select(models.servers).where(models.servers.c.deleted.is_(False))).all()
    placed = {(row.uuid, host) for row in servers
              for host in (row.host, row.origin, row.destination) if host}
    # Room may be held, after a way back that failed, where there need not be a guest.
    doubtful = {(row.uuid, row.destination) for row in servers} | {
        (row.uuid, row.host) for row in servers
        if row.launched_at is None or row.vm_state == Vm.ERROR} | {
        # A delete that took over from a confirm, and failed: its old guest may be gone.
        (row.uuid, row.origin) for row in servers if row.vm_state != Vm.RESIZED} | {
        # It vanished by itself, and that has been noticed.
        (row.uuid, row.host) for row in servers if row.power_state == Power.NOSTATE
        and (row.uuid, row.host) in world.vanished}
    held = hosts.held(connection)
    there, homes = set(), collections.defaultdict(list)
    guests_on = world.guests()
    for host, guests in guests_on.items():
        for uuid, guest in guests.items():
            there.add((uuid, host))
            if guest['power_state'] == 1:
                homes[uuid].append(host)
    for uuid, where in sorted(homes.items()):
        if len(where) > 1:
            yield Violation('I6', uuid, None, f'runs on {" and ".join(sorted(where))}')
    for row in servers:
        guest = guests_on.get(row.host, {}).get(row.uuid)
        if guest and guest['power_state'] != row.power_state:
            yield Violation('I7', row.uuid, None, f'has power_state {row.power_state}, and its '
                            f'guest on {row.host} has {guest["power_state"]}')
    for uuid, host in sorted(there - placed):
        yield Violation('I7', uuid, None, f'has a guest on {host}, where it should not be')
    for uuid, host in sorted(placed - there - doubtful):
        yield Violation('I7', uuid, None, f'has no guest on {host}, where it should be')
    of_held = {(row.server, row.host) for row in held}
    for uuid, host in sorted(of_held ^ placed):
        what = 'holds room on' if (uuid, host) in of_held else 'holds no room on'
        yield Violation('I7', uuid, None, f'{what} {host}')
    sums, memory = collections.Counter(), collections.Counter()
    for row in held:
        sums[row.host] += 1
        memory[row.host] += row.memory_mb
    for row in hosts.listed(connection):
        for what in ('vcpus', 'memory_mb', 'disk_gb'):
            used, limit = getattr(row, f'{what}_used'), getattr(row, f'{what}_limit')
            if used > limit:
                yield Violation('I7', None, None,
                                f'{row.name} has {used} of {what} in use, and {limit} in all')
        if (row.servers, row.memory_mb_used) != (sums[row.name], memory[row.name]):
            yield Violation('I7', None, None, f'{row.name} counts {row.servers} servers and '
                            f'{row.memory_mb_used} MiB; {sums[row.name]} and '
                            f'{memory[row.name]} are held')


def _ports_and_volumes(connection):
    """I7: addresses, ports and volumes are those that the servers have."""
    servers = connection.execute(
        sa.select(models.servers).where(models.servers.c.deleted.is_(False))).all()
    plugged = {(nic['port_id'], row.uuid) for row in servers for nic in row.nics}
    ports = {(row.id, row.device_id) for row in connection.execute(
        sa.select(networks.ports).where(networks.ports.c.device_owner.like('compute:%')))}
    for port, uuid in sorted(ports ^ plugged):
        yield Violation('I7', uuid, None, f'has port {port} in one place, and not in the other')
    attached = {(row.volume_id, row.server) for row in connection.execute(
        sa.select(volumes.attachments))}
    wanted = {(device['volume_id'], row.uuid) for row in servers
              for device in devices.attached(row.volumes)}
    for volume, uuid in sorted(attached ^ wanted):
        yield Violation('I7', uuid, None, f'has volume {volume} in one place, not in the other')
    given = connection.execute(sa.select(addresses.addresses)).all()
    if len({(row.subnet_id, row.address) for row in given}) != len(given):
        yield Violation('I7', None, None, 'one address was given twice')
