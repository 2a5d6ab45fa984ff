"""Every action on a server, as it comes out when nothing goes wrong."""

import pytest

from novalite.db import hosts
from novalite.testing import Cloud
from tests.functional import at_rest

RESIZE = [('conductor_migrate_server', 'Success'), ('cold_migrate', 'Success'),
          ('compute_prep_resize', 'Success'), ('compute_resize_instance', 'Success'),
          ('compute_finish_resize', 'Success')]
REVERT = [('compute_revert_resize', 'Success'), ('compute_finish_revert_resize', 'Success')]
SMALL = {'flavorRef': '84'}     # m1.micro


def who(verb):
    return 'admin' if verb == 'migrate' else 'demo'


def one(name):
    return [(name, 'Success')]


#: (done before, verb, value, action, events, status, power_state, answer)
STORIES = [
    ((), 'os-stop', None, 'stop', one('compute_stop_instance'), 'SHUTOFF', 4, 202),
    (('os-stop',), 'os-start', None, 'start', one('compute_start_instance'), 'ACTIVE', 1, 202),
    ((), 'reboot', {'type': 'SOFT'}, 'reboot', one('compute_reboot_instance'), 'ACTIVE', 1, 202),
    ((), 'reboot', {'type': 'HARD'}, 'reboot', one('compute_reboot_instance'), 'ACTIVE', 1, 202),
    (('os-stop',), 'reboot', {'type': 'HARD'}, 'reboot', one('compute_reboot_instance'),
     'ACTIVE', 1, 202),
    ((), 'resize', SMALL, 'resize', RESIZE, 'VERIFY_RESIZE', 1, 202),
    (('os-stop',), 'resize', SMALL, 'resize', RESIZE, 'VERIFY_RESIZE', 4, 202),
    (('resize',), 'confirmResize', None, 'confirmResize', one('compute_confirm_resize'),
     'ACTIVE', 1, 204),
    (('os-stop', 'resize'), 'confirmResize', None, 'confirmResize',
     one('compute_confirm_resize'), 'SHUTOFF', 4, 204),
    (('resize',), 'revertResize', None, 'revertResize', REVERT, 'ACTIVE', 1, 202),
    (('os-stop', 'resize'), 'revertResize', None, 'revertResize', REVERT, 'SHUTOFF', 4, 202),
    ((), 'pause', None, 'pause', one('compute_pause_instance'), 'PAUSED', 3, 202),
    (('pause',), 'unpause', None, 'unpause', one('compute_unpause_instance'), 'ACTIVE', 1, 202),
    (('pause',), 'reboot', {'type': 'HARD'}, 'reboot', one('compute_reboot_instance'),
     'ACTIVE', 1, 202),
    ((), 'suspend', None, 'suspend', one('compute_suspend_instance'), 'SUSPENDED', 7, 202),
    (('suspend',), 'resume', None, 'resume', one('compute_resume_instance'), 'ACTIVE', 1, 202),
    ((), 'rescue', None, 'rescue', one('compute_rescue_instance'), 'RESCUE', 1, 200),
    (('os-stop',), 'rescue', {'adminPass': 'x'}, 'rescue', one('compute_rescue_instance'),
     'RESCUE', 1, 200),
    (('rescue',), 'unrescue', None, 'unrescue', one('compute_unrescue_instance'),
     'ACTIVE', 1, 202),
    ((), 'changePassword', {'adminPass': 'x'}, 'changePassword',
     one('compute_set_admin_password'), 'ACTIVE', 1, 202),
    ((), 'trigger_crash_dump', None, 'trigger_crash_dump', one('compute_trigger_crash_dump'),
     'ACTIVE', 1, 202),
    (('rescue',), 'trigger_crash_dump', None, 'trigger_crash_dump',
     one('compute_trigger_crash_dump'), 'RESCUE', 1, 202),
    (('pause',), 'createImage', {'name': 'x'}, 'createImage', one('compute_snapshot_instance'),
     'PAUSED', 3, 202),
    ((), 'migrate', None, 'migrate', RESIZE, 'VERIFY_RESIZE', 1, 202),
    (('migrate',), 'confirmResize', None, 'confirmResize', one('compute_confirm_resize'),
     'ACTIVE', 1, 204),
    ((), 'createImage', {'name': 'x'}, 'createImage', one('compute_snapshot_instance'),
     'ACTIVE', 1, 202),
    (('os-stop',), 'createImage', {'name': 'x'}, 'createImage', one('compute_snapshot_instance'),
     'SHUTOFF', 4, 202),
]


