"""Snapshots of volumes with compute's help, which file-backed volumes in use need."""

import json

from oslo_log import log as logging

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import servers
from novalite.db import volumes

LOG = logging.getLogger(__name__)

RULES = (
    policy.rule('os-assisted-volume-snapshots:create', policy.SERVICE,
                'Help the volume service to make a snapshot of a volume in use.'),
    policy.rule('os-assisted-volume-snapshots:delete', policy.SERVICE,
                'Help the volume service to delete such a snapshot.'),
)

_CREATE_INFO = {
    'type': 'object', 'additionalProperties': False,
    'properties': {'snapshot_id': {'type': 'string', 'minLength': 1, 'maxLength': 255},
                   'type': {'enum': ['qcow2']}, 'new_file': schema.STRING, 'id': schema.UUID},
    'required': ['snapshot_id', 'type', 'new_file']}

SNAPSHOT = (
    Field('id', schema.STRING_OR_NULL, lambda it, req: it.get('id')),
    Field('volumeId', schema.UUID, lambda it, req: it['volume_id']),
)


@schema.accepts('snapshot', Field('volume_id', schema.UUID, required=True),
                Field('create_info', _CREATE_INFO, required=True))
@schema.returns(200, 'snapshot', SNAPSHOT)
def create(req):
    """POST /os-assisted-volume-snapshots: 200.

    The guest of the server would go on in a new file from here on; volumes of ours are no files,
    so there is nothing to exchange. 400 if no server has the volume, or one that is busy.
    """
    req.authorize('os-assisted-volume-snapshots:create')
    volume_id, info = req.body['volume_id'], req.body['create_info']
    server = _user(req, volume_id, 'volume_snapshot_create')
    LOG.info('Server %s need not help with snapshot %s', server.uuid, info['snapshot_id'])
    return {'snapshot': schema.view(SNAPSHOT, req, info | {'volume_id': volume_id})}


@schema.query(Field('delete_info', schema.STRING), strict_since=V(2, 75))
@schema.returns(204)
def delete(req, id):
    """DELETE /os-assisted-volume-snapshots/{id}: 204; ``delete_info`` is JSON with the volume."""
    req.authorize('os-assisted-volume-snapshots:delete')
    try:
        volume_id = json.loads(req.query['delete_info'])['volume_id']
    except (KeyError, TypeError, ValueError, RecursionError):
        raise errors.InvalidField(
            name='delete_info', value=req.query.get('delete_info'),
            reason='It must be JSON: an object with a volume_id.') from None
    server = _user(req, str(volume_id), 'volume_snapshot_delete')
    LOG.info('Server %s need not help without snapshot %s', server.uuid, id)


def _user(req, volume_id, what):
    """The one server that has the volume, if its host could do something for it now."""
    with req.db.read() as connection:
        rows = [row for row in volumes.attachments_of(connection, [volume_id])[volume_id]
                if row.status == 'attached']
        if not rows:
            raise errors.Invalid(f'No volume Block Device Mapping with id {volume_id}.')
        if len(rows) > 1:
            raise errors.Invalid(f'Block Device Mapping {volume_id} is a multi-attach volume and '
                                 f'is not valid for this operation.')
        server = servers.get(connection, rows[0].server)
    if server.host is None:
        raise errors.Invalid(str(errors.ServerNotReady(uuid=server.uuid)))
    if server.task_state:
        raise errors.Invalid(str(errors.ActionNotAllowed(
            action=what, uuid=server.uuid, attribute='task_state', state=server.task_state)))
    return server
