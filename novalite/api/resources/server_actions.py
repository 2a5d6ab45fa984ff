"""POST /servers/{id}/action: one handler for every verb, and what each verb takes."""

from collections.abc import Callable
import dataclasses
import functools

from oslo_log import log as logging

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MAX, V
from novalite.api.resources import server_addresses
from novalite.api.resources import server_consoles
from novalite.api.resources import server_create
from novalite.api.resources import server_devices
from novalite.api.resources import server_fields
from novalite.api.resources import server_security_groups
from novalite.api.resources import servers as servers_resource
from novalite.api.resources import volume_attachments
from novalite.api.schema import Field
from novalite.db import hosts
from novalite.db import keypairs
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers.states import Vm

LOG = logging.getLogger(__name__)

RULES = (
    policy.rule('servers:start', policy.MEMBER, 'Start a server.'),
    policy.rule('servers:stop', policy.MEMBER, 'Stop a server.'),
    policy.rule('servers:reboot', policy.MEMBER, 'Reboot a server.'),
    policy.rule('servers:resize', policy.MEMBER, 'Resize a server.'),
    policy.rule('compute:servers:resize:cross_cell', policy.NOBODY,
                'Resize a server into another cell: there is only one.'),
    policy.rule('servers:confirm_resize', policy.MEMBER, 'Confirm a resize.'),
    policy.rule('servers:revert_resize', policy.MEMBER, 'Go back to before a resize.'),
    policy.rule('os-pause-server:pause', policy.MEMBER, 'Pause a server.'),
    policy.rule('os-pause-server:unpause', policy.MEMBER, 'Let a paused server go on.'),
    policy.rule('os-suspend-server:suspend', policy.MEMBER, 'Suspend a server.'),
    policy.rule('os-suspend-server:resume', policy.MEMBER, 'Resume a suspended server.'),
    policy.rule('os-rescue', policy.MEMBER, 'Rescue a server.'),
    policy.rule('os-unrescue', policy.MEMBER, 'End the rescue of a server.'),
    policy.rule('os-admin-password', policy.MEMBER, 'Change the password inside a server.'),
    policy.rule('servers:trigger_crash_dump', policy.MEMBER, 'Make a server dump its memory.'),
    policy.rule('os-migrate-server:migrate', policy.MANAGER, 'Move a server to another host.'),
    policy.rule('os-migrate-server:migrate:host', policy.ADMIN,
                'Move a server to a host that is named.'),
    policy.rule('os-migrate-server:migrate_live:host', policy.ADMIN,
                'Move a running server to a host that is named.'),
    policy.rule('os-migrate-server:migrate_live', policy.MANAGER,
                'Move a running server to another host.'),
    policy.rule('os-evacuate', policy.ADMIN, 'Build a server anew whose host is dead.'),
    policy.rule('os-lock-server:lock', policy.MEMBER, 'Lock a server.'),
    policy.rule('os-lock-server:unlock', policy.MEMBER, 'Unlock a server.'),
    policy.rule('os-lock-server:unlock:unlock_override', policy.ADMIN,
                'Unlock a server that an administrator has locked.'),
    policy.rule('os-admin-actions:inject_network_info', policy.ADMIN,
                'Put the addresses of a server into its guest.'),
    policy.rule('os-admin-actions:reset_state', policy.ADMIN, 'Say what state a server is in.'),
    policy.rule('servers:rebuild', policy.MEMBER, 'Rebuild a server.'),
    policy.rule('servers:rebuild:trusted_certs', policy.MEMBER,
                'Rebuild a server with other certificates that its image is trusted by.'),
    policy.rule('os-shelve:shelve', policy.MEMBER, 'Shelve a server.'),
    policy.rule('os-shelve:shelve_offload', policy.ADMIN, 'Take a shelved server off its host.'),
    policy.rule('os-shelve:unshelve', policy.MEMBER, 'Bring a shelved server back.'),
    policy.rule('os-shelve:unshelve_to_host', policy.ADMIN,
                'Bring a shelved server back to a host that is named.'),
    policy.rule('os-create-backup', policy.MEMBER, 'Create a backup of a server.'),
    policy.rule('os-deferred-delete:force', policy.MEMBER,
                'Delete a server for good, also where deletes can be taken back.'),
    policy.rule('os-deferred-delete:restore', policy.MEMBER, 'Take back the delete of a server.'),
    policy.rule('servers:create_image', policy.MEMBER, 'Create an image of a server.'),
    policy.rule('servers:create_image:allow_volume_backed', policy.MEMBER,
                'Create an image of a server that boots from a volume.'),
)


