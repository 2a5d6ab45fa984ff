"""Moves between hosts and their records: live migration, evacuation, resize and migrate."""

import pytest

from novalite.testing import Cloud
from tests.functional import at_rest
from tests.functional import rows
from tests.functional import test_recovery


@pytest.fixture
def quick_cloud():
    with Cloud(hosts=3, conductor__sweep_interval=1, compute__report_interval=1) as cloud:
        yield cloud


def host_of(cloud, server):
    return cloud.show(server)['OS-EXT-SRV-ATTR:host']


def migrations(cloud, server, **more):
    """The records of a server, the first one first."""
    found = cloud.get(f'/os-migrations?instance_uuid={server}', who='admin', **more)
    return found['migrations'][::-1]


LIVE = {'host': None, 'block_migration': 'auto'}


# Live migration

@pytest.mark.parametrize('before', [None, 'pause'])
def test_a_live_migration_moves_the_guest_and_all_that_goes_with_it(cloud, before):
    server = cloud.boot()
    if before:
        cloud.act(server, before)
    shown, old = cloud.show(server), host_of(cloud, server)
    request_id = cloud.act(server, 'os-migrateLive', LIVE, who='admin')
    after = cloud.show(server)
    new = after['OS-EXT-SRV-ATTR:host']
    assert new != old
    assert (after['status'], after['addresses']) == (shown['status'], shown['addresses'])
    assert cloud.guests() == {new: {server: shown['OS-EXT-STS:power_state']}}
    assert [event for event, _ in cloud.events(server, request_id)] == [
        'conductor_live_migrate_instance', 'compute_check_can_live_migrate_destination',
        'compute_pre_live_migration', 'compute_live_migration',
        'compute_post_live_migration_at_destination']
    (record,) = migrations(cloud, server)
    assert (record['migration_type'], record['status'], record['source_compute'],
            record['dest_compute']) == ('live-migration', 'completed', old, new)
    at_rest.check(cloud)


def test_a_live_migration_goes_to_the_host_that_is_named(cloud):
    server = cloud.boot()
    wanted = next(host for host in ('h1', 'h2') if host != host_of(cloud, server))
    cloud.act(server, 'os-migrateLive', LIVE | {'host': wanted}, who='admin')
    assert host_of(cloud, server) == wanted
    for host, words in ((wanted, 'to current host'), ('h99', 'could not be found')):
        answer = cloud.ask(server, 'os-migrateLive', LIVE | {'host': host}, who='admin')
        assert answer.status_code == 400
        assert words in answer.json()['badRequest']['message']
    assert cloud.ask(server, 'os-migrateLive', LIVE).status_code == 403


@pytest.mark.parametrize(('version', 'body', 'status'), [
    ('2.1', {'host': None, 'block_migration': False, 'disk_over_commit': False}, 202),
    ('2.1', {'host': None, 'block_migration': 'auto'}, 400),
    ('2.25', {'host': None, 'block_migration': 'auto', 'disk_over_commit': False}, 400),
    ('2.25', {'host': None, 'block_migration': 'auto'}, 202),
    ('2.29', {'host': None, 'block_migration': 'auto', 'force': False}, 400),
    ('2.67', {'host': None, 'block_migration': 'auto', 'force': False}, 202),
    ('2.68', {'host': None, 'block_migration': 'auto', 'force': False}, 400),
    ('2.68', {'block_migration': 'auto'}, 400),
])
def test_what_a_live_migration_takes_depends_on_the_version(cloud, version, body, status):
    server = cloud.boot(networks='none')
    answer = cloud.ask(server, 'os-migrateLive', body, who='admin', version=version)
    assert answer.status_code == status, answer.text
    cloud.settle(server)


