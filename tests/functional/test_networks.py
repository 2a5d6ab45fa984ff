"""The network neighbour, through openstacksdk and plain requests, and what servers need of it."""

import threading

from openstack import exceptions
import pytest
import requests

from novalite import context
from novalite import errors
from novalite.db import networks as db_networks
from novalite.neighbours import networks
from tests.functional import neighbour


@pytest.fixture(scope='module')
def neutron(tmp_path_factory):
    neutron = neighbour.Neighbour(networks.app, '/networking', tmp_path_factory.mktemp('neutron'))
    yield neutron
    neutron.close()


@pytest.fixture
def project(neutron):
    return neutron.project()


@pytest.fixture
def cloud(neutron, project):
    with neutron.sdk(project) as cloud:
        yield cloud


@pytest.fixture
def admin(neutron):
    with neutron.sdk(neutron.project(), 'admin,member,reader') as admin:
        yield admin


def network_with(cloud, cidr='10.1.0.0/24', **more):
    network = cloud.network.create_network(name='net')
    subnet = cloud.network.create_subnet(
        network_id=network.id, cidr=cidr, ip_version=6 if ':' in cidr else 4, **more)
    return network, subnet


def addresses(port):
    return [given['ip_address'] for given in port.fixed_ips]


def plug(neutron, project, server='server', host='h1', **more):
    with neutron.db.write() as connection:
        return db_networks.plug(
            connection, neutron.runtime, server=server, project_id=project, host=host,
            zone='nova', **more)


# About the service

def test_the_version_document_needs_no_token(neutron):
    document = requests.get(f'{neutron.url}/')

    assert document.status_code == 200
    version = document.json()['versions'][0]
    assert (version['id'], version['status']) == ('v2.0', 'CURRENT')
    assert version['links'][0]['href'] == f'{neutron.url}/v2.0/'
    assert requests.get(f'{neutron.url}/v2.0').status_code == 200


def test_errors_are_neutrons(neutron, project):
    nobody = requests.get(f'{neutron.url}/v2.0/networks')
    missing = neutron.raw(project).get('/v2.0/networks/gone')
    nowhere = neutron.raw(project).get('/v2.0/nonsense')

    assert (nobody.status_code, nobody.json()['NeutronError']['type']) == (401, 'Unauthorized')
    assert missing.json()['NeutronError'] == {
        'type': 'NetworkNotFound', 'message': 'Network gone could not be found.', 'detail': ''}
    assert (nowhere.status_code, nowhere.json()['NeutronError']['type']) == (404, 'HTTPNotFound')
    for answer in (nobody, missing, nowhere):
        assert answer.headers['x-openstack-request-id'].startswith('req-')


def test_clients_find_the_extensions_they_check(cloud):
    assert cloud.network.find_extension('security-group')
    assert cloud.network.find_extension('qos') is None
    assert [zone.name for zone in cloud.network.availability_zones()] == ['nova']
    assert list(cloud.network.routers()) == list(cloud.network.ips()) == []
    assert list(cloud.network.agents()) == []


def test_a_projects_quota_is_shown_to_it(neutron, cloud, project):
    assert cloud.network.get_quota(project).ports == 500
    assert cloud.network.get_quota_default(project).networks == 100
    assert cloud.network.get_quota(project, details=True).ports['limit'] == 500
    with pytest.raises(exceptions.ForbiddenException):
        cloud.network.get_quota(neutron.project())


def test_a_quota_may_be_reset_by_an_administrator(neutron, cloud, project):
    with pytest.raises(exceptions.ForbiddenException):
        cloud.network.delete_quota(project, ignore_missing=False)
    with neutron.sdk(project, roles='admin') as admin:
        admin.network.delete_quota(project, ignore_missing=False)


# Networks and subnets

