"""What servers can be filtered and sorted by, and a page of those that pass."""

import re

import regex
import sqlalchemy as sa

from novalite import errors
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import engine
from novalite.db import server_tags
from novalite.db import servers
from novalite.db.models import servers as table
from novalite.servers import states
from novalite.servers.states import Vm

_MANY = {'many': True}


def _names(*names, since=V(2, 1)):
    return [Field(name, schema.STRING, since=since, **_MANY) for name in names]


PARAMETERS = (
    schema.LIMIT, schema.MARKER,
    Field('sort_key', schema.STRING, **_MANY),
    Field('sort_dir', schema.STRING, **_MANY),
    Field('changes-since', schema.STRING, parse=schema.moment),
    Field('changes-before', schema.STRING, since=V(2, 66), parse=schema.moment),
    Field('all_tenants', schema.STRING),
    Field('deleted', schema.BOOLEAN_LIKE, parse=schema.boolean),
    *_names('name', 'status', 'image', 'flavor', 'ip', 'ip6', 'host', 'hostname', 'reservation_id',
            'key_name', 'availability_zone', 'user_id', 'project_id', 'tenant_id', 'uuid',
            'vm_state', 'task_state', 'power_state', 'description', 'display_description',
            'display_name', 'image_ref', 'instance_type_id', 'config_drive', 'progress',
            'launch_index', 'access_ip_v4', 'access_ip_v6', 'created_at', 'launched_at',
            'terminated_at', 'updated_at', 'kernel_id', 'ramdisk_id', 'root_device_name', 'node',
            'cell_name', 'disable_terminate', 'ephemeral_gb', 'hidden', 'internal_id', 'root_gb',
            'soft_deleted', 'auto_disk_config', 'default_ephemeral_device', 'default_swap_device',
            'launched_on', 'locked_by', 'memory_mb', 'vcpus', 'os_type', 'architecture'),
    *_names('tags', 'tags-any', 'not-tags', 'not-tags-any', since=V(2, 26)),
    Field('locked', schema.STRING, since=V(2, 73)),
)

#: What everybody may filter by, and since when; the rest is for administrators and dropped
#: from the requests of others.
FOR_ALL = {
    **dict.fromkeys(('reservation_id', 'name', 'status', 'image', 'flavor', 'ip', 'changes-since',
                     'all_tenants', 'limit', 'marker', 'sort_key', 'sort_dir'), V(2, 1)),
    'ip6': V(2, 5), 'tags': V(2, 26), 'tags-any': V(2, 26), 'not-tags': V(2, 26),
    'not-tags-any': V(2, 26), 'changes-before': V(2, 66), 'locked': V(2, 73),
    **dict.fromkeys(('availability_zone', 'config_drive', 'key_name', 'created_at', 'launched_at',
                     'terminated_at', 'power_state', 'task_state', 'vm_state', 'progress',
                     'user_id'), V(2, 83)),
}

#: Parameters that are compared with a column as they are.
_EQUAL = {
    'project_id': table.c.project_id, 'tenant_id': table.c.project_id,
    'host': table.c.host, 'node': table.c.host, 'reservation_id': table.c.reservation_id,
    'key_name': table.c.key_name, 'availability_zone': table.c.availability_zone,
    'user_id': table.c.user_id, 'uuid': table.c.uuid, 'vm_state': table.c.vm_state,
    'task_state': table.c.task_state, 'image': table.c.image_id, 'image_ref': table.c.image_id,
    'flavor': table.c.flavor['id'].as_string(), 'config_drive': table.c.config_drive,
    'access_ip_v4': table.c.access_ip_v4, 'access_ip_v6': table.c.access_ip_v6,
}
_EQUAL_NUMBER = {'power_state': table.c.power_state, 'progress': table.c.progress,
                 'launch_index': table.c.launch_index, 'memory_mb': table.c.memory_mb,
                 'vcpus': table.c.vcpus}
_EQUAL_TIME = {'created_at': table.c.created_at, 'launched_at': table.c.launched_at,
               'terminated_at': table.c.terminated_at, 'updated_at': table.c.updated_at}
_MATCHING = {'name': table.c.name, 'display_name': table.c.name, 'hostname': table.c.hostname,
             'description': table.c.description, 'display_description': table.c.description}


def page(req, connection, rule):
    """The rows of the page that was asked for, and whether there may be more."""
    query = _permitted(req)
    where = _where(req, query, rule)
    if where is None:
        return [], False
    sort = _sort(req, query)
    size = req.page_size()
    marker = query.get('marker')
    if marker is not None and not _known(req, connection, marker):
        raise errors.MarkerNotFound(marker=marker)
    read = servers.listed(
        connection, where, sort, None if _by_address(query) else size, marker)
    rows = [row for row in read if _has_address(row, query)][:size]
    return rows, bool(size) and len(rows) == size


def _known(req, connection, uuid):
    """Whether there is such a server, of the caller's own unless an administrator asks."""
    try:
        row = servers.get(connection, uuid)
    except errors.ServerNotFound:
        return False
    return req.is_admin or row.project_id == req.context.project_id


def _permitted(req):
    if req.may('servers:allow_all_filters'):
        return req.query
    return {name: value for name, value in req.query.items()
            if FOR_ALL.get(name, V(3, 0)) <= req.version}


