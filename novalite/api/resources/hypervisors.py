"""Hypervisors: the hosts as machines, with what they have and hold."""

import json

from oslo_utils import uuidutils

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.resources import services
from novalite.api.schema import Field
from novalite.db import hosts

RULES = (
    policy.rule('os-hypervisors:list', policy.ADMIN, 'List hypervisors.'),
    policy.rule('os-hypervisors:list-detail', policy.ADMIN, 'List hypervisors in detail.'),
    policy.rule('os-hypervisors:statistics', policy.ADMIN, 'Show the sums of all hypervisors.'),
    policy.rule('os-hypervisors:show', policy.ADMIN, 'Show a hypervisor.'),
    policy.rule('os-hypervisors:uptime', policy.ADMIN, 'Show how long a hypervisor has been up.'),
    policy.rule('os-hypervisors:search', policy.ADMIN, 'Find hypervisors by name.'),
    policy.rule('os-hypervisors:servers', policy.ADMIN, 'List the servers of hypervisors.'),
)

_BY_UUID, _BY_NUMBER = V(2, 53), V(2, 52)
_LAST_USAGE = V(2, 87)

BRIEF = (
    Field('id', schema.INTEGER, lambda host, req: host.id, until=_BY_NUMBER),
    Field('id', schema.UUID, lambda host, req: host.hypervisor_uuid, since=_BY_UUID),
    Field('hypervisor_hostname', schema.STRING, lambda host, req: host.name),
    Field('state', services.STATE, services.state),
    Field('status', services.STATUS, services.status),
)


def _service(host, req):
    id = host.service_uuid if req.version >= _BY_UUID else host.id * 2
    return {'id': id, 'host': host.name, 'disabled_reason': host.disabled_reason}


_SERVICE = (
    Field('id', schema.INTEGER, until=_BY_NUMBER), Field('id', schema.UUID, since=_BY_UUID),
    Field('host', schema.STRING), Field('disabled_reason', schema.STRING_OR_NULL),
)
_SERVERS = schema.array(schema.Shown((Field('uuid', schema.UUID), Field('name', schema.STRING))))


def _usage(name, of):
    """Placement knows these better: they end with 2.87."""
    return Field(name, schema.INTEGER, lambda host, req: of(host), until=_LAST_USAGE)


DETAIL = (
    *BRIEF,
    Field('hypervisor_type', schema.STRING, lambda host, req: host.hypervisor_type),
    Field('hypervisor_version', schema.INTEGER, lambda host, req: host.hypervisor_version),
    Field('host_ip', schema.STRING, lambda host, req: host.host_ip),
    Field('service', schema.Shown(_SERVICE), _service),
    Field('cpu_info', schema.STRING, lambda host, req: json.dumps(host.cpu_info),
          until=V(2, 27)),
    Field('cpu_info', schema.OBJECT, lambda host, req: host.cpu_info, since=V(2, 28),
          until=_LAST_USAGE),
    _usage('vcpus', lambda host: host.vcpus),
    _usage('vcpus_used', lambda host: host.vcpus_used),
    _usage('memory_mb', lambda host: host.memory_mb),
    _usage('memory_mb_used', lambda host: host.memory_mb_used),
    _usage('free_ram_mb', lambda host: host.memory_mb - host.memory_mb_used),
    _usage('local_gb', lambda host: host.disk_gb),
    _usage('local_gb_used', lambda host: host.disk_gb_used),
    _usage('free_disk_gb', lambda host: host.disk_gb - host.disk_gb_used),
    _usage('disk_available_least', lambda host: host.disk_gb - host.disk_gb_used),
    _usage('running_vms', lambda host: host.servers),
    _usage('current_workload', lambda host: 0),
    Field('uptime', schema.STRING_OR_NULL, lambda host, req: _uptime(host, req),
          since=V(2, 88)),
)


