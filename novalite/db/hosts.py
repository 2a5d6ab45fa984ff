"""Hosts: their signs of life, their room, and who holds it."""

import datetime
import functools

import sqlalchemy as sa

from novalite.db import statements
from novalite.db.models import aggregate_hosts
from novalite.db.models import aggregates
from novalite.db.models import allocations
from novalite.db.models import daemons
from novalite.db.models import hosts
from novalite.db.models import servers

SIZES = ('vcpus', 'memory_mb', 'disk_gb')


# Signs of life

def alive_since(conf, now):
    """A host or daemon that was last seen before this is down."""
    return now - datetime.timedelta(seconds=conf.compute.service_down_time)


def up(row, alive_since):
    """Whether a host is alive as the API shows it; one nobody knows is not."""
    return row is not None and not row.forced_down and row.last_seen >= alive_since


def gone(row, before):
    """Whether what waits for this host waits in vain.

    It was said to be down, or was last seen before ``before``; a worker that has
    said goodbye may come back as long as one that is still to be missed.
    """
    return row.forced_down or (
        row.last_seen < before and (row.left_at is None or row.left_at < before))


def is_gone(before):
    """``gone`` as a condition."""
    return hosts.c.forced_down | (
        (hosts.c.last_seen < before) & (hosts.c.left_at.is_(None) | (hosts.c.left_at < before)))


def fence(connection, name):
    """What a host had in hand is somebody else's now: it must register before it is trusted."""
    connection.execute(sa.update(hosts).where(hosts.c.name == name).values(incarnation=''))


def register(connection, runtime, worker, incarnation, inventories, knows='1.0'):
    """Write down the hosts a compute worker carries; what they hold stays as it is.

    ``knows`` is the version of messages that the worker understands.
    Returns the names of those that another incarnation carried until now. A
    worker that only says again that it is there has not dropped anything.
    """
    now = runtime.now()
    known = {row.name: row.incarnation for row in connection.execute(
        sa.select(hosts.c.name, hosts.c.incarnation)
        .where(hosts.c.name.in_([i['name'] for i in inventories])))}
    for inventory in inventories:
        values = inventory | {
            'own_zone': inventory['zone'], 'worker': worker, 'incarnation': incarnation,
            'last_seen': now, 'left_at': None, 'knows': knows}
        if inventory['name'] in known:
            connection.execute(sa.update(hosts).where(hosts.c.name == inventory['name'])
                               .values(**values))
    new = [inventory for inventory in inventories if inventory['name'] not in known]
    if new:
        connection.execute(sa.insert(hosts), [inventory | {
            'own_zone': inventory['zone'], 'worker': worker, 'incarnation': incarnation,
            'last_seen': now, 'created_at': now, 'knows': knows,
            'service_uuid': runtime.uuid(), 'hypervisor_uuid': runtime.uuid(),
        } for inventory in new])
    # One that was said to be dead is not back before that is taken back.
    connection.execute(sa.update(hosts).where(
        hosts.c.worker == worker, hosts.c.forced_down.is_(True)).values(incarnation=''))
    rezone(connection, [inventory['name'] for inventory in inventories])
    return [name for name, carried_by in known.items() if carried_by != incarnation]


def rezone(connection, names):
    """Put hosts into the zone of their aggregates, or back into their own."""
    zone = sa.select(sa.func.min(aggregates.c.availability_zone)).where(
        aggregates.c.id == aggregate_hosts.c.aggregate,
        aggregate_hosts.c.host == hosts.c.name).scalar_subquery()
    connection.execute(sa.update(hosts).where(hosts.c.name.in_(names))
                       .values(zone=sa.func.coalesce(zone, hosts.c.own_zone)))


def lock(connection, names):
    """The rows of these hosts, which nobody else changes until the commit."""
    return connection.execute(sa.select(hosts).where(hosts.c.name.in_(names))
                              .order_by(hosts.c.id).with_for_update()).all()


