"""The placement neighbour: our hosts and what servers hold of them, as its clients read it."""

import pytest

VERSIONS = ('1.0', '1.1', '1.4', '1.6', '1.9', '1.10', '1.12', '1.14', '1.17', '1.19', '1.25',
            '1.28', '1.29', '1.34', '1.38', '1.39', 'latest')


@pytest.fixture
def placement(cloud):
    """GET a path in a version; the body of an answer that must have this status."""
    def get(path, version='latest', status=200, who='admin', method='GET', json=None, **params):
        session = cloud.connection(who).session
        answer = session.request(
            f'{cloud.url}/placement{path}', method, json=json, params=params, raise_exc=False,
            headers={'OpenStack-API-Version': f'placement {version}'})
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None
    return get


@pytest.fixture
def host(placement):
    return placement('/resource_providers', name='h1')['resource_providers'][0]['uuid']


def reason(body):
    (error,) = body['errors']
    return error['detail']


def test_the_version_document_needs_no_token(cloud):
    for path in ('/placement', '/placement/'):
        (version,) = cloud.connection().session.get(
            cloud.url + path, authenticated=False).json()['versions']
        assert (version['min_version'], version['max_version']) == ('1.0', '1.39')


def test_a_version_nobody_has_is_refused_with_those_there_are(placement):
    (error,) = placement('/resource_providers', '1.99', 406)['errors']
    assert (error['min_version'], error['max_version']) == ('1.0', '1.39')
    placement('/resource_providers', 'abc', 400)


def test_the_answer_says_in_which_version_it_is(cloud):
    session = cloud.connection('admin').session
    url = f'{cloud.url}/placement/resource_providers'
    for asked, served in ((None, '1.0'), ('placement latest', '1.39'), ('placement 1.14', '1.14'),
                          ('compute 2.1', '1.0')):
        answer = session.get(url, headers={'OpenStack-API-Version': asked} if asked else {})
        assert answer.headers['OpenStack-API-Version'] == f'placement {served}'


def test_every_host_is_a_provider_in_every_version(placement, cloud):
    names = {host['hypervisor_hostname']: host['id'] for host in cloud.get(
        '/os-hypervisors', who='admin')['hypervisors']}
    for version in VERSIONS:
        found = placement('/resource_providers', version)['resource_providers']
        assert {one['name']: one['uuid'] for one in found} == names
        assert all(('root_provider_uuid' in one) == (version == 'latest' or float(
            version.split('.')[1]) >= 14) for one in found)


def test_what_a_server_holds_is_told_from_all_sides(placement, cloud):
    server = cloud.boot('web', flavor='2')
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    (provider,) = placement('/resource_providers', name=host)['resource_providers']
    path = f'/resource_providers/{provider["uuid"]}'
    held = {'VCPU': 1, 'MEMORY_MB': 2048, 'DISK_GB': 20}

    told = placement(f'/allocations/{server}')
    assert told['allocations'][provider['uuid']]['resources'] == held
    shown = cloud.show(server)
    assert (told['project_id'], told['user_id'], told['consumer_type']) == (
        shown['tenant_id'], shown['user_id'], 'INSTANCE')
    assert set(placement(f'/allocations/{server}', '1.0')) == {'allocations'}

    assert placement(f'{path}/allocations')['allocations'][server]['resources'] == held
    assert placement(f'{path}/usages')['usages'] == held
    project = shown['tenant_id']
    assert placement('/usages', project_id=project)['usages'] == {
        'INSTANCE': {'consumer_count': 1} | held}
    assert placement('/usages', '1.9', project_id=project)['usages'] == held
    assert placement('/usages', '1.9', project_id=project, user_id='nobody')['usages'] == {}

    cloud.ask(server, 'forceDelete')
    cloud.settle(server)
    assert placement(f'/allocations/{server}') == {'allocations': {}}
    assert placement(f'{path}/usages')['usages'] == dict.fromkeys(held, 0)


def test_a_server_that_waits_for_its_resize_holds_room_on_two_hosts(placement, cloud):
    server = cloud.boot('web', flavor='1')
    cloud.act(server, 'resize', {'flavorRef': '2'})
    told = placement(f'/allocations/{server}')['allocations']
    assert sorted(one['resources']['MEMORY_MB'] for one in told.values()) == [512, 2048]
    assert len(told) == 2


def test_inventories_are_what_the_scheduler_counts(placement, cloud, host):
    told = placement(f'/resource_providers/{host}/inventories')['inventories']
    assert set(told) == {'VCPU', 'MEMORY_MB', 'DISK_GB'}
    assert told['VCPU']['total'] == cloud.conf.simulated.vcpus
    room = told['VCPU']['total'] * told['VCPU']['allocation_ratio']
    assert room == cloud.conf.simulated.vcpus * cloud.conf.compute.cpu_allocation_ratio
    one = placement(f'/resource_providers/{host}/inventories/VCPU')
    assert one == told['VCPU'] | {'resource_provider_generation': one[
        'resource_provider_generation']}
    placement(f'/resource_providers/{host}/inventories/PCPU', status=404)


def test_providers_are_found_by_what_they_have(own_cloud):
    admin = own_cloud.connection('admin')
    made = admin.compute.create_aggregate(name='fast')
    admin.compute.add_host_to_aggregate(made, 'h2')
    find = admin.placement.resource_providers
    names = {one.id: one.name for one in find()}
    h2 = next(id for id, name in names.items() if name == 'h2')
    assert [one.name for one in find(name='h3')] == ['h3']
    assert [one.id for one in find(in_tree=h2)] == [h2]
    assert [one.name for one in find(member_of=made.uuid)] == ['h2']
    assert len(list(find(resources='VCPU:1,MEMORY_MB:1024'))) == 4
    assert not list(find(resources='VCPU:100000'))
    assert not list(find(required='COMPUTE_NODE'))
    told = admin.session.get(f'{own_cloud.url}/placement/resource_providers?required=!COMPUTE_NODE',
                             microversion='1.22', endpoint_filter={'service_type': 'placement'})
    assert len(told.json()['resource_providers']) == 4
    provider = admin.placement.get_resource_provider(h2)
    assert admin.placement.fetch_resource_provider_aggregates(provider).aggregates == [made.uuid]


