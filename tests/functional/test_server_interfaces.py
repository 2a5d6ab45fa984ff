"""The ports a server is plugged into, as they come and go while it runs."""

import pytest

from tests.functional import at_rest
from tests.functional.conftest import said

PATH = '/servers/{}/os-interface'


@pytest.fixture
def network(cloud):
    """A network of the project's own, with its addresses; cleared afterwards."""
    sdk = cloud.connection().network
    network = sdk.create_network(name='more')
    sdk.create_subnet(network_id=network.id, cidr='10.9.0.0/29', ip_version=4)
    yield network
    cloud.wipe()
    for port in list(sdk.ports(network_id=network.id)):
        sdk.delete_port(port)
    sdk.delete_network(network)


def booted(cloud):
    private = cloud.connection().network.find_network('private')
    return cloud.boot(networks=[{'uuid': private.id}])


def attach(cloud, server, version='latest', who='demo', **wanted):
    return cloud.request('POST', PATH.format(server), {'interfaceAttachment': wanted},
                         version=version, who=who)


def interfaces(cloud, server, **more):
    return cloud.get(PATH.format(server), **more)['interfaceAttachments']


def plugs(cloud, server):
    """The ports the guest is plugged into, as the hypervisor knows them."""
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    guest = cloud.services.worker.drivers[host].guests()[server]
    return {nic['port_id'] for nic in guest['nics']}


def test_an_interface_is_there_when_it_is_answered_and_gone_when_it_was_detached(cloud, network):
    server = booted(cloud)
    answer = attach(cloud, server, net_id=network.id, tag='second',
                    fixed_ips=[{'ip_address': '10.9.0.4'}])
    assert answer.status_code == 200
    shown = answer.json()['interfaceAttachment']
    assert (shown['net_id'], shown['port_state'], shown['tag']) == (network.id, 'ACTIVE', 'second')
    assert [ip['ip_address'] for ip in shown['fixed_ips']] == ['10.9.0.4']
    cloud.settle(server)
    at_rest.check(cloud)
    port = shown['port_id']
    assert [one['addr'] for one in cloud.show(server)['addresses']['more']] == ['10.9.0.4']
    assert cloud.get(f'{PATH.format(server)}/{port}') == {'interfaceAttachment': shown}
    assert shown in interfaces(cloud, server) and len(interfaces(cloud, server)) == 2
    assert port in plugs(cloud, server)

    assert cloud.request('DELETE', f'{PATH.format(server)}/{port}').status_code == 202
    cloud.settle(server)
    at_rest.check(cloud)
    assert 'more' not in cloud.show(server)['addresses']
    assert port not in plugs(cloud, server)
    assert list(cloud.connection().network.ports(network_id=network.id)) == []
    assert cloud.actions(server)[1:] == [('attach_interface', None), ('detach_interface', None)]


def test_several_interfaces_may_be_attached_one_right_after_the_other(cloud, network):
    server = cloud.boot(networks='none')
    compute = cloud.connection().compute
    made = [compute.create_server_interface(server, net_id=network.id) for _ in range(3)]
    assert len({one.port_id for one in made}) == 3
    assert len(list(compute.server_interfaces(server))) == 3
    at_rest.check(cloud)


def test_a_port_of_ones_own_stays_when_it_was_detached(cloud, network):
    server = booted(cloud)
    port = cloud.connection().network.create_port(network_id=network.id)
    assert attach(cloud, server, port_id=port.id).status_code == 200
    cloud.settle(server)
    assert said(attach(cloud, server, port_id=port.id), 409) == f'Port {port.id} is still in use.'
    cloud.request('DELETE', f'{PATH.format(server)}/{port.id}')
    cloud.settle(server)
    assert cloud.connection().network.get_port(port.id).device_id == ''


