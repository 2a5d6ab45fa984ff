"""Which call of openstacksdk makes which operation, and what of its answer depends on the version.

A call is made through ``w.compute``, the compute proxy of a connection at the world's version.
"""

from openstack.compute.v2 import flavor as _flavor
from openstack.compute.v2 import image as _image
from openstack.compute.v2 import server as _server

from tests.functional import client_calls
from tests.functional.client_calls import Call
from tests.functional.client_calls import World

LAST = 104
_ALL = (1, LAST)


class Sdk(World):
    """The world as openstacksdk sees it."""

    client = 'openstacksdk'

    @property
    def connection(self):
        return self.cloud.connection('admin', compute_default_microversion=str(self.version))

    @property
    def compute(self):
        return self.connection.compute

    def plain(self, server=None):
        """A server as the object that the less common methods belong to."""
        return _server.Server(id=server or self.server)


def _only(found, **wanted):
    """The one of these that is so."""
    (one,) = (each for each in found if all(each[name] == value for name, value in wanted.items()))
    return one


_SERVER = {
    'name': _ALL, 'status': _ALL, 'project_id': _ALL, 'user_id': _ALL, 'addresses': _ALL,
    'created_at': _ALL, 'key_name': _ALL, 'metadata': _ALL, 'access_ipv4': (0, 0),
    'power_state': _ALL, 'vm_state': _ALL, 'launched_at': _ALL, 'compute_host': _ALL,
    'instance_name': _ALL, 'hypervisor_hostname': _ALL, 'host_id': _ALL, 'image': _ALL,
    'hostname': (3, LAST), 'root_device_name': (3, LAST), 'reservation_id': (3, LAST),
    'user_data': (3, LAST), 'launch_index': (3, LAST), 'is_locked': (9, LAST),
    'host_status': (16, LAST), 'description': (19, LAST), 'tags': (26, LAST),
    'trusted_image_certificates': (63, LAST), 'locked_reason': (73, LAST),
    'pinned_availability_zone': (96, LAST), 'scheduler_hints': (100, LAST),
}
_ONE_SERVER = _SERVER | {'server_groups': (71, LAST)}
#: A rebuild and an update showed less until they were made alike.
_LATE = {name: (75, LAST) for name in (
    'compute_host', 'instance_name', 'hypervisor_hostname', 'power_state', 'vm_state',
    'launched_at', 'key_name', 'hostname', 'root_device_name', 'reservation_id', 'user_data',
    'launch_index', 'host_status')}


def _shown(server):
    """A server's fields; the flavor's two forms by names of their own."""
    return server.to_dict(computed=False)


def _create(w):
    made = w.compute.create_server(
        name='web', flavor_id='42', image_id=w.things['images'], **w.since(37, networks='none'),
        **w.since(19, description='mine'), **w.since(52, tags=['red']),
        **w.since(63, trusted_image_certificates=['c']), **w.since(74, host='h1'),
        **w.since(90, hostname='called'))
    found = w.cloud.show(w.cloud.settle(made.id))
    assert made.admin_password
    assert found['description'] == ('mine' if w.minor >= 19 else None)
    assert found['tags'] == (['red'] if w.minor >= 52 else [])
    assert found['OS-EXT-SRV-ATTR:hostname'] == ('called' if w.minor >= 90 else 'web')
    if w.minor >= 74:
        assert found['OS-EXT-SRV-ATTR:host'] == 'h1'
    return {'id': made.id}


def _update(w):
    return _shown(w.compute.update_server(
        w.server, name='shown', **w.since(19, description='all of it'),
        **w.since(90, hostname='shown')))


def _rebuild(w):
    server = w.ready('rebuild')
    rebuilt = w.compute.rebuild_server(
        server, w.things['images'], **w.since(19, description='new'),
        **w.since(54, key_name=None), **w.since(57, user_data='Zm9v'),
        **w.since(63, trusted_image_certificates=['c']), **w.since(90, hostname='called'))
    given = _shown(rebuilt)
    w.cloud.settle(server)
    return given


def _acts(verb, ask, status=None, **more):
    """A call that makes a verb of a server; and the status that the client then sees."""
    def call(w):
        server = w.ready(verb)
        given = ask(w, server)
        w.cloud.settle(server)
        if status:
            assert w.compute.get_server(server).status == status
        return given if isinstance(given, dict) else {}
    return Call(call, **more)


def _simply(name, status=None, **more):
    return lambda verb: _acts(verb, lambda w, server: getattr(w.compute, name)(server), status,
                              **more)


def _url(w, server, kind):
    console = w.compute.get_server_console_url(server, kind)
    assert console['type'] == kind
    return console


def _force_deleted(w):
    server = w.boot()
    w.compute.delete_server(server, force=True)
    w.cloud.settle(server)
    assert w.compute.find_server(server) is None


def _by_client(w, verb):
    """A server of demo's, with what goes with it: its floating address."""
    server = w.cloud.boot()
    public = w.cloud.request('POST', '/os-floating-ips', {}, version='2.35').json()['floating_ip']
    if verb == 'removeFloatingIp':
        answer = w.cloud.ask(server, 'addFloatingIp', {'address': public['ip']}, version='2.43')
        assert answer.status_code == 202, answer.text
    return server, public['ip']


