"""Limits and quota sets."""

import pytest

from tests.functional.conftest import PEOPLE
from tests.functional.conftest import said

DEMO = PEOPLE['demo'][0]
MINE = f'/os-quota-sets/{DEMO}'


def absolute(api, version='2.1', as_='demo', **params):
    answer = api.get('/limits', version, as_, **params)
    assert answer.status_code == 200, answer.text
    assert answer.json()['limits']['rate'] == []
    return answer.json()['limits']['absolute']


def test_limits_and_what_is_used_of_them(api):
    assert absolute(api) == {
        'maxTotalInstances': 10, 'maxTotalCores': 20, 'maxTotalRAMSize': 51200,
        'maxTotalKeypairs': 100, 'maxServerMeta': 128, 'maxImageMeta': 128, 'maxPersonality': 5,
        'maxPersonalitySize': 10240, 'maxServerGroups': 10, 'maxServerGroupMembers': 10,
        'maxSecurityGroups': -1, 'maxSecurityGroupRules': -1, 'maxTotalFloatingIps': -1,
        'totalInstancesUsed': 0, 'totalCoresUsed': 0, 'totalRAMUsed': 0,
        'totalServerGroupsUsed': 0, 'totalSecurityGroupsUsed': 0, 'totalFloatingIpsUsed': 0}


def test_limits_end_with_what_they_limit(api):
    def lost(last, first):
        return set(absolute(api, last)) - set(absolute(api, first))

    assert lost('2.35', '2.36') == {
        'maxSecurityGroups', 'maxSecurityGroupRules', 'maxTotalFloatingIps',
        'totalSecurityGroupsUsed', 'totalFloatingIpsUsed'}
    assert lost('2.38', '2.39') == {'maxImageMeta'}
    assert lost('2.56', '2.57') == {'maxPersonality', 'maxPersonalitySize'}
    assert lost('2.57', '2.104') == set()


def test_administrators_see_the_limits_of_other_projects(api):
    api.put(MINE, {'quota_set': {'cores': 7}})
    assert absolute(api, as_='admin')['maxTotalCores'] == 20
    assert absolute(api, as_='admin', tenant_id=DEMO, reserved=1)['maxTotalCores'] == 7
    assert absolute(api)['maxTotalCores'] == 7
    said(api.get('/limits', as_='other', tenant_id=DEMO), 403)
    assert api.get('/limits', '2.74', colour='red').status_code == 200
    said(api.get('/limits', '2.75', colour='red'), 400)


def test_quotas_are_set_and_reset(api):
    changed = api.put(MINE, {'quota_set': {'cores': '45', 'ram': -1, 'force': 'True'}})
    assert changed.status_code == 200
    assert (changed.json()['quota_set']['cores'], changed.json()['quota_set']['ram']) == (45, -1)
    assert 'id' not in changed.json()['quota_set']
    api.put(MINE, {'quota_set': {'cores': 46}})
    shown = api.get(MINE, as_='demo').json()['quota_set']
    assert (shown['id'], shown['cores'], shown['instances']) == (DEMO, 46, 10)
    assert api.get(f'{MINE}/defaults', as_='demo').json()['quota_set']['cores'] == 20
    gone = api.delete(MINE)
    assert (gone.status_code, gone.text) == (202, '')
    assert api.get(MINE).json()['quota_set']['cores'] == 20


def test_details_show_what_is_used(api):
    shown = api.get(f'{MINE}/detail', '2.57', 'demo').json()['quota_set']
    assert shown['cores'] == {'in_use': 0, 'limit': 20, 'reserved': 0}


def test_quotas_end_with_what_they_limit(api):
    def lost(last, first):
        return (set(api.get(MINE, last).json()['quota_set'])
                - set(api.get(MINE, first).json()['quota_set']))

    assert lost('2.35', '2.36') == {
        'fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules'}
    assert lost('2.56', '2.57') == {
        'injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes'}
    said(api.put(MINE, {'quota_set': {'floating_ips': 1}}, '2.36'), 400)
    assert api.put(MINE, {'quota_set': {'floating_ips': 1}}, '2.35').status_code == 200
    said(api.put(MINE, {'quota_set': {'injected_files': 1}}, '2.57'), 400)


@pytest.mark.parametrize('quotas', [
    {'cores': -2}, {'cores': 'many'}, {'cores': 2 ** 31}, {'cores': '9' * 30}, {'colours': 1},
    {'cores': None}])
def test_a_malformed_quota_is_refused(api, quotas):
    said(api.put(MINE, {'quota_set': quotas}), 400)


def test_users_have_the_quotas_of_their_project_or_their_own(api):
    def cores(**params):
        return api.get(MINE, '2.104', **params).json()['quota_set']['cores']
    assert cores(user_id='someone') == 20
    changed = api.put(MINE, {'quota_set': {'cores': 5}}, user_id='someone')
    assert (changed.status_code, changed.json()['quota_set']['cores']) == (200, 5)
    assert [cores(user_id='someone'), cores(user_id='another'), cores()] == [5, 20, 20]
    detail = api.get(f'{MINE}/detail', as_='demo', user_id='someone').json()['quota_set']
    assert detail['cores'] == {'limit': 5, 'in_use': 0, 'reserved': 0}
    assert api.get('/limits', as_='demo').json()['limits']['absolute']['maxTotalCores'] == 20
    assert api.delete(MINE, user_id='someone').status_code == 202
    assert cores(user_id='someone') == 20


