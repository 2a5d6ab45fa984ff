"""Microversions: how one is agreed on, and what each shows of a server."""

import pytest
import requests

NEW, OLD = 'OpenStack-API-Version', 'X-OpenStack-Nova-API-Version'


def asked(cloud, headers, path='/flavors'):
    return requests.get(f'{cloud.url}/compute/v2.1{path}', timeout=30,
                        headers={'X-Auth-Token': cloud.token(), **headers})


@pytest.mark.parametrize(('headers', 'served'), [
    ({}, '2.1'),
    ({NEW: 'compute 2.79'}, '2.79'), ({OLD: '2.79'}, '2.79'),
    ({NEW: 'compute 2.1'}, '2.1'), ({NEW: 'compute 2.104'}, '2.104'),
    ({NEW: 'compute latest'}, '2.104'), ({OLD: 'latest'}, '2.104'),
    ({NEW: 'compute 2.79', OLD: '2.3'}, '2.79'),
    ({NEW: 'volume 3.5'}, '2.1'), ({NEW: 'volume 3.5, compute 2.60'}, '2.60'),
])
def test_the_version_that_is_asked_for_is_served_and_said_in_both_headers(cloud, headers, served):
    answer = asked(cloud, headers)
    assert answer.status_code == 200
    assert answer.headers[NEW] == f'compute {served}'
    assert answer.headers[OLD] == served
    assert {name.strip() for name in answer.headers['Vary'].split(',')} >= {NEW, OLD}


@pytest.mark.parametrize('version', ['2.105', '2.0', '1.1', '3.0', '2.999999'])
@pytest.mark.parametrize('header', [NEW, OLD])
def test_a_version_there_is_not_is_a_406_that_names_the_range(cloud, header, version):
    answer = asked(cloud, {header: f'compute {version}' if header == NEW else version})
    assert answer.status_code == 406
    ((_root, fault),) = answer.json().items()
    assert fault['code'] == 406
    assert fault['message'] == (
        f'Version {version} is not supported by the API. Minimum is 2.1 and maximum is 2.104.')
    assert NEW in answer.headers['Vary']


@pytest.mark.parametrize('version', [
    'x', '2', '2.', '.1', '2.1.1', '2.x', '-2.1', '2.01', '2.1_0', '02.1', '2.-1', '2 .1', 'two',
    '2.' + '9' * 5000])
@pytest.mark.parametrize('header', [NEW, OLD])
def test_what_is_no_version_is_a_400(cloud, header, version):
    answer = asked(cloud, {header: f'compute {version}' if header == NEW else version})
    assert answer.status_code == 400
    assert 'is of invalid format' in answer.json()['badRequest']['message']


@pytest.mark.parametrize(('method', 'path', 'status'), [
    ('GET', '/servers/nobody', 404), ('GET', '/nowhere', 404), ('PATCH', '/servers', 405),
    ('POST', '/servers', 400), ('GET', '/servers?limit=x', 400),
    ('GET', '/servers?all_tenants=1', 403)])
def test_errors_name_the_version_too(cloud, method, path, status):
    answer = cloud.request(method, path, version='2.60')
    assert answer.status_code == status
    assert answer.headers[NEW] == 'compute 2.60'
    assert answer.headers[OLD] == '2.60'
    assert NEW in answer.headers['Vary']


def test_the_project_may_be_named_in_the_path_and_then_is_in_links(cloud):
    project = cloud.connection().current_project_id
    for path in (f'/{project}/servers', f'/{project}/servers/detail', f'/{project}/flavors/42'):
        assert cloud.request('GET', path, version='2.1').status_code == 200
    server = cloud.boot()
    shown = cloud.get(f'/{project}/servers/{server}')['server']
    assert shown['links'][0]['href'] == f'{cloud.url}/compute/v2.1/{project}/servers/{server}'
    assert shown['links'][1]['href'] == f'{cloud.url}/compute/servers/{server}'


def test_another_project_in_the_path_is_refused(cloud):
    answer = cloud.request('GET', f'/{"f" * 32}/servers')
    assert answer.status_code == 400
    assert "doesn't match Context's project_id" in answer.json()['badRequest']['message']


def test_version_documents_need_no_token(cloud):
    body = requests.get(f'{cloud.url}/compute/', timeout=30).json()
    new = next(one for one in body['versions'] if one['id'] == 'v2.1')
    assert (new['status'], new['version'], new['min_version']) == ('CURRENT', '2.104', '2.1')
    assert new['links'] == [{'rel': 'self', 'href': f'{cloud.url}/compute/v2.1/'}]
    for path in ('/v2.1', '/v2.1/'):
        shown = requests.get(f'{cloud.url}/compute{path}', timeout=30).json()['version']
        assert (shown['id'], shown['version'], shown['min_version']) == ('v2.1', '2.104', '2.1')


def test_nothing_else_is_shown_without_a_token(cloud):
    for headers in ({}, {'X-Auth-Token': 'nobody'}):
        answer = requests.get(f'{cloud.url}/compute/v2.1/servers', headers=headers, timeout=30)
        assert answer.status_code == 401
        assert answer.json()['unauthorized']['code'] == 401
        assert 'WWW-Authenticate' in answer.headers


# What a version shows of a server: the keys of Nova's samples

