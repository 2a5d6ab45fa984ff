"""Reading servers, and the only two statements that move them."""

import contextlib
import datetime
import functools

from oslo_db import exception as db_exception
import sqlalchemy as sa

from novalite import errors
from novalite.db import statements
from novalite.db.models import servers
from novalite.servers.states import Vm


def create(connection, **columns):
    statements.insert(connection, servers, columns)


def get(connection, uuid, lock=False):
    """A server's row, deleted or not; ``lock`` keeps others from changing it meanwhile."""
    row = statements.select(servers, 'uuid', lock=lock).row(connection, {'uuid': uuid})
    if row is None:
        raise errors.ServerNotFound(uuid=uuid)
    return row


def begin(connection, ctxt, uuid, action, now, **values):
    """Put ``action`` in charge of the server, or say why it may not be."""
    may_start = servers.c.vm_state.in_(action.allowed) & servers.c.deleted.is_(False)
    if action.launched:
        may_start &= servers.c.launched_at.is_not(None)
    if action.interrupts is not True:
        free = servers.c.task_state.is_(None) & servers.c.owner.is_(None)
        if action.interrupts:
            free |= servers.c.task_state.in_(action.interrupts)
        may_start &= free
    if not _update(connection, servers.c.uuid == uuid, may_start,
                   task_state=action.task_state, came_from=servers.c.vm_state,
                   owner=ctxt.request_id, updated_at=now, **values):
        raise _refusal(get(connection, uuid), action)


def refuse_wrong_state(server, action):
    """Raise what ``begin`` would, if the server as it was read may not begin this action."""
    takes_over = action.interrupts is True or (
        action.interrupts and server.task_state in action.interrupts)
    if (server.deleted or server.vm_state not in action.allowed
            or (action.launched and server.launched_at is None)
            or not (takes_over or (server.task_state is None and server.owner is None))):
        raise _refusal(server, action)


def _refusal(server, action):
    """Why this action may not be put in charge of the server, in Nova's words."""
    if server.deleted:
        return errors.ServerNotFound(uuid=server.uuid)
    attribute = 'vm_state'
    if server.vm_state in action.allowed:
        if action.launched and server.launched_at is None:
            return errors.NeverLaunched(action=action.name, uuid=server.uuid)
        if server.task_state:
            attribute = 'task_state'
    return errors.ActionNotAllowed(
        action=action.name, uuid=server.uuid, attribute=attribute,
        state=getattr(server, attribute))


def move(connection, ctxt, uuid, now, **values):
    """Change the server, if this request's action is still in charge of it."""
    mine = {'uuid': uuid, 'owner': ctxt.request_id}
    return statements.update(connection, servers, mine, values | {'updated_at': now}) == 1


def observe(connection, uuid, seen, now, **values):
    """Change what was found out about a server at rest, if it is as it was at ``seen``."""
    return _update(connection, servers.c.uuid == uuid, servers.c.deleted.is_(False),
                   servers.c.owner.is_(None), servers.c.task_state.is_(None),
                   servers.c.updated_at == seen, updated_at=now, **values)


def forget(connection, uuid, now, vm_state):
    """The server rests, although the action in charge of it has not ended, and never will."""
    return _update(connection, servers.c.uuid == uuid, updated_at=now, vm_state=vm_state,
                   task_state=None, owner=None, came_from=None, progress=0)


def leave_destination(connection, uuid, host):
    """A server at rest is not on its way to this host any more; False if it was not at rest."""
    return _update(connection, servers.c.uuid == uuid, servers.c.destination == host,
                   servers.c.owner.is_(None), destination=None)


def edit(connection, uuid, now, **values):
    """Change what no action touches: name, description, metadata, lock."""
    return _update(connection, servers.c.uuid == uuid, servers.c.deleted.is_(False),
                   updated_at=now, **values)


def _update(connection, *where, **values):
    return connection.execute(
        sa.update(servers).where(*where).values(**values)).rowcount == 1


def waiting(connection, vm_state, since, most):
    """Servers that have been at rest in a state since then, and longer."""
    return connection.execute(
        sa.select(servers.c.uuid, servers.c.project_id, servers.c.user_id).where(
            servers.c.vm_state == vm_state, servers.c.updated_at < since,
            servers.c.owner.is_(None), servers.c.deleted.is_(False))
        .order_by(servers.c.updated_at).limit(most)).all()


# Lists

#: Sort keys of the API -> columns.
SORTABLE = {
    name: servers.c[column] for name, column in {
        'access_ip_v4': 'access_ip_v4', 'access_ip_v6': 'access_ip_v6',
        'availability_zone': 'availability_zone', 'config_drive': 'config_drive',
        'created_at': 'created_at', 'display_description': 'description',
        'display_name': 'name', 'host': 'host', 'hostname': 'hostname',
        'image_ref': 'image_id', 'key_name': 'key_name', 'launch_index': 'launch_index',
        'launched_at': 'launched_at', 'locked': 'locked', 'power_state': 'power_state',
        'progress': 'progress', 'project_id': 'project_id', 'task_state': 'task_state',
        'terminated_at': 'terminated_at', 'updated_at': 'updated_at', 'user_id': 'user_id',
        'uuid': 'uuid', 'vm_state': 'vm_state', 'auto_disk_config': 'disk_config',
        'locked_by': 'locked_by', 'node': 'host',
        # What is the same in all servers, or kept where nothing can be sorted by it.
        'instance_type_id': 'id', 'kernel_id': 'id', 'ramdisk_id': 'id', 'root_device_name': 'id',
    }.items()}


