"""Instance actions and their events, by version and by who asks."""

import re

import pytest

ACTION = {'action', 'instance_uuid', 'request_id', 'user_id', 'project_id', 'start_time',
          'message'}
EVENT = {'event', 'start_time', 'finish_time', 'result'}
TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.]\d{6}$')


@pytest.fixture
def server(cloud):
    """A server that was booted, stopped and started."""
    server = cloud.boot()
    cloud.act(server, 'os-stop')
    cloud.act(server, 'os-start')
    return server


def listed(cloud, server, query='', **more):
    return cloud.get(f'/servers/{server}/os-instance-actions{query}', **more)['instanceActions']


@pytest.mark.parametrize(('version', 'keys'), [
    ('2.1', ACTION), ('2.57', ACTION), ('2.58', ACTION | {'updated_at'}),
    ('latest', ACTION | {'updated_at'})])
def test_actions_are_listed_newest_first(cloud, server, version, keys):
    shown = listed(cloud, server, version=version)
    assert [one['action'] for one in shown] == ['start', 'stop', 'create']
    for one in shown:
        assert set(one) == keys
        assert one['instance_uuid'] == server
        assert one['message'] is None
        assert TIME.match(one['start_time'])
    if 'updated_at' in keys:
        assert shown[0]['updated_at'] > shown[0]['start_time']


@pytest.mark.parametrize(('version', 'who', 'keys'), [
    ('2.1', 'demo', None), ('2.50', 'demo', None),
    ('2.51', 'demo', EVENT), ('2.61', 'demo', EVENT),
    ('2.62', 'demo', EVENT | {'hostId'}), ('2.84', 'demo', EVENT | {'hostId'}),
    ('2.1', 'admin', EVENT | {'traceback'}), ('2.51', 'admin', EVENT | {'traceback'}),
    ('2.62', 'admin', EVENT | {'traceback', 'host', 'hostId'}),
    ('2.83', 'admin', EVENT | {'traceback', 'host', 'hostId'}),
    ('2.84', 'admin', EVENT | {'traceback', 'host', 'hostId', 'details'}),
])
def test_events_show_what_the_version_and_the_reader_allow(cloud, server, version, who, keys):
    request_id = listed(cloud, server)[1]['request_id']
    path = f'/servers/{server}/os-instance-actions/{request_id}'
    shown = cloud.get(path, version=version, who=who)['instanceAction']
    assert ('events' in shown) == (keys is not None)
    if keys is None:
        return
    (event,) = shown['events']
    assert set(event) == keys
    assert (event['event'], event['result']) == ('compute_stop_instance', 'Success')
    assert TIME.match(event['start_time'])
    assert event['finish_time'] >= event['start_time']
    inside = cloud.show(server)
    if 'hostId' in keys:
        assert event['hostId'] == inside['hostId']
    if 'host' in keys:
        assert event['host'] == inside['OS-EXT-SRV-ATTR:host']


def test_a_failed_event_says_why_and_shows_its_traceback_to_admins(cloud):
    server = cloud.boot()
    cloud.fail('power_off', message='The plug is stuck')
    request_id = cloud.act(server, 'os-stop')
    assert listed(cloud, server)[0]['message'] == 'Error'
    (event,) = cloud.action(server, request_id)['events']
    assert event['result'] == 'Error'
    assert event['details'] == 'The plug is stuck'
    assert 'InjectedFault: The plug is stuck' in event['traceback']
    (event,) = cloud.action(server, request_id, who='demo')['events']
    assert 'The plug is stuck' not in str(event)


def test_actions_come_in_pages(cloud, server):
    every = [one['request_id'] for one in listed(cloud, server)]
    body = cloud.get(f'/servers/{server}/os-instance-actions?limit=2')
    assert [one['request_id'] for one in body['instanceActions']] == every[:2]
    (link,) = body['links']
    assert link['rel'] == 'next'
    query = '?' + link['href'].partition('?')[2]
    assert f'marker={every[1]}' in query
    assert [one['request_id'] for one in listed(cloud, server, query)] == every[2:]
    # Before 2.58 there were no pages, and what is not known is ignored.
    assert len(listed(cloud, server, '?limit=2', version='2.57')) == 3


@pytest.mark.parametrize('query', [
    'limit=-1', 'limit=x', 'marker=nobody', 'marker=req-1', 'changes-since=yesterday',
    'changes-before=x', 'unknown=1',
    'changes-since=2026-01-02T00:00:00Z&changes-before=2026-01-01T00:00:00Z'])
def test_what_is_no_page_is_refused(cloud, server, query):
    answer = cloud.request('GET', f'/servers/{server}/os-instance-actions?{query}')
    assert answer.status_code == 400
    assert answer.json()['badRequest']['message']


def test_actions_are_filtered_by_when_they_changed(cloud, server):
    newest, middle, oldest = listed(cloud, server)
    since = middle['updated_at']
    assert [one['action'] for one in listed(cloud, server, f'?changes-since={since}')] == [
        'start', 'stop']
    assert [one['action'] for one in listed(cloud, server, f'?changes-before={since}')] == [
        'stop', 'create']


def test_the_actions_of_a_deleted_server_are_there_from_2_21_on(cloud, server):
    request_id = cloud.request('DELETE', f'/servers/{server}').headers['X-Openstack-Request-Id']
    cloud.settle(server)
    for path in ('', f'/{request_id}'):
        path = f'/servers/{server}/os-instance-actions{path}'
        assert cloud.request('GET', path, version='2.20').status_code == 404
        assert cloud.request('GET', path, version='2.21').status_code == 200
    assert listed(cloud, server, who='demo')[0]['action'] == 'delete'
    assert cloud.events(server, request_id, who='demo') == [
        ('compute_terminate_instance', 'Success')]


def test_an_action_nobody_asked_for_is_not_there(cloud, server):
    answer = cloud.request('GET', f'/servers/{server}/os-instance-actions/req-nobody')
    assert answer.status_code == 404
    assert answer.json()['itemNotFound']['message'] == (
        f'Action for request_id req-nobody on instance {server} not found')