@pytest.mark.parametrize(
    ('before', 'verb', 'value', 'action', 'events', 'status', 'power', 'code'), STORIES)
def test_an_action_ends_as_nova_has_it(
        cloud, before, verb, value, action, events, status, power, code):
    server = cloud.boot()
    for earlier in before:
        cloud.act(server, earlier, SMALL if earlier == 'resize' else None, who=who(earlier))
    answer = cloud.ask(server, verb, value, who=who(verb))
    assert answer.status_code == code
    request_id = answer.headers['X-Openstack-Request-Id']
    cloud.settle(server)
    at_rest.check(cloud)
    assert cloud.actions(server)[-1] == (action, None)
    assert cloud.events(server, request_id) == events
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-STS:power_state']) == (status, power)
    assert shown['OS-EXT-STS:task_state'] is None
    assert 'fault' not in shown
    host = shown['OS-EXT-SRV-ATTR:host']
    assert cloud.guests()[host][server] == power


def test_a_create_and_a_delete_show_their_events(cloud):
    answer = cloud.create()
    server = cloud.settle(answer.json()['server']['id'])
    assert cloud.events(server, answer.headers['X-Openstack-Request-Id']) == [
        ('compute__do_build_and_run_instance', 'Success')]
    answer = cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert cloud.events(server, answer.headers['X-Openstack-Request-Id']) == [
        ('compute_terminate_instance', 'Success')]


def held(cloud, server):
    with cloud.services.db.read() as connection:
        return {row.role: (row.host, row.memory_mb) for row in hosts.held(connection, server)}


def port_hosts(cloud, server):
    ports = cloud.connection('admin').network.ports(device_id=server)
    return {port.binding_host_id for port in ports}


def test_a_resize_holds_both_places_until_it_is_confirmed(cloud):
    server = cloud.boot()
    old = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    addresses = cloud.show(server)['addresses']
    cloud.act(server, 'resize', SMALL)
    shown = cloud.show(server)
    new = shown['OS-EXT-SRV-ATTR:host']
    assert new != old
    assert shown['flavor']['original_name'] == 'm1.micro'
    assert shown['addresses'] == addresses
    assert held(cloud, server) == {'origin': (old, 192), 'server': (new, 256)}
    assert port_hosts(cloud, server) == {new}
    assert cloud.guests() == {old: {server: 4}, new: {server: 1}}

    cloud.act(server, 'confirmResize')
    assert held(cloud, server) == {'server': (new, 256)}
    assert cloud.guests() == {new: {server: 1}}
    assert cloud.show(server)['flavor']['original_name'] == 'm1.micro'


def test_a_resize_that_is_reverted_was_never_there(cloud):
    server = cloud.boot()
    before = at_rest.picture(cloud)
    cloud.act(server, 'resize', SMALL)
    cloud.act(server, 'revertResize')
    assert at_rest.picture(cloud) == before
    assert cloud.show(server)['flavor']['original_name'] == 'm1.nano'
    # And again, now that it has been there once.
    cloud.act(server, 'resize', SMALL)
    cloud.act(server, 'confirmResize')
    at_rest.check(cloud)


def test_a_resized_server_that_is_deleted_leaves_nothing(cloud):
    before = at_rest.picture(cloud)
    server = cloud.boot()
    cloud.act(server, 'resize', SMALL)
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert at_rest.picture(cloud) == before


@pytest.mark.parametrize('type_', ['SOFT', 'Soft', 'soft', 'HARD', 'Hard', 'hard'])
def test_a_reboot_may_be_spelt_in_three_ways(cloud, type_):
    server = cloud.boot(networks='none')
    cloud.act(server, 'reboot', {'type': type_})
    assert cloud.show(server)['status'] == 'ACTIVE'