def test_a_tag_is_taken_since_2_49_and_shown_since_2_70(cloud, network):
    server = cloud.boot(networks='none')
    message = said(attach(cloud, server, '2.48', net_id=network.id, tag='x'), 400)
    assert "'tag' was unexpected" in message
    assert 'tag' not in attach(
        cloud, server, '2.49', net_id=network.id, tag='x').json()['interfaceAttachment']
    assert [one['tag'] for one in interfaces(cloud, server, version='2.70')] == ['x']
    assert 'tag' not in interfaces(cloud, server, version='2.69')[0]


def test_what_cannot_be_attached_is_refused_in_novas_words(cloud, network):
    server = booted(cloud)
    nowhere = '12345678-1234-4234-8234-123456789012'
    before = at_rest.picture(cloud)
    for wanted, status, message in (
            ({'net_id': network.id, 'port_id': nowhere}, 400,
             'Must not input both network_id and port_id'),
            ({'fixed_ips': [{'ip_address': '10.9.0.4'}]}, 400,
             'Must input network_id when request IP address'),
            ({}, 400, 'More than one possible network found. Specify network ID(s) to select '
                      'which one(s) to connect to.'),
            ({'net_id': nowhere}, 404, f'Network {nowhere} could not be found.'),
            ({'port_id': nowhere}, 404, f'Port {nowhere} could not be found.')):
        assert said(attach(cloud, server, **wanted), status) == message
    assert 'fixed_ips' in said(attach(cloud, server, fixed_ips=[]), 400)
    assert at_rest.picture(cloud) == before
    taken = attach(cloud, server, net_id=network.id, fixed_ips=[{'ip_address': '10.9.0.4'}])
    assert taken.status_code == 200
    cloud.settle(server)
    answer = attach(cloud, server, net_id=network.id, fixed_ips=[{'ip_address': '10.9.0.4'}])
    assert said(answer, 409) == 'Fixed IP address 10.9.0.4 is already in use.'


def test_a_network_without_addresses_left_is_a_bad_request(cloud, network):
    server = cloud.boot(networks='none')
    for _ in range(5):
        assert attach(cloud, server, net_id=network.id).status_code == 200
        cloud.settle(server)
    assert said(attach(cloud, server, net_id=network.id), 400) == (
        f'No fixed IP addresses available for network: {network.id}')


def test_interfaces_of_others_and_of_locked_servers_are_left_alone(cloud, network):
    server, other = booted(cloud), booted(cloud)
    port = interfaces(cloud, other)[0]['port_id']
    path = f'{PATH.format(server)}/{port}'
    assert said(cloud.request('GET', path), 404) == (
        f'Instance {server} does not have a port with id {port}')
    assert said(cloud.request('DELETE', path), 404) == f'Port {port} could not be found.'
    assert cloud.request('GET', PATH.format(server), who='other').status_code == 404
    assert attach(cloud, server, who='other', net_id=network.id).status_code == 404
    cloud.act(server, 'lock')
    assert said(attach(cloud, server, net_id=network.id), 409) == f'Instance {server} is locked'


def test_a_port_that_is_deleted_on_its_network_leaves_the_server(cloud, network):
    server = booted(cloud)
    port = attach(cloud, server, net_id=network.id).json()['interfaceAttachment']['port_id']
    cloud.settle(server)
    cloud.connection().network.delete_port(port)
    at_rest.check(cloud)
    assert 'more' not in cloud.show(server)['addresses']


def test_a_port_that_gets_other_addresses_shows_them_in_the_server(cloud, network):
    server = cloud.boot(networks=[{'uuid': network.id}])
    port = interfaces(cloud, server)[0]['port_id']
    cloud.connection().network.update_port(port, fixed_ips=[{'ip_address': '10.9.0.6'}])
    assert [one['addr'] for one in cloud.show(server)['addresses']['more']] == ['10.9.0.6']


def test_a_resized_server_takes_its_interfaces_along(cloud, network):
    server = booted(cloud)
    attach(cloud, server, net_id=network.id)
    cloud.settle(server)
    ports = {one['port_id'] for one in interfaces(cloud, server)}
    cloud.act(server, 'resize', {'flavorRef': '1'})
    assert plugs(cloud, server) == ports
