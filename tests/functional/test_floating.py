"""Routers, and addresses outside that lead to servers inside."""

import pytest
from openstack import exceptions

from novalite.db import floating
from novalite.db import network_quotas as quotas
from tests.functional import at_rest
from tests.functional.conftest import said


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


# By the actions of compute, until 2.43

def ask(cloud, server, verb, **value):
    return cloud.ask(server, verb, value, version='2.43')


def test_an_action_lets_an_address_float_to_a_server_and_away(cloud, network, public):
    server, other = cloud.boot(), cloud.boot()
    ((_, fixed),) = shown(cloud, server)
    address = network.create_ip(floating_network_id=public).floating_ip_address
    assert ask(cloud, server, 'addFloatingIp', address=address).status_code == 202
    assert shown(cloud, server) == [('fixed', fixed), ('floating', address)]
    assert said(ask(cloud, other, 'removeFloatingIp', address=address), 409) == (
        f'Floating IP {address} is not associated with instance {other}.')
    answer = ask(cloud, other, 'addFloatingIp', address=address, fixed_address=fixed)
    assert said(answer, 400) == 'Specified fixed address not assigned to instance'
    assert ask(cloud, other, 'addFloatingIp', address=address).status_code == 202
    assert shown(cloud, server) == [('fixed', fixed)]
    assert ask(cloud, other, 'removeFloatingIp', address=address).status_code == 202
    assert len(shown(cloud, other)) == 1
    assert said(ask(cloud, server, 'addFloatingIp', address='172.24.4.99'), 404) == (
        'floating IP not found')
    lonely = cloud.boot(networks=[{'uuid': network.find_network('shared').id}])
    message = said(ask(cloud, lonely, 'addFloatingIp', address=address), 400)
    assert message.startswith(f'Unable to associate floating IP {address} to fixed IP 192.168.')
    assert cloud.ask(server, 'addFloatingIp', {'address': address}, version='2.44').status_code \
        == 404


def test_an_action_gives_a_server_an_address_more_and_takes_it(cloud, network, public):
    server = cloud.boot()
    ((_, fixed),) = shown(cloud, server)
    private = network.find_network('private').id
    assert ask(cloud, server, 'addFixedIp', networkId=private).status_code == 202
    one, two = shown(cloud, server)
    assert one == ('fixed', fixed) and two[0] == 'fixed'
    address = network.create_ip(floating_network_id=public).floating_ip_address
    assert ask(cloud, server, 'addFloatingIp', address=address,
               fixed_address=two[1]).status_code == 202
    assert shown(cloud, server) == [one, two, ('floating', address)]
    assert ask(cloud, server, 'removeFixedIp', address=two[1]).status_code == 202
    assert shown(cloud, server) == [one]
    assert said(ask(cloud, server, 'removeFixedIp', address=two[1]), 400) == (
        f"Instance {server} doesn't have fixed IP '{two[1]}'.")
    assert said(ask(cloud, server, 'addFixedIp', networkId=public), 404) == (
        f'Network could not be found for instance {server}.')
    cloud.act(server, 'suspend')
    assert said(ask(cloud, server, 'addFixedIp', networkId=private), 409) == (
        f"Cannot 'add_fixed_ip' instance {server} while it is in vm_state suspended")
    at_rest.check(cloud)


def test_a_server_is_put_into_security_groups_and_taken_out(cloud, network):
    server = cloud.boot()
    group = network.create_security_group(name='web')
    network.create_security_group_rule(
        security_group_id=group.id, direction='ingress', protocol='tcp', port_range_min=80,
        port_range_max=80, remote_ip_prefix='0.0.0.0/0')
    path = f'/servers/{server}/os-security-groups'
    assert [one['name'] for one in cloud.get(path)['security_groups']] == ['default']
    assert cloud.ask(server, 'addSecurityGroup', {'name': 'web'}).status_code == 202
    assert cloud.ask(server, 'addSecurityGroup', {'name': 'web'}).status_code == 202
    assert cloud.show(server)['security_groups'] == [{'name': 'default'}, {'name': 'web'}]
    web = cloud.get(path)['security_groups'][1]
    assert (web['id'], web['tenant_id']) == (group.id, cloud.connection().current_project_id)
    (rule,) = web['rules']
    assert (rule['from_port'], rule['ip_range'], rule['group']) == (80, {'cidr': '0.0.0.0/0'}, {})
    assert group.id in port_of(network, server).security_group_ids
    assert cloud.ask(server, 'removeSecurityGroup', {'name': 'web'}).status_code == 202
    assert cloud.show(server)['security_groups'] == [{'name': 'default'}]
    assert said(cloud.ask(server, 'removeSecurityGroup', {'name': 'web'}), 404) == (
        f'Security group web not associated with the instance {server}')
    assert said(cloud.ask(server, 'addSecurityGroup', {'name': 'nope'}), 404) == (
        f'Security group nope not found for project {cloud.connection().current_project_id}.')
    network.update_port(port_of(network, server), security_groups=[group.id])
    assert cloud.show(server)['security_groups'] == [{'name': 'web'}]
    assert cloud.request('GET', path, who='other').status_code == 404
    cloud.wipe()
    network.delete_security_group(group)


def test_a_reset_of_the_network_is_gone_and_injecting_is_for_administrators(cloud):
    server = cloud.boot()
    assert cloud.ask(server, 'resetNetwork', who='admin').status_code == 410
    assert cloud.ask(server, 'injectNetworkInfo', who='admin').status_code == 202
    assert cloud.ask(server, 'injectNetworkInfo').status_code == 403
