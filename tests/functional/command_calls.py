"""Which command of python-openstackclient makes which operation, and what it shows by the version.

``w.run`` runs a command in this process, as an administrator, at the world's version; ``w.show``
gives what it shows.
"""

import contextlib
import io
import json
import logging
import warnings

from openstackclient import shell
from osc_lib import clientmanager

from tests.functional import rows
from tests.functional import sdk_calls
from tests.functional import client_calls
from tests.functional.client_calls import Call
from tests.functional.client_calls import World

LAST = 104
_ALL = (1, LAST)


class Refused(Exception):
    """The command has failed, and this is what it said."""


class Shell(shell.OpenStackShell):
    """The command, which says in its requests what it is; by itself it says openstacksdk only."""

    def prepare_to_run_command(self, cmd):
        super().prepare_to_run_command(cmd)
        session = self.client_manager.sdk_connection.session
        session.app_name, session.app_version = 'openstackclient', '1'


class Command(World):
    """The world as who types commands sees it. ``path`` is a directory for what they read."""

    client = 'openstack'

    def __init__(self, cloud, things, version, path=None):
        super().__init__(cloud, things, version)
        self.path = path

    def run(self, command, *words, cloud='novalite-admin'):
        """What the command printed. ``command`` is split; each of ``words`` is one."""
        said, complained = io.StringIO(), io.StringIO()
        for client in vars(clientmanager.ClientManager).values():
            if isinstance(client, clientmanager.ClientCache):
                client._handle = None       # else it is that of the first command, for ever
        with _logging_as_it_was(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(
                complained):
            failed = Shell().run([
                '--os-cloud', cloud, '--os-compute-api-version', str(self.version),
                *command.split(), *map(str, words)])
        if failed:
            raise Refused(complained.getvalue())
        return said.getvalue()

    def show(self, command, *words, **more):
        """The same, of a command that shows something."""
        return json.loads(self.run(command, *words, '-f', 'json', **more))

    def status(self, server):
        self.cloud.settle(server)
        return self.show('server show', server)['status']

    def since(self, minor, *words):
        """The words, at versions from this one on."""
        return words if self.minor >= minor else ()

    def file(self, text):
        found = self.path / 'file'
        found.write_text(text)
        return found


@contextlib.contextmanager
def _logging_as_it_was():
    """The command sets up the logging of its process, which is ours here."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)


def _only(found, **wanted):
    """The one of these lines in which it is so; a name's ``_`` is a space."""
    (one,) = (each for each in found if all(
        each[name.replace('_', ' ')] == value for name, value in wanted.items()))
    return one


_SERVER = {
    'name': _ALL, 'status': _ALL, 'project_id': _ALL, 'user_id': _ALL, 'addresses': _ALL,
    'key_name': _ALL, 'properties': _ALL, 'OS-EXT-STS:vm_state': _ALL, 'image': _ALL,
    'OS-EXT-SRV-ATTR:host': _ALL, 'flavor': _ALL, 'accessIPv4': (0, 0),
    'OS-EXT-SRV-ATTR:hostname': (3, LAST), 'OS-EXT-SRV-ATTR:root_device_name': (3, LAST),
    'OS-EXT-SRV-ATTR:reservation_id': (3, LAST), 'OS-EXT-SRV-ATTR:user_data': (3, LAST),
    'locked': (9, LAST), 'host_status': (16, LAST), 'description': (19, LAST),
    'tags': (26, LAST), 'trusted_image_certificates': (63, LAST), 'server_groups': (71, LAST),
    'locked_reason': (73, LAST), 'pinned_availability_zone': (96, LAST),
    'scheduler_hints': (100, LAST),
}


def _create(w):
    made = w.show(
        'server create --flavor 42 --image', w.things['images'],
        *w.since(37, '--nic', 'none'), *w.since(19, '--description', 'mine'),
        *w.since(52, '--tag', 'red'), *w.since(63, '--trusted-image-cert', 'c'),
        *w.since(74, '--host', 'h1'), *w.since(90, '--hostname', 'called'), 'web')
    found = w.cloud.show(w.cloud.settle(made['id']))
    assert made['adminPass']
    assert found['description'] == ('mine' if w.minor >= 19 else None)
    assert found['tags'] == (['red'] if w.minor >= 52 else [])
    assert found['OS-EXT-SRV-ATTR:hostname'] == ('called' if w.minor >= 90 else 'web')
    return made


def _by_name(w):
    name = w.name()
    server = w.cloud.boot(name, who='admin')
    w.run('server stop', name)
    assert w.status(server) == 'SHUTOFF'


def _update(w):
    server = w.boot()
    w.run('server set --name other', *w.since(19, '--description', 'all of it'),
          *w.since(90, '--hostname', 'called'), server)
    return w.show('server show', server)


def _deleted(w):
    server = w.boot()
    w.run('server delete', server)
    w.cloud.settle(server)
    assert w.cloud.request('GET', f'/servers/{server}', who='admin').status_code == 404


def _acts(verb, command, status='ACTIVE', words=lambda w: (), **more):
    """A command that makes a verb of a server, and the status it then has."""
    def call(w):
        server = w.ready(verb)
        w.run(command, *words(w), server)
        assert w.status(server) == status
    return Call(call, **more)


def _rebuild(w):
    server = w.ready('rebuild')
    w.run('server rebuild', *w.since(19, '--description', 'new'), *w.since(54, '--no-key-name'),
          *w.since(57, '--user-data', w.file('foo')), *w.since(63, '--trusted-image-cert', 'c'),
          *w.since(90, '--hostname', 'called'), server)
    w.cloud.settle(server)
    return w.show('server show', server)


def _migrated(w):
    server = w.ready('migrate')
    there = w.cloud.show(server)['OS-EXT-SRV-ATTR:host']
    w.run('server migrate', *w.since(56, '--host', 'h3' if there == 'h4' else 'h4'), server)
    assert w.status(server) == 'VERIFY_RESIZE'


def _moves(verb, command, **more):
    def call(w):
        server = w.ready(verb)
        origin = w.cloud.show(server)['OS-EXT-SRV-ATTR:host']
        w.run(command, server)
        w.cloud.settle(server)
        assert w.show('server show', server)['OS-EXT-SRV-ATTR:host'] != origin
    return Call(call, **more)


def _offloaded(w):
    server = w.boot()
    w.undo.append(rows.option(w.cloud, 'shelved_offload_time', -1))
    w.run('server shelve --offload', server)     # which looks every five seconds
    assert w.status(server) == 'SHELVED_OFFLOADED'


def _image_of(command, verb):
    def call(w):
        server = w.ready(verb)
        name = w.name()
        made = w.show(command, '--name', name, server)
        w.cloud.settle(server)
        return made
    return Call(call, sends=lambda minor: min(minor, 45), shows={'id': _ALL, 'name': _ALL})


def _force_deleted(w):
    server = w.boot()
    w.run('server delete --force', server)
    w.cloud.settle(server)
    assert w.cloud.request('GET', f'/servers/{server}', who='admin').status_code == 404


def _less_an_address(w):
    server = w.boot()
    address = next(one['addr'] for one in w.port(server)['fixed_ips'] for one in (
        {'addr': one['ip_address']},))
    w.run('server remove fixed ip', server, address)
    w.cloud.settle(server)


def _grouped(w, after=None):
    server = w.boot()
    w.run('server add security group', server, 'more')
    if after:
        w.run('server remove security group', server, 'more')
    names = [one['name'] for one in w.cloud.show(server)['security_groups']]
    assert ('more' in names) == (not after)


def _locked(w):
    server = w.boot()
    w.run('server lock', *w.since(73, '--reason', 'mine'), server)
    return w.show('server show', server)


def _url(kind):
    return lambda w: w.show(f'console url show --{kind}', w.server)


_ACTION = 'POST /v2.1/servers/{id}/action '
_SERVERS = {
    'GET /v2.1/servers': Call(_by_name),
    'POST /v2.1/servers': Call(_create, shows={
        'description': (19, LAST), 'tags': (52, LAST)}),
    'GET /v2.1/servers/detail': Call(
        lambda w: _only(w.show('server list --long'), ID=w.server),
        shows={'Name': _ALL, 'Status': _ALL, 'Networks': _ALL, 'Image Name': _ALL,
               'Flavor': (47, LAST), 'Flavor Name': (1, 46), 'Host': _ALL, 'Power State': _ALL,
               'Pinned Availability Zone': (96, LAST), 'Scheduler Hints': (100, LAST)}),
    'GET /v2.1/servers/{id}': Call(lambda w: w.show('server show', w.server), shows=_SERVER),
    'PUT /v2.1/servers/{id}': Call(_update, shows={'name': _ALL, 'description': (19, LAST)}),
    'DELETE /v2.1/servers/{id}': Call(_deleted),
    _ACTION + 'os-start': _acts('os-start', 'server start'),
    _ACTION + 'os-stop': _acts('os-stop', 'server stop', 'SHUTOFF'),
    _ACTION + 'reboot': _acts('reboot', 'server reboot --hard'),
    _ACTION + 'resize': _acts('resize', 'server resize --flavor m1.tiny', 'VERIFY_RESIZE'),
    _ACTION + 'pause': _acts('pause', 'server pause', 'PAUSED'),
    _ACTION + 'unpause': _acts('unpause', 'server unpause'),
    _ACTION + 'suspend': _acts('suspend', 'server suspend', 'SUSPENDED'),
    _ACTION + 'resume': _acts('resume', 'server resume'),
    _ACTION + 'rescue': _acts('rescue', 'server rescue', 'RESCUE'),
    _ACTION + 'unrescue': _acts('unrescue', 'server unrescue'),
    _ACTION + 'changePassword': _acts('changePassword', 'server set --password x'),
    _ACTION + 'migrate': Call(_migrated),
    _ACTION + 'rebuild': Call(_rebuild, shows={
        'description': (19, LAST), 'OS-EXT-SRV-ATTR:user_data': (57, LAST),
        'trusted_image_certificates': (63, LAST)}),
    _ACTION + 'shelve': _acts('shelve', 'server shelve', 'SHELVED'),
    _ACTION + 'shelveOffload': Call(_offloaded, slow=True),
    _ACTION + 'unshelve': _acts(
        'unshelve', 'server unshelve', words=lambda w: (
            *w.since(77, '--availability-zone', 'nova'), *w.since(91, '--host', 'h2'))),
    _ACTION + 'createBackup': _image_of(
        'server backup create --type daily --rotate 1', 'createBackup'),
    _ACTION + 'createImage': _image_of('server image create', 'createImage'),
    _ACTION + 'forceDelete': Call(_force_deleted),
    _ACTION + 'restore': _acts('restore', 'server restore'),
    _ACTION + 'removeFixedIp': Call(_less_an_address),
    _ACTION + 'addSecurityGroup': Call(_grouped),
    _ACTION + 'removeSecurityGroup': Call(lambda w: _grouped(w, after='removal')),
    _ACTION + 'os-getConsoleOutput': Call(
        lambda w: {'said': w.run('console log show --lines 5', w.server)}, shows={'said': _ALL}),
    _ACTION + 'os-getVNCConsole': Call(_url('novnc'), shows={'url': _ALL, 'protocol': (0, 0)}),
    _ACTION + 'os-getSPICEConsole': Call(_url('spice'), shows={'url': _ALL}),
    _ACTION + 'os-getRDPConsole': Call(_url('rdp'), shows={'url': _ALL}),
    _ACTION + 'os-getSerialConsole': Call(_url('serial'), shows={'url': _ALL}),
    _ACTION + 'os-migrateLive': _moves(
        'os-migrateLive', 'server migrate --live-migration',
        first=25, sends=lambda minor: 30 if minor >= 30 else minor),
    _ACTION + 'evacuate': _moves('evacuate', 'server evacuate'),
    _ACTION + 'lock': Call(_locked, shows={'locked': (9, LAST), 'locked_reason': (73, LAST)}),
    _ACTION + 'unlock': _acts('unlock', 'server unlock'),
    _ACTION + 'os-resetState': _acts(
        'os-resetState', 'server set --auto-approve --state error', 'ERROR'),
    _ACTION + 'confirmResize': _acts('confirmResize', 'server resize confirm'),
    _ACTION + 'revertResize': _acts('revertResize', 'server resize revert'),
    _ACTION + 'trigger_crash_dump': _acts('trigger_crash_dump', 'server dump create'),
}


# What belongs to a server

def _noted(w, after=()):
    server = w.boot()
    w.run('server set --property k=v', server)
    for command in after:
        w.run(command, server)
    return w.show('server show', server)


def _tagged(w, command, left):
    server = w.boot()
    w.cloud.request('PUT', f'/servers/{server}/tags', {'tags': ['a', 'b']}, who='admin')
    w.run(command, server)
    assert sorted(w.show('server show', server)['tags']) == left


def _plugged(w):
    server = w.boot()
    w.run('server add network', *w.since(49, '--tag', 'nic'), server, 'shared')
    w.cloud.settle(server)
    assert len(w.cloud.get(f'/servers/{server}/os-interface', who='admin')[
        'interfaceAttachments']) == 2


def _unplugged(w, command, key):
    server = w.boot()
    w.run(command, server, w.port(server)[key])
    w.cloud.settle(server)
    assert w.show('server show', server)['addresses'] == {}


def _attached(w):
    server, volume = w.boot(), w.volume()
    made = w.show('server add volume', *w.since(49, '--tag', 'disk'),
                  *w.since(79, '--enable-delete-on-termination'), server, volume)
    w.cloud.settle(server)
    return made


def _attachments(w):
    server, volume = sdk_calls._attach(w)
    return _only(w.show('server volume list', server), Volume_ID=volume)


def _changed(w):
    server, volume = sdk_calls._attach(w)
    w.run('server volume set --delete-on-termination', server, volume)
    assert _only(w.show('server volume list', server), Volume_ID=volume)[
        'Delete On Termination?'] is True


def _detached(w):
    server, volume = sdk_calls._attach(w)
    w.run('server remove volume', server, volume)
    w.cloud.settle(server)
    assert w.show('server volume list', server) == []


def _shared(w):
    server, share = sdk_calls._share(w)
    w.run('server add share', server, share)
    w.cloud.settle(server)
    return server, share


def _unshared(w):
    server, share = _shared(w)
    w.run('server remove share', server, share)
    w.cloud.settle(server)
    assert w.show('server share list', server) == []


def _migrations(w):
    server = w.ready('confirmResize')
    return _only(w.show('server migration list'), Server_UUID=server)


_PARTS = {
    'POST /v2.1/servers/{id}/metadata': Call(_noted, shows={'properties': _ALL}),
    'DELETE /v2.1/servers/{id}/metadata/{key}': Call(
        lambda w: _noted(w, ['server unset --property k']), shows={'properties': (0, 0)}),
    'GET /v2.1/servers/{id}/diagnostics': Call(
        lambda w: w.show('server show --diagnostics', w.server),
        shows={name: (48, LAST) for name in ('state', 'driver', 'uptime', 'memory_details')}),
    'DELETE /v2.1/servers/{id}/os-server-password': Call(
        lambda w: w.run('server set --no-password', w.server)),
    'GET /v2.1/servers/{id}/topology': Call(
        lambda w: {'said': w.run('server show --topology', w.server)}, shows={'said': _ALL}),
    'GET /v2.1/servers/{id}/os-interface': Call(
        lambda w: _unplugged(w, 'server remove network', 'net_id')),
    'POST /v2.1/servers/{id}/os-interface': Call(_plugged),
    'DELETE /v2.1/servers/{id}/os-interface/{port_id}': Call(
        lambda w: _unplugged(w, 'server remove port', 'port_id')),
    'GET /v2.1/servers/{id}/os-volume_attachments': Call(_attachments, shows={
        'ID': (1, 88), 'Device': _ALL, 'Volume ID': _ALL, 'Tag': (70, LAST),
        'Attachment ID': (89, LAST), 'BlockDeviceMapping UUID': (89, LAST)}),
    'POST /v2.1/servers/{id}/os-volume_attachments': Call(_attached, shows={
        'Volume ID': _ALL, 'Tag': (49, LAST)}),
    'PUT /v2.1/servers/{id}/os-volume_attachments/{volume_id}': Call(_changed, first=85),
    'DELETE /v2.1/servers/{id}/os-volume_attachments/{volume_id}': Call(_detached),
    'GET /v2.1/servers/{id}/os-instance-actions': Call(
        lambda w: _only(w.show('server event list --long', w.things['servers']),
                        Request_ID=w.things['os-instance-actions']),
        shows={'Action': _ALL, 'Start Time': _ALL, 'User ID': _ALL}),
    'GET /v2.1/servers/{id}/os-instance-actions/{request_id}': Call(
        lambda w: w.show('server event show', w.things['servers'],
                         w.things['os-instance-actions']),
        shows={'action': _ALL, 'events': _ALL}),
    'POST /v2.1/servers/{id}/remote-consoles': Call(
        _url('novnc'), shows={'url': _ALL, 'protocol': _ALL}),
    'POST /v2.1/servers/{id}/migrations/{migration}/action': Call(
        lambda w: w.run('server migration force complete', *sdk_calls._moving(w))),
    'DELETE /v2.1/servers/{id}/migrations/{migration}': Call(
        lambda w: w.run('server migration abort', *sdk_calls._moving(w))),
    'PUT /v2.1/servers/{id}/tags/{tag}': Call(
        lambda w: _tagged(w, 'server set --tag c', ['a', 'b', 'c'])),
    'DELETE /v2.1/servers/{id}/tags/{tag}': Call(
        lambda w: _tagged(w, 'server unset --tag b', ['a'])),
    'GET /v2.1/servers/{id}/shares': Call(
        lambda w: w.show('server share list', _shared(w)[0])[0], shows={'Status': _ALL}),
    'POST /v2.1/servers/{id}/shares': Call(_shared),
    'GET /v2.1/servers/{id}/shares/{share_id}': Call(
        lambda w: w.show('server share show', *_shared(w))),
    'DELETE /v2.1/servers/{id}/shares/{share_id}': Call(_unshared),
}


# The rest

def _listed(w, made, command, key='id'):
    """What a list shows of something that has just been made."""
    heading = {'id': 'ID', 'name': 'Name'}[key]
    return _only(w.show(command), **{heading: made[key]})


def _flavor(w, *words):
    name = w.name()
    return w.show('flavor create --ram 64 --vcpus 1 --disk 1',
                  *w.since(55, '--description', 'small'), *words, name)


_FLAVOR = {'name': _ALL, 'ram': _ALL, 'rxtx_factor': (1, 101), 'description': (55, LAST)}


def _flavor_set(*words, unset=False):
    def call(w):
        flavor = _flavor(w)['id']
        w.run('flavor set', *words, flavor)
        if unset:
            w.run('flavor unset --property quota:cpu_shares', flavor)
        return w.show('flavor show', flavor)
    return call


def _private(w):
    flavor = _flavor(w, '--private')['id']
    w.run('flavor set --project admin', flavor)
    return w.show('flavor show', flavor)


def _keypair(w):
    name = w.name()
    made = w.show('keypair create', *w.since(2, '--type', 'ssh'), *w.since(10, '--user', 'admin'),
                  '--public-key', w.file(
                      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2'
                      'l9GKJl x'), name)
    return made | {'name': name}


def _group(w):
    return w.show('server group create --policy affinity', w.name())


_GROUP = {'name': _ALL, 'policies': (1, 63), 'policy': (64, LAST)}
_OLD_QUOTA = ('floating-ips', 'secgroups')
_FILES = ('injected-files', 'injected-file-size', 'injected-path-size')


def _quota(words):
    """What a command says of quotas, by the resource."""
    def call(w):
        shown = w.show(f'quota show --compute {words}')
        return {one['Resource']: one.get('Limit') for one in shown}
    return call


_QUOTA = {'cores': _ALL, 'instances': _ALL, 'server-groups': _ALL} | {
    name: (1, 56) for name in _FILES}


def _aggregate(w):
    return w.show('aggregate create --zone zone', w.name())


_AGGREGATE = {'name': _ALL, 'availability_zone': _ALL, 'uuid': (41, LAST)}


def _aggregate_set(*words):
    def call(w):
        aggregate = _aggregate(w)['id']
        w.run('aggregate set', *words, *([w.name()] if words[-1] == '--name' else []), aggregate)
        return w.show('aggregate show', aggregate)
    return call


def _service(w):
    return _only(w.show('compute service list --long'), Host='h1', Binary='nova-compute')


def _enabled(w):
    w.run('compute service set --disable h1 nova-compute')
    assert _service(w)['Status'] == 'disabled'
    w.run('compute service set --enable h1 nova-compute')
    assert _service(w)['Status'] == 'enabled'


def _service_gone(w):
    found = next(one for one in w.show('compute service list') if one['Binary'] != 'nova-compute')
    w.run('compute service delete', found['ID'])


_HYPERVISOR = {'state': _ALL, 'hypervisor_type': _ALL, 'host_ip': _ALL, 'vcpus': (1, 87),
               'cpu_info': (1, 87), 'uptime': _ALL}


def _hypervisor(w):
    return w.show('hypervisor show h1')


def _token(w):
    index = 0 if w.minor >= 31 else 1
    return w.show('console connection show', w.all['os-console-auth-tokens'][index])


_REST = {
    'GET /v2.1': Call(lambda w: w.run('keypair list'), first=LAST),
    'GET /': Call(lambda w: _only(w.show('versions show --service compute'), Version='2.1'),
                  first=LAST),
    'POST /v2.1/flavors': Call(_flavor, shows=_FLAVOR),
    'GET /v2.1/flavors/detail': Call(
        lambda w: _listed(w, _flavor(w), 'flavor list --long --all'),
        shows={'Name': _ALL, 'RAM': _ALL, 'RXTX Factor': (1, 101)}),
    'GET /v2.1/flavors/{id}': Call(
        lambda w: w.show('flavor show', _flavor(w)['id']), shows=_FLAVOR),
    'DELETE /v2.1/flavors/{id}': Call(lambda w: w.run('flavor delete', _flavor(w)['id'])),
    'PUT /v2.1/flavors/{id}': Call(
        _flavor_set('--description', 'new'), shows={'description': (55, LAST)}),
    'POST /v2.1/flavors/{id}/action': Call(_private, shows={'access_project_ids': _ALL}),
    'GET /v2.1/flavors/{id}/os-flavor-access': Call(_private, shows={'access_project_ids': _ALL}),
    'GET /v2.1/flavors/{id}/os-extra_specs': Call(
        _flavor_set('--property', 'quota:cpu_shares=1'), last=60, shows={'properties': _ALL}),
    'POST /v2.1/flavors/{id}/os-extra_specs': Call(
        _flavor_set('--property', 'quota:cpu_shares=1'), shows={'properties': _ALL}),
    'DELETE /v2.1/flavors/{id}/os-extra_specs/{key}': Call(
        _flavor_set('--property', 'quota:cpu_shares=1', unset=True), shows={'properties': (0, 0)}),
    'GET /v2.1/os-console-auth-tokens/{token}': Call(
        _token, shows={'host': _ALL, 'port': _ALL, 'instance_uuid': _ALL}),
    'GET /v2.1/os-keypairs': Call(
        lambda w: _listed(w, _keypair(w), 'keypair list', 'name'),
        shows={'Fingerprint': _ALL, 'Type': (2, LAST)}),
    'POST /v2.1/os-keypairs': Call(_keypair, shows={
        'fingerprint': _ALL, 'type': _ALL, 'user_id': _ALL}),
    'GET /v2.1/os-keypairs/{id}': Call(
        lambda w: w.show('keypair show', _keypair(w)['name']),
        shows={'fingerprint': _ALL, 'created_at': _ALL}),
    'DELETE /v2.1/os-keypairs/{id}': Call(
        lambda w: w.run('keypair delete', _keypair(w)['name'])),
    'GET /v2.1/os-server-groups': Call(
        lambda w: _listed(w, _group(w), 'server group list --long'),
        shows={'Name': _ALL, 'Policies': (1, 63), 'Policy': (64, LAST), 'Project Id': (13, LAST)}),
    'POST /v2.1/os-server-groups': Call(_group, shows=_GROUP),
    'GET /v2.1/os-server-groups/{id}': Call(
        lambda w: w.show('server group show', _group(w)['id']), shows=_GROUP),
    'DELETE /v2.1/os-server-groups/{id}': Call(
        lambda w: w.run('server group delete', _group(w)['id'])),
    # It sends `reserved`, which Nova refuses from 2.75 on.
    'GET /v2.1/limits': Call(
        lambda w: {one['Name']: one['Value'] for one in w.show('limits show --absolute')},
        last=74, shows={'instances': _ALL, 'floating_ips': (1, 35), 'image_meta': (1, 38),
                        'personality': (1, 56)}),
    'GET /v2.1/os-simple-tenant-usage': Call(lambda w: w.show('usage list')[0], shows={
        'Project': _ALL, 'CPU Hours': _ALL}),
    'GET /v2.1/os-simple-tenant-usage/{id}': Call(
        lambda w: w.show('usage show --project admin'), shows={'CPU Hours': _ALL}),
    'GET /v2.1/os-quota-sets/{id}': Call(_quota(''), shows=_QUOTA),
    'PUT /v2.1/os-quota-sets/{id}': Call(
        lambda w: w.run('quota set --cores -1 admin')),
    'DELETE /v2.1/os-quota-sets/{id}': Call(lambda w: w.run('quota delete --compute alt_demo')),
    'GET /v2.1/os-quota-sets/{id}/detail': Call(_quota('--usage'), shows=_QUOTA),
    'GET /v2.1/os-quota-sets/{id}/defaults': Call(_quota('--default'), shows=_QUOTA),
    'GET /v2.1/os-aggregates': Call(
        lambda w: _listed(w, _aggregate(w), 'aggregate list --long'),
        shows={'Name': _ALL, 'Availability Zone': _ALL}),
    'POST /v2.1/os-aggregates': Call(_aggregate, shows=_AGGREGATE),
    'GET /v2.1/os-aggregates/{id}': Call(
        lambda w: w.show('aggregate show', _aggregate(w)['id']), shows=_AGGREGATE),
    'PUT /v2.1/os-aggregates/{id}': Call(_aggregate_set('--name'), shows=_AGGREGATE),
    'DELETE /v2.1/os-aggregates/{id}': Call(
        lambda w: w.run('aggregate delete', _aggregate(w)['id'])),
    'POST /v2.1/os-aggregates/{id}/action': Call(
        _aggregate_set('--property', 'a=b'), sends=lambda minor: 1, shows={'properties': _ALL}),
    'POST /v2.1/os-aggregates/{id}/images': Call(
        lambda w: w.run('aggregate cache image', _aggregate(w)['id'], w.things['images']),
        sends=lambda minor: 81),
    'GET /v2.1/os-availability-zone': Call(
        lambda w: w.show('availability zone list --compute', cloud='novalite')[0],
        shows={'Zone Name': _ALL, 'Zone Status': _ALL}),
    'GET /v2.1/os-availability-zone/detail': Call(
        lambda w: _only(w.show('availability zone list --compute --long'), Host_Name='h1'),
        shows={'Zone Name': _ALL, 'Service Name': _ALL}),
    'GET /v2.1/os-services': Call(_service, shows={
        'ID': _ALL, 'State': _ALL, 'Forced Down': (11, LAST)}),
    'PUT /v2.1/os-services/{id}': Call(_enabled),
    'DELETE /v2.1/os-services/{id}': Call(_service_gone),
    'GET /v2.1/os-hypervisors': Call(_hypervisor, shows=_HYPERVISOR),
    'GET /v2.1/os-hypervisors/detail': Call(
        lambda w: _only(w.show('hypervisor list --long'), Hypervisor_Hostname='h1'),
        shows={'State': _ALL, 'Host IP': _ALL, 'vCPUs': (1, 87), 'Memory MB': (1, 87)}),
    'GET /v2.1/os-hypervisors/{id}': Call(_hypervisor, shows=_HYPERVISOR),
    'GET /v2.1/os-hypervisors/{id}/uptime': Call(_hypervisor, shows=_HYPERVISOR),
    'GET /v2.1/os-hypervisors/{id}/search': Call(
        lambda w: _only(w.show('hypervisor list --matching h1'), Hypervisor_Hostname='h1'),
        shows={'State': _ALL, 'Host IP': (0, 0)}),
    'GET /v2.1/os-hypervisors/statistics': Call(
        lambda w: w.show('hypervisor stats show'), sends=lambda minor: 1,
        shows={'count': _ALL, 'vcpus': _ALL}),
    'GET /v2.1/os-hosts': Call(
        lambda w: _only(w.show('host list'), Host_Name='h1', Service='compute'),
        sends=lambda minor: 1, shows={'Zone': _ALL}),
    'GET /v2.1/os-hosts/{id}': Call(
        lambda w: w.show('host show h1')[0], sends=lambda minor: 1,
        shows={'CPU': _ALL, 'Memory MB': _ALL}),
    'PUT /v2.1/os-hosts/{id}': Call(
        lambda w: w.run('host set --enable h1'), sends=lambda minor: 1),
    'GET /v2.1/os-migrations': Call(_migrations, shows={
        'Status': _ALL, 'Source Compute': _ALL, 'Old Flavor': _ALL, 'Type': (23, LAST),
        'UUID': (59, LAST)}),
}

CALLS = {**_SERVERS, **_PARTS, **_REST}

#: What the command has no call for. `server migration show` is one, but asks for the server by the
#: migration's id (10.5.0: it gives openstacksdk the two the wrong way round).
NO_CALL = client_calls.NO_CALL | {
    'POST /v2.1/servers/{id}/action addFixedIp',
    'POST /v2.1/servers/{id}/action addFloatingIp',
    'POST /v2.1/servers/{id}/action removeFloatingIp',
    'GET /v2.1/servers/{id}/ips',
    'GET /v2.1/servers/{id}/ips/{network}',
    'GET /v2.1/servers/{id}/metadata',
    'PUT /v2.1/servers/{id}/metadata',
    'GET /v2.1/servers/{id}/metadata/{key}',
    'PUT /v2.1/servers/{id}/metadata/{key}',
    'GET /v2.1/servers/{id}/os-server-password',
    'GET /v2.1/servers/{id}/os-security-groups',
    'GET /v2.1/servers/{id}/os-interface/{port_id}',
    'GET /v2.1/servers/{id}/os-volume_attachments/{volume_id}',
    'GET /v2.1/flavors',
    'GET /v2.1/flavors/{id}/os-extra_specs/{key}',
    'PUT /v2.1/flavors/{id}/os-extra_specs/{key}',
    'POST /v2.1/os-server-external-events',
    'GET /v2.1/os-quota-class-sets/{id}',
    'PUT /v2.1/os-quota-class-sets/{id}',
    'GET /v2.1/images',
    'GET /v2.1/images/detail',
    'GET /v2.1/images/{id}',
    'DELETE /v2.1/images/{id}',
    'GET /v2.1/images/{id}/metadata',
    'POST /v2.1/images/{id}/metadata',
    'PUT /v2.1/images/{id}/metadata',
    'GET /v2.1/images/{id}/metadata/{key}',
    'PUT /v2.1/images/{id}/metadata/{key}',
    'DELETE /v2.1/images/{id}/metadata/{key}',
    'GET /v2.1/extensions',
    'GET /v2.1/extensions/{id}',
    'GET /v2.1/servers/{id}/migrations',
    'GET /v2.1/servers/{id}/migrations/{migration}',
    'GET /v2.1/servers/{id}/tags',
    'PUT /v2.1/servers/{id}/tags',
    'DELETE /v2.1/servers/{id}/tags',
    'GET /v2.1/servers/{id}/tags/{tag}',
}