#: The servers of each, where they are asked for.
WITH_SERVERS = Field('servers', _SERVERS, optional=True)
_PAGED = (schema.paging('hypervisors_links', since=V(2, 33)),)


def _uptime(host, req):
    """As ``uptime`` prints it, from the day the host joined; None while it is down."""
    if not services.is_up(host, req):
        return None
    now = req.runtime.now()
    up = now - host.created_at
    return (f' {now:%H:%M:%S} up {up.days} days, {up.seconds // 3600}:'
            f'{up.seconds // 60 % 60:02},  0 users,  load average: 0.00, 0.00, 0.00')


# Lists

_QUERY = (
    Field('limit', schema.NON_NEGATIVE, since=V(2, 33), until=_BY_NUMBER, parse=int),
    Field('limit', schema.NON_NEGATIVE, since=_BY_UUID, parse=int, once=True),
    Field('marker', schema.STRING, since=V(2, 33), until=_BY_NUMBER),
    Field('marker', schema.STRING, since=_BY_UUID, once=True),
    Field('hypervisor_hostname_pattern', schema.HOST, since=_BY_UUID, once=True),
    Field('with_servers', schema.BOOLEAN_LIKE, since=_BY_UUID, parse=schema.boolean, once=True),
)


def _listed(req, fields, *path):
    pattern, size = req.query.get('hypervisor_hostname_pattern'), None
    if pattern is not None:
        if 'limit' in req.query or 'marker' in req.query:
            raise errors.Invalid('Paging over hypervisors with the hypervisor_hostname_pattern '
                                 'query parameter is not supported.')
    elif req.version >= V(2, 33):
        size = req.page_size()
    with req.db.read() as connection:
        rows = hosts.hypervisors(connection, pattern, _marker(req, connection), size)
        if pattern is not None and not rows:
            raise errors.NotFound(f"No hypervisor matching '{pattern}' could be found.")
        shown = _shown(req, connection, rows, fields, req.query.get('with_servers'))
    body = {'hypervisors': shown}
    if rows and len(rows) == size:
        body['hypervisors_links'] = [req.next_link(shown[-1]['id'], *path)]
    return body


def _marker(req, connection):
    marker = req.query.get('marker')
    if marker is None:
        return None
    host = _find(req, connection, marker)
    if host is None:
        raise errors.Invalid(f'marker [{marker}] not found')
    return host.id


def _find(req, connection, id):
    """The host by what the version calls its id; None if there is none."""
    if req.version >= _BY_UUID:
        wanted = {'hypervisor_uuid': id}
    elif id.isascii() and id.isdecimal() and len(id) <= 9:
        wanted = {'id': int(id)}
    else:
        return None
    return next(iter(hosts.hypervisors(connection, **wanted)), None)


def _shown(req, connection, rows, fields, with_servers):
    shown = schema.views(fields, req, rows)
    if with_servers:
        guests = hosts.guests(connection, [host.name for host in rows])
        for host, view in zip(rows, shown, strict=True):
            if host.name in guests or req.version >= V(2, 75):
                view['servers'] = [{'uuid': server.uuid, 'name': server.name}
                                   for server in guests.get(host.name, ())]
    return shown


@schema.query(*_QUERY, strict_since=_BY_UUID)
@schema.returns(200, 'hypervisors', (*BRIEF, WITH_SERVERS), many=True, beside=_PAGED, fails=(404,))
def index(req):
    """GET /os-hypervisors: 200; 404 for a pattern that no name has in it."""
    req.authorize('os-hypervisors:list')
    return _listed(req, BRIEF, 'os-hypervisors')


@schema.query(*_QUERY, strict_since=_BY_UUID)
@schema.returns(200, 'hypervisors', (*DETAIL, WITH_SERVERS), many=True, beside=_PAGED, fails=(404,))
def detail(req):
    """GET /os-hypervisors/detail: 200 with everything."""
    req.authorize('os-hypervisors:list-detail')
    return _listed(req, DETAIL, 'os-hypervisors', 'detail')


