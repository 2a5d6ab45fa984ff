"""What Terraform's OpenStack provider asks, in its order and its words, and can decode.

The program itself cannot be had here: see doc/limits.md.
"""

import base64
import hashlib

import pytest

from tests.functional import go_types
from tests.functional import terraform_calls

IMAGE = 'cirros-0.6.2-x86_64-disk'
KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDv2Yq3gE1tV8H2m0fJv8uB5mYF7lqZ5cX0Qf6m1tT3n tf'


@pytest.fixture
def demo(cloud):
    provider = terraform_calls.Provider(cloud)
    yield provider
    provider.close()


@pytest.fixture
def admin(cloud):
    provider = terraform_calls.Provider(cloud, 'admin')
    yield provider
    provider.close()


@pytest.fixture
def net(demo):
    """A network with a subnet, as resources of Terraform; gone afterwards."""
    network = demo.call('POST', 'network', 'networks', {'network': {
        'name': 'tf', 'admin_state_up': True}}, {201})
    demo.await_status('network', f'networks/{network["id"]}', 'ACTIVE', pending=['BUILD'])
    subnet = demo.call('POST', 'network', 'subnets', {'subnet': {
        'network_id': network['id'], 'cidr': '10.77.0.0/24', 'ip_version': 4, 'name': 'tf',
        'enable_dhcp': True, 'dns_nameservers': ['1.1.1.1']}}, {201})
    yield network, subnet
    demo.call('DELETE', 'network', f'subnets/{subnet["id"]}')
    demo.await_gone('network', f'subnets/{subnet["id"]}')
    demo.call('DELETE', 'network', f'networks/{network["id"]}')
    demo.await_gone('network', f'networks/{network["id"]}')


def image(demo):
    (found,) = demo.call('GET', 'image', 'images', params={'name': IMAGE})
    return found['id']


def created(demo, version=None, hints=None, **more):
    """The body that servers.Create sends: what is not set is there as empty, or left out."""
    body = {'server': {
        'name': 'tf', 'imageRef': image(demo), 'flavorRef': '42', 'user_data': '',
        'config_drive': False} | more}
    if hints:
        body['os:scheduler_hints'] = hints
    server = demo.call('POST', 'compute', 'servers', body, version=version)
    demo.await_status('compute', f'servers/{server["id"]}', 'ACTIVE', pending=['BUILD'],
                      version=version)
    return server['id']


def read(demo, server):
    """A resource's refresh: the server, its flavor, its image and its tags."""
    shown = demo.call('GET', 'compute', f'servers/{server}', ok={200, 203})
    demo.call('GET', 'compute', f'flavors/{shown["flavor"]["id"]}')
    if shown['image']:
        demo.call('GET', 'image', f'images/{shown["image"]["id"]}')
    for nics in shown['addresses'].values():
        for nic in nics:
            assert {'addr', 'version', 'OS-EXT-IPS:type', 'OS-EXT-IPS-MAC:mac_addr'} <= set(nic)
            assert isinstance(nic['version'], int)
    return shown | {'tags': demo.call('GET', 'compute', f'servers/{server}/tags', version='2.26')}


def act(demo, server, verb, value, *target, pending=None, ok=None):
    answer = demo.call('POST', 'compute', f'servers/{server}/action', {verb: value}, ok)
    if target:
        demo.await_status('compute', f'servers/{server}', *target, pending=pending)
    return answer


def destroyed(demo, server):
    demo.call('DELETE', 'compute', f'servers/{server}')

    def gone():
        answer = demo.send('GET', 'compute', f'servers/{server}')
        assert answer.status_code == 404 or answer.json()['server']['status'] in (
            'ACTIVE', 'SHUTOFF'), answer.text
        return answer.status_code == 404
    demo.cloud.wait(gone)