AUTO_OR_BOOLEAN = {'oneOf': [{'enum': ['auto']}, schema.BOOLEAN_LIKE]}

#: What a rebuild may change beside the image: the API's names -> columns.
REBUILT = {
    'name': 'name', 'metadata': 'metadata', 'description': 'description', 'key_name': 'key_name',
    'user_data': 'user_data', 'hostname': 'hostname', 'OS-DCF:diskConfig': 'disk_config',
    'accessIPv4': 'access_ip_v4', 'accessIPv6': 'access_ip_v6',
    'trusted_image_certificates': 'trusted_certs',
}


@dataclasses.dataclass(frozen=True)
class Verb:
    """How one verb is asked for."""

    #: Who may ask for it; None: what is gone is gone for everybody.
    rule: str | None
    #: The fields of its value; None: whatever is sent is ignored, as Nova does.
    fields: tuple | None = None
    #: (req, server row) -> what the request answers; the rows are written in there.
    run: Callable | None = None
    status: int = 202
    since: V = V(2, 1)
    until: V = MAX
    #: What may come in place of an object with these fields.
    or_null: bool = False
    #: In versions before this one, whatever is sent is ignored as well.
    fields_since: V = V(2, 1)
    #: Whether a server that has shares can do it.
    with_shares: bool = True
    #: Nothing may come along but null.
    bare: bool = False
    #: The fields of what it answers; without any of them in a version, no body.
    answers: tuple = ()
    #: Statuses of failure beside those that every verb has.
    fails: tuple = ()

    @functools.cached_property
    def returns(self):
        return schema.Returns({V(2, 1): self.status}, fields=self.answers,
                              fails=(404, 409, *self.fails))


def _reboot(req, server):
    intent.act(req, server, 'reboot' if req.body['type'] == 'SOFT' else 'reboot.hard')


def _resize(req, server):
    """The new flavor is written down with the intent: it may be gone when it is used."""
    intent.refuse_wrong_state(req, server, 'resize')
    _refuse_remains(server)
    with req.db.read() as connection:
        flavor = server_create.find_flavor(req, connection, req.body['flavorRef'])
        if flavor['id'] == server.flavor['id']:
            raise errors.Invalid('When resizing, instances must change flavor!')
        server_create.refuse_excess(req, connection, server, {
            'cores': flavor['vcpus'] - server.flavor['vcpus'],
            'ram': flavor['ram'] - server.flavor['ram']})
    values = {'new_flavor': flavor}
    if 'OS-DCF:diskConfig' in req.body:
        values['disk_config'] = req.body['OS-DCF:diskConfig']
    intent.act(req, server, 'resize', {'flavor': flavor['id']}, **values)


def _refuse_remains(server):
    if server.vm_state != Vm.RESIZED and (server.origin or server.destination):
        raise errors.Conflict(
            f'Instance {server.uuid} still has a part on another host, of a resize that failed. '
            f'It can be deleted, or moved when its part there has been cleared.')


def _create_image(req, server):
    """The image is there, queued, as soon as the request is accepted."""
    verb = 'createImage.volumes' if devices.root(server.volumes) else 'createImage'
    return _image_shown(req, _act_with_image(req, server, verb, req.body['name']))


def _create_backup(req, server):
    """The same, of a type of which only the newest ``rotation`` are kept."""
    if devices.root(server.volumes):
        raise errors.Invalid('Backup is not supported for volume-backed instances.')
    kind = {'backup_type': req.body['backup_type']}
    return _image_shown(req, _act_with_image(
        req, server, 'createBackup', req.body['name'],
        kind | {'image_type': 'backup'}, kind | {'rotation': req.body['rotation']}))


