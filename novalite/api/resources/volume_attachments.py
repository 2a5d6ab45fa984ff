"""The volumes of a server: attach, detach, swap; what becomes of them when it ends."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import history
from novalite.db import servers
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers.states import Vm

RULES = (
    policy.rule('os-volumes-attachments:index', policy.READER, 'List the volumes of a server.'),
    policy.rule('os-volumes-attachments:show', policy.READER, 'Show a volume of a server.'),
    policy.rule('os-volumes-attachments:create', policy.MEMBER, 'Attach a volume to a server.'),
    policy.rule('os-volumes-attachments:update', policy.MEMBER,
                'Say whether a volume is deleted with its server.'),
    policy.rule('os-volumes-attachments:swap', policy.SERVICE,
                'Put another volume in the place of one that a server has.'),
    policy.rule('os-volumes-attachments:delete', policy.MEMBER,
                'Detach a volume from a server.'),
)

TAG = {'type': 'string', 'minLength': 1, 'maxLength': 60, 'pattern': '^[^,/]*$'}
DEVICE = {'type': ['string', 'null'], 'maxLength': 255,
          'pattern': '^/dev/(x?[a-z]?d?)[a-z]+[0-9]*$'}

BODY = (
    Field('volumeId', schema.UUID, required=True),
    Field('device', DEVICE),
    Field('tag', TAG, since=V(2, 49)),
    Field('delete_on_termination', schema.BOOLEAN_LIKE, since=V(2, 79), parse=schema.boolean),
)

CHANGES = (
    Field('volumeId', schema.UUID, required=True),
    *(Field(name, kind, since=V(2, 85)) for name, kind in (
        ('id', schema.UUID), ('serverId', schema.UUID), ('device', DEVICE),
        ('tag', TAG))),
    Field('delete_on_termination', schema.BOOLEAN_LIKE, since=V(2, 85), parse=schema.boolean),
)

#: What is shown of (server's uuid, device).
ATTACHMENT = (
    Field('id', schema.UUID, lambda a, r: a[1]['volume_id'], until=V(2, 88)),
    Field('volumeId', schema.UUID, lambda a, r: a[1]['volume_id']),
    Field('serverId', schema.UUID, lambda a, r: a[0]),
    Field('device', schema.STRING, lambda a, r: a[1]['device']),
    Field('tag', schema.STRING_OR_NULL, lambda a, r: a[1]['tag'], since=V(2, 70)),
    Field('delete_on_termination', schema.BOOLEAN, lambda a, r: a[1]['delete_on_termination'],
          since=V(2, 79)),
    Field('attachment_id', schema.UUID, lambda a, r: a[1]['attachment_id'], since=V(2, 89)),
    Field('bdm_uuid', schema.UUID, lambda a, r: a[1]['uuid'], since=V(2, 89)),
)

#: What a POST answers: its fields are those of old, and end with its body.
ATTACHED = (
    Field('id', schema.UUID, lambda a, r: a[1]['volume_id']),
    *(field for field in ATTACHMENT if field.name in (
        'volumeId', 'serverId', 'device', 'tag', 'delete_on_termination')),
)


@schema.query(Field('limit', schema.NON_NEGATIVE, parse=int),
              schema.OFFSET, strict_since=V(2, 75))
@schema.returns(200, 'volumeAttachments', ATTACHMENT, many=True)
def index(req, id):
    """GET /servers/{id}/os-volume_attachments: 200 with the volumes it has."""
    req.authorize('os-volumes-attachments:index')
    server = servers_resource.find(req, id)
    first = req.query.get('offset', 0)
    found = devices.attached(server.volumes)[first:first + req.page_size()]
    return {'volumeAttachments': schema.views(
        ATTACHMENT, req, [(server.uuid, device) for device in found])}


@schema.ignores_query
@schema.returns(200, 'volumeAttachment', ATTACHMENT)
def show(req, id, volume_id):
    """GET /servers/{id}/os-volume_attachments/{volume_id}: 200 with one of them."""
    req.authorize('os-volumes-attachments:show')
    server = servers_resource.find(req, id)
    return {'volumeAttachment': schema.view(
        ATTACHMENT, req, (server.uuid, _device(server, volume_id)))}


def _device(server, volume_id):
    device = devices.find(server.volumes, volume_id)
    if device is None:
        raise errors.NotAttached(server=server.uuid, volume=volume_id)
    return device


@schema.accepts('volumeAttachment', *BODY)
@schema.returns({V(2, 1): 200, V(2, 101): 202}, fields=(
    Field('volumeAttachment', schema.Shown(ATTACHED), until=V(2, 100)),), fails=(409,))
def create(req, id):
    """POST /servers/{id}/os-volume_attachments: 200 with the device; since 2.101, 202.

    The volume is set aside in the transaction that makes the promise, so that nobody
    else is told that it is free.
    """
    req.authorize('os-volumes-attachments:create')
    device = _in_turn(req, id, 'attach_volume', _attach)
    if req.version >= V(2, 101):
        return None
    return {'volumeAttachment': schema.view(ATTACHED, req, (id, device))}


#: How long a request waits for its turn: so often, so many seconds.
_WAITS, _SECONDS = 50, 0.1


def _in_turn(req, id, verb, work, *about):
    """``work``, when the volume that another request has sent on its way has come to rest.

    Clients attach several volumes of a server at once, because Nova puts them in a row.
    """
    action = machine.VERBS[verb]
    for _ in range(_WAITS):
        try:
            return work(req, id, action, *about)
        except errors.ActionNotAllowed:
            if not _worth_waiting(req, id, action):
                raise
        req.runtime.sleep(_SECONDS)
    return work(req, id, action, *about)


def _worth_waiting(req, id, action):
    """Whether only a volume stands in the way, or did when the action was refused."""
    with req.db.read() as connection:
        server = servers.get(connection, id)
        owner = server.owner and history.action(connection, id, server.owner)
    return server.task_state is None and server.vm_state in action.allowed and (
        owner is None or owner.verb in ('attach_volume', 'detach_volume', 'swap_volume'))


def _attach(req, id, action):
    with req.db.write() as connection:
        server = _to_change(req, connection, id, action)
        device = _reserved(req, connection, server)
        intent.begin(req, connection, server.uuid, action,
                     {'volume_id': device['volume_id'], 'device': device},
                     volumes=[*server.volumes, device])
    intent.tell(req, server.uuid, action)
    return device


def _to_change(req, connection, id, action):
    """The server's row, locked, if its volumes may come and go."""
    servers_resource.find(req, id, connection)
    server = servers.get(connection, id, lock=True)
    intent.refuse_locked(req, server)
    if server.vm_state in (Vm.SHELVED, Vm.SHELVED_OFFLOADED) and req.version < V(2, 20):
        raise errors.Conflict(errors.ActionNotAllowed.__doc__, action=action.name,
                              uuid=server.uuid, attribute='vm_state', state=server.vm_state)
    return server


