"""Hosts as compute showed them, to 2.42: the services on them, what they have and who uses it."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.resources import services
from novalite.api.schema import Field
from novalite.db import hosts as store
from novalite.db import servers
from novalite.notify import events

RULES = (
    policy.rule('os-hosts:list', policy.ADMIN, 'List hosts, to 2.42.'),
    policy.rule('os-hosts:show', policy.ADMIN, 'Show a host and who uses it, to 2.42.'),
    policy.rule('os-hosts:update', policy.ADMIN, 'Enable or disable a host, to 2.42.'),
    policy.rule('os-hosts:reboot', policy.ADMIN, 'Reboot a host, to 2.42.'),
    policy.rule('os-hosts:shutdown', policy.ADMIN, 'Shut a host down, to 2.42.'),
    policy.rule('os-hosts:start', policy.ADMIN, 'Start a host, to 2.42.'),
)

_LAST = V(2, 42)

HOST = (
    Field('host_name', schema.STRING, lambda row, req: row.host),
    Field('service', schema.STRING, lambda row, req: row.binary.removeprefix('nova-')),
    Field('zone', schema.STRING, lambda row, req: row.zone),
)

_SIZES = {'cpu': 'vcpus', 'memory_mb': 'memory_mb', 'disk_gb': 'disk_gb'}

#: Of a host, for one project or all: (host, whose, sizes).
RESOURCE = {'type': 'object', 'required': ['resource'], 'additionalProperties': False,
            'properties': {'resource': {
                'type': 'object', 'additionalProperties': False,
                'properties': {'host': schema.STRING, 'project': schema.STRING,
                               **{name: schema.INTEGER for name in _SIZES}},
                'required': ['host', 'project', *_SIZES]}}}


@schema.between(MIN, _LAST)
@schema.query(Field('zone', schema.STRING))
@schema.returns(200, 'hosts', HOST, many=True)
def index(req):
    """GET /os-hosts: 200 with every service that is enabled; ``zone`` narrows it."""
    req.authorize('os-hosts:list')
    zone = req.query.get('zone')
    with req.db.read() as connection:
        rows = store.services(connection, disabled=False, **({'zone': zone} if zone else {}))
    return {'hosts': schema.views(HOST, req, rows)}


def _find(connection, name):
    host = store.get(connection, name)
    if host is None:
        raise errors.HostNotFound(host=name)
    return host


@schema.between(MIN, _LAST)
@schema.returns(200, 'host', RESOURCE, many=True)
def show(req, id):
    """GET /os-hosts/{name}: 200 with what there is, what is used, and by which project."""
    req.authorize('os-hosts:show')
    with req.db.read() as connection:
        host = _find(connection, id)
        projects = servers.sizes_on(connection, id)
    all_of_them = {name: sum(sizes[name] for sizes in projects.values()) for name in _SIZES}
    rows = [('(total)', {name: getattr(host, column) for name, column in _SIZES.items()}),
            ('(used_now)', {name: getattr(host, f'{column}_used')
                            for name, column in _SIZES.items()}),
            ('(used_max)', all_of_them), *projects.items()]
    return {'host': [{'resource': {'host': id, 'project': project} | sizes}
                     for project, sizes in rows]}


_SWITCH = {'enum': ['enable', 'Enable', 'ENABLE', 'disable', 'Disable', 'DISABLE']}


def _on(word):
    return word.lower() == 'enable'


@schema.between(MIN, _LAST)
@schema.accepts(None, Field('status', _SWITCH, parse=_on),
                Field('maintenance_mode', _SWITCH, parse=_on))
@schema.returns(200, fields=(
    Field('host', schema.STRING),
    Field('status', {'enum': ['enabled', 'disabled']}, optional=True),
    Field('maintenance_mode', {'enum': ['on_maintenance', 'off_maintenance']}, optional=True)),
    fails=(501,))
def update(req, id):
    """PUT /os-hosts/{name}: 200; one that is disabled gets no more servers.

    501 for maintenance, from which hypervisors of ours know no way to move their guests.
    """
    req.authorize('os-hosts:update')
    if not req.body:
        raise errors.Invalid('Nothing is to be changed: say status or maintenance_mode.')
    shown = {'host': id}
    with req.db.write() as connection:
        (service,) = _alive(req, connection, id)
        if req.body.get('maintenance_mode'):
            raise errors.NotSupported()
        if 'maintenance_mode' in req.body:
            shown['maintenance_mode'] = 'off_maintenance'
        if 'status' in req.body:
            enabled = req.body['status']
            store.set_service(connection, service.key, disabled=not enabled, disabled_reason=None)
            shown['status'] = 'enabled' if enabled else 'disabled'
            (service,) = store.services(connection, key=service.key)
    if 'status' in req.body:
        req.service.notifier.tell(req.context, [events.service('update', service)])
    return shown


def _alive(req, connection, name):
    """The service of a host that could do what is asked now."""
    _find(connection, name)
    found = store.services(connection, host=name, binary=services.COMPUTE)
    if not services.is_up(found[0], req):
        raise errors.Invalid(f'Compute service of {name} is unavailable at this time.')
    return found


def _power(req, name, rule):
    """Nova's most used hypervisor cannot do it either."""
    req.authorize(rule)
    with req.db.read() as connection:
        _alive(req, connection, name)
    raise errors.NotSupported()


@schema.between(MIN, _LAST)
@schema.returns(501)
def startup(req, id):
    """GET /os-hosts/{name}/startup: 501."""
    return _power(req, id, 'os-hosts:start')


@schema.between(MIN, _LAST)
@schema.returns(501)
def shutdown(req, id):
    """GET /os-hosts/{name}/shutdown: 501."""
    return _power(req, id, 'os-hosts:shutdown')


@schema.between(MIN, _LAST)
@schema.returns(501)
def reboot(req, id):
    """GET /os-hosts/{name}/reboot: 501."""
    return _power(req, id, 'os-hosts:reboot')