FIRST = {
    'OS-DCF:diskConfig', 'OS-EXT-AZ:availability_zone', 'OS-EXT-SRV-ATTR:host',
    'OS-EXT-SRV-ATTR:hypervisor_hostname', 'OS-EXT-SRV-ATTR:instance_name',
    'OS-EXT-STS:power_state', 'OS-EXT-STS:task_state', 'OS-EXT-STS:vm_state',
    'OS-SRV-USG:launched_at', 'OS-SRV-USG:terminated_at', 'accessIPv4', 'accessIPv6',
    'addresses', 'config_drive', 'created', 'flavor', 'hostId', 'id', 'image', 'key_name',
    'links', 'metadata', 'name', 'os-extended-volumes:volumes_attached', 'progress',
    'security_groups', 'status', 'tenant_id', 'updated', 'user_id'}
#: What came with a version, for administrators.
CAME = {
    3: {f'OS-EXT-SRV-ATTR:{name}' for name in (
        'hostname', 'kernel_id', 'launch_index', 'ramdisk_id', 'reservation_id',
        'root_device_name', 'user_data')},
    9: {'locked'}, 16: {'host_status'}, 19: {'description'}, 26: {'tags'},
    63: {'trusted_image_certificates'}, 71: {'server_groups'}, 73: {'locked_reason'},
    96: {'pinned_availability_zone'}, 100: {'scheduler_hints'}}
#: Not for everybody; the hostname is, from 2.90 on.
INSIDE = {'host_status', *(name for name in FIRST | CAME[3] if name.startswith('OS-EXT-SRV-ATTR'))}
#: What PUT showed before 2.75.
CHANGED = {
    'OS-DCF:diskConfig', 'accessIPv4', 'accessIPv6', 'addresses', 'created', 'flavor', 'hostId',
    'id', 'image', 'links', 'metadata', 'name', 'progress', 'status', 'tenant_id', 'updated',
    'user_id'}
CAME_TO_PUT = {9, 19, 26, 63, 71, 73}
MINORS = sorted({1, 75, 89, 90, 104, *CAME, *(minor - 1 for minor in CAME)})


def keys(minor, came=CAME, first=FIRST):
    return first.union(*(names for since, names in came.items() if since <= minor))


@pytest.fixture(scope='module')
def server(shared_cloud):
    server = shared_cloud.boot()
    yield server
    shared_cloud.wipe()


@pytest.mark.parametrize('minor', MINORS)
def test_a_server_shows_what_its_version_has(shared_cloud, server, minor):
    cloud, version = shared_cloud, f'2.{minor}'
    assert set(cloud.show(server, version=version)) == keys(minor)
    hidden = INSIDE - ({'OS-EXT-SRV-ATTR:hostname'} if minor >= 90 else set())
    assert set(cloud.show(server, who='demo', version=version)) == keys(minor) - hidden
    (listed,) = cloud.get('/servers/detail', version=version)['servers']
    assert set(listed) == keys(minor) - hidden - {'server_groups'}
    answer = cloud.request('PUT', f'/servers/{server}', {'server': {'name': 'web'}},
                           version=version, who='admin')
    came = {since: CAME[since] for since in CAME_TO_PUT}
    assert set(answer.json()['server']) == (
        keys(minor) if minor >= 75 else keys(minor, came, CHANGED))


def test_the_flavor_is_a_link_until_2_46_and_embedded_after(shared_cloud, server):
    flavor = shared_cloud.show(server, version='2.46')['flavor']
    assert set(flavor) == {'id', 'links'}
    flavor = shared_cloud.show(server, version='2.47')['flavor']
    assert set(flavor) == {
        'original_name', 'ram', 'vcpus', 'disk', 'ephemeral', 'swap', 'extra_specs'}


def test_the_image_shows_its_properties_from_2_98_on(shared_cloud, server):
    assert set(shared_cloud.show(server, version='2.97')['image']) == {'id', 'links'}
    assert set(shared_cloud.show(server, version='2.98')['image']) == {
        'id', 'links', 'properties'}


# What a version takes

@pytest.mark.parametrize(('version', 'more', 'field'), [
    ('2.18', {'description': 'x'}, 'description'), ('2.89', {'hostname': 'x'}, 'hostname'),
    ('2.93', {'hostname': 'a.b'}, 'hostname'), ('2.36', {'networks': 'auto'}, 'networks'),
    ('2.37', {'networks': None}, 'networks')])
def test_a_body_of_another_version_is_refused(cloud, version, more, field):
    before = cloud.get('/servers')
    if version not in ('2.36', '2.37'):
        more = more | ({'networks': []} if version == '2.18' else {'networks': 'none'})
    answer = cloud.create(version=version, **more)
    assert answer.status_code == 400
    assert field in answer.json()['badRequest']['message']
    assert cloud.get('/servers') == before


def test_networks_are_required_from_2_37_on(cloud):
    image = cloud.show(cloud.boot())['image']['id']
    body = {'server': {'name': 'x', 'flavorRef': '42', 'imageRef': image}}
    answer = cloud.request('POST', '/servers', body, version='2.37')
    assert answer.status_code == 400
    assert "'networks' is a required property" in answer.json()['badRequest']['message']
    assert cloud.request('POST', '/servers', body, version='2.36').status_code == 202


def test_a_status_filter_no_server_can_have_is_refused_from_2_38_on(cloud):
    assert cloud.get('/servers?status=NONSENSE', version='2.37') == {'servers': []}
    assert cloud.request('GET', '/servers?status=NONSENSE', version='2.38').status_code == 400


def test_unknown_parameters_are_refused_from_2_75_on(cloud):
    assert cloud.request('GET', '/servers?nonsense=1', version='2.74').status_code == 200
    answer = cloud.request('GET', '/servers?nonsense=1', version='2.75')
    assert answer.status_code == 400
    assert 'nonsense' in answer.json()['badRequest']['message']