def _matching(req, id, with_servers):
    with req.db.read() as connection:
        rows = hosts.hypervisors(connection, id)
        if not rows:
            raise errors.NotFound(f"No hypervisor matching '{id}' could be found.")
        return {'hypervisors': _shown(req, connection, rows, BRIEF, with_servers)}


@schema.between(MIN, _BY_NUMBER)
@schema.returns(200, 'hypervisors', BRIEF, many=True)
def search(req, id):
    """GET /os-hypervisors/{pattern}/search, to 2.52: 200, or 404 if none matches."""
    req.authorize('os-hypervisors:search')
    return _matching(req, id, with_servers=False)


@schema.between(MIN, _BY_NUMBER)
@schema.returns(200, 'hypervisors', (*BRIEF, WITH_SERVERS), many=True)
def servers(req, id):
    """GET /os-hypervisors/{pattern}/servers, to 2.52: 200 with the servers of each."""
    req.authorize('os-hypervisors:servers')
    return _matching(req, id, with_servers=True)


_SUMS = tuple(Field(name, schema.INTEGER) for name in (
    'count', 'vcpus', 'vcpus_used', 'memory_mb', 'memory_mb_used', 'free_ram_mb', 'local_gb',
    'local_gb_used', 'free_disk_gb', 'disk_available_least', 'running_vms', 'current_workload'))


@schema.between(MIN, _LAST_USAGE)
@schema.returns(200, 'hypervisor_statistics', _SUMS)
def statistics(req):
    """GET /os-hypervisors/statistics, to 2.87: 200 with sums over the enabled ones."""
    req.authorize('os-hypervisors:statistics')
    with req.db.read() as connection:
        sums = hosts.totals(connection)
    free_disk = sums['disk_gb'] - sums['disk_gb_used']
    return {'hypervisor_statistics': {
        'count': sums['count'], 'vcpus': sums['vcpus'], 'vcpus_used': sums['vcpus_used'],
        'memory_mb': sums['memory_mb'], 'memory_mb_used': sums['memory_mb_used'],
        'free_ram_mb': sums['memory_mb'] - sums['memory_mb_used'],
        'local_gb': sums['disk_gb'], 'local_gb_used': sums['disk_gb_used'],
        'free_disk_gb': free_disk, 'disk_available_least': free_disk,
        'running_vms': sums['servers'], 'current_workload': 0,
    }}


# One hypervisor

def _one(req, connection, id):
    if req.version >= _BY_UUID and not uuidutils.is_uuid_like(id):
        raise errors.Invalid(f'Invalid uuid {id}')
    host = _find(req, connection, id)
    if host is None:
        raise errors.NotFound(f"Hypervisor with ID '{id}' could not be found.")
    return host


@schema.query(_QUERY[-1], strict_since=_BY_UUID)
@schema.returns(200, 'hypervisor', (*DETAIL, WITH_SERVERS))
def show(req, id):
    """GET /os-hypervisors/{id}: 200; a number up to 2.52, then a uuid."""
    req.authorize('os-hypervisors:show')
    with req.db.read() as connection:
        host = _one(req, connection, id)
        shown, = _shown(req, connection, [host], DETAIL, req.query.get('with_servers'))
    return {'hypervisor': shown}


@schema.between(MIN, _LAST_USAGE)
@schema.returns(200, 'hypervisor', (*BRIEF, Field('uptime', schema.STRING)))
def uptime(req, id):
    """GET /os-hypervisors/{id}/uptime, to 2.87: 200, or 400 while the host is down."""
    req.authorize('os-hypervisors:uptime')
    with req.db.read() as connection:
        host = _one(req, connection, id)
    since = _uptime(host, req)
    if since is None:
        raise errors.Invalid(f'Compute service of {host.name} is unavailable at this time.')
    return {'hypervisor': schema.view(BRIEF, req, host) | {'uptime': since}}