def _act_with_image(req, server, verb, name, properties=None, params=None):
    """Begin an action that makes an image of the server; the image's id."""
    of_volumes = verb == 'createImage.volumes'
    # A real Glance is told of snapshots when the image is made, and ours are made later.
    if not req.has('images') or (
            of_volumes and req.is_real('images') and not req.is_real('volumes')):
        raise errors.NotSupported()
    action = machine.VERBS[verb]
    intent.refuse_locked(req, server)
    with req.db.write() as connection:
        metadata = server_create.check_metadata(
            req, connection, req.body.get('metadata', {}) if req.body else {})
        mapping = of_volumes and req.volumes.snapshots(
            connection, server, f'snapshot for {name}')
        image_id = req.images.create(
            connection, name, server=server.uuid, progress=25,
            properties=_snapshot_properties(req, server) | metadata | (properties or {}) | (
                devices.image_properties(mapping) if mapping else {}),
            **_disk(req, connection, server, verb))
        intent.begin(req, connection, server.uuid, action, {'image_id': image_id} | (
            params or {}) | ({'mapped': True} if mapping else {}))
    intent.tell(req, server.uuid, action)
    return image_id


def _disk(req, connection, server, verb):
    """What an image of the server needs, and how its data is written; if it is to have any."""
    if verb == 'createImage.volumes':
        return {}
    base = req.images.find(connection, server.image_id) if server.image_id else None
    return {'min_disk': server.flavor['disk'], 'min_ram': base.min_ram if base else 0,
            'disk_format': base.disk_format if base else 'raw',
            'container_format': base.container_format if base else 'bare'}


def _image_shown(req, image_id):
    if req.version >= V(2, 45):
        return {'image_id': image_id}
    req.headers['Location'] = req.bookmark('images', image_id)
    return None


def _snapshot_properties(req, server):
    return server.image_properties | {
        'image_type': 'snapshot', 'instance_uuid': server.uuid, 'user_id': req.context.user_id,
        'base_image_ref': server.image_id or '', 'image_location': 'snapshot',
        'image_state': 'available', 'owner_id': server.project_id}


def _rescue(req, server):
    """The password is for the user's eyes only: nothing behind the API needs it."""
    intent.refuse_wrong_state(req, server, 'rescue')
    image_id = (req.body.get('rescue_image_ref') or server.image_id
                or server.image_properties.get('image_id'))
    with req.db.read() as connection:
        image = image_id and server_create.find_image(req, connection, image_id, server.flavor)
    properties = image.properties if image else {}
    if devices.root(server.volumes) and not (
            req.version >= V(2, 87) and _STABLE_RESCUE & set(properties)):
        raise errors.Invalid(f'Instance {server.uuid} cannot be rescued: Cannot rescue a '
                             f'volume-backed instance')
    if devices.is_mapping(properties):
        raise errors.Invalid(f"Requested rescue image '{image_id}' is not supported")
    intent.act(req, server, 'rescue', {'image_id': image_id})
    return {'adminPass': req.body.get('adminPass') or req.runtime.secret(6)}


#: An image for rescue that says one of these leaves the other disks of the server as they are.
_STABLE_RESCUE = {'hw_rescue_bus', 'hw_rescue_device'}


def _rebuild(req, server):
    """What is asked is written down and shown at once; the guest follows."""
    body, now = req.body, server
    if body.get('trusted_image_certificates'):
        req.authorize('servers:rebuild:trusted_certs')
    intent.refuse_wrong_state(req, server, 'rebuild')
    root = devices.root(server.volumes)
    if root and req.version < V(2, 93) and body['imageRef'] != now.image_properties.get('image_id'):
        raise errors.Invalid('Unable to rebuild with a different image for a volume-backed server.')
    with req.db.read() as connection:
        flavor = server.flavor | ({'disk': 0} if root else {})
        image = server_create.find_image(req, connection, body['imageRef'], flavor)
        if root and image:
            volume = volume_attachments.find_volume(req, connection, root['volume_id'])
            server_devices.refuse_small(image, volume.size)
        if body.get('key_name') and not keypairs.get(
                connection, req.context.user_id, body['key_name']):
            raise errors.Invalid('Invalid key_name provided.')
        if 'metadata' in body:
            server_create.check_metadata(req, connection, body['metadata'])
    values = {column: body[name] for name, column in REBUILT.items() if name in body}
    properties = image.properties if image else {}
    params = {'image_id': body['imageRef'], 'old_image_id': now.image_id,
              'old_image_properties': now.image_properties}
    if root and req.version >= V(2, 93):
        # It is still a server without an image: that is how clients tell that it has a volume.
        params['root'] = root['volume_id']
        values['image_properties'] = properties | {'image_id': body['imageRef']}
    elif not root:
        values |= {'image_id': body['imageRef'], 'image_properties': properties}
    intent.act(req, server, 'rebuild', params, **values)
    req.headers['Location'] = req.link('servers', server.uuid)
    fields = server_fields.REBUILT
    with req.db.read() as connection:
        row = servers_resource.find(req, server.uuid, connection)
        servers_resource.look_up(req, connection, [row], fields)
    return {'server': schema.view(fields, req, row) | {
        'adminPass': body.get('adminPass') or req.runtime.secret(6)}}


