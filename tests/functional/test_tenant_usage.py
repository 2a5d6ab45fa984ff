"""Usage: what projects are told of the time their servers ran."""

import datetime

import pytest

from tests.functional.conftest import said

USAGE = '/os-simple-tenant-usage'


@pytest.fixture
def servers(cloud):
    yield [cloud.boot('one'), cloud.boot('two')]
    cloud.wipe()


def project(cloud, who='demo'):
    return cloud.connection(who).current_project_id


def mine(cloud, servers, usages):
    return [one for one in usages if one['instance_id'] in servers]


def test_a_project_sees_each_of_its_servers(cloud, servers):
    usage = cloud.get(f'{USAGE}/{project(cloud)}')['tenant_usage']
    one, two = sorted(mine(cloud, servers, usage['server_usages']), key=lambda one: one['name'])
    assert (one['name'], one['flavor'], one['vcpus'], one['memory_mb'], one['local_gb']) == (
        'one', 'm1.nano', 1, 192, 1)
    assert one['state'] == 'active' and one['ended_at'] is None and one['hours'] > 0
    assert usage['total_hours'] >= one['hours'] + two['hours']
    assert usage['total_memory_mb_usage'] == pytest.approx(
        sum(each['hours'] * each['memory_mb'] for each in usage['server_usages']))
    cloud.request('DELETE', f'/servers/{servers[0]}')
    cloud.settle(servers[0])
    usage = cloud.get(f'{USAGE}/{project(cloud)}')['tenant_usage']
    ended, = mine(cloud, servers[:1], usage['server_usages'])
    assert ended['state'] == 'terminated' and ended['ended_at'] is not None


def test_administrators_see_all_projects(cloud, servers):
    cloud.boot(who='other')
    usages = cloud.get(USAGE, who='admin')['tenant_usages']
    assert {project(cloud), project(cloud, 'other')} <= {one['tenant_id'] for one in usages}
    assert all('server_usages' not in one for one in usages)
    detailed = cloud.get(f'{USAGE}?detailed=1', who='admin')['tenant_usages']
    assert all('server_usages' in one for one in detailed)
    assert cloud.request('GET', USAGE).status_code == 403
    assert cloud.request('GET', f'{USAGE}/{project(cloud)}', who='other').status_code == 403


def test_usage_comes_in_pages(cloud, servers):
    path = f'{USAGE}/{project(cloud)}'
    seen, query = [], '?limit=1'
    while True:
        body = cloud.get(path + query)
        if not body['tenant_usage']:
            break
        one, = body['tenant_usage']['server_usages']
        seen.append(one['instance_id'])
        query = '?' + body['tenant_usage_links'][0]['href'].partition('?')[2]
    assert seen == sorted(seen) and set(servers) <= set(seen)
    assert 'tenant_usage_links' not in cloud.get(path, version='2.39')
    said(cloud.request('GET', f'{path}?marker=nobody'), 400)


def test_a_span_of_time_is_asked_for(cloud, servers):
    path = f'{USAGE}/{project(cloud)}'
    assert cloud.get(f'{path}?start=2001-01-01T00:00:00&end=2001-02-01T00:00:00') == {
        'tenant_usage': {}}
    tomorrow = (datetime.datetime.now() + datetime.timedelta(days=2)).strftime('%Y-%m-%dT%H:%M:%S')
    said(cloud.request('GET', f'{path}?start={tomorrow}'), 400)
    said(cloud.request('GET', f'{path}?start=yesterday'), 400)
