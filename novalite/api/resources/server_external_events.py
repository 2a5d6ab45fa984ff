"""What other services tell compute of its servers: ports that are plugged, volumes that grew."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import servers
from novalite.db import volumes
from novalite.servers import devices

RULES = (
    policy.rule('os-server-external-events:create', policy.ADMIN,
                'Tell of what has happened to a server elsewhere.'),
)

_NAMES = ('network-changed', 'network-vif-plugged', 'network-vif-unplugged',
          'network-vif-deleted')


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


@schema.accepts(None, *BODY)
@schema.returns(200)
def create(req):
    """POST /os-server-external-events: 200, or 207 when some of them were for nobody.

    Only a volume that grew is anything to do: guests here are never waiting for the rest.
    """
    req.authorize('os-server-external-events:create')
    told, refused = [], []
    for event in req.body['events']:
        code = 200
        try:
            _take(req, event)
        except (errors.NotFound, errors.Conflict, errors.Invalid) as exc:
            refused.append(exc)
            code = exc.code
        told.append({'status': 'completed'} | event | {'code': code} | (
            {'status': 'failed'} if code != 200 else {}))
    if len(refused) == len(told):
        raise refused[0]
    if refused:
        req.status = 207
    return {'events': told}


def _take(req, event):
    with req.db.read() as connection:
        server = servers.get(connection, event['server_uuid'])
        if server.deleted:
            raise errors.ServerNotFound(uuid=server.uuid)
        if event['name'] != 'volume-extended':
            return
        volume_id = event.get('tag')
        if devices.find(server.volumes, volume_id) is None:
            raise errors.NotAttached(server=server.uuid, volume=volume_id)
        volume = volumes.get(connection, volume_id)
    intent.act(req, server, 'extend_volume', {'volume_id': volume.id, 'size': volume.size})