def beat(connection, now, worker, incarnation):
    """One statement for all hosts of a worker; False if it must register (again)."""
    seen = connection.execute(
        sa.update(hosts).where(hosts.c.worker == worker, hosts.c.incarnation == incarnation)
        .values(last_seen=now)).rowcount
    fenced = sa.select(hosts.c.id).where(
        hosts.c.worker == worker, hosts.c.incarnation == '', hosts.c.forced_down.is_(False))
    return bool(seen) and connection.execute(fenced.limit(1)).first() is None


def leave(connection, worker, incarnation, now):
    """A worker will end soon: its hosts live on until then, and get nothing more."""
    connection.execute(
        sa.update(hosts).where(hosts.c.worker == worker, hosts.c.incarnation == incarnation)
        .values(left_at=now))


def silence(connection, worker, incarnation, down_since, now):
    """A worker that has ended says so: its hosts were last seen when a host that is down was.

    Returns their names.
    """
    mine = (hosts.c.worker == worker, hosts.c.incarnation == incarnation)
    connection.execute(sa.update(hosts).where(*mine).values(last_seen=down_since, left_at=now))
    return connection.execute(
        sa.select(hosts.c.name).where(*mine).order_by(hosts.c.id)).scalars().all()


def beat_daemon(connection, runtime, binary, host):
    """A sign of life of a daemon that carries no hosts; True if it is its first."""
    now = runtime.now()
    seen = connection.execute(
        sa.update(daemons).where(daemons.c.binary == binary, daemons.c.host == host)
        .values(last_seen=now)).rowcount
    if not seen:
        connection.execute(sa.insert(daemons).values(
            uuid=runtime.uuid(), binary=binary, host=host, created_at=now, last_seen=now,
            disabled=False))
    return not seen


def daemon_last_seen(connection, binary):
    """When any daemon of a kind gave its last sign of life; None if there never was one."""
    return connection.execute(
        sa.select(sa.func.max(daemons.c.last_seen)).where(daemons.c.binary == binary)).scalar()


# Reading

def listed(connection, **equals):
    """Hosts in the order they came, those whose columns equal what is given."""
    return connection.execute(
        sa.select(hosts).filter_by(**equals).order_by(hosts.c.id)).all()


def get(connection, name):
    return statements.select(hosts, 'name').row(connection, {'name': name})


def named(connection, names):
    """Those of these hosts that are known, by name."""
    return {row.name: row for row in connection.execute(
        sa.select(hosts).where(hosts.c.name.in_(names)))}


def zones(connection):
    """Pairs of a zone and whether a host of it may be used."""
    usable = sa.func.max(sa.case((hosts.c.disabled.is_(True), 0), else_=1))
    rows = connection.execute(
        sa.select(hosts.c.zone, usable).group_by(hosts.c.zone).order_by(hosts.c.zone))
    return [(zone, bool(usable)) for zone, usable in rows]


def with_room(connection, size, alive_since, zone=None, only=None, avoid=(), most=20, first=(),
              last=()):
    """The hosts a server of this size could go to in batches, the emptiest first.

    Narrowed here so that placing costs the same with ten hosts and ten thousand;
    ``scheduler`` decides among them. A batch is read when the one before, half as big,
    would not do. ``first`` and ``last`` are hosts that come before and after all others.
    """
    ranked, seen = bool(first or last), list(avoid)
    given = _of(size) | {'alive_since': alive_since} | ({} if zone is None else {'zone': zone}) | (
        {} if only is None else {'only': list(only)}) | (
        {'first': list(first), 'last': list(last)} if ranked else {})
    while batch := _with_room(zone is not None, only is not None, ranked, bool(seen)).rows(
            connection, given | {'most': most} | ({'seen': seen} if seen else {})):
        yield batch
        seen += [host.name for host in batch]
        most *= 2


