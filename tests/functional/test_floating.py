"""Routers, and addresses outside that lead to servers inside."""

import pytest
from openstack import exceptions

from novalite.db import floating
from novalite.neighbours.networks import quotas
from tests.functional import at_rest


@pytest.fixture
def network(cloud):
    """The network part of openstacksdk, and no router or floating address afterwards but ours."""
    sdk = cloud.connection().network
    yield sdk
    for one in list(sdk.ips()):
        sdk.delete_ip(one)
    for router in list(sdk.routers()):
        if router.name != 'router1':
            for port in list(sdk.ports(device_id=router.id,
                                       device_owner='network:router_interface')):
                sdk.remove_interface_from_router(router, port_id=port.id)
            sdk.delete_router(router)


@pytest.fixture
def public(network):
    return network.find_network('public').id


def shown(cloud, server, network='private'):
    """(type, address) of what the server shows on a network, IPv4 only."""
    return [(one['OS-EXT-IPS:type'], one['addr'])
            for one in cloud.show(server)['addresses'][network] if one['version'] == 4]


def port_of(network, server):
    return next(network.ports(device_id=server))


def test_a_floating_address_shows_in_the_server_until_it_is_taken_away(cloud, network, public):
    server = cloud.boot()
    ((_, fixed),) = shown(cloud, server)
    made = network.create_ip(floating_network_id=public)
    assert (made.status, made.port_id, made.fixed_ip_address) == ('DOWN', None, None)
    assert made.floating_ip_address.startswith('172.24.4.')

    led = network.update_ip(made, port_id=port_of(network, server).id)
    assert (led.status, led.fixed_ip_address) == ('ACTIVE', fixed)
    assert led.router_id == network.find_router('router1').id
    assert led.port_details['device_id'] == server
    assert shown(cloud, server) == [('fixed', fixed), ('floating', made.floating_ip_address)]

    network.update_ip(made, port_id=None)
    assert shown(cloud, server) == [('fixed', fixed)]
    assert network.get_ip(made.id).status == 'DOWN'
    at_rest.check(cloud)


def test_a_server_that_goes_lets_go_of_its_floating_address(cloud, network, public):
    server = cloud.boot()
    made = network.create_ip(floating_network_id=public, port_id=port_of(network, server).id)
    assert made.status == 'ACTIVE'
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    left = network.get_ip(made.id)
    assert (left.status, left.port_id, left.fixed_ip_address, left.router_id) == (
        'DOWN', None, None, None)


def test_a_resize_keeps_the_floating_address(cloud, network, public):
    server = cloud.boot()
    network.create_ip(floating_network_id=public, port_id=port_of(network, server).id)
    before = shown(cloud, server)
    cloud.act(server, 'resize', {'flavorRef': '1'})
    assert shown(cloud, server) == before and len(before) == 2


def test_a_floating_address_that_is_deleted_is_free_for_the_next(cloud, network, public):
    server = cloud.boot()
    made = network.create_ip(floating_network_id=public, port_id=port_of(network, server).id)
    network.delete_ip(made)
    assert len(shown(cloud, server)) == 1
    assert network.find_ip(made.id) is None
    with cloud.services.db.read() as connection:
        assert floating.of_port(connection, port_of(network, server).id) == []
    admin = cloud.connection('admin').network
    again = admin.create_ip(floating_network_id=public,
                            floating_ip_address=made.floating_ip_address)
    admin.delete_ip(again)


def test_what_cannot_float_is_refused_in_neutrons_words(cloud, network, public):
    server = cloud.boot()
    port = port_of(network, server)
    private = network.find_network('private').id
    with pytest.raises(exceptions.BadRequestException, match='not a valid external network'):
        network.create_ip(floating_network_id=private)
    first = network.create_ip(floating_network_id=public, port_id=port.id)
    with pytest.raises(exceptions.ConflictException, match='already has a floating IP'):
        network.create_ip(floating_network_id=public, port_id=port.id)
    assert [one.id for one in network.ips()] == [first.id]
    with pytest.raises(exceptions.BadRequestException, match='does not have fixed ip 10.0.9.9'):
        network.update_ip(first, port_id=port.id, fixed_ip_address='10.0.9.9')
    with pytest.raises(exceptions.ForbiddenException):
        network.create_ip(floating_network_id=public, floating_ip_address='172.24.4.200')
    assert cloud.connection('other').network.find_ip(first.id) is None
    shared = network.find_network('shared').id
    lonely = cloud.boot(networks=[{'uuid': shared}])
    with pytest.raises(exceptions.NotFoundException, match='is not reachable from subnet'):
        network.create_ip(floating_network_id=public, port_id=port_of(network, lonely).id)


def test_a_router_leads_a_network_of_ones_own_outside(cloud, network, public):
    inside = network.create_network(name='inside')
    subnet = network.create_subnet(network_id=inside.id, cidr='10.8.0.0/24', ip_version=4)
    router = network.create_router(name='mine', external_gateway_info={'network_id': public})
    assert router.status == 'ACTIVE'
    assert router.external_gateway_info['network_id'] == public
    assert router.external_gateway_info['external_fixed_ips']
    told = network.add_interface_to_router(router, subnet_id=subnet.id)
    assert told['subnet_id'] == subnet.id
    assert network.get_port(told['port_id']).fixed_ips[0]['ip_address'] == '10.8.0.1'
    with pytest.raises(exceptions.BadRequestException, match='already has a port on subnet'):
        network.add_interface_to_router(router, subnet_id=subnet.id)
    with pytest.raises(exceptions.ConflictException, match='cannot be deleted directly'):
        network.delete_port(told['port_id'])
    server = cloud.boot(networks=[{'uuid': inside.id}])
    made = network.create_ip(floating_network_id=public, port_id=port_of(network, server).id)
    assert made.router_id == router.id
    for refused in (lambda: network.remove_interface_from_router(router, subnet_id=subnet.id),
                    lambda: network.update_router(router, external_gateway_info={}),
                    lambda: network.delete_router(router, ignore_missing=False)):
        with pytest.raises(exceptions.ConflictException):
            refused()
    network.delete_ip(made)
    cloud.wipe()
    network.remove_interface_from_router(router, subnet_id=subnet.id)
    network.update_router(router, external_gateway_info={})
    assert network.get_router(router.id).external_gateway_info is None
    network.delete_router(router)
    network.delete_network(inside)


def test_routers_are_their_projects(cloud, network):
    router = network.create_router(name='mine')
    assert cloud.connection('other').network.find_router(router.id) is None
    assert cloud.connection('admin').network.find_router(router.id).id == router.id
    assert [one.name for one in network.routers(name='mine')] == ['mine']
    assert network.update_router(router, name='ours', is_admin_state_up=False).name == 'ours'


def test_a_project_has_only_so_many_routers(cloud, network):
    limit = quotas.LIMITS['router']
    for number in range(limit - 1):
        network.create_router(name=f'r{number}')
    with pytest.raises(exceptions.ConflictException, match=r"Quota exceeded for resources: \['ro"):
        network.create_router(name='more')
    assert network.get_quota(cloud.connection().current_project_id,
                             details=True).routers['used'] == limit