def _floating(verb, ask):
    def call(w):
        server, address = _by_client(w, verb)
        ask(w.cloud.connection('demo', compute_default_microversion=str(w.version)).compute,
            server, address)
        found = [one['addr'] for one in w.cloud.show(server)['addresses']['private']]
        assert (address in found) == (verb == 'addFloatingIp')
    return Call(call)


def _added_address(w):
    server = w.ready('addFixedIp')
    before = len(list(w.compute.server_ips(server)))
    w.compute.add_fixed_ip_to_server(server, w.port(server)['net_id'])
    w.cloud.settle(server)
    assert len(list(w.compute.server_ips(server))) > before


def _image_of(name, ask):
    def call(w):
        server = w.ready(name)
        image = ask(w, server)
        w.cloud.settle(server)
        assert w.connection.image.get_image(image).status == 'active'
    return Call(call, sends=lambda minor: min(minor, 45) if minor >= 45 else minor)


def _moves(verb, ask, **more):
    def call(w):
        server = w.ready(verb)
        origin = w.cloud.show(server)['OS-EXT-SRV-ATTR:host']
        ask(w, server)
        w.cloud.settle(server)
        assert w.compute.get_server(server).compute_host != origin
    return Call(call, **more)


def _live(w, server):
    w.compute.live_migrate_server(server, block_migration=None if w.minor >= 25 else False)


def _evacuated(w, server):
    w.compute.evacuate_server(server, **({} if w.minor >= 14 else {'on_shared_storage': False}))


def _locked(w):
    server = w.boot()
    w.compute.lock_server(server, **w.since(73, locked_reason='mine'))
    return {'locked_reason': w.compute.get_server(server).locked_reason,
            'is_locked': w.compute.get_server(server).is_locked}


_SERVERS = {
    'GET /v2.1/servers': Call(
        lambda w: _shown(_only(w.compute.servers(details=False), id=w.server)),
        shows={'name': _ALL, 'status': (0, 0), 'tags': (0, 0)}),
    'POST /v2.1/servers': Call(_create),
    'GET /v2.1/servers/detail': Call(
        lambda w: _shown(_only(w.compute.servers(), id=w.server)), shows=_SERVER),
    'GET /v2.1/servers/{id}': Call(
        lambda w: _shown(w.compute.get_server(w.server)), shows=_ONE_SERVER),
    'PUT /v2.1/servers/{id}': Call(_update, shows=_ONE_SERVER | _LATE),
    'DELETE /v2.1/servers/{id}': Call(lambda w: w.compute.delete_server(w.boot())),
}

_VERBS = {
    'os-start': _simply('start_server', 'ACTIVE'),
    'os-stop': _simply('stop_server', 'SHUTOFF'),
    'pause': _simply('pause_server', 'PAUSED'),
    'unpause': _simply('unpause_server', 'ACTIVE'),
    'suspend': _simply('suspend_server', 'SUSPENDED'),
    'resume': _simply('resume_server', 'ACTIVE'),
    'unrescue': _simply('unrescue_server', 'ACTIVE'),
    'shelve': _simply('shelve_server', 'SHELVED'),
    'shelveOffload': _simply('shelve_offload_server', 'SHELVED_OFFLOADED'),
    'restore': _simply('restore_server', 'ACTIVE'),
    'confirmResize': _simply('confirm_server_resize', 'ACTIVE'),
    'revertResize': _simply('revert_server_resize', 'ACTIVE'),
    'trigger_crash_dump': _simply('trigger_server_crash_dump', 'ACTIVE'),
}
_OTHER_VERBS = {
    'reboot': _acts('reboot', lambda w, s: w.compute.reboot_server(s, 'HARD'), 'ACTIVE'),
    'resize': _acts('resize', lambda w, s: w.compute.resize_server(s, '1'), 'VERIFY_RESIZE'),
    'rescue': _acts('rescue', lambda w, s: w.compute.rescue_server(s, 'secret'), 'RESCUE'),
    'changePassword': _acts(
        'changePassword', lambda w, s: w.compute.change_server_password(s, 'x'), 'ACTIVE'),
    'migrate': _acts('migrate', lambda w, s: w.compute.migrate_server(
        s, **w.since(56, host='h4' if w.cloud.show(s)['OS-EXT-SRV-ATTR:host'] != 'h4' else 'h3')),
        'VERIFY_RESIZE'),
    'rebuild': Call(_rebuild, shows={
        'name': _ALL, 'description': (19, LAST), 'user_data': (57, LAST),
        'trusted_image_certificates': (63, LAST), 'compute_host': (75, LAST)}),
    'unshelve': _acts('unshelve', lambda w, s: w.compute.unshelve_server(
        s, **w.since(77, availability_zone='nova'), **w.since(91, host='h2')), 'ACTIVE'),
    'createBackup': _image_of(
        'createBackup', lambda w, s: w.compute.backup_server(s, 'saved', 'daily', 1).id),
    'createImage': _image_of(
        'createImage', lambda w, s: w.compute.create_server_image(s, 'golden').id),
    'forceDelete': Call(_force_deleted),
    'addFixedIp': Call(_added_address),
    'removeFixedIp': _acts('removeFixedIp', lambda w, s: w.compute.remove_fixed_ip_from_server(
        s, next(w.compute.server_ips(s)).address)),
    'addFloatingIp': _floating(
        'addFloatingIp', lambda c, s, address: c.add_floating_ip_to_server(s, address)),
    'removeFloatingIp': _floating(
        'removeFloatingIp', lambda c, s, address: c.remove_floating_ip_from_server(s, address)),
    'addSecurityGroup': _acts(
        'addSecurityGroup', lambda w, s: w.compute.add_security_group_to_server(s, 'more')),
    'removeSecurityGroup': _acts(
        'addSecurityGroup', lambda w, s: (
            w.compute.add_security_group_to_server(s, 'more'),
            w.compute.remove_security_group_from_server(s, 'more'))),
    'os-getConsoleOutput': _acts(
        'os-getConsoleOutput', lambda w, s: w.compute.get_server_console_output(s, 5),
        shows={'output': _ALL}),
    'os-getVNCConsole': _acts('os-getVNCConsole', lambda w, s: _url(w, s, 'novnc')),
    'os-getSPICEConsole': _acts('os-getSPICEConsole', lambda w, s: _url(w, s, 'spice-html5')),
    'os-getRDPConsole': _acts('os-getRDPConsole', lambda w, s: _url(w, s, 'rdp-html5')),
    'os-getSerialConsole': _acts('os-getSerialConsole', lambda w, s: _url(w, s, 'serial')),
    'os-migrateLive': _moves(
        'os-migrateLive', _live, sends=lambda minor: 30 if minor >= 30 else minor),
    'evacuate': _moves('evacuate', _evacuated),
    'lock': Call(_locked, shows={'is_locked': (9, LAST), 'locked_reason': (73, LAST)}),
    'unlock': _acts('unlock', lambda w, s: w.compute.unlock_server(s)),
    'os-resetState': _acts(
        'os-resetState', lambda w, s: w.compute.reset_server_state(s, 'error'), 'ERROR'),
}


