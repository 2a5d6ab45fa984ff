"""What a host that is gone, a step that is lost and a deadline that is over make of an action."""

import datetime

from oslo_config import cfg
import pytest

from novalite import conf as options
from novalite.db import history
from novalite.testing import Cloud
from tests.functional import at_rest

BUILD = 'compute__do_build_and_run_instance'


@pytest.fixture
def quick_cloud():
    with Cloud(hosts=3, conductor__sweep_interval=1) as cloud:
        yield cloud


def force_down(cloud, host, down=True):
    """Say that a host is dead, or lives again, as an operator does."""
    answer = cloud.request('PUT', f'/os-services/{service_of(cloud, host)}',
                           {'forced_down': down}, who='admin')
    assert answer.status_code == 200, answer.text


def service_of(cloud, host):
    (service,) = cloud.get(f'/os-services?host={host}&binary=nova-compute', who='admin')['services']
    return service['id']


def row_of(cloud, server, request_id):
    with cloud.services.db.read() as connection:
        return history.action(connection, server, request_id)


def stalled(cloud):
    cloud.wait(lambda: cloud.services.worker.injector.waiting)


def details(cloud, server, request_id):
    """(event, host, result, details), the first one first."""
    return [(event['event'], event['host'], event['result'], event['details'])
            for event in reversed(cloud.action(server, request_id)['events'])]


# A host that is gone

def test_a_create_on_a_host_that_is_gone_is_built_elsewhere(quick_cloud):
    cloud = quick_cloud
    cloud.stall('spawn')
    answer = cloud.create()
    server, request_id = answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id']
    stalled(cloud)
    dead = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    force_down(cloud, dead)
    cloud.settle(server)
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE'
    assert shown['OS-EXT-SRV-ATTR:host'] != dead
    first, second = details(cloud, server, request_id)
    assert first == (BUILD, dead, 'Error', f'Host {dead} has gone quiet.')
    assert second == (BUILD, shown['OS-EXT-SRV-ATTR:host'], 'Success', None)
    # What the old host reports when it comes to itself moves nothing, and leaves nothing there.
    cloud.behave()
    cloud.wait(lambda: not cloud.services.worker.in_hand)
    assert list(cloud.guests()) == [shown['OS-EXT-SRV-ATTR:host']]
    assert cloud.show(server) == shown
    at_rest.check(cloud)


@pytest.mark.parametrize(('verb', 'value', 'stuck', 'status'), [
    ('os-stop', None, 'power_off', 'ACTIVE'), ('reboot', {'type': 'HARD'}, 'reboot', 'ERROR'),
    ('resize', {'flavorRef': '84'}, 'send_disk', 'ERROR')])
def test_what_waits_for_a_host_that_is_gone_fails_as_its_row_says(
        quick_cloud, verb, value, stuck, status):
    cloud = quick_cloud
    server = cloud.boot()
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    cloud.stall(stuck)
    request_id = cloud.ask(server, verb, value).headers['X-Openstack-Request-Id']
    stalled(cloud)
    force_down(cloud, host)
    cloud.settle(server)
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-STS:task_state']) == (status, None)
    assert cloud.actions(server)[-1][1] == 'Error'
    assert details(cloud, server, request_id)[-1][1:] == (
        host, 'Error', f'Host {host} has gone quiet.')
    with cloud.services.db.read() as connection:
        (fault,) = history.faults_of(connection, server)
    assert fault.message == f'Host {host} has gone quiet.'


def test_a_server_on_a_host_that_is_gone_can_be_deleted(quick_cloud):
    cloud = quick_cloud
    server = cloud.boot()
    force_down(cloud, cloud.show(server)['OS-EXT-SRV-ATTR:host'])
    assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
    cloud.settle(server)
    assert cloud.request('GET', f'/servers/{server}').status_code == 404
    assert cloud.actions(server)[-1] == ('delete', None)