def test_an_instance_lives_as_a_resource(demo, net):
    network, _ = net
    # By its uuid: the provider looks up the name, as the addresses of a server tell only that.
    for by in ({'id': network['id']}, {'name': 'tf'}):
        (found,) = demo.call('GET', 'network', 'networks', params=by | {'status': 'ACTIVE'})
        assert found['id'] == network['id']
    demo.call('POST', 'compute', 'os-keypairs', {'keypair': {
        'name': 'tf', 'public_key': KEY}}, {200, 201})
    group = demo.call('POST', 'compute', 'os-server-groups', {'server_group': {
        'name': 'tf', 'policies': ['anti-affinity']}}, {200})
    server = created(
        demo, key_name='tf', networks=[{'uuid': network['id']}], adminPass='hunter2',
        security_groups=[{'name': 'default'}], metadata={'a': '1', 'b': '2'},
        user_data=base64.b64encode(b'#!/bin/sh').decode(),
        personality=[{'path': '/etc/motd', 'contents': base64.b64encode(b'hello').decode()}],
        hints={'group': group['id']})
    shown = read(demo, server)
    assert list(shown['addresses']) == ['tf'] and shown['key_name'] == 'tf'
    assert shown['metadata'] == {'a': '1', 'b': '2'} and shown['tags'] == []
    assert [one['name'] for one in shown['security_groups']] == ['default']
    assert demo.call('GET', 'compute', f'os-server-groups/{group["id"]}')['members'] == [server]

    # An apply that changes it
    demo.call('PUT', 'compute', f'servers/{server}', {'server': {'name': 'renamed'}}, {200})
    act(demo, server, 'os-stop', None, 'SHUTOFF')
    act(demo, server, 'os-start', None, 'ACTIVE')
    act(demo, server, 'pause', None, 'PAUSED')
    act(demo, server, 'unpause', None, 'ACTIVE')
    act(demo, server, 'shelve', None, 'SHELVED_OFFLOADED')
    # The zone is sent without a version, in which it means nothing.
    act(demo, server, 'unshelve', {'availability_zone': 'nova'}, 'ACTIVE')
    demo.call('DELETE', 'compute', f'servers/{server}/metadata/b')
    demo.call('POST', 'compute', f'servers/{server}/metadata', {'metadata': {'a': '3'}}, {200})
    act(demo, server, 'removeSecurityGroup', {'name': 'default'})
    act(demo, server, 'addSecurityGroup', {'name': 'default'})
    act(demo, server, 'changePassword', {'adminPass': 'changed'}, 'ACTIVE', pending=['PASSWORD'])
    flavors = demo.call('GET', 'compute', 'flavors/detail', params={'is_public': 'None'})
    tiny = next(flavor['id'] for flavor in flavors if flavor['name'] == 'm1.tiny')
    act(demo, server, 'resize', {'flavorRef': tiny}, 'VERIFY_RESIZE', pending=['RESIZE'])
    act(demo, server, 'confirmResize', None, 'ACTIVE', 'SHUTOFF', pending=['VERIFY_RESIZE'],
        ok={201, 202, 204})
    act(demo, server, 'rebuild', {'imageRef': image(demo), 'personality': [
        {'path': '/etc/motd', 'contents': 'aGk='}]}, 'ACTIVE', 'SHUTOFF', pending=['REBUILD'])
    demo.call('PUT', 'compute', f'servers/{server}/tags', {'tags': ['x', 'y']}, {200}, '2.26')
    shown = read(demo, server)
    assert (shown['name'], shown['metadata'], shown['flavor']['id'], sorted(shown['tags'])) == (
        'renamed', {'a': '3'}, tiny, ['x', 'y'])
    assert demo.call('GET', 'compute', f'servers/{server}/metadata') == {'a': '3'}

    destroyed(demo, server)
    demo.call('DELETE', 'compute', f'os-server-groups/{group["id"]}')
    demo.call('DELETE', 'compute', 'os-keypairs/tf')
    assert demo.gone('compute', 'os-keypairs/tf')


@pytest.mark.parametrize(['version', 'more'], [
    ('2.37', {'networks': 'auto'}), ('2.37', {'networks': 'none'}),
    ('2.52', {'tags': ['a']}), ('2.90', {'hostname': 'www'}),
    ('2.94', {'hostname': 'www.example.org'})])
def test_an_instance_of_a_later_version(demo, version, more):
    server = created(demo, version, **{'networks': 'none'} | more)
    assert read(demo, server)['tags'] == more.get('tags', [])
    if 'hostname' in more:
        demo.call('PUT', 'compute', f'servers/{server}', {'server': {'hostname': 'ftp'}}, {200},
                  '2.90')
    act(demo, server, 'forceDelete', '')
    demo.await_gone('compute', f'servers/{server}')


