"""Services: the daemons of the cloud as administrators see them, each host being one."""

from oslo_utils import uuidutils

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import hosts
from novalite.notify import events

RULES = (
    policy.rule('os-services:list', policy.ADMIN, 'List services.'),
    policy.rule('os-services:update', policy.ADMIN, 'Enable, disable or force down a service.'),
    policy.rule('os-services:delete', policy.ADMIN, 'Delete a service.'),
)

COMPUTE = 'nova-compute'
_BY_UUID, _BY_ACTION = V(2, 53), V(2, 52)


def is_up(service, req):
    """Whether a host or daemon has given a sign of life, and nobody says it is down."""
    alive_since = hosts.alive_since(req.conf, req.runtime.now())
    return not service.forced_down and service.last_seen >= alive_since


def state(service, req):
    return 'up' if is_up(service, req) else 'down'


def status(service, req):
    return 'disabled' if service.disabled else 'enabled'


STATE, STATUS = {'enum': ['up', 'down']}, {'enum': ['enabled', 'disabled']}

DETAIL = (
    Field('id', schema.INTEGER, lambda service, req: service.key, until=_BY_ACTION),
    Field('id', schema.UUID, lambda service, req: service.uuid, since=_BY_UUID),
    Field('binary', schema.STRING, lambda service, req: service.binary),
    Field('host', schema.STRING, lambda service, req: service.host),
    Field('zone', schema.STRING, lambda service, req: service.zone),
    Field('status', STATUS, status),
    Field('state', STATE, state),
    Field('updated_at', schema.TIME, lambda service, req: precise(service.last_seen)),
    Field('disabled_reason', schema.STRING_OR_NULL, lambda service, req: service.disabled_reason),
    Field('forced_down', schema.BOOLEAN, lambda service, req: service.forced_down,
          since=V(2, 11)),
)


@schema.query(Field('host', schema.STRING), Field('binary', schema.STRING),
              strict_since=V(2, 75))
@schema.returns(200, 'services', DETAIL, many=True)
def index(req):
    """GET /os-services: 200, narrowed by ``host`` and ``binary``."""
    req.authorize('os-services:list')
    wanted = {name: value for name, value in req.query.items() if value}
    with req.db.read() as connection:
        rows = hosts.services(connection, **wanted)
    return {'services': schema.views(DETAIL, req, rows)}


# Changes

#: What PUT shows: until 2.52 what was changed.
_SHOWN = (
    *(Field(name, schema.STRING, until=_BY_ACTION) for name in ('host', 'binary')),
    Field('status', STATUS, until=_BY_ACTION, optional=True),
    Field('disabled_reason', schema.STRING, until=_BY_ACTION, optional=True),
    Field('forced_down', schema.BOOLEAN, since=V(2, 11), until=_BY_ACTION, optional=True),
    *schema.clipped(DETAIL, since=_BY_UUID),
)

_REASON = {'type': 'string', 'minLength': 1, 'maxLength': 255}


@schema.accepts(
    None,
    Field('host', schema.HOST, required=True, until=_BY_ACTION),
    Field('binary', schema.TEXT | {'minLength': 1}, required=True, until=_BY_ACTION),
    Field('status', {'type': 'string', 'enum': ['enabled', 'disabled']}, since=_BY_UUID),
    Field('disabled_reason', _REASON),
    Field('forced_down', schema.BOOLEAN_LIKE, since=V(2, 11), parse=schema.boolean),
)
@schema.returns(200, 'service', _SHOWN)
def update(req, id):
    """PUT /os-services/{id}: 200 with the service.

    Up to 2.52 the id is an action (enable, disable, disable-log-reason,
    force-down), the body names the service, and the answer is what was changed.
    """
    req.authorize('os-services:update')
    if req.version >= _BY_UUID:
        return _change(req, id)
    if id == 'force-down' and req.version < V(2, 11) or id not in _ACTIONS:
        raise errors.NotFound('Unknown action')
    values, shown = _ACTIONS[id](req.body)
    host, binary = req.body['host'], req.body['binary']
    with req.db.write() as connection:
        service = next(iter(hosts.services(connection, host=host, binary=binary)), None)
        if service is None:
            raise errors.NotFound(f'Could not find binary {binary} on host {host}.')
        if 'forced_down' in values:
            _refuse_daemon(service)
        hosts.set_service(connection, service.key, **values)
        (service,) = hosts.services(connection, key=service.key)
    _notify(req, 'update', service)
    return {'service': {'host': host, 'binary': binary} | shown}


def _refuse_daemon(service):
    if service.binary != COMPUTE:
        raise errors.Invalid(f'Updating a {service.binary} service is not supported. Only '
                             f'nova-compute services can be updated.')


def _enable(body):
    return {'disabled': False, 'disabled_reason': None}, {'status': 'enabled'}


def _disable(body):
    return {'disabled': True, 'disabled_reason': None}, {'status': 'disabled'}


def _disable_with_reason(body):
    if 'disabled_reason' not in body:
        raise errors.Invalid('Missing disabled reason field')
    reason = body['disabled_reason']
    return ({'disabled': True, 'disabled_reason': reason},
            {'status': 'disabled', 'disabled_reason': reason})


def _force_down(body):
    if 'forced_down' not in body:
        raise errors.Invalid('Missing forced_down field')
    values = {'forced_down': body['forced_down']}
    return values, values


_ACTIONS = {'enable': _enable, 'disable': _disable, 'disable-log-reason': _disable_with_reason,
            'force-down': _force_down}


def _change(req, id):
    values = _values(req.body)
    with req.db.write() as connection:
        service = _by_uuid(connection, id)
        _refuse_daemon(service)
        hosts.set_service(connection, service.key, **values)
        service = _by_uuid(connection, id)
    _notify(req, 'update', service)
    return {'service': schema.view(DETAIL, req, service)}


def _notify(req, verb, service):
    req.service.notifier.tell(req.context, [events.service(verb, service)])


def _values(body):
    """The columns that a body of 2.53 changes."""
    if 'disabled_reason' in body and body.get('status') != 'disabled':
        raise errors.Invalid("Specifying 'disabled_reason' requires that 'status' is disabled.")
    values = {}
    if 'status' in body:
        values = {'disabled': body['status'] == 'disabled',
                  'disabled_reason': body.get('disabled_reason')}
    if 'forced_down' in body:
        values['forced_down'] = body['forced_down']
    if not values:
        raise errors.Invalid("No updates were requested. Fields 'status' or 'forced_down' should "
                             "be specified.")
    return values


def _by_uuid(connection, id):
    if not uuidutils.is_uuid_like(id):
        raise errors.Invalid(f'Invalid uuid {id}')
    service = next(iter(hosts.services(connection, uuid=id)), None)
    if service is None:
        raise errors.NotFound(f'Service {id} could not be found.')
    return service


@schema.returns(204, fails=(409,))
def delete(req, id):
    """DELETE /os-services/{id}: 204; 409 for a host that still has servers."""
    req.authorize('os-services:delete')
    with req.db.write() as connection:
        service = _by_uuid(connection, id) if req.version >= _BY_UUID else _by_key(connection, id)
        if not hosts.delete_service(connection, service.key):
            raise errors.Conflict('Unable to delete compute service that is hosting instances. '
                                  'Migrate or delete the instances first.')
    _notify(req, 'delete', service)


def _by_key(connection, id):
    if not id.isascii() or not id.isdecimal() or len(id) > 9:
        raise errors.Invalid(f'Invalid service id {id}')
    service = next(iter(hosts.services(connection, key=int(id))), None)
    if service is None:
        raise errors.NotFound(f'Service {id} not found.')
    return service
