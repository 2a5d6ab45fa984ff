"""Usage: what projects are told of the time their servers ran."""

import datetime

import pytest

from novalite.db.models import servers as table
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


def test_hours_are_counted_within_the_span(cloud, servers):
    noon = datetime.datetime(2021, 1, 1, 12)
    with cloud.services.db.write() as connection:
        connection.execute(table.update().where(table.c.uuid == servers[0]).values(
            launched_at=noon, terminated_at=noon + datetime.timedelta(hours=4)))
    path = f'{USAGE}/{project(cloud)}'
    usage = cloud.get(f'{path}?start=2021-01-01T13:00:00&end=2021-01-01 15:30:00.000000')[
        'tenant_usage']
    one, = usage['server_usages']
    assert (one['hours'], one['uptime'], one['started_at'], one['ended_at']) == (
        2.5, 4 * 3600, '2021-01-01T12:00:00.000000', '2021-01-01T16:00:00.000000')
    assert (usage['start'], usage['stop']) == (
        '2021-01-01T13:00:00.000000', '2021-01-01T15:30:00.000000')
    assert (usage['total_hours'], usage['total_vcpus_usage'], usage['total_memory_mb_usage'],
            usage['total_local_gb_usage']) == (2.5, 2.5, 2.5 * 192, 2.5)


def test_what_is_to_come_is_not_counted(cloud, servers):
    usage = cloud.get(f'{USAGE}/{project(cloud)}?start=2020-01-01T00:00:00'
                      '&end=2099-01-01T00:00:00')['tenant_usage']
    assert all(0 < one['hours'] < 1 for one in mine(cloud, servers, usage['server_usages']))
    assert usage['stop'] < '2099'


def test_the_sdk_reads_usage(cloud, servers):
    start, end = datetime.datetime(2020, 1, 1), datetime.datetime(2099, 1, 1)
    usage = cloud.connection().compute.get_usage(project(cloud), start, end)
    assert len(mine(cloud, servers, usage.server_usages)) == 2
    assert project(cloud) in {
        one.project_id for one in cloud.connection('admin').compute.usages(start, end)}


@pytest.mark.parametrize(('query', 'message'), [
    ('start=2025-01-02T00:00:00&end=2025-01-01T00:00:00', 'Invalid start time.'),
    ('start=2025-01-01T00:00:00&end=2025-01-01T00:00:00', 'Invalid start time.'),
    ('start=2098-01-01T00:00:00&end=2099-01-01T00:00:00', 'Invalid start time.'),
    ('start=yesterday', 'Invalid datetime string: Datetime is in invalid format'),
    ('limit=-1', 'limit'), ('marker=nobody', 'Marker nobody could not be found.'),
    ('colour=red', "'colour' was unexpected")])
def test_a_question_that_makes_no_sense_is_refused(cloud, query, message):
    assert message in said(cloud.request('GET', f'{USAGE}/{project(cloud)}?{query}'), 400)


def test_a_marker_of_another_project_is_none(cloud, servers):
    answer = cloud.request('GET', f'{USAGE}/{project(cloud, "other")}?marker={servers[0]}',
                           who='other')
    assert said(answer, 400) == f'Marker {servers[0]} could not be found.'