# What belongs to a server

def _noted(w):
    server = w.compute.set_server_metadata(w.boot(), k='v')
    assert server.metadata == {'k': 'v'}
    return server


def _replaced(w):
    server = _noted(w).replace_metadata(w.compute, {'other': '1'})
    assert server.metadata == {'other': '1'}


def _item_of(w):
    server = _noted(w)
    server.set_metadata_item(w.compute, 'k', 'new')
    return server.get_metadata_item(w.compute, 'k').metadata


def _unnoted(w):
    server = _noted(w)
    w.compute.delete_server_metadata(server, ['k'])
    assert w.compute.fetch_server_metadata(server).metadata == {}


def _tagged(w, change, left):
    server = w.plain(w.boot())
    server.set_tags(w.compute, ['a', 'b'])
    change(server)
    assert sorted(server.fetch_tags(w.compute).tags) == left


_INTERFACE = {'port_id': _ALL, 'net_id': _ALL, 'mac_addr': _ALL, 'fixed_ips': _ALL}


def _plugged(w):
    return w.compute.create_server_interface(
        w.boot(), **w.since(49, tag='nic')).to_dict(computed=False)


def _plug(w):
    """A server with an interface that has a tag, and the interface's id."""
    server = w.boot()
    answer = w.cloud.request('POST', f'/servers/{server}/os-interface', who='admin',
                             json={'interfaceAttachment': {'tag': 'nic'}})
    return server, answer.json()['interfaceAttachment']['port_id']


def _unplugged(w):
    server, port = _plug(w)
    w.compute.delete_server_interface(port, server)
    w.cloud.settle(server)
    assert port not in [one.port_id for one in w.compute.server_interfaces(server)]


def _a_plug(w):
    server, port = _plug(w)
    return w.compute.get_server_interface(port, server).to_dict(computed=False)


def _plugs(w):
    server, port = _plug(w)
    return _only(w.compute.server_interfaces(server), port_id=port).to_dict(computed=False)


_ATTACHMENT = {'volume_id': _ALL, 'device': _ALL, 'tag': (70, LAST),
               'delete_on_termination': (79, LAST), 'attachment_id': (89, LAST),
               'bdm_id': (89, LAST)}


def _attach(w):
    """A server with a volume that has a tag: both ids."""
    server, volume = w.boot(), w.volume()
    answer = w.cloud.request('POST', f'/servers/{server}/os-volume_attachments', who='admin', json={
        'volumeAttachment': {'volumeId': volume, 'tag': 'disk'}})
    assert answer.status_code < 300, answer.text
    return w.cloud.settle(server), volume


def _attached(w):
    server, volume = w.boot(), w.volume()
    given = w.compute.create_volume_attachment(
        server, volume, **w.since(49, tag='disk'), **w.since(79, delete_on_termination=True))
    w.cloud.settle(server)
    return given.to_dict(computed=False)


