"""Server groups and hints: which hosts servers are on because of other servers."""

import collections

import pytest

from novalite.testing.cloud import Cloud
from tests.functional import at_rest
from tests.functional.conftest import said


def group(cloud, policy, who='demo', version='latest', **more):
    policies = {'policy': policy} if version == 'latest' else {'policies': [policy]}
    return cloud.request('POST', '/os-server-groups', {
        'server_group': {'name': 'together'} | policies | more}, who=who, version=version)


def made(cloud, policy, **more):
    answer = group(cloud, policy, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()['server_group']


def create(cloud, hints, name='web', who='demo', **more):
    """Ask for a server with these hints; the answer."""
    image = next(cloud.connection(who).image.images(name='cirros-0.6.2-x86_64-disk')).id
    return cloud.request('POST', '/servers', {
        'server': {'name': name, 'flavorRef': '42', 'imageRef': image, 'networks': 'none'} | more,
        'os:scheduler_hints': hints}, who=who)


def boot(cloud, hints, **more):
    answer = create(cloud, hints, **more)
    assert answer.status_code == 202, answer.text
    return cloud.settle(answer.json()['server']['id'])


def host(cloud, server):
    return cloud.show(server)['OS-EXT-SRV-ATTR:host']


@pytest.fixture
def tidy(cloud):
    """The cloud, whose servers and groups are gone when the test has ended."""
    yield cloud
    cloud.wipe()
    for one in cloud.get('/os-server-groups?all_projects=1', who='admin')['server_groups']:
        cloud.request('DELETE', f'/os-server-groups/{one["id"]}', who='admin')


def test_a_group_is_made_shown_and_deleted(tidy):
    one = made(tidy, 'anti-affinity', rules={'max_server_per_host': '2'})
    assert one['policy'] == 'anti-affinity' and one['rules'] == {'max_server_per_host': 2}
    assert one['members'] == []
    path = f'/os-server-groups/{one["id"]}'
    server = boot(tidy, {'group': one['id']})
    assert tidy.get(path)['server_group'] == one | {'members': [server]}
    old = tidy.get(path, version='2.12')['server_group']
    assert old == {'id': one['id'], 'name': 'together', 'policies': ['anti-affinity'],
                   'members': [server], 'metadata': {}}
    assert 'user_id' in tidy.get(path, version='2.13')['server_group']
    shown = tidy.show(server, who='demo')
    assert shown['server_groups'] == [one['id']]
    assert shown['scheduler_hints'] == {'group': one['id']}
    assert tidy.request('DELETE', path).status_code == 204
    assert said(tidy.request('GET', path), 404) == (
        f'Instance group {one["id"]} could not be found.')
    assert tidy.show(server)['server_groups'] == []


def test_groups_are_their_projects_own(tidy):
    one = made(tidy, 'affinity')
    path = f'/os-server-groups/{one["id"]}'
    assert tidy.request('GET', path, who='other').status_code == 404
    assert tidy.request('DELETE', path, who='other').status_code == 404
    assert tidy.get('/os-server-groups', who='other')['server_groups'] == []
    assert tidy.get('/os-server-groups?all_projects=1', who='other')['server_groups'] == []
    everyones = tidy.get('/os-server-groups?all_projects=1', who='admin')['server_groups']
    assert [found['id'] for found in everyones] == [one['id']]
    assert said(create(tidy, {'group': one['id']}, who='other'), 400) == (
        f'Instance group {one["id"]} could not be found.')


def test_what_no_group_may_be_is_refused(tidy):
    assert said(group(tidy, 'affinity', rules={'max_server_per_host': 2}), 400) == (
        'Only anti-affinity policy supports rules.')
    said(group(tidy, 'soft-affinity', version='2.14'), 400)
    assert group(tidy, 'soft-affinity', version='2.15').status_code == 200
    said(group(tidy, 'nowhere'), 400)


def test_quotas_of_groups_and_their_members():
    with Cloud(hosts=2, quota__server_groups=1, quota__server_group_members=1) as cloud:
        one = made(cloud, 'soft-affinity')
        assert said(group(cloud, 'affinity'), 403) == 'Quota exceeded, too many server groups.'
        boot(cloud, {'group': one['id']})
        assert said(create(cloud, {'group': one['id']}), 403) == (
            'Quota exceeded, too many servers in group')


def test_affinity_keeps_servers_together(tidy):
    hints = {'group': made(tidy, 'affinity')['id']}
    first = boot(tidy, hints)
    assert {host(tidy, boot(tidy, hints)) for _ in range(3)} == {host(tidy, first)}
    tidy.act(first, 'migrate', who='admin')
    assert tidy.actions(first)[-1] == ('migrate', 'Error')


def test_anti_affinity_holds_when_servers_are_asked_for_at_once(tidy):
    hints = {'group': made(tidy, 'anti-affinity')['id']}
    answer = create(tidy, hints, min_count=5)
    assert answer.status_code == 202, answer.text
    servers = [one['id'] for one in tidy.get('/servers')['servers']]
    for server in servers:
        tidy.settle(server)
    shown = [tidy.show(server) for server in servers]
    used = collections.Counter(one['OS-EXT-SRV-ATTR:host'] for one in shown)
    assert used == {'h1': 1, 'h2': 1, 'h3': 1, 'h4': 1, None: 1}
    failed, = [one for one in shown if one['status'] == 'ERROR']
    assert 'ServerGroupAntiAffinityFilter: it has as many servers' in failed['fault']['details']
    at_rest.check(tidy)


def test_more_servers_of_a_group_may_share_a_host_by_rule(tidy):
    hints = {'group': made(tidy, 'anti-affinity', rules={'max_server_per_host': 2})['id']}
    used = collections.Counter(host(tidy, boot(tidy, hints)) for _ in range(8))
    assert set(used.values()) == {2}


def test_soft_policies_do_what_they_can(tidy):
    together = {'group': made(tidy, 'soft-affinity')['id']}
    first = boot(tidy, together)
    tidy.request('PUT', f'/os-services/{service(tidy, host(tidy, first))}', {
        'status': 'disabled'}, who='admin')
    elsewhere = boot(tidy, together)
    assert tidy.show(elsewhere)['status'] == 'ACTIVE'
    tidy.request('PUT', f'/os-services/{service(tidy, host(tidy, first))}', {
        'status': 'enabled'}, who='admin')


def service(cloud, name):
    found = cloud.get(f'/os-services?binary=nova-compute&host={name}', who='admin')['services']
    return found[0]['id']


def test_hints_name_the_servers_to_be_with_or_not(tidy):
    first = boot(tidy, {})
    assert host(tidy, boot(tidy, {'same_host': first})) == host(tidy, first)
    others = [first]
    for _ in range(3):
        others.append(boot(tidy, {'different_host': others}))
    assert len({host(tidy, one) for one in others}) == 4
    nowhere = boot(tidy, {'different_host': others})
    assert tidy.show(nowhere)['status'] == 'ERROR'
    assert 'DifferentHostFilter' in tidy.show(nowhere)['fault']['details']


def test_a_hint_tells_nothing_of_servers_of_others(tidy):
    theirs = boot(tidy, {}, who='other')
    mine = boot(tidy, {'same_host': theirs})
    assert tidy.show(mine)['status'] == 'ERROR'


def test_administrators_name_the_host(tidy):
    def asked(**body):
        return create(tidy, {}, who='admin', **body)
    for body in ({'availability_zone': 'nova:h3'}, {'host': 'h3'}, {'hypervisor_hostname': 'h3'},
                 {'availability_zone': 'nova:h3:h3'}, {'availability_zone': ':h3'}):
        server = tidy.settle(asked(**body).json()['server']['id'])
        assert host(tidy, server) == 'h3', body
    for body in ({'availability_zone': 'nova:h99'}, {'host': 'h99'}):
        assert said(asked(**body), 400) == 'Compute host h99 could not be found.'
    said(asked(availability_zone='nova:h1', host='h1'), 400)
    said(asked(host='h1', hypervisor_hostname='h2'), 400)
    assert 'forced_host' in said(create(tidy, {}, availability_zone='nova:h1'), 403)
    assert 'requested_destination' in said(create(tidy, {}, host='h1'), 403)


def test_a_server_that_fails_on_the_host_that_was_named_is_not_tried_elsewhere(tidy):
    tidy.fail('spawn', host='h2', message='no')
    server = boot(tidy, {}, who='admin', host='h2')
    assert tidy.show(server)['status'] == 'ERROR' and host(tidy, server) is None
    assert tidy.show(server)['fault']['message'] == 'no'


def test_traits_and_aggregates_choose_hosts():
    settings = {'simulated__traits': ['CUSTOM_ALL', 'h2:CUSTOM_SSD'], 'scheduler__candidates': 1,
                'filter_scheduler__enabled_filters': ['AggregateInstanceExtraSpecsFilter']}
    with Cloud(hosts=4, **settings) as cloud:
        aggregate = cloud.request('POST', '/os-aggregates', {'aggregate': {'name': 'fast'}},
                                  who='admin').json()['aggregate']['id']
        for action in ({'add_host': {'host': 'h4'}},
                       {'set_metadata': {'metadata': {'speed': 'high'}}}):
            answer = cloud.request('POST', f'/os-aggregates/{aggregate}/action', action,
                                   who='admin')
            assert answer.status_code == 200, answer.text
        for spec, expected in ((('trait:CUSTOM_SSD', 'required'), 'h2'),
                               (('speed', 'high'), 'h4'), (('speed', 'low'), None)):
            flavor = cloud.connection('admin').compute.create_flavor(
                name='-'.join(spec), ram=64, vcpus=1, disk=1)
            cloud.connection('admin').compute.create_flavor_extra_specs(
                flavor, dict([spec]))
            assert host(cloud, cloud.boot(flavor=flavor.id)) == expected, spec