def _shelve(req, server):
    verb = 'shelve.offload' if req.conf.shelved_offload_time == 0 else 'shelve'
    _act_with_image(req, server, verb, f'{server.name}-shelved')


def _unshelve(req, server):
    """Back to a host; where it is told which, or which zone, only from nowhere."""
    if server.vm_state == Vm.SHELVED and not req.body:
        return intent.act(req, server, 'unshelve.in_place')
    zone, host = req.body.get('availability_zone'), req.body.get('host')
    if host is not None:
        req.authorize('os-shelve:unshelve_to_host')
    if req.body and server.vm_state != Vm.SHELVED_OFFLOADED:
        raise errors.Conflict(
            f'Specifying an availability zone or a host when unshelving server "{server.uuid}" '
            f'with status "{server.vm_state}" is not supported. The server status must be '
            f'SHELVED_OFFLOADED.')
    with req.db.read() as connection:
        if zone is not None and not hosts.listed(connection, zone=zone):
            raise errors.Invalid('The requested availability zone is not available')
        row = host and hosts.get(connection, host)
    if host and row is None:
        raise errors.Invalid(f'Compute host {host} could not be found.')
    wanted = zone or (None if 'availability_zone' in req.body else server.requested_zone)
    if host and wanted and row.zone != wanted:
        raise errors.Conflict(f'Host {host} is not in the availability zone "{wanted}".')
    params = {'host': host, 'zone': wanted}
    if 'availability_zone' in req.body:
        params['pinned'] = zone
    return intent.act(req, server, 'unshelve', params)


def _restore(req, server):
    intent.refuse_wrong_state(req, server, 'restore')
    with req.db.write() as connection:
        server_create.refuse_excess(req, connection, server, {
            'instances': 1, 'cores': server.vcpus, 'ram': server.memory_mb})
    intent.act(req, server, 'restore')


def _migrate(req, server):
    """To the host that is named, or to the best there is."""
    host = req.body.get('host')
    if host is not None:
        req.authorize('os-migrate-server:migrate:host')
    intent.refuse_wrong_state(req, server, 'migrate')
    _refuse_remains(server)
    if host is not None:
        if host == server.host:
            raise errors.Invalid('The target host can\'t be the same one.')
        with req.db.read() as connection:
            if hosts.get(connection, host) is None:
                raise errors.Invalid(f'Compute host {host} could not be found.')
    intent.act(req, server, 'migrate', {'host': host}, new_flavor=server.flavor)


def _live_migrate(req, server):
    host = req.body.get('host')
    if host is not None:
        req.authorize('os-migrate-server:migrate_live:host')
    intent.refuse_wrong_state(req, server, 'os-migrateLive')
    _refuse_remains(server)
    if host is not None:
        if host == server.host:
            raise errors.Invalid(f'Unable to migrate instance ({server.uuid}) to current host '
                                 f'({host}).')
        with req.db.read() as connection:
            if hosts.get(connection, host) is None:
                raise errors.Invalid(f'Compute host {host} could not be found.')
    intent.act(req, server, 'os-migrateLive', {'host': host})


def _evacuate(req, server):
    """Only from a host that is dead: elsewhere the guest would run twice."""
    host = req.body.get('host')
    with req.db.read() as connection:
        if host is not None and hosts.get(connection, host) is None:
            raise errors.NotFound(f'Compute host {host} not found.')
        if host is not None and host == server.host:
            raise errors.Invalid("The target host can't be the same one.")
        alive = server.host and hosts.up(
            hosts.get(connection, server.host),
            hosts.alive_since(req.conf, req.runtime.now()))
    if alive:
        raise errors.Invalid(f'Compute service of {server.host} is still in use.')
    if server.host is None:
        raise errors.Invalid(f'Instance {server.uuid} is on no host.')
    intent.act(req, server, 'evacuate', {'host': host, 'stopped': req.version >= V(2, 95)})
    if req.version >= V(2, 14):
        return None
    return {'adminPass': req.body.get('adminPass') or req.runtime.secret(6)}