def _an_attachment(w):
    return w.compute.get_volume_attachment(*_attach(w)).to_dict(computed=False)


def _attachments(w):
    server, volume = _attach(w)
    return _only(w.compute.volume_attachments(server), volume_id=volume).to_dict(computed=False)


def _changed(w):
    server, volume = _attach(w)
    if w.minor >= 85:
        w.compute.update_volume_attachment(server, volume, delete_on_termination=True)
    else:
        w.compute.update_volume_attachment(server, volume, w.volume())
    w.cloud.settle(server)


def _detached(w):
    server, volume = _attach(w)
    w.compute.delete_volume_attachment(w.plain(server), volume)
    w.cloud.settle(server)
    assert list(w.compute.volume_attachments(server)) == []


def _share(w):
    """A server at rest, and a share it may have."""
    server = w.cloud.settle(w.ready('os-start'))
    share = w.cloud.connection().shared_file_system.create_share(size=1, share_protocol='NFS')
    return server, share.id


def _shared(w):
    server, share = _share(w)
    given = w.compute.create_share_attachment(server, share)
    w.cloud.settle(server)
    return server, share, given


def _unshared(w):
    server, share, _ = _shared(w)
    w.compute.delete_share_attachment(server, share)
    w.cloud.settle(server)
    assert list(w.compute.share_attachments(server)) == []


_MOVING = {'status': _ALL, 'memory_total_bytes': _ALL, 'source_compute': _ALL,
           'uuid': (59, LAST), 'user_id': (80, LAST), 'project_id': (80, LAST)}


def _moving(w):
    under_way = w.moving()
    w.undo.append(lambda: w.cloud.settle(under_way['id']))
    w.undo.reverse()
    return under_way['id'], under_way['migration']


def _aborted(w):
    server, migration = _moving(w)
    w.compute.abort_server_migration(migration, server, ignore_missing=False)


def _forced(w):
    server, migration = _moving(w)
    w.compute.force_complete_server_migration(migration, server)


def _a_migration(w):
    server, migration = _moving(w)
    return w.compute.get_server_migration(migration, server).to_dict(computed=False)


def _migrations_of(w):
    server, _ = _moving(w)
    (one,) = w.compute.server_migrations(server)
    return one.to_dict(computed=False)


def _an_action(w):
    request = w.things['os-instance-actions']
    given = w.compute.get_server_action(request, w.things['servers']).to_dict(computed=False)
    event = given['events'][0]
    return given | {f'events.{name}': event[name] for name in ('event', 'host', 'host_id')}


def _actions(w):
    return _only(w.compute.server_actions(w.things['servers']),
                 request_id=w.things['os-instance-actions']).to_dict(computed=False)


