"""POST /servers/{id}/action: one handler for every verb, and what each verb takes."""

from collections.abc import Callable
import dataclasses

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import server_create
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import images
from novalite.servers import machine
from novalite.servers.states import Vm

RULES = (
    policy.rule('servers:start', policy.MEMBER, 'Start a server.'),
    policy.rule('servers:stop', policy.MEMBER, 'Stop a server.'),
    policy.rule('servers:reboot', policy.MEMBER, 'Reboot a server.'),
    policy.rule('servers:resize', policy.MEMBER, 'Resize a server.'),
    policy.rule('servers:confirm_resize', policy.MEMBER, 'Confirm a resize.'),
    policy.rule('servers:revert_resize', policy.MEMBER, 'Go back to before a resize.'),
    policy.rule('servers:create_image', policy.MEMBER, 'Create an image of a server.'),
)


@dataclasses.dataclass(frozen=True)
class Verb:
    """How one verb is asked for."""

    rule: str
    #: The fields of its value; None: whatever is sent is ignored, as Nova does.
    fields: tuple | None = None
    #: (req, server row) -> what the request answers; the rows are written in there.
    run: Callable | None = None
    status: int = 202


def _reboot(req, server):
    intent.act(req, server, 'reboot' if req.body['type'] == 'SOFT' else 'reboot.hard')


def _resize(req, server):
    """The new flavor is written down with the intent: it may be gone when it is used."""
    if server.vm_state != Vm.RESIZED and (server.origin or server.destination):
        raise errors.Conflict(f'Instance {server.uuid} still has a part on another host, of a '
                              f'resize that failed. It can only be deleted.')
    with req.db.read() as connection:
        flavor = server_create.find_flavor(req, connection, req.body['flavorRef'])
        if flavor['id'] == server.flavor['id']:
            raise errors.Invalid('When resizing, instances must change flavor!')
        server_create.refuse_excess(req, connection, {
            'cores': flavor['vcpus'] - server.flavor['vcpus'],
            'ram': flavor['ram'] - server.flavor['ram']})
    values = {'new_flavor': flavor}
    if 'OS-DCF:diskConfig' in req.body:
        values['disk_config'] = req.body['OS-DCF:diskConfig']
    intent.act(req, server, 'resize', {'flavor': flavor['id']}, **values)


def _create_image(req, server):
    """The image is there, queued, as soon as the request is accepted."""
    if 'images' not in req.conf.neighbours.enabled:
        raise errors.NotSupported()
    action = machine.VERBS['createImage']
    intent.refuse_locked(req, server)
    with req.db.write() as connection:
        metadata = server_create.check_metadata(
            req, connection, req.body.get('metadata', {}))
        base = images.get(connection, server.image_id) if server.image_id else None
        image_id = images.create(
            connection, req.runtime, owner=req.context.project_id, name=req.body['name'],
            server=server.uuid, progress=25, min_disk=server.flavor['disk'],
            min_ram=base.min_ram if base else 0,
            disk_format=base.disk_format if base else 'raw',
            container_format=base.container_format if base else 'bare',
            properties=_snapshot_properties(req, server) | metadata)
        intent.begin(req, connection, server.uuid, action, {'image_id': image_id})
    intent.tell(req, server.uuid, action)
    if req.version >= V(2, 45):
        return {'image_id': image_id}
    req.headers['Location'] = req.bookmark('images', image_id)
    return None


def _snapshot_properties(req, server):
    return server.image_properties | {
        'image_type': 'snapshot', 'instance_uuid': server.uuid, 'user_id': req.context.user_id,
        'base_image_ref': server.image_id or '', 'image_location': 'snapshot',
        'image_state': 'available', 'owner_id': server.project_id}


VERBS = {
    'os-start': Verb('servers:start'),
    'os-stop': Verb('servers:stop'),
    'reboot': Verb('servers:reboot', (
        Field('type', {'enum': ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft']},
              required=True, parse=str.upper),), _reboot),
    'resize': Verb('servers:resize', (
        Field('flavorRef', {'type': ['string', 'integer'], 'minLength': 1}, required=True,
              parse=str),
        Field('OS-DCF:diskConfig', server_create.DISK_CONFIG),
        # What old clients sent along, and Nova has been ignoring since.
    ), _resize),
    'confirmResize': Verb('servers:confirm_resize', status=204),
    'revertResize': Verb('servers:revert_resize'),
    'createImage': Verb('servers:create_image', (
        Field('name', schema.NAME, required=True),
        Field('metadata', schema.METADATA)), _create_image),
}


@schema.returns(202)
def act(req, id):
    """POST /servers/{id}/action: 202 when the action was written down.

    404 for a server the caller may not know of, 409 in a state the machine's row
    does not allow, 400 for a verb nobody knows or a body it does not take.
    """
    body = req.json()
    name = next(iter(body), None)
    if len(body) != 1 or name not in VERBS:
        raise errors.Invalid(
            'Malformed request body' if len(body) != 1 else f'There is no such action: {name}')
    verb = VERBS[name]
    if verb.fields is not None:
        req.body = schema.check_body(body, req.version, name, verb.fields)
    req.authorize(verb.rule)
    server = servers_resource.find(req, id)
    req.status = verb.status
    if verb.run:
        return verb.run(req, server)
    intent.act(req, server, name)
    return None
