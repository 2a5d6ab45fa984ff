"""Servers through HTTP: create, list, show, change and delete."""

import concurrent.futures

import pytest
import requests

from novalite.testing import Cloud
from tests.functional import at_rest

ADMINS = {'OS-EXT-SRV-ATTR:host', 'OS-EXT-SRV-ATTR:hypervisor_hostname',
          'OS-EXT-SRV-ATTR:instance_name'}


@pytest.fixture(scope='module')
def reader(shared_cloud):
    """The token of somebody who may only look at project demo."""
    identity = shared_cloud.connection('admin').identity
    project = identity.find_project('demo', ignore_missing=False)
    role = identity.find_role('reader', ignore_missing=False)
    user = identity.create_user(name='looker', password='looks', domain_id='default')
    identity.assign_project_role_to_user(project, user, role)
    answer = requests.post(f'{shared_cloud.url}/identity/v3/auth/tokens', timeout=30, json={
        'auth': {'identity': {'methods': ['password'], 'password': {'user': {
            'id': user.id, 'password': 'looks'}}},
            'scope': {'project': {'id': project.id}}}})
    assert answer.status_code == 201, answer.text
    return {'X-Auth-Token': answer.headers['X-Subject-Token']}


# Create

def test_a_created_server_is_named_in_location_and_body_and_becomes_active(cloud):
    answer = cloud.create(name='web', metadata={'role': 'front'}, description='the first')
    assert answer.status_code == 202
    body = answer.json()['server']
    assert set(body) == {'id', 'links', 'adminPass', 'OS-DCF:diskConfig', 'security_groups'}
    assert answer.headers['Location'] == f'{cloud.url}/compute/v2.1/servers/{body["id"]}'
    cloud.settle(body['id'])
    shown = cloud.show(body['id'], who='demo')
    assert (shown['name'], shown['status'], shown['metadata'], shown['description']) == (
        'web', 'ACTIVE', {'role': 'front'}, 'the first')
    assert shown['OS-EXT-STS:power_state'] == 1
    assert shown['OS-SRV-USG:launched_at']
    assert shown['flavor']['original_name'] == 'm1.nano'
    assert {version for one in shown['addresses'].values() for ip in one
            for version in [ip['version']]} == {4, 6}
    at_rest.check(cloud)


def test_a_server_with_all_that_can_be_asked_for_has_it(cloud):
    compute = cloud.connection().compute
    if not compute.find_keypair('k'):
        compute.create_keypair(name='k', public_key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGg1'
                               'cGVyc2VjcmV0a2V5dGhhdGlzbm90b25lYXRhbGwx me')
    server = cloud.boot(
        key_name='k', user_data='aGVsbG8=', availability_zone='nova', config_drive=True,
        adminPass='s3cret', accessIPv4='192.0.2.1', accessIPv6='2001:db8::1', hostname='front',
        security_groups=[{'name': 'default'}], **{'OS-DCF:diskConfig': 'AUTO'})
    shown = cloud.show(server)
    assert shown['key_name'] == 'k'
    assert shown['OS-EXT-SRV-ATTR:user_data'] == 'aGVsbG8='
    assert shown['OS-EXT-AZ:availability_zone'] == 'nova'
    assert shown['pinned_availability_zone'] == 'nova'
    assert shown['config_drive'] == 'True'
    assert shown['accessIPv4'] == '192.0.2.1'
    assert shown['accessIPv6'] == '2001:db8::1'
    assert shown['OS-EXT-SRV-ATTR:hostname'] == 'front'
    assert shown['OS-DCF:diskConfig'] == 'AUTO'
    assert shown['security_groups'] == [{'name': 'default'}]


def test_a_server_without_networks_has_no_address(cloud):
    server = cloud.boot(networks='none')
    assert cloud.show(server)['addresses'] == {}
    at_rest.check(cloud)