_PARTS = {
    'GET /v2.1/servers/{id}/ips': Call(lambda w: {'all': list(w.compute.server_ips(w.server))},
                                       shows={'all': _ALL}),
    'GET /v2.1/servers/{id}/ips/{network}': Call(
        lambda w: {'all': list(w.compute.server_ips(w.server, w.things['ips']))},
        shows={'all': _ALL}),
    'GET /v2.1/servers/{id}/metadata': Call(
        lambda w: w.compute.fetch_server_metadata(w.server).metadata, shows={'a': _ALL}),
    'POST /v2.1/servers/{id}/metadata': Call(_noted),
    'PUT /v2.1/servers/{id}/metadata': Call(_replaced),
    'GET /v2.1/servers/{id}/metadata/{key}': Call(_item_of, shows={'k': _ALL}),
    'PUT /v2.1/servers/{id}/metadata/{key}': Call(_item_of),
    'DELETE /v2.1/servers/{id}/metadata/{key}': Call(_unnoted),
    'GET /v2.1/servers/{id}/diagnostics': Call(
        lambda w: w.compute.get_server_diagnostics(w.server).to_dict(computed=False),
        shows={name: (48, LAST) for name in ('state', 'driver', 'uptime', 'memory_details')}),
    'GET /v2.1/servers/{id}/os-server-password': Call(
        lambda w: {'password': w.compute.get_server_password(w.server)},
        shows={'password': (0, 0)}),
    'DELETE /v2.1/servers/{id}/os-server-password': Call(
        lambda w: w.compute.clear_server_password(w.server)),
    'GET /v2.1/servers/{id}/os-security-groups': Call(
        lambda w: _plainly(w.compute.fetch_server_security_groups(w.plain())),
        shows={'security_groups': _ALL}),
    'GET /v2.1/servers/{id}/os-interface': Call(_plugs, shows=_INTERFACE | {'tag': (70, LAST)}),
    # What was sent stays in the object, though it is answered only from 2.70 on.
    'POST /v2.1/servers/{id}/os-interface': Call(
        _plugged, shows=_INTERFACE | {'tag': (49, LAST)}),
    'GET /v2.1/servers/{id}/os-interface/{port_id}': Call(
        _a_plug, shows=_INTERFACE | {'tag': (70, LAST)}),
    'DELETE /v2.1/servers/{id}/os-interface/{port_id}': Call(_unplugged),
    'GET /v2.1/servers/{id}/os-volume_attachments': Call(_attachments, shows=_ATTACHMENT),
    'POST /v2.1/servers/{id}/os-volume_attachments': Call(
        _attached, shows={'volume_id': _ALL, 'tag': (49, LAST), 'device': (1, 100)}),
    'GET /v2.1/servers/{id}/os-volume_attachments/{volume_id}': Call(
        _an_attachment, shows=_ATTACHMENT),
    'PUT /v2.1/servers/{id}/os-volume_attachments/{volume_id}': Call(_changed),
    'DELETE /v2.1/servers/{id}/os-volume_attachments/{volume_id}': Call(_detached),
    'GET /v2.1/servers/{id}/os-instance-actions': Call(
        _actions, shows={'action': _ALL, 'user_id': _ALL}),
    'GET /v2.1/servers/{id}/os-instance-actions/{request_id}': Call(
        _an_action, shows={'action': _ALL, 'events.event': _ALL,
                           'events.host': (62, LAST), 'events.host_id': (62, LAST)}),
    'POST /v2.1/servers/{id}/remote-consoles': Call(
        lambda w: w.compute.create_console(w.server, 'novnc', 'vnc'),
        shows={'url': _ALL, 'protocol': _ALL}),
    'POST /v2.1/servers/{id}/migrations/{migration}/action': Call(_forced),
    'GET /v2.1/servers/{id}/migrations': Call(_migrations_of, shows=_MOVING),
    'GET /v2.1/servers/{id}/migrations/{migration}': Call(_a_migration, shows=_MOVING),
    'DELETE /v2.1/servers/{id}/migrations/{migration}': Call(_aborted),
    'GET /v2.1/servers/{id}/tags': Call(
        lambda w: _plainly(w.plain().fetch_tags(w.compute)), shows={'tags': _ALL}),
    'PUT /v2.1/servers/{id}/tags': Call(lambda w: _tagged(w, lambda s: None, ['a', 'b'])),
    'DELETE /v2.1/servers/{id}/tags': Call(
        lambda w: _tagged(w, w.compute.remove_tags_from_server, [])),
    'GET /v2.1/servers/{id}/tags/{tag}': Call(
        lambda w: {'has': w.plain().check_tag(w.compute, 'blue')}, shows={'has': _ALL}),
    'PUT /v2.1/servers/{id}/tags/{tag}': Call(lambda w: _tagged(
        w, lambda s: w.compute.add_tag_to_server(s, 'c'), ['a', 'b', 'c'])),
    'DELETE /v2.1/servers/{id}/tags/{tag}': Call(lambda w: _tagged(
        w, lambda s: w.compute.remove_tag_from_server(s, 'b'), ['a'])),
    'GET /v2.1/servers/{id}/topology': Call(
        lambda w: {'has': 'nodes' in w.plain().fetch_topology(w.compute)}, shows={'has': _ALL}),
    'GET /v2.1/servers/{id}/shares': Call(lambda w: _only(
        w.compute.share_attachments(_shared(w)[0])), shows={'share_id': _ALL, 'status': _ALL}),
    'POST /v2.1/servers/{id}/shares': Call(lambda w: _shared(w)[2], shows={'tag': _ALL}),
    'GET /v2.1/servers/{id}/shares/{share_id}': Call(
        lambda w: w.compute.get_share_attachment(*_shared(w)[:2]),
        shows={'export_location': _ALL, 'status': _ALL}),
    'DELETE /v2.1/servers/{id}/shares/{share_id}': Call(_unshared),
}


# The rest

_FLAVOR = {'name': _ALL, 'ram': _ALL, 'vcpus': _ALL, 'is_public': _ALL, 'rxtx_factor': (1, 101),
           'description': (55, LAST)}


def _flavor_made(w, **more):
    return w.compute.create_flavor(
        name=w.name(), ram=64, vcpus=1, disk=1, **w.since(55, description='small'), **more)


def _plainly(found):
    return found.to_dict(computed=False)


def _access(w):
    flavor = _flavor_made(w, is_public=False)
    w.compute.flavor_add_tenant_access(flavor, w.things['os-quota-sets'])
    return {'access': w.compute.get_flavor_access(flavor)}


def _specs(w, change=lambda flavor: None, left=None):
    flavor = w.compute.create_flavor_extra_specs(
        _flavor.Flavor(id=_flavor_made(w).id), {'quota:cpu_shares': '1'})
    change(flavor)
    assert w.compute.fetch_flavor_extra_specs(flavor).extra_specs == (
        {'quota:cpu_shares': '1'} if left is None else left)
    return flavor


_ONE_SPEC = 'quota:cpu_shares'


def _flavors(w):
    flavor = _flavor_made(w)
    return _plainly(_only(w.compute.flavors(), id=flavor.id))


def _bare_flavors(w):
    flavor = _flavor_made(w)
    return _plainly(_only(w.compute.flavors(details=False), id=flavor.id))


_KEYPAIR = {'fingerprint': _ALL, 'public_key': _ALL, 'type': _ALL}


def _keypair(w):
    return w.compute.create_keypair(
        name=w.name(), **w.since(2, type='ssh'), **w.since(10, user_id=w.user()),
        public_key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9'
                   'GKJl x')


