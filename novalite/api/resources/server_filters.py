"""What servers can be filtered and sorted by, and a page of those that pass."""

from oslo_utils import strutils
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

#: Keys that sort, by the first version that takes them.
_SORT_KEYS = {name: V(2, 73) if name == 'locked' else V(2, 1) for name in servers.SORTABLE}
#: Keys that sort nothing, and that were taken all the same until unknown ones were refused.
_IDLE_SORT_KEYS = (
    'architecture', 'cell_name', 'cleaned', 'default_ephemeral_device', 'default_swap_device',
    'deleted', 'deleted_at', 'disable_terminate', 'ephemeral_gb', 'ephemeral_key_uuid', 'id',
    'key_data', 'launched_on', 'locked', 'memory_mb', 'os_type', 'reservation_id', 'root_gb',
    'shutdown_terminate', 'user_data', 'vcpus', 'vm_mode')
_SORT_FOR_ADMINS = ('host', 'node')

#: Names of tables beside that of the servers, by which nobody filters.
_BESIDE = ('block_device_mapping', 'info_cache', 'metadata', 'pci_devices', 'security_groups',
           'services', 'system_metadata')

_LAST_LENIENT, _STRICT = V(2, 74), V(2, 75)


def _fields(schema_, *names, since=V(2, 1)):
    return [Field(name, schema_, since=since) for name in names]


def _sort_field(names, **when):
    return Field('sort_key', {'enum': list(names)}, many=True, **when)


PARAMETERS = (
    schema.LIMIT, schema.MARKER,
    _sort_field([*_SORT_KEYS, *_IDLE_SORT_KEYS], until=_LAST_LENIENT),
    _sort_field(_SORT_KEYS, since=_STRICT),
    Field('sort_dir', schema.STRING, many=True),
    Field('status', schema.STRING, many=True),
    Field('changes-since', schema.STRING, parse=schema.moment),
    Field('changes-before', schema.STRING, since=V(2, 66), parse=schema.moment),
    *_fields(schema.STRING, 'all_tenants', 'deleted', 'soft_deleted', 'user_id', 'project_id',
             'tenant_id', 'image', 'image_ref', 'vm_state', 'task_state', 'host', 'uuid',
             'launch_index', *_BESIDE),
    *_fields(schema.REGEX, 'kernel_id', 'ramdisk_id', 'hostname', 'key_name', 'power_state', 'node',
             'flavor', 'reservation_id', 'launched_at', 'terminated_at', 'availability_zone',
             'name', 'display_name', 'description', 'display_description', 'locked_by',
             'root_device_name', 'config_drive', 'access_ip_v4', 'access_ip_v6',
             'auto_disk_config', 'progress', 'ip', 'ip6', 'created_at'),
    *_fields(schema.REGEX, 'tags', 'tags-any', 'not-tags', 'not-tags-any', since=V(2, 26)),
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
    'hostname': V(2, 90),
}

#: Parameters that are compared with a column as they are.
_EQUAL = {
    'project_id': table.c.project_id, 'tenant_id': table.c.project_id, 'host': table.c.host,
    'user_id': table.c.user_id, 'uuid': table.c.uuid, 'vm_state': table.c.vm_state,
    'task_state': table.c.task_state, 'image': table.c.image_id, 'image_ref': table.c.image_id,
    'flavor': table.c.flavor['id'].as_string(),
}
_EQUAL_TIME = {'created_at': table.c.created_at, 'launched_at': table.c.launched_at,
               'terminated_at': table.c.terminated_at}
#: Parameters that are regular expressions, which match anywhere.
_MATCHING = {
    'name': table.c.name, 'display_name': table.c.name, 'hostname': table.c.hostname,
    'description': table.c.description, 'display_description': table.c.description,
    'key_name': table.c.key_name, 'node': table.c.host, 'locked_by': table.c.locked_by,
    'reservation_id': table.c.reservation_id, 'availability_zone': table.c.availability_zone,
    'config_drive': table.c.config_drive, 'access_ip_v4': table.c.access_ip_v4,
    'access_ip_v6': table.c.access_ip_v6,
    'kernel_id': table.c.image_properties['kernel_id'].as_string(),
    'ramdisk_id': table.c.image_properties['ramdisk_id'].as_string(),
    'root_device_name': sa.literal('/dev/vda'),
    'auto_disk_config': sa.case((table.c.disk_config == 'AUTO', '1'), else_='0'),
    'power_state': sa.cast(table.c.power_state, sa.String(16)),
    'progress': sa.cast(table.c.progress, sa.String(16)),
    'launch_index': sa.cast(table.c.launch_index, sa.String(16)),
}


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
        raise errors.Invalid(f'marker [{marker}] not found')
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
    """What of the query counts for this caller; raises Invalid for what nothing filters by."""
    if not req.may('servers:allow_all_filters'):
        return {name: value for name, value in req.query.items()
                if FOR_ALL.get(name, V(3, 0)) <= req.version}
    for name, _ in req.pairs():
        if name in _BESIDE or name.startswith('_'):
            raise errors.Invalid(f'Invalid filter field: {name}.')
    return req.query