def _lock(req, server):
    by = 'owner' if req.context.project_id == server.project_id else 'admin'
    intent.note(req, server, 'lock', locked=True, locked_by=by,
                locked_reason=req.body.get('locked_reason'))
    intent.told(req, server.uuid, 'lock')


def _unlock(req, server):
    if server.locked_by == 'admin':
        req.authorize('os-lock-server:unlock:unlock_override')
    intent.note(req, server, 'unlock', locked=False, locked_by=None, locked_reason=None)
    intent.told(req, server.uuid, 'unlock')


def _reset_state(req, server):
    """What was under way gives way: its reports move nothing any more."""
    intent.note(req, server, 'resetState', vm_state=req.body['state'], task_state=None,
                owner=None, came_from=None)


def _reset_network(req, server):
    raise errors.Gone('The requested functionality is not supported any more.')


def _inject_network_info(req, server):
    """A guest of ours asks for its addresses: there is nothing that could be put into it."""
    intent.refuse_locked(req, server)
    if server.host is None:
        raise errors.ServerNotReady(uuid=server.uuid)
    LOG.info('Nothing is to be put into server %s for its network', server.uuid)


_PASSWORD = (Field('adminPass', schema.STRING),)
_IMAGE_ID = (Field('image_id', schema.UUID, since=V(2, 45)),)

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
    ), _resize, with_shares=False),
    'pause': Verb('os-pause-server:pause'),
    'unpause': Verb('os-pause-server:unpause'),
    'suspend': Verb('os-suspend-server:suspend', with_shares=False),
    'resume': Verb('os-suspend-server:resume'),
    'rescue': Verb('os-rescue', (
        Field('adminPass', schema.STRING), Field('rescue_image_ref', schema.UUID)),
        _rescue, status=200, or_null=True, answers=_PASSWORD),
    'unrescue': Verb('os-unrescue'),
    'changePassword': Verb('os-admin-password', (
        Field('adminPass', schema.STRING, required=True),),
        lambda req, server: intent.act(req, server, 'changePassword')),
    'trigger_crash_dump': Verb('servers:trigger_crash_dump', since=V(2, 17), bare=True),
    'migrate': Verb('os-migrate-server:migrate', (
        Field('host', schema.TEXT_OR_NULL, since=V(2, 56)),), _migrate, or_null=True,
        with_shares=False),
    'rebuild': Verb('servers:rebuild', (
        Field('imageRef', schema.UUID, required=True),
        Field('name', schema.NAME),
        Field('adminPass', schema.STRING),
        Field('metadata', schema.METADATA),
        Field('preserve_ephemeral', schema.BOOLEAN_LIKE, parse=schema.boolean),
        Field('OS-DCF:diskConfig', server_create.DISK_CONFIG),
        Field('accessIPv4', server_create.IPV4, parse=server_create.address),
        Field('accessIPv6', server_create.IPV6, parse=server_create.address),
        Field('personality', server_create.PERSONALITY, until=V(2, 56)),
        Field('description', schema.DESCRIPTION, since=V(2, 19)),
        Field('key_name', server_create.NAME_OR_NULL, since=V(2, 54)),
        Field('user_data', server_create.USER_DATA_OR_NULL, since=V(2, 57)),
        Field('trusted_image_certificates', server_create.CERTIFICATES_OR_NULL, since=V(2, 63)),
        Field('hostname', server_create.HOSTNAME, since=V(2, 90), until=V(2, 93)),
        Field('hostname', server_create.FQDN, since=V(2, 94)),
    ), _rebuild, with_shares=False, answers=(
        Field('server', schema.Shown((*server_fields.REBUILT, *_PASSWORD))),)),
    'shelve': Verb('os-shelve:shelve', run=_shelve, with_shares=False, fails=(501,)),
    'shelveOffload': Verb('os-shelve:shelve_offload'),
    'unshelve': Verb('os-shelve:unshelve', (
        Field('availability_zone', schema.NAME, since=V(2, 77), until=V(2, 90), required=True),
        Field('availability_zone', server_create.NAME_OR_NULL, since=V(2, 91)),
        Field('host', schema.NAME, since=V(2, 91)),
    ), _unshelve, or_null=True, fields_since=V(2, 77)),
    'createBackup': Verb('os-create-backup', (
        Field('name', schema.NAME, required=True),
        Field('backup_type', schema.STRING, required=True),
        Field('rotation', schema.NON_NEGATIVE, required=True, parse=int),
        Field('metadata', schema.METADATA)), _create_backup, answers=_IMAGE_ID, fails=(501,)),
    'forceDelete': Verb('os-deferred-delete:force', run=lambda req, server: intent.act(
        req, server, 'delete')),
    'restore': Verb('os-deferred-delete:restore', run=_restore),
    **{name: Verb(rule, fields, run, until=V(2, 43))
       for name, (rule, fields, run) in server_addresses.VERBS.items()},
    'addSecurityGroup': Verb('os-security-groups:add', server_security_groups.NAMED,
                             server_security_groups.add),
    'removeSecurityGroup': Verb('os-security-groups:remove', server_security_groups.NAMED,
                                server_security_groups.remove),
    'resetNetwork': Verb(None, run=_reset_network, status=410),
    'injectNetworkInfo': Verb('os-admin-actions:inject_network_info', run=_inject_network_info),
    'os-getConsoleOutput': Verb(
        'os-console-output', server_consoles.OUTPUT, server_consoles.output, status=200,
        answers=server_consoles.OUTPUT_SHOWN, fails=(500,)),    # the host could not show it
    **{f'os-get{name}Console': Verb(
        'os-remote-consoles', server_consoles.types_of(protocol),
        server_consoles.opened(protocol), status=200, until=V(2, 5),
        answers=server_consoles.OPENED)
       for name, protocol in (('VNC', 'vnc'), ('SPICE', 'spice'), ('RDP', 'rdp'),
                              ('Serial', 'serial'))},
    'os-migrateLive': Verb('os-migrate-server:migrate_live', (
        Field('host', schema.TEXT_OR_NULL, required=True),
        Field('block_migration', schema.BOOLEAN_LIKE, until=V(2, 24), required=True,
              parse=schema.boolean),
        Field('disk_over_commit', schema.BOOLEAN_LIKE, until=V(2, 24), required=True,
              parse=schema.boolean),
        Field('block_migration', AUTO_OR_BOOLEAN, since=V(2, 25), required=True),
        Field('force', schema.BOOLEAN_LIKE, since=V(2, 30), until=V(2, 67),
              parse=schema.boolean)), _live_migrate, with_shares=False),
    'evacuate': Verb('os-evacuate', (
        Field('host', schema.TEXT),
        Field('adminPass', schema.STRING),
        Field('onSharedStorage', schema.BOOLEAN_LIKE, until=V(2, 13), required=True,
              parse=schema.boolean),
        Field('force', schema.BOOLEAN_LIKE, since=V(2, 29), until=V(2, 67),
              parse=schema.boolean)), _evacuate, status=200, with_shares=False,
        answers=schema.clipped(_PASSWORD, until=V(2, 13))),
    'lock': Verb('os-lock-server:lock', (
        Field('locked_reason', {'type': 'string', 'minLength': 1, 'maxLength': 255},
              since=V(2, 73)),), _lock, or_null=True),
    'unlock': Verb('os-lock-server:unlock', (), _unlock, or_null=True),
    'os-resetState': Verb('os-admin-actions:reset_state', (
        Field('state', {'enum': ['active', 'error']}, required=True),), _reset_state),
    'confirmResize': Verb('servers:confirm_resize', status=204),
    'revertResize': Verb('servers:revert_resize'),
    'createImage': Verb('servers:create_image', (
        Field('name', schema.NAME, required=True),
        Field('metadata', schema.METADATA)), _create_image, answers=_IMAGE_ID, fails=(501,)),
}


@schema.verbs(VERBS)
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
    req.returns, req.verb = verb.returns, name
    if req.version < verb.since:
        raise errors.Invalid(f'There is no such action: {name}')
    if req.version > verb.until:
        raise errors.NotFound()
    if verb.bare:
        schema.check_value({'type': 'object', 'properties': {name: schema.NULL}}, body)
    if verb.or_null and body[name] is None or req.version < verb.fields_since:
        req.body = {}
    elif verb.fields is not None:
        req.body = schema.check_body(body, req.version, name, verb.fields)
    if verb.rule:
        req.authorize(verb.rule)
    server = servers_resource.find(req, id)
    if server.shares and not verb.with_shares:
        raise errors.SharesInTheWay()
    if verb.run:
        return verb.run(req, server)
    intent.act(req, server, name)
    return None