def _group(w):
    policy = {'policy': 'affinity'} if w.minor >= 64 else {'policies': ['affinity']}
    return w.compute.create_server_group(name=w.name(), **policy)


_GROUP = {'name': _ALL, 'policies': (1, 63), 'policy': (64, LAST), 'project_id': (13, LAST),
          'user_id': (13, LAST)}


def _aggregate(w):
    return w.compute.create_aggregate(name=w.name(), availability_zone='zone')


_AGGREGATE = {'name': _ALL, 'availability_zone': _ALL, 'created_at': _ALL, 'uuid': (41, LAST)}
_OLD_QUOTA = ('floating_ips', 'fixed_ips', 'security_groups', 'security_group_rules')
_FILES = ('injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes')
_QUOTA = {'cores': _ALL, 'instances': _ALL, 'server_groups': _ALL} | {
    name: (1, 35) for name in _OLD_QUOTA} | {name: (1, 56) for name in _FILES}
_CLASS = {'cores': _ALL, 'instances': _ALL, 'server_groups': (50, LAST)} | {
    name: (1, 49) for name in _OLD_QUOTA} | {name: (1, 56) for name in _FILES}


def _quota_of(w, **asked):
    return _plainly(w.compute.get_quota_set(w.things['os-quota-sets'], **asked))


def _limits(w):
    return _plainly(w.compute.get_limits().absolute)


def _events(w):
    given = list(w.compute.create_server_external_events([
        {'name': 'network-changed', 'server_uuid': w.things['servers']}]))
    return {'code': given[0]['code'], 'status': given[0]['status']}


_SERVICE = {'id': _ALL, 'host': _ALL, 'state': _ALL, 'status': _ALL,
            'is_forced_down': (11, LAST)}


def _service(w):
    return _plainly(_only(w.compute.services(), host='h1', binary='nova-compute'))


def _enabled(w):
    w.compute.disable_service(None, host='h1', binary='nova-compute')
    assert _service(w)['status'] == 'disabled'
    w.compute.enable_service(None, host='h1', binary='nova-compute')
    assert _service(w)['status'] == 'enabled'


#: What of a hypervisor Placement told better, in the end.
_GONE_WITH_88 = ('cpu_info', 'vcpus', 'memory_size', 'local_disk_size')
_HYPERVISOR = {'name': _ALL, 'state': _ALL, 'hypervisor_type': _ALL, 'host_ip': _ALL,
               'uptime': (88, LAST)} | {name: (1, 87) for name in _GONE_WITH_88}


def _hypervisors(w, **asked):
    return _plainly(_only(w.compute.hypervisors(**asked), name='h1'))


def _hypervisor(w):
    return '1' if w.minor < 53 else w.things['os-hypervisors']


def _migrations(w):
    server = w.ready('confirmResize')
    one = next(one for one in w.compute.migrations() if one.server_id == server)
    return _plainly(one)


def _token(w):
    index = 0 if w.minor >= 31 else 1
    return _plainly(w.compute.validate_console_auth_token(w.all['os-console-auth-tokens'][index]))


def _discovered(w):
    """What a connection that knows nothing yet learns of the API."""
    fresh = w.cloud.connection('admin', app_name=w.name()).compute
    return {'max_microversion': fresh.get_endpoint_data().max_microversion}


def _picture(w):
    return _image.Image(id=w.fresh_image())


def _picture_noted(w, change=lambda image: None, has='b'):
    image = w.compute.set_image_metadata(_picture(w), a='b')
    change(image)
    assert w.compute.fetch_image_metadata(image).metadata.get('a') == has
    return image


