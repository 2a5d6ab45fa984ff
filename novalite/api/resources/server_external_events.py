"""What other services tell compute of its servers: ports that are plugged, volumes that grew."""

from oslo_log import log as logging

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import volume_attachments
from novalite.api.schema import Field
from novalite.db import servers
from novalite.servers import devices

LOG = logging.getLogger(__name__)

RULES = (
    policy.rule('os-server-external-events:create', policy.SERVICE,
                'Tell of what has happened to a server elsewhere.'),
)

_NAMES = ('network-changed', 'network-vif-plugged', 'network-vif-unplugged',
          'network-vif-deleted')

_POWER_VERBS = {'POWER_ON': 'power-update.on', 'POWER_OFF': 'power-update.off'}


def _events(*names):
    return schema.array({
        'type': 'object', 'required': ['name', 'server_uuid'], 'additionalProperties': False,
        'properties': {
            'name': {'enum': list(names)}, 'server_uuid': schema.UUID,
            'status': {'enum': ['failed', 'completed', 'in-progress']},
            'tag': {'type': 'string', 'maxLength': 255}}}, minItems=1)


_EXTENDED = (*_NAMES, 'volume-extended')
_POWER = (*_EXTENDED, 'power-update')
_ACCELERATOR = (*_POWER, 'accelerator-request-bound')

BODY = (
    Field('events', _events(*_NAMES), until=V(2, 50), required=True),
    Field('events', _events(*_EXTENDED), since=V(2, 51), until=V(2, 75), required=True),
    Field('events', _events(*_POWER), since=V(2, 76), until=V(2, 81), required=True),
    Field('events', _events(*_ACCELERATOR), since=V(2, 82), until=V(2, 92), required=True),
    Field('events', _events(*_ACCELERATOR, 'volume-reimaged'), since=V(2, 93), required=True),
)


TOLD = (
    Field('name', schema.STRING), Field('server_uuid', schema.UUID),
    Field('status', {'enum': ['failed', 'completed', 'in-progress']}),
    Field('tag', schema.STRING, optional=True), Field('code', schema.INTEGER),
)


@schema.accepts(None, *BODY)
@schema.returns(200, 'events', TOLD, many=True, also=(207,), fails=(404, 409))
def create(req):
    """POST /os-server-external-events: 200, or 207 when some of them were for nobody.

    Each has its own code; where all are refused because of the state of their servers, it is the
    request that is refused.
    """
    req.authorize('os-server-external-events:create')
    told, refused = [], []
    for event in req.body['events']:
        code = 200
        try:
            _take(req, event)
        except (errors.NotFound, errors.Conflict, errors.Invalid, errors.NoHostForEvent) as exc:
            LOG.info('The event %s (%s) of server %s is dropped: %s', event['name'],
                     event.get('tag'), event['server_uuid'], exc)
            refused.append(exc)
            code = exc.code
        told.append({'status': 'completed'} | event | {'code': code} | (
            {'status': 'failed'} if code != 200 else {}))
    if len(refused) == len(told) and all(exc.code == 409 for exc in refused):
        raise refused[0]
    if refused:
        req.status = 207
    return {'events': told}


def _take(req, event):
    with req.db.read() as connection:
        server = servers.get(connection, event['server_uuid'])
    if server.deleted:
        raise errors.ServerNotFound(uuid=server.uuid)
    if server.host is None:
        raise errors.NoHostForEvent(uuid=server.uuid)
    LOG.info('The event %s (%s) is for server %s on %s', event['name'], event.get('tag'),
             server.uuid, server.host)
    if event['name'] in _NAMES and req.has('networks'):
        with req.db.write() as connection:
            req.networks.refresh(connection, server.uuid)
    elif event['name'] == 'power-update':
        _update_power(req, server, event)
    elif event['name'] == 'volume-extended':
        _extend(req, server, event.get('tag'))


def _update_power(req, server, event):
    """Somebody has pressed the button of the machine: what Nova's bare metal tells of."""
    verb = _POWER_VERBS.get(event.get('tag'))
    if verb is None:
        raise errors.Invalid('The tag of power-update is POWER_ON or POWER_OFF.')
    intent.act(req, server, verb)


def _extend(req, server, volume_id):
    if volume_id is None:
        raise errors.Invalid('The tag of volume-extended is the volume.')
    if devices.find(server.volumes, volume_id) is None:
        raise errors.NotAttached(server=server.uuid, volume=volume_id)
    with req.db.read() as connection:
        volume = volume_attachments.find_volume(req, connection, volume_id)
    intent.act(req, server, 'extend_volume', {'volume_id': volume.id, 'size': volume.size})