def test_an_action_for_a_host_that_is_gone_fails_at_once(quick_cloud):
    cloud = quick_cloud
    server = cloud.boot()
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    force_down(cloud, host)
    cloud.act(server, 'os-stop')
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.actions(server)[-1] == ('stop', 'Error')
    force_down(cloud, host, down=False)
    cloud.act(server, 'os-stop')
    assert cloud.show(server)['status'] == 'SHUTOFF'
    at_rest.check(cloud)


# A step that is lost

def test_a_step_whose_lease_has_run_out_is_sent_again():
    # No sign of life renews the lease in the time this takes.
    with Cloud(hosts=2, conductor__sweep_interval=1, conductor__lease=1,
               compute__report_interval=60) as cloud:
        server = cloud.boot()
        cloud.stall('power_off')
        request_id = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
        stalled(cloud)
        first = row_of(cloud, server, request_id).attempt
        cloud.wait(lambda: row_of(cloud, server, request_id).attempt > first)
        cloud.behave()
        cloud.settle(server)
        assert cloud.show(server)['status'] == 'SHUTOFF'
        *lost, last = details(cloud, server, request_id)
        assert {one[2:] for one in lost} == {
            ('Error', 'It was lost on its way to the host, or back.')}
        assert last[2] == 'Success'
        at_rest.settled(cloud)


def test_a_step_in_hand_keeps_its_lease_however_long_it_takes():
    with Cloud(hosts=2, conductor__sweep_interval=1, conductor__lease=10,
               compute__report_interval=1) as cloud:
        server = cloud.boot()
        cloud.stall('power_off')
        request_id = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
        stalled(cloud)
        first = row_of(cloud, server, request_id)
        much_later = first.lease_until + datetime.timedelta(seconds=3)
        cloud.wait(lambda: row_of(cloud, server, request_id).lease_until > much_later)
        assert row_of(cloud, server, request_id).attempt == first.attempt
        cloud.behave()
        cloud.settle(server)
        assert details(cloud, server, request_id)[-1][2] == 'Success'


# A deadline that is over

@pytest.mark.parametrize(('verb', 'value', 'stuck', 'status'), [
    ('os-stop', None, 'power_off', 'ACTIVE'), ('resize', {'flavorRef': '84'}, 'spawn', 'ERROR')])
def test_an_action_past_its_deadline_is_undone_and_says_so(verb, value, stuck, status):
    with Cloud(hosts=2, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        before = at_rest.picture(cloud)
        cloud.stall(stuck)
        request_id = cloud.ask(server, verb, value).headers['X-Openstack-Request-Id']
        stalled(cloud)
        # Only now: on a busy machine a second may be over before it gets so far.
        row = row_of(cloud, server, request_id)
        with cloud.services.db.write() as connection:
            history.update_action(
                connection, row, deadline=row.start_time + datetime.timedelta(seconds=1))
        cloud.settle(server)
        assert cloud.show(server)['status'] == status
        assert cloud.actions(server)[-1][1] == 'Error'
        assert details(cloud, server, request_id)[-1][2:] == (
            'Error', 'It did not end within 1 s.')
        cloud.behave()
        cloud.wait(lambda: not cloud.services.worker.in_hand)
        at_rest.settled(cloud)
        after = at_rest.picture(cloud)
        before.pop('servers'), after.pop('servers')
        assert after == before


def test_a_create_past_its_deadline_is_not_built_later():
    with Cloud(hosts=3, conductor__sweep_interval=1, conductor__deadlines={'create': 1}) as cloud:
        cloud.stall('spawn')
        server = cloud.settle(cloud.create().json()['server']['id'])
        shown = cloud.show(server)
        assert (shown['status'], shown['fault']['message']) == (
            'ERROR', 'It did not end within 1 s.')
        assert cloud.guests() == {}
        at_rest.settled(cloud)


def test_deadlines_of_a_file_are_numbers(tmp_path):
    file = tmp_path / 'novalite.conf'
    file.write_text('[conductor]\ndeadlines = create:600,live-migration:7200\n')
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], default_config_files=[str(file)], default_config_dirs=[])
    assert conf.conductor.deadlines == {'create': 600, 'live-migration': 7200}