_REST = {
    'GET /v2.1': Call(_discovered, first=LAST, shows={'max_microversion': _ALL}),
    'GET /v2.1/flavors': Call(_bare_flavors, shows={'name': _ALL, 'description': (55, LAST)}),
    'POST /v2.1/flavors': Call(lambda w: _plainly(_flavor_made(w)), shows=_FLAVOR),
    'GET /v2.1/flavors/detail': Call(_flavors, shows=_FLAVOR),
    'GET /v2.1/flavors/{id}': Call(
        lambda w: _plainly(w.compute.get_flavor(_flavor_made(w).id)), shows=_FLAVOR),
    'DELETE /v2.1/flavors/{id}': Call(lambda w: w.compute.delete_flavor(_flavor_made(w).id)),
    'PUT /v2.1/flavors/{id}': Call(
        lambda w: _plainly(w.compute.update_flavor(_flavor_made(w).id, description='new')),
        shows=_FLAVOR),
    'POST /v2.1/flavors/{id}/action': Call(_access),
    'GET /v2.1/flavors/{id}/os-flavor-access': Call(_access, shows={'access': _ALL}),
    'GET /v2.1/flavors/{id}/os-extra_specs': Call(_specs),
    'POST /v2.1/flavors/{id}/os-extra_specs': Call(_specs),
    'GET /v2.1/flavors/{id}/os-extra_specs/{key}': Call(
        lambda w: {'value': w.compute.get_flavor_extra_specs_property(_specs(w), _ONE_SPEC)},
        shows={'value': _ALL}),
    'PUT /v2.1/flavors/{id}/os-extra_specs/{key}': Call(lambda w: _specs(
        w, lambda f: w.compute.update_flavor_extra_specs_property(f, _ONE_SPEC, '2'),
        {_ONE_SPEC: '2'})),
    'DELETE /v2.1/flavors/{id}/os-extra_specs/{key}': Call(lambda w: _specs(
        w, lambda f: w.compute.delete_flavor_extra_specs_property(f, _ONE_SPEC), {})),
    'GET /v2.1/os-console-auth-tokens/{token}': Call(
        _token, shows={'host': _ALL, 'port': _ALL, 'instance_uuid': _ALL}),
    'POST /v2.1/os-server-external-events': Call(
        _events, shows={'code': _ALL, 'status': _ALL}),
    'GET /v2.1/os-keypairs': Call(
        lambda w: _plainly(_only(w.compute.keypairs(), name=_keypair(w).name)), shows=_KEYPAIR),
    'POST /v2.1/os-keypairs': Call(
        lambda w: _plainly(_keypair(w)), shows=_KEYPAIR | {'user_id': _ALL}),
    'GET /v2.1/os-keypairs/{id}': Call(
        lambda w: _plainly(w.compute.get_keypair(_keypair(w).name)),
        shows=_KEYPAIR | {'user_id': _ALL, 'created_at': _ALL}),
    'DELETE /v2.1/os-keypairs/{id}': Call(
        lambda w: w.compute.delete_keypair(_keypair(w).name, ignore_missing=False)),
    'GET /v2.1/os-server-groups': Call(
        lambda w: _plainly(_only(w.compute.server_groups(), id=_group(w).id)), shows=_GROUP),
    'POST /v2.1/os-server-groups': Call(lambda w: _plainly(_group(w)), shows=_GROUP),
    'GET /v2.1/os-server-groups/{id}': Call(
        lambda w: _plainly(w.compute.get_server_group(_group(w).id)), shows=_GROUP),
    'DELETE /v2.1/os-server-groups/{id}': Call(
        lambda w: w.compute.delete_server_group(_group(w).id, ignore_missing=False)),
    'GET /v2.1/limits': Call(_limits, shows={
        'instances': _ALL, 'total_cores_used': _ALL, 'floating_ips': (1, 35),
        'security_groups': (1, 35), 'image_meta': (1, 38), 'personality': (1, 56)}),
    'GET /v2.1/os-simple-tenant-usage': Call(
        lambda w: _plainly(next(one for one in w.compute.usages()
                                if one.project_id == w.things['os-quota-sets'])),
        shows={'total_hours': _ALL, 'total_vcpus_usage': _ALL}),
    'GET /v2.1/os-simple-tenant-usage/{id}': Call(
        lambda w: _plainly(w.compute.get_usage(w.things['os-quota-sets'])),
        shows={'total_hours': _ALL, 'server_usages': _ALL}),
    'GET /v2.1/os-quota-class-sets/{id}': Call(
        lambda w: _plainly(w.compute.get_quota_class_set()), shows=_CLASS),
    'PUT /v2.1/os-quota-class-sets/{id}': Call(
        lambda w: _plainly(w.compute.update_quota_class_set('default', metadata_items=128)),
        shows=_CLASS),
    'GET /v2.1/os-quota-sets/{id}': Call(_quota_of, shows=_QUOTA),
    'PUT /v2.1/os-quota-sets/{id}': Call(
        lambda w: _plainly(w.compute.update_quota_set(w.things['os-quota-sets'], cores=-1)),
        shows=_QUOTA),
    'DELETE /v2.1/os-quota-sets/{id}': Call(
        lambda w: w.compute.revert_quota_set(w.things['os-quota-sets'])),
    'GET /v2.1/os-quota-sets/{id}/detail': Call(
        lambda w: _quota_of(w, usage=True), shows=_QUOTA | {'usage': _ALL}),
    'GET /v2.1/os-quota-sets/{id}/defaults': Call(
        lambda w: _plainly(w.compute.get_quota_set_defaults(w.things['os-quota-sets'])),
        shows=_QUOTA),
    'GET /v2.1/os-aggregates': Call(
        lambda w: _plainly(_only(w.compute.aggregates(), id=_aggregate(w).id)), shows=_AGGREGATE),
    'POST /v2.1/os-aggregates': Call(lambda w: _plainly(_aggregate(w)), shows=_AGGREGATE),
    'GET /v2.1/os-aggregates/{id}': Call(
        lambda w: _plainly(w.compute.get_aggregate(_aggregate(w).id)), shows=_AGGREGATE),
    'PUT /v2.1/os-aggregates/{id}': Call(
        lambda w: _plainly(w.compute.update_aggregate(_aggregate(w).id, name=w.name())),
        shows=_AGGREGATE | {'updated_at': _ALL}),
    'DELETE /v2.1/os-aggregates/{id}': Call(
        lambda w: w.compute.delete_aggregate(_aggregate(w).id, ignore_missing=False)),
    'POST /v2.1/os-aggregates/{id}/action': Call(
        lambda w: _plainly(w.compute.set_aggregate_metadata(_aggregate(w).id, a='b')),
        sends=lambda minor: 1, shows={'name': _ALL, 'metadata': _ALL, 'uuid': (0, 0)}),
    'POST /v2.1/os-aggregates/{id}/images': Call(
        lambda w: w.compute.aggregate_precache_images(_aggregate(w).id, [w.things['images']]),
        sends=lambda minor: 81),
    'GET /v2.1/os-availability-zone': Call(
        lambda w: _plainly(next(w.compute.availability_zones())),
        shows={'name': _ALL, 'state': _ALL, 'hosts': (0, 0)}),
    'GET /v2.1/os-availability-zone/detail': Call(
        lambda w: _plainly(_only(w.compute.availability_zones(details=True), name='nova')),
        shows={'name': _ALL, 'hosts': _ALL}),
    'GET /v2.1/os-services': Call(_service, shows=_SERVICE),
    'PUT /v2.1/os-services/{id}': Call(_enabled),
    'DELETE /v2.1/os-services/{id}': Call(
        lambda w: w.compute.delete_service(next(
            one.id for one in w.compute.services() if one.binary != 'nova-compute'),
            ignore_missing=False)),
    'GET /v2.1/os-hypervisors': Call(_hypervisors, shows={'state': _ALL, 'host_ip': (0, 0)}),
    'GET /v2.1/os-hypervisors/detail': Call(
        lambda w: _hypervisors(w, details=True), shows=_HYPERVISOR),
    'GET /v2.1/os-hypervisors/{id}': Call(
        lambda w: _plainly(w.compute.get_hypervisor(_hypervisor(w))), shows=_HYPERVISOR),
    'GET /v2.1/os-hypervisors/{id}/search': Call(
        lambda w: _hypervisors(w, hypervisor_hostname_pattern='h1'), shows={'state': _ALL}),
    'GET /v2.1/os-hypervisors/{id}/uptime': Call(
        lambda w: _plainly(w.compute.get_hypervisor_uptime(_hypervisor(w))),
        shows={'uptime': _ALL}),
    'GET /v2.1/os-migrations': Call(_migrations, shows={
        'status': _ALL, 'source_compute': _ALL, 'old_flavor_id': _ALL,
        'migration_type': (23, LAST), 'uuid': (59, LAST), 'user_id': (80, LAST),
        'project_id': (80, LAST)}),
    'GET /v2.1/images': Call(
        lambda w: _plainly(_only(w.compute.images(details=False), id=w.things['images'])),
        shows={'name': _ALL, 'status': (0, 0)}),
    'GET /v2.1/images/detail': Call(
        lambda w: _plainly(_only(w.compute.images(), id=w.things['images'])),
        shows={'name': _ALL, 'status': _ALL}),
    'GET /v2.1/images/{id}': Call(
        lambda w: _plainly(w.compute.get_image(w.things['images'])), shows={'status': _ALL}),
    'DELETE /v2.1/images/{id}': Call(
        lambda w: w.compute.delete_image(w.fresh_image(), ignore_missing=False)),
    'GET /v2.1/images/{id}/metadata': Call(_picture_noted),
    'POST /v2.1/images/{id}/metadata': Call(_picture_noted),
    'PUT /v2.1/images/{id}/metadata': Call(lambda w: _picture_noted(
        w, lambda i: i.replace_metadata(w.compute, {'a': 'c'}), 'c')),
    'GET /v2.1/images/{id}/metadata/{key}': Call(
        lambda w: _picture_noted(w).get_metadata_item(w.compute, 'a').metadata,
        shows={'a': _ALL}),
    'PUT /v2.1/images/{id}/metadata/{key}': Call(lambda w: _picture_noted(
        w, lambda i: i.set_metadata_item(w.compute, 'a', 'c'), 'c')),
    'DELETE /v2.1/images/{id}/metadata/{key}': Call(lambda w: _picture_noted(
        w, lambda i: w.compute.delete_image_metadata(i, ['a']), None)),
    'GET /v2.1/extensions': Call(
        lambda w: _plainly(next(w.compute.extensions())), shows={'name': _ALL}),
    'GET /v2.1/extensions/{id}': Call(
        lambda w: _plainly(w.compute.find_extension('OS-DCF')), shows={'name': _ALL}),
}

_ACTION = 'POST /v2.1/servers/{id}/action '
CALLS = {
    **_SERVERS,
    **{_ACTION + verb: make(verb) for verb, make in _VERBS.items()},
    **{_ACTION + verb: call for verb, call in _OTHER_VERBS.items()},
    **_PARTS, **_REST,
}

#: What openstacksdk has no call for: proxies to other services, what Nova keeps for itself,
#: and what nobody but a browser asks.
NO_CALL = client_calls.NO_CALL | {
    'GET /',
    'GET /v2.1/os-hypervisors/statistics',
    'GET /v2.1/os-hosts',
    'GET /v2.1/os-hosts/{id}',
    'PUT /v2.1/os-hosts/{id}',
}