def test_a_server_is_plugged_into_the_network_and_address_it_names(cloud):
    network = cloud.connection().network.find_network('shared')
    server = cloud.boot(networks=[{'uuid': network.id, 'fixed_ip': '192.168.233.77'}])
    assert [ip['addr'] for ip in cloud.show(server)['addresses']['shared']] == ['192.168.233.77']
    assert cloud.get(f'/servers/{server}/ips/shared')['shared'] == [
        {'version': 4, 'addr': '192.168.233.77'}]
    at_rest.check(cloud)


def test_a_server_takes_a_port_and_lets_go_of_it(cloud):
    neutron = cloud.connection().network
    network = neutron.find_network('private')
    port = neutron.create_port(network_id=network.id)
    try:
        shared = cloud.create(networks=[{'port': port.id}], min_count=2)
        assert shared.status_code == 400
        server = cloud.boot(networks=[{'port': port.id}])
        assert neutron.get_port(port.id).device_id == server
        again = cloud.create(networks=[{'port': port.id}])
        assert again.status_code == 409
        assert again.json()['conflictingRequest']['message'] == f'Port {port.id} is still in use.'
        cloud.request('DELETE', f'/servers/{server}')
        cloud.settle(server)
        assert neutron.get_port(port.id).device_id == ''
    finally:
        neutron.delete_port(port.id)


def test_several_servers_are_made_by_one_request(cloud):
    answer = cloud.create(name='web', min_count=2, max_count=3)
    request_id = answer.headers['X-Openstack-Request-Id']
    servers = cloud.get('/servers/detail?sort_key=display_name&sort_dir=asc')['servers']
    for one in servers:
        cloud.settle(one['id'])
    assert [one['name'] for one in servers] == ['web-1', 'web-2', 'web-3']
    assert answer.json()['server']['id'] == servers[0]['id']
    shown = [cloud.show(one['id']) for one in servers]
    assert [one['OS-EXT-SRV-ATTR:launch_index'] for one in shown] == [0, 1, 2]
    assert len({one['OS-EXT-SRV-ATTR:reservation_id'] for one in shown}) == 1
    assert {cloud.action(one['id'], request_id)['action'] for one in servers} == {'create'}
    at_rest.check(cloud)


def test_a_reservation_id_finds_the_servers_again(cloud):
    answer = cloud.create(min_count=2, return_reservation_id=True)
    reservation = answer.json()
    assert set(reservation) == {'reservation_id'}
    found = cloud.get(f'/servers?reservation_id={reservation["reservation_id"]}')['servers']
    assert len(found) == 2
    for one in found:
        cloud.settle(one['id'])


def test_a_quota_that_is_exceeded_is_named_and_nothing_is_written():
    with Cloud(hosts=1, quota__instances=2) as cloud:
        cloud.boot()
        answer = cloud.create(min_count=2)
        assert answer.status_code == 403
        assert answer.json()['forbidden']['message'] == (
            'Quota exceeded for instances: Requested 2, but already used 1 of 2 instances')
        assert len(cloud.get('/servers')['servers']) == 1
        # As many as there is room for, if that is enough for who asks.
        cloud.boot(min_count=1, max_count=5)
        assert [one['name'] for one in cloud.get('/servers')['servers']] == ['web', 'web']
        assert cloud.create().status_code == 403


def test_a_server_on_a_disabled_host_is_not_placed():
    with Cloud(hosts=2) as cloud:
        (service,) = (one for one in cloud.get('/os-services', who='admin')['services']
                      if one['host'] == 'h1')
        cloud.request('PUT', f'/os-services/{service["id"]}', {'status': 'disabled'}, who='admin')
        assert {cloud.show(cloud.boot())['OS-EXT-SRV-ATTR:host'] for _ in range(4)} == {'h2'}


# List

@pytest.fixture
def servers(cloud):
    """Three of demo, oldest first; and one of another project."""
    mine = [cloud.boot(name=name, metadata={'n': name}) for name in ('alpha', 'beta', 'gamma')]
    other = cloud.boot(name='delta', who='other')
    return mine, other


def ids(cloud, query, who='demo', version='latest'):
    return [one['id'] for one in cloud.get(f'/servers{query}', who=who, version=version)['servers']]