@functools.cache
def _with_room(in_zone, among, ranked, seen):
    query = sa.select(hosts).where(
        hosts.c.disabled.is_(False), hosts.c.forced_down.is_(False),
        hosts.c.last_seen >= sa.bindparam('alive_since'), hosts.c.left_at.is_(None), *_FITS)
    if in_zone:
        query = query.where(hosts.c.zone == sa.bindparam('zone'))
    if among:
        query = query.where(hosts.c.name.in_(_names('only')))
    if seen:
        query = query.where(hosts.c.name.not_in(_names('seen')))
    if ranked:
        query = query.order_by(sa.case(
            (hosts.c.name.in_(_names('first')), 0), (hosts.c.name.in_(_names('last')), 2),
            else_=1))
    # Both downwards, as one index has them.
    return statements.Prepared(
        query.order_by(hosts.c.memory_mb_free.desc(), hosts.c.id.desc()).limit(
            sa.bindparam('most', type_=sa.Integer)))


def _names(parameter):
    return sa.bindparam(parameter, expanding=True)


# Room

def _of(size):
    return {f'of_{name}': size[name] for name in SIZES}


_SIZE = {name: sa.bindparam(f'of_{name}', type_=sa.Integer) for name in SIZES}
# Taken from the limit: added to what is used, a huge size is no integer of PostgreSQL's.
_FITS = [hosts.c[f'{name}_used'] <= hosts.c[f'{name}_limit'] - _SIZE[name] for name in SIZES]
_CLAIM = statements.Prepared(sa.update(hosts).where(
    hosts.c.name == sa.bindparam('on'), hosts.c.zone == sa.bindparam('in_zone'),
    hosts.c.disabled.is_(False), *_FITS,
).values({'servers': hosts.c.servers + 1} | {
    f'{name}_used': hosts.c[f'{name}_used'] + _SIZE[name] for name in SIZES}))


def claim(connection, server, host, zone, size, role='server'):
    """Take room on a host for a server: one statement that checks what it takes.

    False when there is no such room (any more), or the host is not in this zone any
    more; the next candidate is tried then.
    """
    if not _CLAIM.run(connection, {'on': host, 'in_zone': zone} | _of(size)):
        return False
    statements.insert(connection, allocations, {name: size[name] for name in SIZES} | {
        'server': server, 'host': host, 'role': role})
    return True


def release(connection, server, role=None):
    """Give back what a server holds, or what it holds in one role; fine if it holds nothing."""
    mine = [allocations.c.server == server]
    if role is not None:
        mine.append(allocations.c.role == role)
    for held in connection.execute(sa.select(allocations).where(*mine)).all():
        gone = connection.execute(sa.delete(allocations).where(allocations.c.id == held.id))
        if gone.rowcount:     # else somebody else has just given it back
            connection.execute(
                sa.update(hosts).where(hosts.c.name == held.host)
                .values(servers=hosts.c.servers - 1, **{
                    f'{name}_used': hosts.c[f'{name}_used'] - getattr(held, name)
                    for name in SIZES}))


def hand_over(connection, server, role, to):
    """What a server holds in one role it now holds in another."""
    connection.execute(
        sa.update(allocations).where(allocations.c.server == server, allocations.c.role == role)
        .values(role=to))


def held(connection, server=None, host=None):
    """Allocations: of one server, on one host, or all."""
    query = sa.select(allocations).order_by(allocations.c.id)
    if server is not None:
        query = query.where(allocations.c.server == server)
    if host is not None:
        query = query.where(allocations.c.host == host)
    return connection.execute(query).all()


def held_by_project(connection, project_id, user_id=None):
    """The allocations of the servers of a project, or of one of its users."""
    query = sa.select(allocations).join(servers, servers.c.uuid == allocations.c.server).where(
        servers.c.project_id == project_id).order_by(allocations.c.id)
    if user_id is not None:
        query = query.where(servers.c.user_id == user_id)
    return connection.execute(query).all()


# As the API shows them