def test_a_network_has_its_subnets(cloud, project):
    network, subnet = network_with(cloud)

    network = cloud.network.get_network(network.id)
    assert network.subnet_ids == [subnet.id]
    assert (network.status, network.project_id, network.mtu) == ('ACTIVE', project, 1450)
    assert subnet.gateway_ip == '10.1.0.1'
    assert subnet.allocation_pools == [{'start': '10.1.0.2', 'end': '10.1.0.254'}]
    cloud.network.delete_subnet(subnet)
    cloud.network.delete_network(network)
    assert cloud.network.find_network(network.id) is None


def test_another_projects_network_is_not_there(neutron, cloud, admin):
    network, _subnet = network_with(cloud)
    other = neutron.sdk(neutron.project())

    with pytest.raises(exceptions.NotFoundException):
        other.network.get_network(network.id)
    with pytest.raises(exceptions.NotFoundException):
        other.network.create_port(network_id=network.id)
    assert network.id not in [seen.id for seen in other.network.networks()]
    assert admin.network.get_network(network.id).id == network.id


def test_what_is_an_administrators_is_refused_to_others(cloud, admin):
    with pytest.raises(exceptions.ForbiddenException, match='shared'):
        cloud.network.create_network(name='n', shared=True)
    with pytest.raises(exceptions.ForbiddenException, match='project_id'):
        cloud.network.create_network(name='n', project_id='else')
    shared = admin.network.create_network(name='everyones', shared=True)
    assert cloud.network.get_network(shared.id).is_shared
    with pytest.raises(exceptions.ForbiddenException):
        cloud.network.update_network(shared, name='mine')
    admin.network.delete_network(shared)


def test_a_reader_reads_only(neutron, cloud, project):
    network, _subnet = network_with(cloud)
    reader = neutron.sdk(project, 'reader')

    assert reader.network.get_network(network.id).id == network.id
    with pytest.raises(exceptions.ForbiddenException):
        reader.network.create_network(name='n')


def test_lists_filter_by_any_attribute_and_come_in_pages(neutron, cloud, project):
    made = [cloud.network.create_network(name=f'n{number}') for number in range(5)]

    assert [net.id for net in cloud.network.networks(limit=2)] == [net.id for net in made]
    assert [net.name for net in cloud.network.networks(name='n3')] == ['n3']
    assert [net.name for net in cloud.network.networks(
        sort_key='name', sort_dir='desc', is_shared=False)][0] == 'n4'
    assert list(cloud.network.networks(is_router_external=True)) == []
    raw = neutron.raw(project)
    query = f'id={made[0].id}&id={made[1].id}&tenant_id={project}&fields=id&fields=name'
    assert raw.get(f'/v2.0/networks?{query}').json() == {'networks': [
        {'id': net.id, 'name': net.name} for net in made[:2]]}


@pytest.mark.parametrize('query', [
    'color=red', 'limit=few', 'marker=gone', 'sort_key=color', 'shared=perhaps', 'mtu=big'])
def test_a_malformed_query_is_a_400(neutron, project, query):
    answer = neutron.raw(project).get(f'/v2.0/networks?{query}')

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize('body', [
    '', '{', '[]', '{"network": 5}', '{"network": {"name": 5}}', '{"network": {"mtu": "x"}}',
    '{"network": {"color": "red"}}', '{"network": {"status": "DOWN"}}',
    '{"network": {"project_id": ""}}'])
def test_a_malformed_network_is_a_400(neutron, project, body):
    answer = neutron.raw(project).post('/v2.0/networks', data=body)

    assert answer.status_code == 400
    assert answer.json()['NeutronError']['type'] == 'HTTPBadRequest'


@pytest.mark.parametrize('subnet', [
    {'cidr': '10.0.0.0'*3, 'ip_version': 4},
    {'cidr': '10.0.0.0/24', 'ip_version': 6},
    {'cidr': '10.0.0.0/24', 'ip_version': 4, 'gateway_ip': 'here'},
    {'cidr': '10.0.0.0/24', 'ip_version': 4, 'allocation_pools': [{'start': '10.0.0.9'}]},
    {'cidr': '10.0.0.0/24', 'ip_version': 4,
     'allocation_pools': [{'start': '10.0.1.1', 'end': '10.0.1.9'}]},
    {'cidr': '10.1.0.128/25', 'ip_version': 4},
    {'ip_version': 4},
])
def test_a_malformed_subnet_is_a_400(cloud, subnet):
    network, _subnet = network_with(cloud)

    with pytest.raises(exceptions.BadRequestException):
        cloud.network.create_subnet(network_id=network.id, **subnet)