def test_an_instance_from_a_volume_and_with_more_of_them(demo, net):
    network, subnet = net
    port = demo.call('POST', 'network', 'ports', {'port': {
        'network_id': network['id'], 'admin_state_up': True, 'name': 'tf',
        'fixed_ips': [{'subnet_id': subnet['id'], 'ip_address': '10.77.0.9'}]}}, {201})
    (found,) = demo.call('GET', 'network', 'ports', params={'id': port['id']})
    assert found['network_id'] == network['id']
    server = created(
        demo, imageRef='', networks=[{'uuid': network['id'], 'port': port['id']}],
        block_device_mapping_v2=[{
            'source_type': 'image', 'uuid': image(demo), 'destination_type': 'volume',
            'volume_size': 1, 'boot_index': 0, 'delete_on_termination': True}])
    shown = read(demo, server)
    assert shown['image'] == '' and shown['addresses']['tf'][0]['addr'] == '10.77.0.9'
    (root,) = shown['os-extended-volumes:volumes_attached']
    assert demo.call('GET', 'volume', f'volumes/{root["id"]}')['bootable'] == 'true'

    volume = demo.call('POST', 'volume', 'volumes', {'volume': {
        'size': 1, 'name': 'tf', 'metadata': {'k': 'v'}}}, {202})['id']
    demo.await_status('volume', f'volumes/{volume}', 'available',
                      pending=['downloading', 'creating'])
    attached = demo.call('POST', 'compute', f'servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume}}, {200})
    assert attached['device'] and attached['serverId'] == server
    path = f'servers/{server}/os-volume_attachments/{attached["id"]}'
    # A 404 is to the provider an attachment that is still on its way.
    demo.cloud.wait(lambda: not demo.gone('compute', path))
    demo.await_status('volume', f'volumes/{volume}', 'in-use')
    demo.call('DELETE', 'compute', path)
    demo.await_gone('compute', path)
    demo.await_status('volume', f'volumes/{volume}', 'available')
    demo.call('PUT', 'volume', f'volumes/{volume}', {'volume': {
        'name': 'new', 'description': '', 'metadata': {'k': 'w'}}}, {200})
    demo.call('POST', 'volume', f'volumes/{volume}/action', {'os-extend': {'new_size': 2}}, {202})
    demo.await_status('volume', f'volumes/{volume}', 'available', pending=['extending'])
    assert demo.call('GET', 'volume', f'volumes/{volume}')['size'] == 2
    demo.call('DELETE', 'volume', f'volumes/{volume}')
    demo.await_gone('volume', f'volumes/{volume}')

    interface = demo.call('POST', 'compute', f'servers/{server}/os-interface', {
        'interfaceAttachment': {'net_id': network['id']}}, {200})
    path = f'servers/{server}/os-interface/{interface["port_id"]}'
    assert demo.call('GET', 'compute', path, ok={200})['net_id'] == network['id']
    demo.call('DELETE', 'compute', path, ok={202})
    demo.await_gone('compute', path)

    destroyed(demo, server)
    demo.await_gone('volume', f'volumes/{root["id"]}')
    demo.call('DELETE', 'network', f'ports/{port["id"]}')
    demo.await_gone('network', f'ports/{port["id"]}')


def test_an_instance_with_a_volume_of_many_and_a_type(demo):
    disk = {'source_type': 'image', 'uuid': image(demo), 'destination_type': 'volume',
            'volume_size': 1, 'boot_index': 0, 'delete_on_termination': True}
    kind = demo.call('GET', 'volume', 'types')[0]['name']
    for version, more in (('2.60', {}), ('2.67', {'volume_type': kind})):
        server = created(demo, version, imageRef='', networks='none',
                         block_device_mapping_v2=[disk | more])
        read(demo, server)
        destroyed(demo, server)


def test_an_instance_on_a_named_hypervisor_loses_its_ports_first(admin):
    (network,) = admin.call('GET', 'network', 'networks', params={
        'name': 'shared', 'status': 'ACTIVE'})
    hypervisor = admin.call('GET', 'compute', 'os-hypervisors/detail')[0]['hypervisor_hostname']
    server = created(admin, '2.74', networks=[{'uuid': network['id']}],
                     hypervisor_hostname=hypervisor)
    assert read(admin, server)['OS-EXT-SRV-ATTR:hypervisor_hostname'] == hypervisor
    act(admin, server, 'os-stop', None, 'SHUTOFF', pending=['ACTIVE'])    # stop_before_destroy
    (port,) = admin.call('GET', 'compute', f'servers/{server}/os-interface')
    path = f'servers/{server}/os-interface/{port["port_id"]}'
    admin.call('DELETE', 'compute', path)
    admin.await_gone('compute', path)
    destroyed(admin, server)


def test_what_an_administrator_declares(admin):
    flavor = admin.call('POST', 'compute', 'flavors', {'flavor': {
        'name': 'tf', 'ram': 64, 'vcpus': 1, 'disk': 0, 'swap': 0, 'rxtx_factor': 1,
        'os-flavor-access:is_public': False, 'OS-FLV-EXT-DATA:ephemeral': 0,
        'description': 'of Terraform'}}, {200, 201}, '2.55')['id']
    admin.call('POST', 'compute', f'flavors/{flavor}/os-extra_specs', {
        'extra_specs': {'hw:cpu_policy': 'shared'}}, {200})
    admin.call('PUT', 'compute', f'flavors/{flavor}/os-extra_specs/hw:cpu_policy', {
        'hw:cpu_policy': 'dedicated'}, {200})
    assert admin.call('GET', 'compute', f'flavors/{flavor}/os-extra_specs') == {
        'hw:cpu_policy': 'dedicated'}
    admin.call('DELETE', 'compute', f'flavors/{flavor}/os-extra_specs/hw:cpu_policy', ok={200})
    for verb in ('addTenantAccess', 'removeTenantAccess'):
        admin.call('POST', 'compute', f'flavors/{flavor}/action', {
            verb: {'tenant': admin.project}}, {200})
    admin.call('GET', 'compute', f'flavors/{flavor}', version='2.61')
    admin.call('DELETE', 'compute', f'flavors/{flavor}')
    assert admin.gone('compute', f'flavors/{flavor}')

    aggregate = admin.call('POST', 'compute', 'os-aggregates', {'aggregate': {
        'name': 'tf', 'availability_zone': 'tf'}}, {200})['id']
    (host, *_) = [one['service']['host'] for one in admin.call(
        'GET', 'compute', 'os-hypervisors/detail')]
    path = f'os-aggregates/{aggregate}'
    for verb, value in (('set_metadata', {'metadata': {'k': 'v'}}), ('add_host', {'host': host}),
                        ('remove_host', {'host': host})):
        admin.call('POST', 'compute', f'{path}/action', {verb: value}, {200})
    admin.call('PUT', 'compute', path, {'aggregate': {'name': 'new'}}, {200})
    assert admin.call('GET', 'compute', path)['metadata']['k'] == 'v'
    admin.call('DELETE', 'compute', path, ok={200})
    assert admin.gone('compute', path)

    path = f'os-quota-sets/{admin.project}'
    before = admin.call('GET', 'compute', path)['instances']
    assert admin.call('PUT', 'compute', path, {'quota_set': {'instances': 7}}, {200})[
        'instances'] == 7
    admin.call('DELETE', 'compute', path, ok={202})
    assert admin.call('GET', 'compute', path)['instances'] == before


def test_data_sources(demo, admin):
    flavors = demo.call('GET', 'compute', 'flavors/detail', params={'is_public': 'None'},
                        version='2.61')
    assert all('extra_specs' in flavor for flavor in flavors)
    zones = demo.call('GET', 'compute', 'os-availability-zone')
    assert 'nova' in [zone['zoneName'] for zone in zones]
    demo.call('GET', 'compute', 'limits')
    admin.call('GET', 'compute', 'limits', params={'tenant_id': demo.project})
    for version in (None, '2.53'):
        assert admin.call('GET', 'compute', 'os-hypervisors/detail', version=version)
    demo.call('GET', 'compute', 'servers/detail', params={'name': 'none'})
    for name in ('os-keypairs', 'os-server-groups'):
        demo.send('GET', 'compute', name).raise_for_status()


def test_a_keypair_that_the_cloud_makes_and_one_of_a_user(admin):
    for version, more in (('2.2', {'type': 'ssh'}),
                          ('2.10', {'public_key': KEY, 'user_id': admin.user})):
        made = admin.call('POST', 'compute', 'os-keypairs', {'keypair': {
            'name': 'made'} | more}, {200, 201}, version)
        assert bool(made.get('private_key')) == ('public_key' not in more)
        admin.call('GET', 'compute', 'os-keypairs/made')
        admin.call('DELETE', 'compute', 'os-keypairs/made', version=version)


def test_a_server_group_with_rules(demo):
    group = demo.call('POST', 'compute', 'os-server-groups', {'server_group': {
        'name': 'tf', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': 2}}}, {200},
        '2.64')['id']
    for version in (None, '2.64'):
        demo.call('GET', 'compute', f'os-server-groups/{group}', version=version)
    demo.call('DELETE', 'compute', f'os-server-groups/{group}')
    assert demo.gone('compute', f'os-server-groups/{group}')


def test_an_image_is_uploaded(demo):
    made = demo.call('POST', 'image', 'images', {
        'name': 'tf', 'container_format': 'bare', 'disk_format': 'qcow2', 'min_disk': 0,
        'min_ram': 0, 'protected': False, 'visibility': 'private', 'os_hidden': False,
        'tags': ['t'], 'hw_rng_model': 'virtio'}, {201})
    path, data = f'images/{made["id"]}', b'QFI\xfb' + bytes(1000)
    assert demo.send('PUT', 'image', f'{path}/file', data=data, headers={
        'Content-Type': 'application/octet-stream'}).status_code == 204
    demo.await_status('image', path, 'active', pending=['queued', 'saving', 'importing'])
    shown = demo.call('GET', 'image', path)
    assert shown['checksum'] == hashlib.md5(data).hexdigest() and shown['size'] == len(data)
    changed = demo.call('PATCH', 'image', path, [
        {'op': 'replace', 'path': '/name', 'value': 'new'},
        {'op': 'replace', 'path': '/tags', 'value': ['u']},
        {'op': 'add', 'path': '/key', 'value': 'value'},
        {'op': 'remove', 'path': '/hw_rng_model'}], {200}, headers={
            'Content-Type': 'application/openstack-images-v2.1-json-patch'})
    assert (changed['name'], changed['tags'], changed['key']) == ('new', ['u'], 'value')
    demo.call('DELETE', 'image', path, ok={204})
    assert demo.gone('image', path)


def test_the_network_around_an_instance(demo, net):
    network, subnet = net
    (public,) = demo.call('GET', 'network', 'networks', params={
        'name': 'public', 'status': 'ACTIVE'})
    for kind, changed in (('networks', network), ('subnets', subnet)):
        demo.call('PUT', 'network', f'{kind}/{changed["id"]}', {kind[:-1]: {'name': 'tf'}}, {200})
        demo.call('PUT', 'network', f'{kind}/{changed["id"]}/tags', {'tags': ['t']}, {200})

    group = demo.call('POST', 'network', 'security-groups', {'security_group': {
        'name': 'tf', 'description': ''}}, {201})
    for made in group['security_group_rules']:      # delete_default_rules
        demo.call('DELETE', 'network', f'security-group-rules/{made["id"]}')
    rule = demo.call('POST', 'network', 'security-group-rules', {'security_group_rule': {
        'direction': 'ingress', 'ethertype': 'IPv4', 'protocol': 'tcp', 'port_range_min': 22,
        'port_range_max': 22, 'remote_ip_prefix': '0.0.0.0/0',
        'security_group_id': group['id']}}, {201})
    demo.call('GET', 'network', f'security-group-rules/{rule["id"]}')
    demo.call('PUT', 'network', f'security-groups/{group["id"]}', {'security_group': {
        'name': 'tf2', 'description': 'new'}}, {200})

    port = demo.call('POST', 'network', 'ports', {'port': {
        'network_id': network['id'], 'admin_state_up': True, 'name': 'tf',
        'security_groups': [group['id']], 'fixed_ips': [{'subnet_id': subnet['id']}]}}, {201})
    demo.await_status('network', f'ports/{port["id"]}', 'ACTIVE', 'DOWN', pending=['BUILD'])
    demo.call('PUT', 'network', f'ports/{port["id"]}', {'port': {
        'name': 'tf2', 'allowed_address_pairs': [{'ip_address': '10.9.9.9'}]}}, {200, 201})
    demo.call('PUT', 'network', f'ports/{port["id"]}/tags', {'tags': ['t']}, {200})

    router = demo.call('POST', 'network', 'routers', {'router': {
        'name': 'tf', 'admin_state_up': True,
        'external_gateway_info': {'network_id': public['id']}}}, {201})['id']
    demo.await_status('network', f'routers/{router}', 'ACTIVE',
                      pending=['BUILD', 'PENDING_CREATE', 'PENDING_UPDATE'])
    held = demo.call('PUT', 'network', f'routers/{router}/add_router_interface', {
        'subnet_id': subnet['id']}, {200})
    assert not go_types.misfits(go_types.struct(
        needs=('port_id', 'subnet_id', 'id'), subnet_id=go_types.string,
        port_id=go_types.string, tenant_id=go_types.string, id=go_types.string), held)
    demo.await_status('network', f'ports/{held["port_id"]}', 'ACTIVE',
                      pending=['BUILD', 'PENDING_CREATE', 'PENDING_UPDATE', 'DOWN'])

    floating = demo.call('POST', 'network', 'floatingips', {'floatingip': {
        'floating_network_id': public['id']}}, {201})
    path = f'floatingips/{floating["id"]}'
    demo.await_status('network', path, 'ACTIVE', 'DOWN')
    (found,) = demo.call('GET', 'network', 'floatingips', params={
        'floating_ip_address': floating['floating_ip_address']})
    assert found['id'] == floating['id']
    assert demo.call('PUT', 'network', path, {'floatingip': {'port_id': port['id']}}, {200})[
        'fixed_ip_address'] == port['fixed_ips'][0]['ip_address']
    demo.await_status('network', path, 'ACTIVE', 'DOWN')
    assert demo.call('PUT', 'network', path, {'floatingip': {'port_id': None}}, {200})[
        'port_id'] is None
    demo.call('DELETE', 'network', path)
    demo.await_gone('network', path)

    demo.call('PUT', 'network', f'routers/{router}/remove_router_interface', {
        'subnet_id': subnet['id'], 'port_id': held['port_id']}, {200})
    demo.await_gone('network', f'ports/{held["port_id"]}')
    demo.call('PUT', 'network', f'routers/{router}', {'router': {
        'name': 'new', 'external_gateway_info': {}}}, {200})
    for path in (f'routers/{router}', f'ports/{port["id"]}',
                 f'security-group-rules/{rule["id"]}', f'security-groups/{group["id"]}'):
        demo.call('DELETE', 'network', path)
        demo.await_gone('network', path)


@pytest.mark.parametrize(['kind', 'fits', 'not_'], [
    (go_types.string, ['', None], [1, {}]), (go_types.integer, [1, 1.0, None], ['1', 1.5, True]),
    (go_types.time, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5+00:00'],
     ['2026-01-01T00:00:00', '']),
    (go_types.bare_time, ['2026-01-01T00:00:00.000000', ''], ['2026-01-01T00:00:00Z']),
    (go_types.token_time, ['2026-01-01T00:00:00.000000Z'], ['2026-01-01T00:00:00']),
    (go_types.many(go_types.string), [[], ['a'], None], [{}, [1]]),
    (go_types.mapping(go_types.string), [{}, {'a': 'b'}], [[], {'a': 1}]),
    (go_types.struct(needs=('id',), id=go_types.string), [{'ID': 'a', 'id': 'b'}], [{}, []])])
def test_what_go_decodes(kind, fits, not_):
    assert not [value for value in fits if go_types.misfits(kind, value)]
    assert all(go_types.misfits(kind, value) for value in not_)
