"""GET /trace/{request id}: the way of a request, for whose it is."""

import requests


def trace(cloud, request_id, who):
    return requests.get(f'{cloud.url}/trace/{request_id}', timeout=10,
                        headers={'X-Auth-Token': cloud.token(who) if who else 'nobody'})


def test_a_trace_tells_every_hop_of_a_resize(cloud):
    server = cloud.boot()
    request_id = cloud.act(server, 'resize', {'flavorRef': '84'})
    traced = trace(cloud, request_id, 'demo').json()['actions'][0]
    old, new = traced['events'][3]['host'], traced['events'][4]['host']
    assert not {old, new} & {'h1', 'h2', 'h3', 'h4'}    # hosts' names are for administrators
    assert traced['hops'] == ['api.resize', 'conductor.run', f'{new}.claim', f'{old}.send_disk',
                              f'{new}.boot']
    assert traced['finish_time'] is not None
    assert [event['result'] for event in traced['events']] == ['Success'] * 5
    seen = trace(cloud, request_id, 'admin').json()['actions'][0]
    old, new = seen['events'][3]['host'], seen['events'][4]['host']
    assert {old, new} < {'h1', 'h2', 'h3', 'h4'}
    assert seen['hops'][2:] == [f'{new}.claim', f'{old}.send_disk', f'{new}.boot']


def test_a_trace_shows_the_fault_and_its_traceback_only_to_administrators(cloud):
    answer = cloud.create(fault='spawn:fail=No room for the disk')
    cloud.settle(answer.json()['server']['id'])
    request_id = answer.headers['X-Openstack-Request-Id']
    seen = trace(cloud, request_id, 'demo').json()['actions'][0]['faults']
    assert [fault['message'] for fault in seen[:3]] == ['No room for the disk'] * 3
    assert seen[3]['message'].startswith('Exceeded maximum number of retries.')
    assert {fault['code'] for fault in seen} == {500}
    assert 'details' not in seen[0]
    assert 'Traceback' in trace(cloud, request_id, 'admin').json()[
        'actions'][0]['faults'][0]['details']


def test_nobody_else_learns_of_a_request(cloud):
    answer = cloud.create()
    cloud.settle(answer.json()['server']['id'])
    request_id = answer.headers['X-Openstack-Request-Id']
    assert trace(cloud, request_id, 'other').status_code == 404
    assert trace(cloud, request_id, None).status_code == 401
    assert trace(cloud, 'req-0', 'admin').status_code == 404