def test_a_list_is_newest_first_brief_and_of_ones_own_project(cloud, servers):
    mine, other = servers
    body = cloud.get('/servers')
    assert [one['id'] for one in body['servers']] == mine[::-1]
    assert all(set(one) == {'id', 'name', 'links'} for one in body['servers'])
    assert 'servers_links' not in body
    assert ids(cloud, '', who='other') == [other]


@pytest.mark.parametrize('path', ['/servers', '/servers/detail'])
def test_pages_neither_repeat_nor_lose_a_server(cloud, servers, path):
    mine, _ = servers
    found, url = [], f'{path}?limit=2'
    while url:
        body = cloud.get(url)
        found += [one['id'] for one in body['servers']]
        following = [link['href'] for link in body.get('servers_links', ())
                     if link['rel'] == 'next']
        url = following and path + '?' + following[0].partition('?')[2]
        assert not following or following[0].startswith(f'{cloud.url}/compute/v2.1{path}?')
    assert found == mine[::-1]


@pytest.mark.parametrize('key', ['created_at', 'display_name', 'launched_at', 'uuid'])
@pytest.mark.parametrize('direction', ['asc', 'desc'])
def test_pages_follow_any_order(cloud, servers, key, direction):
    every = ids(cloud, f'?sort_key={key}&sort_dir={direction}')
    found = []
    for _ in range(3):
        marker = f'&marker={found[-1]}' if found else ''
        found += ids(cloud, f'?sort_key={key}&sort_dir={direction}&limit=1{marker}')
    assert found == every
    assert sorted(found) == sorted(servers[0])


def test_servers_are_sorted_by_several_keys(cloud, servers):
    (a, b, c), _ = servers
    cloud.act(b, 'os-stop')
    assert ids(cloud, '?sort_key=power_state&sort_dir=desc&sort_key=display_name&sort_dir=asc') == [
        b, a, c]


def test_filters_find_what_they_say(cloud, servers):
    (a, b, c), other = servers
    cloud.act(b, 'os-stop')
    failed = cloud.boot(name='broken', fault='spawn:fail')
    image = cloud.show(a)['image']['id']
    address = next(ip['addr'] for one in cloud.show(a)['addresses'].values() for ip in one
                   if ip['version'] == 4)
    host = cloud.show(a)['OS-EXT-SRV-ATTR:host']
    assert ids(cloud, '?name=alp') == [a]
    assert ids(cloud, '?name=^(beta|gamma)$') == [c, b]
    assert ids(cloud, '?status=SHUTOFF') == [b]
    assert ids(cloud, '?status=active') == [c, a]
    assert ids(cloud, '?status=ACTIVE&status=ERROR') == [failed, c, a]
    assert set(ids(cloud, f'?image={image}')) == {a, b, c, failed}
    assert ids(cloud, '?flavor=5') == []
    assert len(ids(cloud, '?flavor=42')) == 4
    assert ids(cloud, f'?ip=^{address.replace(".", "[.]")}$') == [a]
    assert ids(cloud, '?vm_state=error', version='2.83') == [failed]
    # Before 2.83 only administrators filter by that; from others it is dropped.
    assert len(ids(cloud, '?vm_state=error', version='2.82')) == 4
    assert a in ids(cloud, f'?host={host}&all_tenants=1', who='admin')
    assert ids(cloud, '?changes-since=2999-01-01T00:00:00Z') == []
    # Who asks for changes hears of deletions too.
    assert {a, b, c, failed} <= set(ids(cloud, '?changes-before=2999-01-01T00:00:00Z'))
    assert ids(cloud, '?locked=true') == []


def test_administrators_see_all_tenants_and_nobody_else_does(cloud, servers):
    mine, other = servers
    assert ids(cloud, '', who='admin') == []
    assert set(ids(cloud, '?all_tenants=1', who='admin')) == {*mine, other}
    assert set(ids(cloud, '?all_tenants', who='admin')) == {*mine, other}
    project = cloud.show(other)['tenant_id']
    assert ids(cloud, f'?project_id={project}&all_tenants=1', who='admin') == [other]
    assert ids(cloud, f'?tenant_id={project}&all_tenants=1', who='admin') == [other]
    # It is their own project's that they see otherwise.
    assert ids(cloud, f'?project_id={project}', who='admin') == []
    answer = cloud.request('GET', '/servers/detail?all_tenants=1')
    assert answer.status_code == 403
    assert answer.json()['forbidden']['message'] == (
        "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants to be performed.")
    assert set(ids(cloud, '?all_tenants=0')) == set(mine)