def test_tags_come_and_go(cloud):
    network, _subnet = network_with(cloud)

    cloud.network.set_tags(network, ['blue', 'green'])
    assert cloud.network.get_network(network.id).tags == ['blue', 'green']
    assert [net.id for net in cloud.network.networks(tags='blue')] == [network.id]


# Ports

def test_a_port_has_a_mac_and_the_next_address(cloud):
    network, subnet = network_with(cloud)

    ports = [cloud.network.create_port(network_id=network.id) for _ in range(3)]

    assert [addresses(port) for port in ports] == [['10.1.0.2'], ['10.1.0.3'], ['10.1.0.4']]
    assert len({port.mac_address for port in ports}) == 3
    assert ports[0].mac_address.startswith('fa:16:3e:')
    assert (ports[0].status, ports[0].device_id) == ('DOWN', '')
    found = cloud.network.ports(fixed_ips='ip_address=10.1.0.3')
    assert [port.id for port in found] == [ports[1].id]
    assert len(list(cloud.network.ports(fixed_ips=f'subnet_id={subnet.id}'))) == 3


def test_a_port_has_an_address_of_each_version(cloud):
    network, _subnet = network_with(cloud)
    cloud.network.create_subnet(
        network_id=network.id, cidr='fd00::/64', ip_version=6, ipv6_address_mode='slaac',
        ipv6_ra_mode='slaac')

    port = cloud.network.create_port(network_id=network.id, mac_address='fa:16:3e:00:00:01')

    assert addresses(port) == ['10.1.0.2', 'fd00::f816:3eff:fe00:1']


def test_an_address_is_free_again_when_its_port_is_gone(cloud):
    network, _subnet = network_with(cloud, '10.1.0.0/29')
    ports = [cloud.network.create_port(network_id=network.id) for _ in range(5)]

    with pytest.raises(exceptions.ConflictException, match='No more IP addresses'):
        cloud.network.create_port(network_id=network.id)
    cloud.network.delete_port(ports[2])
    assert addresses(cloud.network.create_port(network_id=network.id)) == addresses(ports[2])


def test_an_address_may_be_named_and_is_given_once(cloud):
    network, _subnet = network_with(cloud)
    wanted = {'network_id': network.id, 'fixed_ips': [{'ip_address': '10.1.0.77'}]}

    assert addresses(cloud.network.create_port(**wanted)) == ['10.1.0.77']
    with pytest.raises(exceptions.ConflictException, match='10.1.0.77 already allocated'):
        cloud.network.create_port(**wanted)
    for address in ('10.2.0.1', '10.1.0.255', 'here'):
        with pytest.raises(exceptions.BadRequestException):
            cloud.network.create_port(
                network_id=network.id, fixed_ips=[{'ip_address': address}])


def test_a_mac_is_given_once_on_a_network(cloud):
    network, _subnet = network_with(cloud)
    wanted = {'network_id': network.id, 'mac_address': 'fa:16:3e:00:00:01'}
    cloud.network.create_port(**wanted)

    with pytest.raises(exceptions.ConflictException, match='mac address'):
        cloud.network.create_port(**wanted)


def test_a_port_changes(cloud):
    network, _subnet = network_with(cloud)
    port = cloud.network.create_port(network_id=network.id)

    port = cloud.network.update_port(
        port, name='uplink', fixed_ips=[{'ip_address': '10.1.0.9'}], security_groups=[])

    assert (port.name, port.security_group_ids) == ('uplink', [])
    assert addresses(port) == ['10.1.0.9']
    assert port.revision_number == 2


