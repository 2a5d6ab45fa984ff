"""What is written of a whole cloud at one moment, to hold its promises against."""

import sqlalchemy as sa

from novalite import invariants
from novalite.db import addresses
from novalite.db import hosts
from novalite.db import models
from novalite.db import moves
from novalite.db import networks
from novalite.db import shares
from novalite.db import volumes
from novalite.servers.states import Vm

_SERVERS = [models.servers.c[name] for name in (
    'id', 'uuid', 'host', 'destination', 'origin', 'nics', 'volumes', 'shares', 'vm_state',
    'task_state', 'power_state', 'owner', 'came_from')]
_ACTIONS = [models.actions.c[name] for name in (
    'id', 'server', 'request_id', 'name', 'verb', 'start_time', 'finish_time', 'message', 'fault',
    'step', 'back', 'held_by', 'deadline')]
_EVENTS = [models.events.c[name] for name in (
    'id', 'action_id', 'name', 'step', 'host', 'start_time', 'finish_time', 'result')]


def whole(connection, guests, accepted=(), now=None, around=None):
    """All there is to know, for what is asked of a cloud at rest.

    ``around`` is the connection to the database of the ports and volumes, where that is another.
    """
    around = around or connection
    actions = _rows(connection, models.actions, *_ACTIONS)
    events = _rows(connection, models.events, *_EVENTS)
    faults = _rows(connection, models.faults, models.faults.c.server, models.faults.c.request_id)
    return invariants.Facts(
        now=now, accepted=tuple(accepted),
        known=frozenset((row.request_id, row.server) for row in actions),
        servers=_rows(connection, models.servers, *_SERVERS,
                      where=models.servers.c.deleted.is_(False)),
        actions=actions, events=events, faults=faults,
        moves=_rows(connection, moves.migrations), guests=guests,
        held=hosts.held(connection), hosts=hosts.listed(connection),
        volumes=_rows(around, volumes.volumes, volumes.volumes.c.id, volumes.volumes.c.status),
        attachments=_rows(around, volumes.attachments),
        ports=_rows(around, networks.ports, networks.ports.c.id, networks.ports.c.device_id,
                    where=networks.ports.c.device_owner.like('compute:%')),
        addresses=_rows(around, addresses.addresses),
        mounts=_rows(connection, shares.rules, where=shares.rules.c.server.is_not(None)),
        written={'events': len(events), 'faults': len(faults)})


def so_far(connection, accepted=(), now=None):
    """As much as may be asked of a cloud in which all is under way."""
    in_error = models.servers.c.vm_state == Vm.ERROR
    return invariants.Facts(
        now=now, accepted=tuple(accepted),
        known=frozenset(connection.execute(sa.select(
            models.actions.c.request_id, models.actions.c.server)).all()),
        servers=_rows(connection, models.servers, *_SERVERS,
                      where=in_error & models.servers.c.deleted.is_(False)),
        actions=_rows(connection, models.actions, *_ACTIONS,
                      where=models.actions.c.finish_time.is_(None)),
        faults=_rows(connection, models.faults, models.faults.c.server,
                     where=models.faults.c.server.in_(
                         sa.select(models.servers.c.uuid).where(in_error))),
        written={'events': _count(connection, models.events),
                 'faults': _count(connection, models.faults)})


def _rows(connection, table, *columns, where=sa.true()):
    """Rows of these columns, or of all, in the order in which they were written."""
    order = (table.c.id,) if 'id' in table.c else table.primary_key.columns
    return connection.execute(sa.select(*columns or [table]).where(where).order_by(*order)).all()


def _count(connection, table):
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()