def test_a_live_migration_that_is_aborted_leaves_the_server_where_it_was(cloud):
    server = cloud.boot()
    before = at_rest.picture(cloud)
    cloud.stall('live_migrate')
    request_id = cloud.ask(server, 'os-migrateLive', LIVE, who='admin').headers[
        'X-Openstack-Request-Id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    (record,) = cloud.get(f'/servers/{server}/migrations', who='admin')['migrations']
    assert record['status'] == 'running'
    assert record['memory_total_bytes'] == record['memory_remaining_bytes'] == 192 * 2 ** 20
    one = f'/servers/{server}/migrations/{record["id"]}'
    assert cloud.get(one, who='admin')['migration'] == record
    assert cloud.show(server)['status'] == 'MIGRATING'
    assert cloud.request('DELETE', one).status_code == 403
    answer = cloud.request('DELETE', one, who='admin')
    assert answer.status_code == 202
    cloud.wait(lambda: cloud.traced(request_id)[0]['finish_time'])
    assert cloud.show(server)['status'] == 'ACTIVE'
    at_rest.check(cloud)
    assert at_rest.picture(cloud) == before
    assert dict(cloud.actions(server)) == {
        'create': None, 'live-migration': 'Error', 'live_migration_cancel': None}
    assert migrations(cloud, server)[-1]['status'] == 'cancelled'
    assert cloud.get(f'/servers/{server}/migrations', who='admin')['migrations'] == []
    assert cloud.request('GET', one, who='admin').status_code == 404
    assert cloud.request('DELETE', one, who='admin').status_code == 409


def test_a_live_migration_can_be_hurried(cloud):
    server = cloud.boot()
    old = host_of(cloud, server)
    cloud.stall('live_migrate')
    request_id = cloud.ask(server, 'os-migrateLive', LIVE, who='admin').headers[
        'X-Openstack-Request-Id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    (record,) = cloud.get(f'/servers/{server}/migrations', who='admin')['migrations']
    action = f'/servers/{server}/migrations/{record["id"]}/action'
    assert cloud.request('POST', action, {'force_complete': None},
                         who='admin').status_code == 202
    assert cloud.request('POST', action, {'nope': None}, who='admin').status_code == 400
    cloud.wait(lambda: cloud.traced(request_id)[0]['finish_time'])
    assert host_of(cloud, server) != old
    assert 'live_migration_force_complete' in dict(cloud.actions(server))
    at_rest.check(cloud)


def test_a_destination_that_refuses_is_passed_over(cloud):
    server = cloud.boot()
    cloud.fail('check_destination', message='Another kind of CPU')
    cloud.act(server, 'os-migrateLive', LIVE, who='admin')
    assert cloud.actions(server)[-1] == ('live-migration', None)
    cloud.fail('check_destination', message='Another kind of CPU', times=None)
    old = host_of(cloud, server)
    cloud.act(server, 'os-migrateLive', LIVE, who='admin')
    assert cloud.actions(server)[-1] == ('live-migration', 'Error')
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-SRV-ATTR:host']) == ('ACTIVE', old)
    assert 'fault' not in shown
    assert migrations(cloud, server)[-1]['status'] == 'error'
    at_rest.check(cloud)


# Evacuate

def test_a_server_is_evacuated_from_a_dead_host_and_runs_once(quick_cloud):
    cloud = quick_cloud
    server = cloud.boot()
    addresses, old = cloud.show(server)['addresses'], host_of(cloud, server)
    answer = cloud.ask(server, 'evacuate', {}, who='admin', version='2.94')
    assert answer.status_code == 400
    assert answer.json()['badRequest']['message'] == (
        f'Compute service of {old} is still in use.')
    test_recovery.force_down(cloud, old)
    answer = cloud.ask(server, 'evacuate', {}, who='admin', version='2.94')
    assert (answer.status_code, answer.content) == (200, b'')
    cloud.settle(server)
    shown = cloud.show(server)
    assert (shown['status'], shown['addresses']) == ('ACTIVE', addresses)
    assert host_of(cloud, server) != old
    assert cloud.events(server, answer.headers['X-Openstack-Request-Id']) == [
        ('rebuild_server', 'Success'), ('compute_rebuild_instance', 'Success')]
    (record,) = migrations(cloud, server)
    assert (record['migration_type'], record['status']) == ('evacuation', 'done')
    # When the host is back it is cleared of what lives elsewhere now, and the record says so.
    test_recovery.force_down(cloud, old, down=False)
    cloud.wait(lambda: list(cloud.guests()) == [host_of(cloud, server)])
    cloud.wait(lambda: migrations(cloud, server)[0]['status'] == 'completed')
    at_rest.check(cloud)


@pytest.mark.parametrize(('version', 'body', 'status', 'answered'), [
    ('2.13', {'onSharedStorage': False, 'adminPass': 'x'}, 'ACTIVE', {'adminPass': 'x'}),
    ('2.14', {}, 'ACTIVE', None), ('2.95', {}, 'SHUTOFF', None)])
def test_how_an_evacuation_ends_depends_on_the_version(
        quick_cloud, version, body, status, answered):
    cloud = quick_cloud
    server = cloud.boot()
    undo = rows.dead(cloud, server)
    answer = cloud.ask(server, 'evacuate', body, who='admin', version=version)
    assert answer.status_code == 200, answer.text
    assert (answer.json() if answered else None) == answered
    cloud.settle(server)
    assert cloud.show(server)['status'] == status
    undo()
    at_rest.check(cloud)


def test_an_evacuation_takes_over_from_what_waits_for_the_dead_host(quick_cloud):
    cloud = quick_cloud
    server = cloud.boot()
    cloud.stall('reboot')
    cloud.ask(server, 'reboot', {'type': 'SOFT'})
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    undo = rows.dead(cloud, server)
    cloud.act(server, 'evacuate', {}, who='admin', version='2.94')
    assert cloud.show(server)['status'] == 'ACTIVE'
    cloud.behave()
    cloud.wait(lambda: not cloud.services.worker.in_hand)
    undo()
    at_rest.settled(cloud)


# The records

def test_a_resize_and_what_becomes_of_it_are_one_record(cloud):
    server = cloud.boot()
    old = host_of(cloud, server)
    cloud.act(server, 'resize', {'flavorRef': '84'})
    (record,) = migrations(cloud, server)
    assert (record['migration_type'], record['status'], record['source_compute'],
            record['dest_compute']) == ('resize', 'finished', old, host_of(cloud, server))
    assert record['old_instance_type_id'] != record['new_instance_type_id']
    cloud.act(server, 'revertResize')
    assert [one['status'] for one in migrations(cloud, server)] == ['reverted']
    cloud.act(server, 'migrate', who='admin')
    cloud.act(server, 'confirmResize')
    assert [(one['migration_type'], one['status']) for one in migrations(cloud, server)] == [
        ('resize', 'reverted'), ('migration', 'confirmed')]


@pytest.mark.parametrize(('version', 'fields'), [
    ('2.1', set()), ('2.23', {'migration_type'}), ('2.59', {'migration_type', 'uuid'}),
    ('2.80', {'migration_type', 'uuid', 'user_id', 'project_id'})])
def test_what_a_record_shows_depends_on_the_version(cloud, version, fields):
    server = cloud.boot(networks='none')
    cloud.act(server, 'migrate', who='admin')
    (record,) = migrations(cloud, server, version=version)
    assert set(record) == fields | {
        'id', 'created_at', 'updated_at', 'status', 'source_compute', 'source_node',
        'dest_compute', 'dest_host', 'dest_node', 'instance_uuid', 'old_instance_type_id',
        'new_instance_type_id'}


def test_records_are_paged_and_filtered(cloud):
    server = cloud.boot(networks='none')
    for _ in range(3):
        cloud.act(server, 'os-migrateLive', LIVE, who='admin')
    path = f'/os-migrations?instance_uuid={server}&limit=2'
    page = cloud.get(path, who='admin')
    assert len(page['migrations']) == 2
    (link,) = page['migrations_links']
    rest = cloud.get(link['href'].partition('/v2.1')[2], who='admin')
    assert len(rest['migrations']) == 1
    assert migrations(cloud, server)[0] == rest['migrations'][0]
    for query, status in (('status=completed', 200), ('nope=1', 400), ('instance_uuid=x', 400),
                          ('changes-since=yesterday', 400), ('limit=x', 400)):
        assert cloud.request('GET', f'/os-migrations?{query}',
                             who='admin').status_code == status, query
    assert cloud.request('GET', '/os-migrations').status_code == 403
    assert cloud.request('GET', '/os-migrations?nope=1', version='2.58',
                         who='admin').status_code == 200
    assert cloud.request('GET', f'/servers/{server}/migrations', version='2.22',
                         who='admin').status_code == 404