def test_bindings_are_for_administrators(cloud, admin):
    network, _subnet = network_with(cloud)
    port = cloud.network.create_port(network_id=network.id)

    assert port.binding_vif_type is None
    with pytest.raises(exceptions.ForbiddenException):
        cloud.network.update_port(port, binding_host_id='h1')
    bound = admin.network.update_port(port.id, binding_host_id='h1')
    assert (bound.binding_vif_type, bound.status) == ('ovs', 'ACTIVE')
    assert [seen.id for seen in admin.network.ports(**{'binding:host_id': 'h1'})] == [port.id]


def test_what_is_in_use_stays(cloud):
    network, subnet = network_with(cloud)
    cloud.network.create_port(network_id=network.id)

    with pytest.raises(exceptions.ConflictException, match='ports still in use'):
        cloud.network.delete_network(network)
    with pytest.raises(exceptions.ConflictException, match='IP allocation'):
        cloud.network.delete_subnet(subnet)
    assert cloud.network.get_subnet(subnet.id)


# Security groups

def test_each_project_has_a_default_group_with_neutrons_rules(neutron, cloud, project):
    groups = list(cloud.network.security_groups())

    assert [(group.name, group.project_id) for group in groups] == [('default', project)]
    rules = {(rule['direction'], rule['ethertype'], rule['remote_group_id'])
             for rule in groups[0].security_group_rules}
    mine = groups[0].id
    assert rules == {('egress', 'IPv4', None), ('egress', 'IPv6', None),
                     ('ingress', 'IPv4', mine), ('ingress', 'IPv6', mine)}
    network, _subnet = network_with(cloud)
    assert cloud.network.create_port(network_id=network.id).security_group_ids == [mine]


def test_a_group_lets_everything_out_and_takes_rules(cloud):
    group = cloud.network.create_security_group(name='web')
    assert [rule['direction'] for rule in group.security_group_rules] == ['egress', 'egress']

    wanted = {'security_group_id': group.id, 'direction': 'ingress', 'protocol': 'tcp',
              'port_range_min': 80, 'port_range_max': 80, 'remote_ip_prefix': '10.0.0.0/8'}
    rule = cloud.network.create_security_group_rule(**wanted)

    assert rule.ether_type == 'IPv4'
    with pytest.raises(exceptions.ConflictException, match=rule.id):
        cloud.network.create_security_group_rule(**wanted)
    assert len(cloud.network.get_security_group(group.id).security_group_rules) == 3
    cloud.network.delete_security_group_rule(rule)
    cloud.network.delete_security_group(group)
    assert cloud.network.find_security_group(group.id) is None


@pytest.mark.parametrize('rule', [
    {'direction': 'sideways'}, {'protocol': 'smoke'}, {'ethertype': 'IPv5'},
    {'port_range_min': 1, 'port_range_max': 2}, {'protocol': 'tcp', 'port_range_min': 5},
    {'protocol': 'tcp', 'port_range_min': 5, 'port_range_max': 4},
    {'remote_ip_prefix': 'fd00::/64'}, {'remote_ip_prefix': 'everywhere'}])
def test_a_malformed_rule_is_a_400(cloud, rule):
    group = cloud.network.create_security_group(name='web')

    with pytest.raises(exceptions.BadRequestException):
        cloud.network.create_security_group_rule(
            security_group_id=group.id, **{'direction': 'ingress'} | rule)


def test_there_is_one_default_group(cloud):
    group = cloud.network.create_security_group(name='web')
    default = cloud.network.find_security_group('default')

    with pytest.raises(exceptions.ConflictException, match='already exists'):
        cloud.network.create_security_group(name='default')
    for one, name in ((group, 'default'), (default, 'other')):
        with pytest.raises(exceptions.ConflictException, match='not allowed'):
            cloud.network.update_security_group(one, name=name)
    with pytest.raises(exceptions.ConflictException, match='Insufficient rights'):
        cloud.network.delete_security_group(default)


def test_a_group_in_use_stays(cloud):
    network, _subnet = network_with(cloud)
    group = cloud.network.create_security_group(name='web')
    cloud.network.create_port(network_id=network.id, security_groups=[group.id])

    with pytest.raises(exceptions.ConflictException, match='in use'):
        cloud.network.delete_security_group(group)


