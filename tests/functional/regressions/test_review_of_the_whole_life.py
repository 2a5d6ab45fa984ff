"""What a second pair of eyes found in the whole life of a server: each test failed once."""

import logging

import pytest

from novalite.db import volumes as store

LONG = '9' * 5000
NOBODY = '00000000-0000-4000-8000-000000000000'


def refused(answer, status=400):
    assert answer.status_code == status, answer.text[:1000]


def call(cloud, method, path, json=None, who='demo'):
    """A request to a neighbour."""
    return cloud.connection(who).session.request(
        cloud.url + path, method, json=json, raise_exc=False,
        headers={'OpenStack-API-Version': 'volume 3.70'})


# Numbers that Python does not read, or databases do not keep

def test_nobody_asks_for_a_console_by_thousands_of_digits(cloud):
    refused(cloud.ask(cloud.boot(), 'os-getConsoleOutput', {'length': LONG}))


def test_a_group_has_no_limit_of_thousands_of_digits(cloud):
    refused(cloud.request('POST', '/os-server-groups', {'server_group': {
        'name': 'g', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': LONG}}}))


def test_beyond_the_end_of_a_list_there_is_nothing(cloud):
    found = cloud.get(f'/os-server-groups?offset={10 ** 30}', version='2.1')
    assert found == {'server_groups': []}


@pytest.mark.parametrize('number', [2 ** 63, 10 ** 30, LONG])
def test_there_are_no_migrations_and_aggregates_of_such_numbers(cloud, number):
    server = cloud.boot()
    path = f'/servers/{server}/migrations/{number}'
    refused(cloud.request('GET', path, who='admin'), 404)
    refused(cloud.request('DELETE', path, who='admin'), 404)
    refused(cloud.request('POST', f'{path}/action', {'force_complete': None}, who='admin'), 404)
    refused(cloud.request('GET', f'/os-aggregates/{number}', who='admin'), 404)


@pytest.mark.parametrize('key', ['volume_size', 'boot_index'])
def test_no_disk_has_a_number_of_thousands_of_digits(cloud, key):
    disk = {'source_type': 'blank', 'destination_type': 'volume', 'volume_size': 1,
            'boot_index': None}
    refused(cloud.create(block_device_mapping_v2=[disk | {key: LONG}]))


@pytest.mark.parametrize('size', [2 ** 31, 10 ** 30, str(10 ** 30)])
def test_no_volume_has_more_gibibytes_than_the_database_has_numbers(cloud, size):
    project = cloud.connection().current_project_id
    quota = f'/volume/v3/os-quota-sets/{project}'
    call(cloud, 'PUT', quota, {'quota_set': {'gigabytes': -1}}, 'admin')
    refused(cloud.request('POST', '/os-volumes', {'volume': {'size': size}}, version='2.1'))
    call(cloud, 'DELETE', quota, None, 'admin')


@pytest.mark.parametrize('path', ['/volume/v3/volumes', '/networking/v2.0/routers'])
def test_a_page_of_a_neighbour_may_be_asked_to_have_any_size(cloud, path):
    assert call(cloud, 'GET', f'{path}?limit={LONG}').status_code == 200


# Other things that the volume service took

@pytest.mark.parametrize('text', ['[' * 5000, '{"a":' * 3000])
def test_a_deep_filter_of_volumes_is_refused(cloud, text):
    refused(call(cloud, 'GET', f'/volume/v3/volumes?metadata={text}'))


@pytest.mark.parametrize('name', ['host', 'mountpoint'])
@pytest.mark.parametrize('value', [{}, ['x'], 7, 'x' * 256])
def test_a_connector_is_made_of_texts(cloud, name, value):
    volume = cloud.connection().block_storage.create_volume(size=1).id
    refused(call(cloud, 'POST', '/volume/v3/attachments', {'attachment': {
        'volume_uuid': volume, 'instance_uuid': NOBODY, 'connector': {name: value}}}))
    with cloud.services.db.read() as connection:
        assert store.get(connection, volume).status == 'available'


@pytest.mark.parametrize('name', ['disk_format', 'container_format'])
def test_a_volume_becomes_no_image_of_an_unknown_format(cloud, name):
    volume = cloud.connection().block_storage.create_volume(size=1).id
    refused(call(cloud, 'POST', f'/volume/v3/volumes/{volume}/action', {
        'os-volume_upload_image': {'image_name': 'x', name: 'x' * 100}}))


def test_no_project_with_a_long_name_has_volume_quotas(cloud):
    refused(call(cloud, 'PUT', '/volume/v3/os-quota-sets/' + 'x' * 65,
                 {'quota_set': {'volumes': 1}}, 'admin'))


# Secrets

def test_the_log_does_not_tell_the_token_of_a_console(cloud, caplog):
    caplog.set_level(logging.INFO)
    answer = cloud.request('POST', f'/servers/{cloud.boot()}/remote-consoles', {
        'remote_console': {'protocol': 'serial', 'type': 'serial'}})
    _, _, token = answer.json()['remote_console']['url'].rpartition('token=')
    cloud.get(f'/os-console-auth-tokens/{token}', who='admin')
    assert '/os-console-auth-tokens/***' in caplog.text
    assert token not in caplog.text


# What belongs to others

@pytest.fixture
def foreign_network(cloud):
    """A network with a subnet of another project."""
    network = cloud.connection('other').network
    made = network.create_network(name='theirs')
    network.create_subnet(network_id=made.id, ip_version=4, cidr='10.9.0.0/24')
    yield made.id
    for port in list(network.ports(network_id=made.id)):
        network.delete_port(port)
    network.delete_network(made)


def test_nobody_plugs_ports_into_the_server_of_another(cloud, foreign_network):
    server = cloud.boot()
    before = cloud.get(f'/servers/{server}/os-interface')
    port = {'network_id': foreign_network, 'device_id': server, 'device_owner': 'compute:nova'}
    path = '/networking/v2.0/ports'
    refused(call(cloud, 'POST', path, {'port': port}, 'other'), 409)
    own = cloud.connection('other').network.create_port(network_id=foreign_network)
    refused(call(cloud, 'PUT', f'{path}/{own.id}', {'port': {'device_id': server}}, 'other'), 409)
    assert cloud.get(f'/servers/{server}/os-interface') == before


def test_nobody_plugs_ports_into_the_router_of_another(cloud, foreign_network):
    network = cloud.connection().network
    router = network.create_router(name='mine')
    refused(call(cloud, 'POST', '/networking/v2.0/ports', {'port': {
        'network_id': foreign_network, 'device_id': router.id,
        'device_owner': 'network:router_interface'}}, 'other'), 409)
    network.delete_router(router)


def test_nobody_takes_the_gateway_of_a_network_of_another(cloud):
    network = cloud.connection().network
    router = network.create_router(name='mine')
    public = network.find_network('public')
    subnet = next(network.subnets(network_id=public.id, ip_version=4))
    answer = call(cloud, 'PUT', f'/networking/v2.0/routers/{router.id}/add_router_interface',
                  {'subnet_id': subnet.id})
    refused(answer)
    assert 'not owned by project' in answer.text
    network.delete_router(router)