def _where(req, query, rule):
    """The conditions, or None when nothing can fulfil them."""
    everywhere = _all_tenants(req, query, rule)
    if not everywhere:
        query = {name: value for name, value in query.items()
                 if name not in ('project_id', 'tenant_id')}
    states_wanted = _status(req, query)
    if states_wanted is None:
        return None
    since, before = query.get('changes-since'), query.get('changes-before')
    if since and before and since > before:
        raise errors.Invalid('The value of changes-since must be less than or equal to '
                             'changes-before.')
    where = [] if everywhere else [table.c.project_id == req.context.project_id]
    where += states_wanted
    where += _deleted(req, query)
    where += [condition(query[name]) for name, condition in _conditions() if name in query
              and not ('status' in query and name == 'vm_state')]
    if since:
        where.append(_changed() >= since)
    if before:
        where.append(_changed() <= before)
    if 'locked' in query:
        where.append(table.c.locked.is_(_boolean('locked', query['locked'])))
    where += _tagged(query)
    return where


def _tagged(query):
    """The filters by tags: all of them, any of them, and neither."""
    for name, holds in (('tags', True), ('tags-any', True), ('not-tags', False),
                        ('not-tags-any', False)):
        wanted = sorted({tag for tag in query.get(name, '').split(',') if tag})
        if wanted:
            tagged = server_tags.having(wanted, 1 if name.endswith('any') else len(wanted))
            yield tagged if holds else ~tagged


def _conditions():
    for name, column in _EQUAL.items():
        yield name, column.__eq__
    for name, column in _EQUAL_TIME.items():
        yield name, lambda value, column=column: column == schema.moment(value)
    for name, column in _MATCHING.items():
        yield name, column.regexp_match


def _all_tenants(req, query, rule):
    """Whether to look beyond the caller's project."""
    asked = query.get('all_tenants')
    if asked is None or (asked and not _boolean('all_tenants', asked)):
        return False
    req.authorize(f'{rule}:get_all_tenants')
    return True


def _deleted(req, query):
    """Whether servers that are gone, or on their way, are among them."""
    if _only_deleted(query):
        return [table.c.deleted.is_(True)]
    resting = table.c.vm_state == Vm.SOFT_DELETED
    if 'deleted' not in query:
        if {'changes-since', 'changes-before'} & set(query):
            return []
        if {'status', 'vm_state', 'soft_deleted'} & set(query):
            return [table.c.deleted.is_(False)]
    elif strutils.bool_from_string(query['deleted'], default=False):
        return [table.c.deleted.is_(True) | resting]
    return [table.c.deleted.is_(False), ~resting]


def _only_deleted(query):
    return [status.upper() for status in query.get('status', ())] == ['DELETED']


def _status(req, query):
    """Conditions of the states that the statuses stand for; None when no server has such."""
    if 'status' not in query:
        return []
    wanted = [pair for status in query['status'] for pair in states.with_status(status.upper())]
    if not wanted:
        if req.version >= V(2, 38):
            raise errors.Invalid('Invalid status value')
        return None
    if _only_deleted(query) and not req.is_admin:
        raise errors.Forbidden('Only administrators may list deleted instances')
    conditions = [table.c.vm_state.in_([vm_state for vm_state, _ in wanted])]
    tasks = [task for _, task in wanted]
    if None not in tasks:       # a status of a vm_state is that of each task it has no word for
        conditions.append(table.c.task_state.in_(tasks))
    return conditions


def _changed():
    return sa.func.coalesce(table.c.updated_at, table.c.created_at)


def _by_address(query):
    return 'ip' in query or 'ip6' in query


def _has_address(row, query):
    """Nova matches addresses as regular expressions, in its own process too."""
    for name, version in (('ip', 4), ('ip6', 6)):
        if name in query:
            found = [ip['address'] for nic in row.nics for ip in nic['ips']
                     if ip['version'] == version]
            if not any(_matches(query[name], address) for address in found):
                return False
    return True


def _sort(req, query):
    keys, directions = list(query.get('sort_key', ())), list(query.get('sort_dir', ()))
    for number, key in reversed(list(enumerate(keys))):
        if _SORT_KEYS.get(key, V(3, 0)) > req.version:
            del keys[number], directions[number:number + 1]
        elif key in _SORT_FOR_ADMINS and not req.is_admin:
            raise errors.Forbidden(f'Only administrators can sort servers by {key}')
    if not set(directions) <= {'asc', 'desc'}:
        raise errors.Invalid("Invalid input received: Unknown sort direction, must be 'desc' or "
                             "'asc'")
    if len(directions) > max(len(keys), 1):
        raise errors.Invalid('Invalid input received: Sort direction size exceeds sort key size')
    keys = keys or ['created_at']
    default = directions[0] if directions else 'desc'
    sort = {}
    for key, direction in zip(keys, [*directions, *[default] * len(keys)], strict=False):
        sort.setdefault(key, direction)     # a second time it would decide nothing
    return [(servers.SORTABLE[key], direction) for key, direction in sort.items()]


def _matches(pattern, address):
    try:
        return regex.search(pattern, address, timeout=engine.MATCHING)
    except TimeoutError:
        raise errors.InvalidField(
            name='ip', value=pattern, reason='It takes too long to match.') from None


def _boolean(name, value):
    try:
        return schema.boolean(value)
    except ValueError:
        raise errors.Invalid(f"Invalid input received: {name} is to be a boolean, not '{value}'") \
            from None