def test_a_group_is_found_by_name_unless_two_have_it(neutron, cloud, project):
    cloud.network.create_security_group(name='web')
    group = cloud.network.create_security_group(name='web')

    def found(name):
        with neutron.db.write() as connection:
            return db_networks.security_group(connection, neutron.runtime, project, name)

    assert found('default').name == 'default'
    assert found(group.id).id == group.id
    assert found('nonsense') is None
    with pytest.raises(errors.SecurityGroupAmbiguous, match="matching 'web'"):
        found('web')


# What servers need

def test_a_server_gets_a_port_and_gives_it_back(neutron, cloud, project):
    network, subnet = network_with(cloud)
    kept = cloud.network.create_port(network_id=network.id)

    made = plug(neutron, project, network_id=network.id, tag='front')
    lent = plug(neutron, project, port_id=kept.id)

    assert made | {'mac': '', 'port_id': ''} == {
        'port_id': '', 'network_id': network.id, 'network_name': 'net', 'mac': '', 'tag': 'front',
        'created': True, 'ips': [
            {'address': '10.1.0.3', 'subnet_id': subnet.id, 'version': 4}], 'floating': []}
    assert not lent['created']
    ports = list(cloud.network.ports(device_id='server'))
    assert {(port.status, port.device_owner) for port in ports} == {('ACTIVE', 'compute:nova')}
    with neutron.db.write() as connection:
        db_networks.unplug(connection, neutron.runtime, 'server')
    assert cloud.network.find_port(made['port_id']) is None
    kept = cloud.network.get_port(kept.id)
    assert (kept.status, kept.device_id, kept.device_owner) == ('DOWN', '', '')


def test_a_servers_ports_follow_it(neutron, cloud, admin, project):
    network, _subnet = network_with(cloud)
    nic = plug(neutron, project, 'moving', network_id=network.id)

    with neutron.db.write() as connection:
        db_networks.rebind(connection, 'moving', 'h2')

    assert admin.network.get_port(nic['port_id']).binding_host_id == 'h2'


def test_plugging_a_port_again_changes_nothing_and_another_server_may_not(
        neutron, cloud, project):
    network, _subnet = network_with(cloud)
    port = cloud.network.create_port(network_id=network.id)

    first = plug(neutron, project, 'one', port_id=port.id)

    assert plug(neutron, project, 'one', port_id=port.id) == first
    with pytest.raises(errors.PortInUse, match=port.id):
        plug(neutron, project, 'two', port_id=port.id)


def test_why_a_server_cannot_be_plugged_in_is_said_in_computes_words(neutron, cloud, project):
    network, _subnet = network_with(cloud, '10.1.0.0/30')
    plug(neutron, project, network_id=network.id, fixed_ip='10.1.0.2')

    with pytest.raises(errors.FixedIpInUse, match='10.1.0.2 is already in use'):
        plug(neutron, project, network_id=network.id, fixed_ip='10.1.0.2')
    with pytest.raises(errors.NoMoreAddresses, match=f'for network: {network.id}'):
        plug(neutron, project, network_id=network.id)
    with pytest.raises(errors.NetworkNotFound):
        plug(neutron, project, network_id='gone')
    with pytest.raises(errors.PortNotFound):
        plug(neutron, project, port_id='gone')
    with pytest.raises(errors.SecurityGroupNotFound):
        plug(neutron, project, network_id=network.id, security_groups=['gone'])