def _reserved(req, connection, server):
    """The record of the volume that is asked for, which from now on is nobody else's."""
    volume = find_volume(req, connection, req.body['volumeId'])
    if devices.find(server.volumes, volume.id):
        raise errors.Invalid(f'Invalid volume: volume {volume.id} already attached')
    if volume.multiattach:
        if req.version < V(2, 60):
            raise errors.Invalid('Multiattach volumes are only supported starting with compute '
                                 'API version 2.60.')
        if server.vm_state == Vm.SHELVED_OFFLOADED:
            raise errors.Invalid('Attaching multiattach volumes is not supported for '
                                 'shelved-offloaded instances.')
    path = devices.name(server.volumes, server.flavor, req.body.get('device'))
    return {
        'uuid': req.runtime.uuid(), 'volume_id': volume.id, 'device': path, 'boot_index': None,
        'tag': req.body.get('tag'),
        'delete_on_termination': req.body.get('delete_on_termination', False),
        'attachment_id': req.volumes.reserve(
            connection, volume.id, server.uuid, host=server.host)}


def find_volume(req, connection, volume_id, missing=errors.VolumeNotFound):
    """The volume's row, if the caller may have it; raises ``missing``."""
    volume = req.volumes.find(connection, volume_id)
    if volume is None:
        raise missing(errors.VolumeNotFound.__doc__, id=volume_id)
    return volume


@schema.accepts('volumeAttachment', *CHANGES)
@schema.returns(202, fails=(409,))
def update(req, id, volume_id):
    """PUT /servers/{id}/os-volume_attachments/{volume_id}: 202.

    With another volumeId that volume takes the place of this one; else, since 2.85, only
    delete_on_termination changes.
    """
    other = req.body['volumeId']
    swaps = req.version < V(2, 85) or other != volume_id
    req.authorize(f'os-volumes-attachments:{"swap" if swaps else "update"}')
    server = servers_resource.find(req, id)
    if req.version >= V(2, 85):
        _change(req, server, volume_id)
    if swaps:
        _in_turn(req, server.uuid, 'swap_volume', _swap, volume_id, other)


def _change(req, server, volume_id):
    with req.db.write() as connection:
        server = servers.get(connection, server.uuid, lock=True)
        device = _device(server, volume_id)
        shown = {'id': volume_id, 'serverId': server.uuid, 'device': device['device'],
                 'tag': device['tag']}
        for name, value in shown.items():
            if req.body.get(name, value) != value:
                raise errors.Invalid(f'The {name} property is not mutable')
        if 'delete_on_termination' in req.body:
            servers.edit(connection, server.uuid, req.runtime.now(), volumes=devices.replaced(
                server.volumes, device,
                {'delete_on_termination': req.body['delete_on_termination']}))


def _swap(req, id, action, volume_id, other):
    with req.db.write() as connection:
        server = _to_change(req, connection, id, action)
        old = find_volume(req, connection, volume_id)
        new = find_volume(req, connection, other, errors.Invalid)
        device = _device(server, old.id)
        if new.size < old.size:
            raise errors.Invalid('Invalid volume: New volume must be the same size or larger.')
        if old.multiattach and req.volumes.shared(connection, old.id):
            raise errors.Invalid('Swapping multi-attach volumes with more than one read/write '
                                 'attachment is not supported.')
        req.volumes.begin_detaching(connection, old.id)
        changed = device | {'volume_id': new.id, 'attachment_id': req.volumes.reserve(
            connection, new.id, server.uuid, host=server.host)}
        intent.begin(req, connection, server.uuid, action, {
            'old_volume_id': old.id, 'new_volume_id': new.id, 'device': device, 'new': changed})
    intent.tell(req, server.uuid, action)


@schema.returns(202, fails=(409,))
def delete(req, id, volume_id):
    """DELETE /servers/{id}/os-volume_attachments/{volume_id}: 202; not of what it boots from."""
    req.authorize('os-volumes-attachments:delete')
    _in_turn(req, id, 'detach_volume', _detach, volume_id)


def _detach(req, id, action, volume_id):
    with req.db.write() as connection:
        server = _to_change(req, connection, id, action)
        device = _device(server, find_volume(req, connection, volume_id).id)
        if devices.is_root(device):
            raise errors.Forbidden('Cannot detach a root device volume')
        req.volumes.begin_detaching(connection, volume_id)
        intent.begin(req, connection, server.uuid, action,
                     {'volume_id': volume_id, 'device': device})
    intent.tell(req, server.uuid, action)