def test_a_server_shows_what_is_being_done_to_it(cloud):
    server = cloud.boot()
    for verb, value, stuck, status, task_state in (
            ('reboot', {'type': 'SOFT'}, 'reboot', 'REBOOT', 'rebooting'),
            ('reboot', {'type': 'HARD'}, 'reboot', 'HARD_REBOOT', 'rebooting_hard'),
            ('os-stop', None, 'power_off', 'ACTIVE', 'powering-off'),
            ('os-start', None, 'power_on', 'SHUTOFF', 'powering-on'),
            ('createImage', {'name': 'x'}, 'snapshot', 'ACTIVE', 'image_snapshot'),
            ('createImage', {'name': 'x'}, 'upload_snapshot', 'ACTIVE', 'image_uploading'),
            ('resize', SMALL, 'claim', 'RESIZE', 'resize_prep'),
            ('revertResize', None, 'destroy', 'REVERT_RESIZE', 'resize_reverting')):
        cloud.settle(server)
        if verb == 'revertResize':
            assert cloud.show(server)['status'] == 'VERIFY_RESIZE'
        cloud.stall(stuck)
        assert cloud.ask(server, verb, value).status_code == 202
        cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == task_state)  # noqa: B023
        assert cloud.show(server)['status'] == status
        assert [one['id'] for one in cloud.get(f'/servers?status={status}')['servers']] == [server]
        cloud.wait(lambda: cloud.services.worker.injector.waiting)
        cloud.behave()
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ACTIVE'
    at_rest.settled(cloud)


# Images

def test_an_image_is_queued_saving_and_active_and_others_boot_from_it(cloud):
    server = cloud.boot()
    cloud.stall('snapshot')
    answer = cloud.ask(server, 'createImage', {'name': 'mine', 'metadata': {'purpose': 'test'}})
    image_id = answer.json()['image_id']

    def image():
        return cloud.get(f'/images/{image_id}', version='2.35')['image']
    cloud.wait(lambda: image()['progress'] == 50)
    shown = image()
    assert shown['status'] == 'SAVING'
    assert shown['server']['id'] == server
    cloud.stall('upload_snapshot')
    cloud.services.worker.injector.clear()
    cloud.settle(server)
    shown = image()
    assert (shown['status'], shown['progress'], shown['name']) == ('ACTIVE', 100, 'mine')
    assert shown['metadata']['purpose'] == 'test'
    assert shown['metadata']['image_type'] == 'snapshot'
    stored = cloud.connection().image.get_image(image_id)
    assert stored.status == 'active'
    data = cloud.connection().image.download_image(stored).content
    assert server in data.decode()
    assert stored.size == len(data)
    assert cloud.show(cloud.boot(imageRef=image_id))['status'] == 'ACTIVE'


def test_an_image_is_named_in_location_before_2_45_and_in_the_body_after(cloud):
    server = cloud.boot()
    answer = cloud.ask(server, 'createImage', {'name': 'x'}, version='2.44')
    cloud.settle(server)
    assert answer.content == b''
    image_id = answer.headers['Location'].rpartition('/')[2]
    assert answer.headers['Location'] == f'{cloud.url}/compute/images/{image_id}'
    assert cloud.get(f'/images/{image_id}', version='2.1')['image']['status'] == 'ACTIVE'
    answer = cloud.ask(server, 'createImage', {'name': 'x'}, version='2.45')
    cloud.settle(server)
    assert set(answer.json()) == {'image_id'}
    assert 'Location' not in answer.headers


def test_an_image_that_was_deleted_meanwhile_does_not_hinder_the_server(cloud):
    server = cloud.boot()
    cloud.stall('snapshot')
    image_id = cloud.ask(server, 'createImage', {'name': 'x'}).json()['image_id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    cloud.connection().image.delete_image(image_id)
    cloud.behave()
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.request('GET', f'/images/{image_id}', version='2.1').status_code == 404
    at_rest.check(cloud)


def test_a_resize_beyond_the_quota_is_refused():

    with Cloud(hosts=2, quota__ram=300) as cloud:
        server = cloud.boot()
        answer = cloud.ask(server, 'resize', {'flavorRef': '1'})
        assert answer.status_code == 403
        assert answer.json()['forbidden']['message'] == (
            'Quota exceeded for ram: Requested 320, but already used 192 of 300 ram')
        assert cloud.act(server, 'resize', SMALL)