def _where(req, query, rule):
    """The conditions, or None when nothing can fulfil them."""
    where = [] if _all_tenants(req, query, rule) else [
        table.c.project_id == req.context.project_id]
    where.append(_deleted(query))
    if not {'status', 'vm_state', 'soft_deleted', 'changes-since'} & set(query):
        where.append(table.c.vm_state != Vm.SOFT_DELETED)
    for name in ('ip', 'ip6'):
        for pattern in query.get(name, ()):
            _regex(name, pattern)
    for name, condition in _conditions(query):
        values = query.get(name)
        if values:
            where.append(condition(values))
    if query.get('status'):
        states_wanted = _status(req, query['status'])
        if states_wanted is None:
            return None
        where.append(states_wanted)
    if 'changes-since' in query:
        where.append(_changed() >= query['changes-since'])
    if 'changes-before' in query:
        where.append(_changed() <= query['changes-before'])
    if 'locked' in query:
        where.append(table.c.locked.is_(_boolean('locked', query['locked'])))
    where += _tagged(query)
    return where


def _tagged(query):
    """The filters by tags: all of them, any of them, and neither."""
    for name, holds in (('tags', True), ('tags-any', True), ('not-tags', False),
                        ('not-tags-any', False)):
        wanted = {tag for value in query.get(name, ()) for tag in value.split(',') if tag}
        if wanted:
            tagged = server_tags.having(wanted, 1 if name.endswith('any') else len(wanted))
            yield tagged if holds else ~tagged


def _conditions(query):
    for name, column in _EQUAL.items():
        yield name, column.in_
    for name, column in _EQUAL_NUMBER.items():
        yield name, lambda values, name=name, column=column: column.in_(_numbers(name, values))
    for name, column in _EQUAL_TIME.items():
        yield name, lambda values, column=column: column.in_([schema.moment(v) for v in values])
    for name, column in _MATCHING.items():
        yield name, lambda values, name=name, column=column: column.regexp_match(
            _regex(name, values[-1]))


def _all_tenants(req, query, rule):
    """Whether to look beyond the caller's project."""
    project = query.get('project_id') or query.get('tenant_id')
    if 'all_tenants' not in query and not project:
        return False
    if 'all_tenants' in query and not _boolean('all_tenants', query['all_tenants'] or '1'):
        return False
    req.authorize(f'{rule}:get_all_tenants')
    return True


def _deleted(query):
    if 'deleted' in query:
        return table.c.deleted.is_(query['deleted'])
    if 'DELETED' in [status.upper() for status in query.get('status', ())]:
        return table.c.deleted.is_(True)
    if 'changes-since' in query:
        return table.c.deleted.in_((True, False))
    return table.c.deleted.is_(False)


def _status(req, wanted):
    """The states that these statuses stand for; None when no server can have one."""
    wanted = list(dict.fromkeys(status.upper() for status in wanted))
    if 'DELETED' in wanted and not req.is_admin:
        raise errors.Forbidden('Only administrators may list deleted instances')
    if req.version >= V(2, 38) and not states.STATUSES.issuperset(wanted):
        raise errors.Invalid('Invalid status value')
    condition = None
    for status in wanted:
        for vm_state, task_state in states.with_status(status):
            one = (table.c.vm_state == vm_state) & _task(vm_state, task_state)
            condition = one if condition is None else condition | one
    return condition


def _task(vm_state, task_state):
    if task_state is not None:
        return table.c.task_state == task_state
    of_their_own = list(states.STATUS[vm_state][1])
    return table.c.task_state.is_(None) | table.c.task_state.not_in(of_their_own)


def _changed():
    return sa.func.coalesce(table.c.updated_at, table.c.created_at)


def _by_address(query):
    return query.get('ip') or query.get('ip6')


def _has_address(row, query):
    """Nova matches addresses as regular expressions, in its own process too."""
    for name, version in (('ip', 4), ('ip6', 6)):
        for pattern in query.get(name, ()):
            found = [ip['address'] for nic in row.nics for ip in nic['ips']
                     if ip['version'] == version]
            if not any(_matches(pattern, address) for address in found):
                return False
    return True


def _sort(req, query):
    keys, directions = query.get('sort_key', []), query.get('sort_dir', [])
    unknown = [key for key in keys if key not in servers.SORTABLE]
    if unknown:
        raise errors.InvalidField(name='sort_key', value=unknown[0],
                                  reason=f'{unknown[0]!r} is not a key to sort by.')
    if not set(directions) <= {'asc', 'desc'}:
        raise errors.Invalid("Unknown sort direction, must be 'desc' or 'asc'")
    if len(directions) > max(len(keys), 1):
        raise errors.Invalid('There are more sort_dir than sort_key.')
    keys = keys or ['created_at']
    default = directions[0] if directions else 'desc'
    sort = {}
    for key, direction in zip(keys, [*directions, *[default] * len(keys)], strict=False):
        sort.setdefault(key, direction)     # a second time it would decide nothing
    return [(servers.SORTABLE[key], direction) for key, direction in sort.items()]


def _numbers(name, values):
    for value in values:
        if not re.fullmatch(r'-?[0-9]{1,9}', value):
            raise errors.InvalidField(name=name, value=value, reason='It is not a number.')
    return [int(value) for value in values]


def _matches(pattern, address):
    try:
        return regex.search(pattern, address, timeout=engine.MATCHING)
    except TimeoutError:
        raise errors.InvalidField(
            name='ip', value=pattern, reason='It takes too long to match.') from None


def _regex(name, pattern):
    try:
        regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as exc:
        raise errors.InvalidField(name=name, value=pattern,
                                  reason=f'It is not a regular expression: {exc}.') from None
    return pattern


def _boolean(name, value):
    try:
        return schema.boolean(value)
    except ValueError:
        raise errors.InvalidField(name=name, value=value, reason='It is not a boolean.') from None