def test_the_marker_of_somebody_else_is_no_marker(cloud, servers):
    _, other = servers
    answer = cloud.request('GET', f'/servers?marker={other}')
    assert answer.status_code == 400
    assert answer.json()['badRequest']['message'] == f'marker [{other}] not found'


def test_deleted_servers_are_listed_for_administrators(cloud, servers):
    (a, *_), _ = servers
    project = cloud.show(a)['tenant_id']
    cloud.request('DELETE', f'/servers/{a}')
    cloud.settle(a)
    assert a not in ids(cloud, '')
    found = cloud.get(f'/servers/detail?deleted=true&all_tenants=1&project_id={project}',
                      who='admin')['servers']
    assert {one['id']: one['status'] for one in found}[a] == 'DELETED'
    assert a in ids(cloud, '?status=DELETED&all_tenants=1', who='admin')
    assert cloud.request('GET', '/servers?status=DELETED').status_code == 403
    # Who asks for changes wants to hear of deletions.
    assert a in ids(cloud, '?changes-since=2020-01-01T00:00:00Z')


# Show, change, delete

def test_administrators_see_the_inside_of_a_server(cloud):
    server = cloud.boot()
    shown, of_owner = cloud.show(server), cloud.show(server, who='demo')
    assert set(shown) >= ADMINS
    assert not set(of_owner) & ADMINS
    assert shown['OS-EXT-SRV-ATTR:host'] in cloud.guests()
    assert shown['host_status'] == 'UP'
    assert 'host_status' not in of_owner
    assert of_owner['hostId'] == shown['hostId'] != ''


def test_a_server_is_renamed_and_described(cloud):
    server = cloud.boot()
    answer = cloud.request('PUT', f'/servers/{server}', {'server': {
        'name': 'renamed', 'description': 'new', 'accessIPv4': '192.0.2.9'}})
    assert answer.status_code == 200
    assert answer.json()['server']['name'] == 'renamed'
    shown = cloud.show(server)
    assert (shown['name'], shown['description'], shown['accessIPv4']) == (
        'renamed', 'new', '192.0.2.9')
    cloud.request('PUT', f'/servers/{server}', {'server': {'description': None}})
    assert cloud.show(server)['description'] is None
    assert cloud.show(server)['name'] == 'renamed'


def test_a_deleted_server_is_gone_and_gives_all_back(cloud):
    before = at_rest.picture(cloud)
    server = cloud.boot()
    answer = cloud.request('DELETE', f'/servers/{server}')
    assert answer.status_code == 204
    assert answer.content == b''
    cloud.settle(server)
    assert at_rest.picture(cloud) == before
    for method in ('GET', 'DELETE', 'PUT'):
        body = {'server': {'name': 'x'}} if method == 'PUT' else None
        answer = cloud.request(method, f'/servers/{server}', body)
        assert answer.status_code == 404
        assert answer.json()['itemNotFound']['message'] == (
            f'Instance {server} could not be found.')


FOREIGN = [
    ('GET', '', None), ('PUT', '', {'server': {'name': 'x'}}), ('DELETE', '', None),
    ('GET', '/ips', None), ('GET', '/ips/private', None), ('GET', '/metadata', None),
    ('POST', '/metadata', {'metadata': {'a': 'b'}}), ('PUT', '/metadata', {'metadata': {}}),
    ('GET', '/metadata/a', None), ('PUT', '/metadata/a', {'meta': {'a': 'b'}}),
    ('DELETE', '/metadata/a', None), ('GET', '/os-instance-actions', None),
    ('POST', '/action', {'os-stop': None}), ('POST', '/action', {'os-start': None}),
    ('POST', '/action', {'reboot': {'type': 'HARD'}}),
    ('POST', '/action', {'resize': {'flavorRef': '1'}}),
    ('POST', '/action', {'confirmResize': None}), ('POST', '/action', {'revertResize': None}),
    ('POST', '/action', {'createImage': {'name': 'x'}}),
]


