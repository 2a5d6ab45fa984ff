"""What one host cannot do is tried on others, and who has failed it is remembered."""

import pytest

from novalite.db import history
from novalite.testing import Cloud
from tests.functional import at_rest

BUILD = 'compute__do_build_and_run_instance'


def hosts_asked(cloud, server, request_id, event):
    """(host, result) of each attempt, the first one first."""
    found = cloud.action(server, request_id)['events']
    return [(one['host'], one['result']) for one in reversed(found) if one['event'] == event]


def test_a_create_that_fails_on_one_host_is_built_on_another(cloud):
    cloud.fail('spawn', message='No room for the disk', times=2)
    answer = cloud.create()
    server = cloud.settle(answer.json()['server']['id'])
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE'
    assert 'fault' not in shown
    assert cloud.actions(server) == [('create', None)]
    asked = hosts_asked(cloud, server, answer.headers['X-Openstack-Request-Id'], BUILD)
    assert [result for _, result in asked] == ['Error', 'Error', 'Success']
    assert len({host for host, _ in asked}) == 3, 'each failed host is avoided'
    assert asked[-1][0] == shown['OS-EXT-SRV-ATTR:host']
    assert list(cloud.guests()) == [asked[-1][0]], 'nothing is left on those that failed'
    with cloud.services.db.read() as connection:
        assert [fault.message for fault in history.faults_of(connection, server)] == [
            'No room for the disk'] * 2
    at_rest.check(cloud)


def test_a_create_that_fails_everywhere_names_each_hosts_cause_to_administrators(cloud):
    for host in ('h1', 'h2', 'h3', 'h4'):
        cloud.fail('spawn', host=host, message=f'{host} is broken', times=None)
    answer = cloud.create()
    server = cloud.settle(answer.json()['server']['id'])
    asked = hosts_asked(cloud, server, answer.headers['X-Openstack-Request-Id'], BUILD)
    fault = cloud.show(server)['fault']
    assert fault['message'] == (
        'Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance '
        f'{server}. Last exception: {asked[-1][0]} is broken')
    assert fault['code'] == 500
    for host, result in asked:
        assert result == 'Error'
        assert f'{host}: {host} is broken' in fault['details']
    assert 'details' not in cloud.show(server, who='demo')['fault']
    at_rest.check(cloud)


def test_when_no_host_is_left_novas_message_says_so():
    with Cloud(hosts=2) as cloud:
        cloud.fail('spawn', message='No room', times=None)
        server = cloud.boot()
        fault = cloud.show(server)['fault']
        assert fault['message'] == (
            'Exceeded maximum number of retries. Exhausted all hosts available for retrying '
            f'build failures for instance {server}.')
        assert 'h1: No room\n' in fault['details']
        assert 'h2: No room\n' in fault['details']
        at_rest.check(cloud)


def test_with_one_attempt_the_hosts_own_cause_is_the_fault():
    with Cloud(hosts=2, scheduler__max_attempts=1) as cloud:
        cloud.fail('spawn', message='No room')
        server = cloud.boot()
        assert cloud.show(server)['fault']['message'] == 'No room'
        at_rest.check(cloud)


@pytest.mark.parametrize('verb', ['resize', 'migrate'])
def test_a_host_that_cannot_take_a_server_in_is_passed_over(cloud, verb):
    server = cloud.boot()
    cloud.fail('claim', message='No room')
    value, who = ({'flavorRef': '1'}, 'demo') if verb == 'resize' else (None, 'admin')
    request_id = cloud.act(server, verb, value, who=who)
    shown = cloud.show(server)
    assert shown['status'] == 'VERIFY_RESIZE'
    asked = hosts_asked(cloud, server, request_id, 'compute_prep_resize')
    assert [result for _, result in asked] == ['Error', 'Success']
    assert asked[0][0] != asked[1][0] == shown['OS-EXT-SRV-ATTR:host']
    assert cloud.actions(server)[-1] == (verb, None)
    at_rest.check(cloud)


def test_a_host_that_was_asked_for_by_name_is_the_only_one_tried(cloud):
    server = cloud.boot()
    (other, *_) = sorted({'h1', 'h2', 'h3', 'h4'} - {cloud.show(server)['OS-EXT-SRV-ATTR:host']})
    cloud.fail('claim', message='No room')
    request_id = cloud.act(server, 'migrate', {'host': other}, who='admin')
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.actions(server)[-1] == ('migrate', 'Error')
    assert hosts_asked(cloud, server, request_id, 'compute_prep_resize') == [(other, 'Error')]


def test_a_delete_between_two_attempts_is_the_end_of_it(cloud):
    cloud.fail('spawn')
    cloud.stall('destroy')
    server = cloud.create().json()['server']['id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}
    assert cloud.actions(server) == [('create', 'Error'), ('delete', None)]