def test_candidates_have_room_for_all_that_is_asked(placement):
    told = placement('/allocation_candidates', resources='VCPU:2,MEMORY_MB:512', limit=2)
    assert len(told['allocation_requests']) == len(told['provider_summaries']) == 2
    for request in told['allocation_requests']:
        ((provider, one),) = request['allocations'].items()
        assert one['resources'] == {'VCPU': 2, 'MEMORY_MB': 512}
        assert request['mappings'] == {'': [provider]}
        assert told['provider_summaries'][provider]['root_provider_uuid'] == provider
    old = placement('/allocation_candidates', '1.10', resources='VCPU:2')
    assert old['allocation_requests'][0]['allocations'][0]['resources'] == {'VCPU': 2}
    groups = {'resources1': 'VCPU:1', 'resources2': 'VCPU:1'}
    assert 'group_policy' in reason(placement('/allocation_candidates', status=400, **groups))
    told = placement('/allocation_candidates', group_policy='none', **groups)
    assert set(told['allocation_requests'][0]['mappings']) == {'1', '2'}
    told = placement('/allocation_candidates', group_policy='isolate', **groups)
    assert told['allocation_requests'] == []


@pytest.mark.parametrize(('path', 'query', 'names'), [
    ('/resource_providers', {'resources': 'VCPU'}, 'resources'),
    ('/resource_providers', {'resources': 'VCPU:0'}, 'resources'),
    ('/resource_providers', {'resources': 'CUSTOM_NONE:1'}, 'CUSTOM_NONE'),
    ('/resource_providers', {'required': 'CUSTOM_NONE'}, 'CUSTOM_NONE'),
    ('/resource_providers', {'required': ','}, 'required'),
    ('/resource_providers', {'member_of': 'fast'}, 'member_of'),
    ('/resource_providers', {'in_tree': 'tree'}, 'in_tree'),
    ('/resource_providers', {'colour': 'red'}, 'colour'),
    ('/allocation_candidates', {}, 'resources'),
    ('/allocation_candidates', {'resources': 'VCPU:1', 'limit': '0'}, '0'),
    ('/allocation_candidates', {'resources': 'VCPU:1', 'colour': 'red'}, 'colour'),
    ('/usages', {}, 'project_id'),
    ('/usages', {'project_id': 'x', 'colour': 'red'}, 'colour'),
    ('/traits', {'name': 'x'}, 'name'),
    ('/traits', {'associated': 'x'}, 'associated'),
])
def test_a_query_that_makes_no_sense_is_refused_by_name(placement, path, query, names):
    assert names in reason(placement(path, status=400, **query))


def test_what_came_later_is_not_there_before(placement, host):
    for path, last in ((f'/resource_providers/{host}/aggregates', '1.0'),
                       (f'/resource_providers/{host}/traits', '1.5'), ('/traits', '1.5'),
                       ('/resource_classes', '1.1'), ('/usages', '1.8'),
                       ('/allocation_candidates', '1.9')):
        placement(path, last, 404)
    placement('/resource_providers', '1.17', 400, required='COMPUTE_NODE')
    placement('/resource_providers', '1.21', 400, required='!COMPUTE_NODE')
    placement('/allocation_candidates', '1.24', 400, resources1='VCPU:1')


def test_traits_and_classes_have_their_standard_names(placement, host):
    assert 'HW_CPU_X86_VMX' in placement('/traits')['traits']
    assert placement('/traits', associated='true')['traits'] == []
    assert placement('/traits', name='in:HW_CPU_X86_VMX,NONE')['traits'] == ['HW_CPU_X86_VMX']
    placement('/traits/HW_CPU_X86_VMX', status=204)
    placement('/traits/CUSTOM_NONE', status=404)
    assert placement(f'/resource_providers/{host}/traits')['traits'] == []
    classes = [one['name'] for one in placement('/resource_classes')['resource_classes']]
    assert {'VCPU', 'MEMORY_MB', 'DISK_GB'} <= set(classes)
    assert placement('/resource_classes/VCPU')['name'] == 'VCPU'
    placement('/resource_classes/CUSTOM_NONE', status=404)


def test_writes_are_refused_and_say_why(placement, host):
    for method, path in (('POST', '/resource_providers'), ('PUT', f'/resource_providers/{host}'),
                         ('DELETE', f'/resource_providers/{host}/inventories'),
                         ('PUT', f'/resource_providers/{host}/inventories/VCPU'),
                         ('PUT', f'/allocations/{host}'), ('PUT', '/traits/CUSTOM_X')):
        assert 'only be read' in reason(placement(path, status=403, method=method, json={}))
    placement('/resource_providers', status=405, method='DELETE')


def test_only_administrators_see_hosts_and_a_project_what_it_uses(placement, cloud):
    project = cloud.connection('demo').current_project_id
    placement('/resource_providers', status=403, who='demo')
    placement('/usages', project_id=project, who='demo')
    placement('/usages', project_id=project, status=403, who='other')


def test_nobody_knows_a_provider_that_is_no_host(placement):
    nobody = '12345678-1234-4234-8234-123456789012'
    for more in ('', '/inventories', '/usages', '/aggregates', '/allocations', '/traits'):
        assert nobody in reason(placement(f'/resource_providers/{nobody}{more}', status=404))
