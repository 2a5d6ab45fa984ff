"""Attachments: who has a volume, as Nova has been asking for it since 3.27."""

from novalite import errors
from novalite.db import volumes as db
from novalite.neighbours import microversion
from novalite.neighbours.volumes import checks
from novalite.neighbours.volumes import volumes

FILTERS = ('volume_id', 'status', 'id')


def _find(call, connection, id):
    microversion.since(call, 3, 27)
    row = db.find(connection, db.attachments, id, call.ctxt)
    if row is None:
        raise errors.VolumeAttachmentNotFound(id=id)
    return row


def _brief(row):
    return {'id': row.id, 'instance': row.server, 'volume_id': row.volume_id,
            'status': row.status}


def _view(row):
    # Where the data of a simulated volume is: nowhere, but clients look for the keys.
    connection = {'driver_volume_type': 'fake', 'attachment_id': row.id, 'volume_id':
                  row.volume_id, 'access_mode': row.mode} if row.connector else {}
    return _brief(row) | {
        'attached_at': checks.moment(row.attached_at), 'detached_at': None,
        'attach_mode': row.mode, 'connection_info': connection}


def _rows(call):
    microversion.since(call, 3, 27)
    page = checks.page(call, db.attachments, FILTERS)
    if server := call.param('instance_id'):
        page['conditions'].append(db.attachments.c.server == server)
    with call.db.read() as connection:
        return db.listed(connection, db.attachments, **page | {'metadata': None})


def index(call):
    return {'attachments': [_brief(row) for row in _rows(call)]}


def detail(call):
    return {'attachments': [_view(row) for row in _rows(call)]}


def show(call, id):
    with call.db.read() as connection:
        return {'attachment': _view(_find(call, connection, id))}


def create(call):
    """Set the volume aside; with a connector, it is being attached already."""
    microversion.since(call, 3, 27)
    body = call.root('attachment')
    volume_id = checks.text(body, 'volume_uuid')
    server = checks.text(body, 'instance_uuid', 36)
    if volume_id is None:
        raise errors.InvalidField(name='volume_uuid', value=None, reason='It is needed.')
    connector = _connector(body)
    with call.db.write() as connection:
        volumes.find(call, connection, volume_id, lock=True)
        id = db.reserve(connection, call.runtime, volume_id, server or '', again=True,
                        status='attaching' if connector else 'reserved', connector=connector,
                        mode=_mode(body), host=(connector or {}).get('host'))
        return {'attachment': _view(_find(call, connection, id))}


def _mode(body):
    mode = body.get('mode') or 'rw'
    if mode not in ('rw', 'ro'):
        raise errors.InvalidField(name='mode', value=str(mode)[:255], reason="'rw' or 'ro'.")
    return mode


def _connector(body):
    connector = body.get('connector')
    if not isinstance(connector, dict | None):
        raise errors.InvalidField(name='connector', value=str(connector)[:255],
                                  reason='It must be an object.')
    for name in ('host', 'mountpoint'):
        checks.text(connector or {}, name)
    return connector


def update(call, id):
    connector = _connector(call.root('attachment'))
    if not connector:
        raise errors.InvalidField(name='connector', value=None, reason='It is needed.')
    with call.db.write() as connection:
        _find(call, connection, id)
        db.edit_attachment(
            connection, call.runtime, id, status='attaching', connector=connector,
            host=connector.get('host'), device=connector.get('mountpoint'))
        return {'attachment': _view(_find(call, connection, id))}


def delete(call, id):
    """Answers what attachments the volume has left."""
    with call.db.write() as connection:
        row = _find(call, connection, id)
        db.detach(connection, call.runtime, id)
        rest = db.attachments_of(connection, [row.volume_id])[row.volume_id]
    return {'attachments': [_brief(one) for one in rest]}


def act(call, id):
    """os-complete: the server has it."""
    microversion.since(call, 3, 44)
    body = call.body()
    if not isinstance(body, dict) or set(body) != {'os-complete'}:
        raise errors.Invalid('There is no such action.')
    with call.db.write() as connection:
        row = _find(call, connection, id)
        db.attach(connection, call.runtime, id, row.host, row.device)