def test_two_conductors_never_give_one_address_twice(neutron, cloud, project):
    network, _subnet = network_with(cloud)
    given = []

    def conductor(number):
        for turn in range(10):
            nic = plug(neutron, project, f'{number}-{turn}', network_id=network.id)
            given.append(nic['ips'][0]['address'])

    threads = [threading.Thread(target=conductor, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(given) == len(set(given)) == 60


def test_a_fresh_cloud_has_devstacks_networks_once(neutron):
    projects = {name: neutron.project() for name in ('admin', 'demo', 'alt_demo')}
    for _ in range(2):
        with neutron.db.write() as connection:
            db_networks.seed(connection, neutron.runtime, projects)

    def usable(project):
        with neutron.db.read() as connection:
            return [row.name for row in db_networks.usable(connection, projects[project])]

    demo = neutron.sdk(projects['demo'])
    assert sorted(net.name for net in demo.network.networks()) == ['private', 'public', 'shared']
    assert sorted(subnet.name for subnet in demo.network.subnets()) == [
        'ipv6-private-subnet', 'ipv6-public-subnet', 'private-subnet', 'public-subnet',
        'shared-subnet']
    assert (usable('demo'), usable('alt_demo'), usable('admin')) == (
        ['private', 'shared'], ['shared'], ['shared'])
    chosen = {name: plug(neutron, project)['network_name'] for name, project in projects.items()}
    assert chosen == {'demo': 'private', 'alt_demo': 'shared', 'admin': 'shared'}
    versions = [ip['version'] for ip in plug(neutron, projects['demo'])['ips']]
    assert versions == [4, 6]
    assert len(list(demo.network.security_groups())) == 1


def test_a_server_that_names_no_network_needs_one_to_choose(neutron, cloud, project):
    network_with(cloud)
    network_with(cloud)

    with pytest.raises(errors.NetworkAmbiguous, match='Multiple possible networks found'):
        plug(neutron, project)


def test_a_server_may_go_only_where_its_user_may(neutron, cloud, admin, project):
    network, _subnet = network_with(cloud)
    port = cloud.network.create_port(network_id=network.id)
    outside = admin.network.create_network(name='outside', is_router_external=True)
    mine = context.RequestContext(project_id=project, roles=['member'])
    theirs = context.RequestContext(project_id='else', roles=['member'])

    with neutron.db.read() as connection:
        assert db_networks.attachable(
            connection, mine, network.id, external=False).id == network.id
        assert db_networks.attachable_port(connection, mine, port.id).id == port.id
        with pytest.raises(errors.NetworkNotFound):
            db_networks.attachable(connection, theirs, network.id, external=False)
        with pytest.raises(errors.PortNotFound):
            db_networks.attachable_port(connection, theirs, port.id)
        with pytest.raises(errors.ExternalNetworkForbidden):
            db_networks.attachable(connection, mine, outside.id, external=False)


# Trunks

def test_a_trunk_carries_the_networks_of_other_ports(cloud, neutron, project):
    network, _ = network_with(cloud)
    parent, child, other = (cloud.network.create_port(network_id=network.id) for _ in range(3))
    trunk = cloud.network.create_trunk(name='trunk', port_id=parent.id, sub_ports=[
        {'port_id': child.id, 'segmentation_type': 'vlan', 'segmentation_id': 5}])
    assert [one['port_id'] for one in trunk.sub_ports] == [child.id]
    assert cloud.network.get_port(parent).trunk_details['sub_ports'][0]['mac_address'] == (
        child.mac_address)

    def add(port, number):
        cloud.network.add_trunk_subports(trunk, [
            {'port_id': port.id, 'segmentation_type': 'vlan', 'segmentation_id': number}])

    for port, number in ((other, 5), (child, 6), (parent, 7)):
        with pytest.raises(exceptions.ConflictException):
            add(port, number)
    add(other, 6)
    found = cloud.network.get_trunk_subports(trunk)['sub_ports']
    assert [(one['port_id'], one['segmentation_id']) for one in found] == [
        (child.id, 5), (other.id, 6)]
    cloud.network.delete_trunk_subports(trunk, [{'port_id': child.id}])
    assert [one['port_id'] for one in cloud.network.get_trunk(trunk.id).sub_ports] == [other.id]
    with pytest.raises(exceptions.NotFoundException):
        cloud.network.delete_trunk_subports(trunk, [{'port_id': child.id}])
    with pytest.raises(exceptions.ConflictException, match='in use by trunk'):
        cloud.network.delete_port(other)
    assert cloud.network.update_trunk(trunk, name='renamed').name == 'renamed'
    with neutron.sdk(neutron.project()) as theirs:
        assert list(theirs.network.trunks()) == []

    plug(neutron, project, port_id=parent.id)
    with pytest.raises(exceptions.ConflictException, match='in use'):
        cloud.network.delete_trunk(trunk)
    with neutron.db.write() as connection:
        db_networks.unplug(connection, neutron.runtime, 'server')
    cloud.network.delete_trunk(trunk)
    cloud.network.delete_port(other)


def test_a_port_made_for_a_server_stays_while_it_carries_a_trunk(cloud, neutron, project):
    network, _ = network_with(cloud)
    nic = plug(neutron, project, network_id=network.id)
    trunk = cloud.network.create_trunk(port_id=nic['port_id'])
    with neutron.db.write() as connection:
        db_networks.unplug(connection, neutron.runtime, 'server')
    assert cloud.network.get_port(nic['port_id']).device_id == ''
    cloud.network.delete_trunk(trunk)


@pytest.mark.parametrize('sub_port', [
    {}, {'port_id': 'x'}, {'port_id': 'x', 'segmentation_type': 'vlan', 'segmentation_id': 0},
    {'port_id': 'x', 'segmentation_type': 'gre', 'segmentation_id': 1}, {'colour': 'red'}, 'x'])
def test_a_sub_port_that_makes_no_sense_is_refused(neutron, cloud, project, sub_port):
    network, _ = network_with(cloud)
    port = cloud.network.create_port(network_id=network.id)
    answer = neutron.raw(project).post('/v2.0/trunks', json={'trunk': {
        'port_id': port.id, 'sub_ports': [sub_port]}})
    assert answer.status_code == 400 and 'sub_ports' in answer.text


# Bindings

def test_a_port_may_be_bound_to_the_host_its_server_moves_to(cloud, admin):
    network, _ = network_with(cloud)
    port = admin.network.create_port(network_id=network.id, binding_host_id='h1')
    made = admin.network.create_port_binding(port, host='h2', vnic_type='normal')
    assert (made.host, made.status) == ('h2', 'INACTIVE')
    assert {one.host: one.status for one in admin.network.port_bindings(port)} == {
        'h1': 'ACTIVE', 'h2': 'INACTIVE'}
    with pytest.raises(exceptions.ConflictException, match='already exists'):
        admin.network.create_port_binding(port, host='h2')
    admin.network.activate_port_binding(port, host='h2')
    assert admin.network.get_port(port).binding_host_id == 'h2'
    admin.network.delete_port_binding(port, host='h1')
    assert [one.host for one in admin.network.port_bindings(port)] == ['h2']
    with pytest.raises(exceptions.ForbiddenException):
        list(cloud.network.port_bindings(port))


# Quotas and availability

def test_administrators_say_how_much_a_project_may_have(cloud, admin, project):
    admin.network.update_quota(project, networks=1, ports=-1)
    assert cloud.network.get_quota(project).networks == 1
    assert project in {quota.project_id for quota in admin.network.quotas()}
    network_with(cloud)
    with pytest.raises(exceptions.ConflictException, match='network'):
        cloud.network.create_network(name='another')
    with pytest.raises(exceptions.ForbiddenException):
        cloud.network.update_quota(project, networks=9)
    with pytest.raises(exceptions.BadRequestException, match='networks?'):
        admin.network.update_quota(project, networks=-2)
    admin.network.delete_quota(project)
    assert cloud.network.get_quota(project).networks == 100


def test_how_many_addresses_of_a_network_are_used(cloud, admin):
    network, subnet = network_with(cloud, '10.5.0.0/28')
    cloud.network.create_port(network_id=network.id)
    (found,) = admin.network.network_ip_availabilities(network_id=network.id)
    assert (found.total_ips, found.used_ips) == (13, 1)
    assert found.subnet_ip_availability[0]['subnet_id'] == subnet.id
    assert admin.network.get_network_ip_availability(network.id).used_ips == 1