def test_no_user_may_have_more_than_the_project(api):
    for most in (21, -1):
        assert said(api.put(MINE, {'quota_set': {'cores': most}}, user_id='someone'), 400) == (
            f'Quota limit {most} for cores must be less than or equal to 20.')
    assert api.put(MINE, {'quota_set': {'cores': 21, 'force': True}},
                   user_id='someone').status_code == 200
    api.put(MINE, {'quota_set': {'cores': -1}})
    assert api.put(MINE, {'quota_set': {'cores': -1}}, user_id='someone').status_code == 200


def test_a_user_is_held_to_the_quotas_of_its_own(api):
    api.put(MINE, {'quota_set': {'server_groups': 1, 'key_pairs': 0}}, user_id='someone')
    body = {'server_group': {'name': 'g', 'policies': ['affinity']}}
    assert api.post('/os-server-groups', body, as_='demo').status_code == 200
    said(api.post('/os-server-groups', body, as_='demo'), 403)
    said(api.post('/os-keypairs', {'keypair': {'name': 'k'}}, as_='demo'), 403)
    said(api.put(MINE, {'quota_set': {'server_groups': 0}}, user_id='someone'), 400)


def test_servers_of_a_user_are_counted(own_cloud):
    cloud = own_cloud
    user, project = (cloud.connection().current_user_id, cloud.connection().current_project_id)
    path = f'/os-quota-sets/{project}'

    def limit(**most):
        answer = cloud.request('PUT', f'{path}?user_id={user}', {'quota_set': most}, who='admin')
        assert answer.status_code == 200, answer.text
    limit(instances=1, cores=3)
    server = cloud.boot()
    refused = cloud.create()
    assert said(refused, 403) == (
        'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances')
    used = cloud.get(f'{path}/detail?user_id={user}', who='admin')['quota_set']
    assert used['instances'] == {'limit': 1, 'in_use': 1, 'reserved': 0}
    assert cloud.get(f'{path}/detail?user_id=x', who='admin')['quota_set'][
        'instances']['in_use'] == 0
    assert 'cores' in said(cloud.ask(server, 'resize', {'flavorRef': '4'}), 403)
    assert said(cloud.ask(server, 'resize', {'flavorRef': '4'}, who='admin'), 403)
    cloud.request('DELETE', f'{path}?user_id={user}', who='admin')
    cloud.act(server, 'resize', {'flavorRef': '4'})


def test_quotas_are_for_those_they_belong_to(api):
    said(api.get(MINE, as_='other'), 403)
    said(api.put(MINE, {'quota_set': {'cores': 1}}, as_='demo'), 403)
    said(api.delete(MINE, as_='demo'), 403)


def test_the_default_class_is_what_projects_start_with(api):
    path = '/os-quota-class-sets/default'
    changed = api.put(path, {'quota_class_set': {'cores': 3, 'ram': '4096'}})
    assert changed.status_code == 200, changed.text
    assert changed.json()['quota_class_set']['cores'] == 3
    assert 'id' not in changed.json()['quota_class_set']
    assert absolute(api)['maxTotalRAMSize'] == 4096
    assert api.get(f'{MINE}/defaults', as_='demo').json()['quota_set']['cores'] == 3
    api.put(MINE, {'quota_set': {'cores': 5}})
    assert absolute(api)['maxTotalCores'] == 5
    assert api.get(path).json()['quota_class_set']['id'] == 'default'
    other = api.get('/os-quota-class-sets/other').json()['quota_class_set']
    assert (other['id'], other['cores']) == ('other', 20)


def test_quota_classes_by_version(api):
    def shown(version):
        return set(api.get('/os-quota-class-sets/default', version).json()['quota_class_set'])

    assert shown('2.50') - shown('2.49') == {'server_groups', 'server_group_members'}
    assert shown('2.49') - shown('2.50') == {
        'fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules'}
    assert shown('2.57') == {'id', 'cores', 'instances', 'key_pairs', 'metadata_items', 'ram',
                             'server_groups', 'server_group_members'}


def test_quota_classes_are_for_administrators(api):
    said(api.get('/os-quota-class-sets/default', as_='demo'), 403)
    said(api.put('/os-quota-class-sets/default', {'quota_class_set': {}}, as_='demo'), 403)
    said(api.put('/os-quota-class-sets/default', {'quota_class_set': {'cores': -2}}), 400)
    said(api.get(f'/os-quota-class-sets/{"x" * 51}'), 400)


def test_server_groups_are_counted(api):
    answer = api.post('/os-server-groups', {
        'server_group': {'name': 'g', 'policies': ['affinity']}}, as_='demo')
    assert answer.status_code == 200
    assert absolute(api)['totalServerGroupsUsed'] == 1
    used = api.get(f'{MINE}/detail', as_='demo').json()['quota_set']['server_groups']
    assert used == {'limit': 10, 'in_use': 1, 'reserved': 0}
    said(api.put(MINE, {'quota_set': {'server_groups': 0}}), 400)
