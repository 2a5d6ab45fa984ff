"""Usage: how long each project's servers ran, and how big they were."""

import dataclasses
import datetime

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import servers
from novalite.servers.states import Vm

RULES = (
    policy.rule('os-simple-tenant-usage:list', policy.ADMIN, 'See the usage of all projects.'),
    policy.rule('os-simple-tenant-usage:show', policy.READER, 'See the usage of a project.'),
)

_FORMS = ('%Y-%m-%dT%H:%M:%S', '%Y-%m-%dT%H:%M:%S.%f', '%Y-%m-%d %H:%M:%S.%f')


def _moment(text):
    for form in _FORMS:
        try:
            return datetime.datetime.strptime(text, form)
        except ValueError:
            pass
    raise errors.Invalid('Invalid datetime string: Datetime is in invalid format')


_NUMBER = {'type': 'number'}
_SPAN = (Field('start', schema.STRING, parse=_moment), Field('end', schema.STRING, parse=_moment))
_PAGE = (Field('limit', schema.NON_NEGATIVE, since=V(2, 40), parse=int),
         Field('marker', schema.STRING, since=V(2, 40)))


SERVER = (
    Field('instance_id', schema.UUID),
    *(Field(name, schema.STRING) for name in ('name', 'tenant_id', 'flavor', 'state')),
    *(Field(name, schema.INTEGER) for name in ('vcpus', 'memory_mb', 'local_gb', 'uptime')),
    Field('hours', _NUMBER), Field('started_at', schema.TIME),
    Field('ended_at', schema.TIME_OR_NULL),
)
USAGE = (
    Field('tenant_id', schema.STRING), Field('start', schema.TIME), Field('stop', schema.TIME),
    *(Field(name, _NUMBER) for name in (
        'total_hours', 'total_local_gb_usage', 'total_memory_mb_usage', 'total_vcpus_usage')),
)
_SERVERS = Field('server_usages', schema.array(schema.Shown(SERVER)))
#: A project that had no server in that time has an empty usage.
_OWN = {'anyOf': [schema.Shown((*USAGE, _SERVERS)), schema.Shown(())]}


@schema.query(*_SPAN, *_PAGE, Field('detailed', schema.STRING), strict_since=V(2, 75))
@schema.returns(200, 'tenant_usages', (*USAGE, dataclasses.replace(_SERVERS, optional=True)),
                many=True, beside=(schema.paging('tenant_usages_links', since=V(2, 40)),))
def index(req):
    """GET /os-simple-tenant-usage: 200 with every project that had a server in that time."""
    req.authorize('os-simple-tenant-usage:list')
    rows, start, end = _rows(req)
    detailed = req.query.get('detailed') == '1'
    projects = sorted({row.project_id for row in rows})
    body = {'tenant_usages': [
        _usage([row for row in rows if row.project_id == project], start, end, req.runtime.now(),
               detailed) for project in projects]}
    return body | _links(req, 'tenant_usages_links', rows)


@schema.query(*_SPAN, *_PAGE, strict_since=V(2, 75))
@schema.returns(200, 'tenant_usage', _OWN,
                beside=(schema.paging('tenant_usage_links', since=V(2, 40)),))
def show(req, id):
    """GET /os-simple-tenant-usage/{project}: 200 with each server; empty if it had none."""
    req.authorize('os-simple-tenant-usage:show', {'project_id': id})
    rows, start, end = _rows(req, id)
    usage = _usage(rows, start, end, req.runtime.now(), True) if rows else {}
    return {'tenant_usage': usage} | _links(req, 'tenant_usage_links', rows, id)


def _rows(req, project_id=None):
    """The servers of a page, and the span; by default the four weeks until now.

    Nothing is counted that has yet to come, wherever the span ends.
    """
    now = req.runtime.now()
    end = min(req.query.get('end', now), now)
    start = req.query.get('start', now - datetime.timedelta(weeks=4))
    if end <= start:
        raise errors.Invalid('Invalid start time. The start time cannot occur after the end time.')
    size = req.page_size() if req.version >= V(2, 40) else None
    with req.db.read() as connection:
        try:
            return servers.lived(connection, start, end, project_id, req.query.get('marker'),
                                 size), start, end
        except errors.ServerNotFound:
            raise errors.MarkerNotFound(marker=req.query['marker']) from None


def _links(req, name, rows, *path):
    if req.version < V(2, 40) or not rows or len(rows) < req.page_size():
        return {}
    return {name: [req.next_link(rows[-1].uuid, 'os-simple-tenant-usage', *path)]}


def _usage(rows, start, end, now, detailed):
    each = [_server(row, start, end, now) for row in rows]
    usage = {
        'tenant_id': rows[0].project_id, 'start': precise(start), 'stop': precise(end),
        'total_hours': sum(one['hours'] for one in each)}
    for size in ('local_gb', 'memory_mb', 'vcpus'):
        usage[f'total_{size}_usage'] = sum(one[size] * one['hours'] for one in each)
    return usage | ({'server_usages': each} if detailed else {})


def _server(row, start, end, now):
    """How long a server ran within the span; sizes are those it has, or had last."""
    until = min(row.terminated_at or end, end)
    return {
        'instance_id': row.uuid, 'name': row.name, 'tenant_id': row.project_id,
        'flavor': row.flavor['name'], 'vcpus': row.vcpus, 'memory_mb': row.memory_mb,
        'local_gb': row.flavor['disk'] + row.flavor['ephemeral'],
        'hours': (until - max(row.launched_at, start)).total_seconds() / 3600,
        'started_at': precise(row.launched_at), 'ended_at': precise(row.terminated_at),
        'state': 'terminated' if row.vm_state == Vm.DELETED else row.vm_state,
        'uptime': int(((row.terminated_at or now) - row.launched_at).total_seconds())}