def services(connection, **equals):
    """Every service whose columns equal what is given.

    ``key`` is its number: hosts have even ones, daemons odd ones. The rest is
    named as in ``hosts``.
    """
    of_hosts = sa.select(
        (hosts.c.id * 2).label('key'), hosts.c.service_uuid.label('uuid'),
        sa.literal('nova-compute').label('binary'), hosts.c.name.label('host'), hosts.c.zone,
        hosts.c.last_seen, hosts.c.disabled, hosts.c.disabled_reason, hosts.c.forced_down)
    of_daemons = sa.select(
        daemons.c.id * 2 + 1, daemons.c.uuid, daemons.c.binary, daemons.c.host,
        sa.literal('internal'), daemons.c.last_seen, daemons.c.disabled,
        daemons.c.disabled_reason, sa.false())
    every = sa.union_all(of_hosts, of_daemons).subquery()
    return connection.execute(
        sa.select(every).where(*(every.c[name] == value for name, value in equals.items()))
        .order_by(every.c.key)).all()


def set_service(connection, key, **values):
    """Change a service: ``disabled``, ``disabled_reason``, and a host's ``forced_down``."""
    connection.execute(_service(sa.update, key).values(**values))


def delete_service(connection, key):
    """Forget a service; False if it is a host that has servers."""
    statement = _service(sa.delete, key)
    if key % 2 == 0:
        statement = statement.where(hosts.c.servers == 0)
        connection.execute(sa.delete(aggregate_hosts).where(aggregate_hosts.c.host.in_(
            sa.select(hosts.c.name).where(hosts.c.id == key // 2, hosts.c.servers == 0))))
    return connection.execute(statement).rowcount == 1


def _service(statement, key):
    table = daemons if key % 2 else hosts
    return statement(table).where(table.c.id == key // 2)


def guests(connection, names):
    """The servers on these hosts: host -> rows with ``uuid`` and ``name``."""
    found = {}
    for row in connection.execute(
            sa.select(servers.c.host, servers.c.uuid, servers.c.name)
            .where(servers.c.host.in_(names), servers.c.deleted.is_(False))
            .order_by(servers.c.id)):
        found.setdefault(row.host, []).append(row)
    return found


def servers_of(connection, worker):
    """The servers that are on a host of this worker, or have been, or are on their way there."""
    names = sa.select(hosts.c.name).where(hosts.c.worker == worker)
    return connection.execute(
        sa.select(servers).where(servers.c.deleted.is_(False), sa.or_(
            servers.c.host.in_(names), servers.c.origin.in_(names),
            servers.c.destination.in_(names)))
        .order_by(servers.c.id)).all()


def hypervisors(connection, pattern=None, marker=None, limit=None, **equals):
    """Hosts by number, those after ``marker``, those whose name has ``pattern`` in it."""
    query = sa.select(hosts).filter_by(**equals).order_by(hosts.c.id).limit(limit)
    if pattern is not None:
        query = query.where(hosts.c.name.contains(pattern, autoescape=True))
    if marker is not None:
        query = query.where(hosts.c.id > marker)
    return connection.execute(query).all()


def totals(connection):
    """Capacity and use of all hosts that are not disabled, and their ``count``."""
    summed = ('servers', *SIZES, *(f'{name}_used' for name in SIZES))
    row = connection.execute(sa.select(
        sa.func.count().label('count'),
        *(sa.func.coalesce(sa.func.sum(hosts.c[name]), 0).label(name) for name in summed))
        .where(hosts.c.disabled.is_(False))).one()
    return {name: int(value) for name, value in row._mapping.items()}


def status(connection, names, alive_since):
    """UP, DOWN (by force), MAINTENANCE (disabled) or UNKNOWN of some hosts, by name."""
    rows = connection.execute(
        sa.select(hosts.c.name, hosts.c.disabled, hosts.c.forced_down, hosts.c.last_seen)
        .where(hosts.c.name.in_(names)))
    shown = {}
    for row in rows:
        if row.forced_down or row.disabled:
            shown[row.name] = 'DOWN' if row.forced_down else 'MAINTENANCE'
        else:
            shown[row.name] = 'UP' if row.last_seen >= alive_since else 'UNKNOWN'
    return shown