def listed(connection, where, sort, limit, marker=None):
    """Rows that fulfil all of ``where``, sorted by (column, 'asc' or 'desc') pairs.

    ``marker`` is the uuid of the last server of the page before; ties are broken
    by id, so that pages neither repeat nor lose a server.
    """
    sort = [*sort, (servers.c.id, sort[-1][1] if sort else 'desc')]
    query = sa.select(servers).where(*where).limit(limit)
    if marker is not None:
        row = connection.execute(
            sa.select(servers).where(servers.c.uuid == marker)).one_or_none()
        if row is None:
            raise errors.MarkerNotFound(marker=marker)
        query = query.where(_after(row, sort))
    for column, direction in sort:
        query = query.order_by(*_nulls_first(column, direction))
    with _expressions_understood():
        return connection.execute(query).all()


#: What PostgreSQL, MySQL and SQLite (for a match that takes too long) say of a regular
#: expression that they cannot use.
_NO_EXPRESSION = ('2201B', 1139, 'user-defined function raised exception')


@contextlib.contextmanager
def _expressions_understood():
    """Regular expressions are the database's: what Python takes it may refuse."""
    try:
        yield
    except (db_exception.DBError, sa.exc.DBAPIError) as exc:
        cause = getattr(exc, 'inner_exception', exc)
        cause = getattr(cause, 'orig', cause)
        if {getattr(cause, 'pgcode', None), *cause.args[:1]}.isdisjoint(_NO_EXPRESSION):
            raise
        raise errors.Invalid('The database cannot match such a regular expression.') from exc


def _nulls_first(column, direction):
    """NULL is less than anything, in every database."""
    present = column.is_not(None)
    if direction == 'asc':
        return (present.asc(), column.asc()) if column.nullable else (column.asc(),)
    return (present.desc(), column.desc()) if column.nullable else (column.desc(),)


def _after(row, sort):
    """What makes a row come after ``row`` in this order."""
    alternatives, equal = [], []
    for column, direction in sort:
        value = getattr(row, column.key)
        later = _later(column, direction, value)
        if later is not None:
            alternatives.append(sa.and_(*equal, later))
        equal.append(column.is_(None) if value is None else column == value)
    return sa.or_(*alternatives)


def _later(column, direction, value):
    if direction == 'asc':
        return column.is_not(None) if value is None else column > value
    if value is None:
        return None
    return (column < value) | column.is_(None) if column.nullable else column < value


def lived(connection, start, end, project_id=None, marker=None, limit=None, host=None):
    """Servers that ran in a span of time, deleted ones too, by uuid; those after ``marker``."""
    query = sa.select(servers).where(
        servers.c.launched_at < end,
        servers.c.terminated_at.is_(None) | (servers.c.terminated_at >= start))
    if project_id is not None:
        query = query.where(servers.c.project_id == project_id)
    if host is not None:
        query = query.where(servers.c.host == host)
    if marker is not None:
        last = get(connection, marker)
        if project_id not in (None, last.project_id):
            raise errors.ServerNotFound(uuid=marker)
        query = query.where(servers.c.uuid > last.uuid)
    return connection.execute(query.order_by(servers.c.uuid).limit(limit)).all()


@functools.cache
def _used(*whose):
    return statements.Prepared(sa.select(
        sa.func.count().label('instances'), sa.func.sum(servers.c.vcpus).label('cores'),
        sa.func.sum(servers.c.memory_mb).label('ram')).where(
            servers.c.deleted.is_(False),
            *(servers.c[name] == sa.bindparam(name) for name in whose)))


def used(connection, project_id, user_id=None):
    """What the servers of a project, or of one of its users, take: {'instances', 'cores',
    'ram' in MiB}."""
    theirs = {'project_id': project_id} | ({} if user_id is None else {'user_id': user_id})
    return {name: int(value or 0)
            for name, value in _used(*theirs).row(connection, theirs)._asdict().items()}


def sizes_on(connection, host):
    """What the servers on a host take by their flavors: project -> {cpu, memory_mb, disk_gb}."""
    found = {}
    for row in connection.execute(
            sa.select(servers.c.project_id, servers.c.vcpus, servers.c.memory_mb, servers.c.flavor)
            .where(servers.c.host == host, servers.c.deleted.is_(False)).order_by(servers.c.id)):
        sizes = found.setdefault(row.project_id, {'cpu': 0, 'memory_mb': 0, 'disk_gb': 0})
        sizes['cpu'] += row.vcpus
        sizes['memory_mb'] += row.memory_mb
        sizes['disk_gb'] += row.flavor['disk'] + (row.flavor.get('ephemeral') or 0)
    return found


def hidden(now: datetime.datetime):
    """What a server that has been deleted has in its row."""
    return {'vm_state': Vm.DELETED, 'deleted': True, 'terminated_at': now}