def test_a_server_of_somebody_else_is_not_there(cloud):
    server = cloud.boot(metadata={'a': 'b'})
    before, actions = cloud.show(server), cloud.actions(server)
    for method, path, body in FOREIGN:
        answer = cloud.request(method, f'/servers/{server}{path}', body, who='other')
        assert answer.status_code == 404, (method, path, answer.text)
        assert answer.json()['itemNotFound']['message'] == (
            f'Instance {server} could not be found.')
    assert (cloud.show(server), cloud.actions(server)) == (before, actions)


def test_a_reader_may_look_and_not_touch(cloud, reader):
    server = cloud.boot(metadata={'a': 'b'})
    before, actions = cloud.show(server), cloud.actions(server)
    image = before['image']['id']
    create = {'server': {'name': 'x', 'flavorRef': '42', 'imageRef': image, 'networks': 'none'}}
    for method, path, body in [*FOREIGN, ('GET', '/../detail', None)]:
        answer = cloud.request(method, f'/servers/{server}{path}', body, headers=reader)
        expected = 200 if method == 'GET' else 403
        assert answer.status_code == expected, (method, path, answer.text)
    answer = cloud.request('POST', '/servers', create, headers=reader)
    assert answer.status_code == 403
    assert 'servers:create' in answer.json()['forbidden']['message']
    assert (cloud.show(server), cloud.actions(server)) == (before, actions)


# Metadata

def test_metadata_is_read_and_written_item_by_item(cloud):
    server = cloud.boot(metadata={'a': '1'})
    path = f'/servers/{server}/metadata'
    assert cloud.get(path) == {'metadata': {'a': '1'}}
    assert cloud.request('POST', path, {'metadata': {'b': '2'}}).json() == {
        'metadata': {'a': '1', 'b': '2'}}
    assert cloud.request('PUT', f'{path}/a', {'meta': {'a': '3'}}).json() == {'meta': {'a': '3'}}
    assert cloud.get(f'{path}/a') == {'meta': {'a': '3'}}
    assert cloud.request('DELETE', f'{path}/a').status_code == 204
    assert cloud.request('GET', f'{path}/a').status_code == 404
    assert cloud.request('PUT', path, {'metadata': {'c': '4'}}).json() == {'metadata': {'c': '4'}}
    assert cloud.show(server)['metadata'] == {'c': '4'}


# All at once

def test_many_at_once_leave_nothing_and_get_addresses_of_their_own(cloud):
    def live(number):
        answer = cloud.create(name=f'many-{number}')
        assert answer.status_code == 202, answer.text
        server = answer.json()['server']['id']
        if number % 3:
            cloud.settle(server)
        if number % 2:
            codes = [cloud.request('DELETE', f'/servers/{server}').status_code for _ in range(2)]
            assert codes in ([204, 204], [204, 404])
        return server

    before = at_rest.picture(cloud)
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(live, range(32)))
    at_rest.settled(cloud)
    listed = cloud.get('/servers/detail')['servers']
    assert len(listed) == 16
    assert {one['status'] for one in listed} == {'ACTIVE'}
    found = [ip['addr'] for one in listed for ips in one['addresses'].values() for ip in ips]
    assert len(found) == len(set(found)) == 32
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        list(threads.map(
            lambda one: cloud.request('DELETE', f'/servers/{one["id"]}'), listed))
    at_rest.settled(cloud)
    assert at_rest.picture(cloud) == before


def test_of_many_actions_at_once_one_is_taken(cloud):
    server = cloud.boot()
    cloud.stall('power_off')
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        codes = list(threads.map(
            lambda _: cloud.ask(server, 'os-stop').status_code, range(8)))
    assert sorted(codes) == [202] + [409] * 7
    cloud.behave()
    cloud.settle(server)
    assert cloud.actions(server)[1:] == [('stop', None)]
    at_rest.check(cloud)
