"""What goes wrong behind a 202, and that nothing is left of it but the fault."""

import pytest

from novalite import context
from novalite.db import history
from novalite.servers import machine
from tests.functional import at_rest
from tests.functional import rows

def faults(cloud, server):
    with cloud.services.db.read() as connection:
        return history.faults_of(connection, server)


@pytest.mark.parametrize('asked', ['claim', 'power_off', 'send_disk', 'spawn'])
def test_a_stopped_server_that_cannot_be_resized_stays_off(cloud, asked):
    server = cloud.boot()
    cloud.act(server, 'os-stop')
    before = at_rest.picture(cloud)
    cloud.fail(asked, times=3 if asked == 'claim' else 1)
    cloud.act(server, 'resize', {'flavorRef': '1'})
    at_rest.check(cloud)
    after = at_rest.picture(cloud)
    before.pop('servers'), after.pop('servers')
    assert after == before


@pytest.mark.parametrize('undo', ['destroy', 'power_on'])
def test_a_way_back_that_fails_ends_too_and_delete_cleans_up(cloud, undo):
    server = cloud.boot()
    cloud.fail('spawn')
    cloud.fail(undo)
    request_id = cloud.act(server, 'resize', {'flavorRef': '1'})
    shown = cloud.show(server)
    assert shown['status'] == 'ERROR'
    assert 'The way back failed too' in shown['fault']['details']
    assert None not in [result for _, result in cloud.events(server, request_id)]
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}


@pytest.mark.parametrize('verb', ['create', 'resize'])
def test_a_host_that_cannot_be_cleared_is_remembered_until_delete_clears_it(cloud, verb):
    if verb == 'create':
        cloud.fail('spawn')
        cloud.fail('destroy', times=2)
        server = cloud.boot()
    else:
        server = cloud.boot()
        cloud.fail('spawn')
        cloud.fail('destroy', times=2)
        cloud.act(server, 'resize', {'flavorRef': '1'})
        assert ['and on its way to' in str(one) for one in at_rest.broken(cloud)] == [True]
        assert len(cloud.guests()) == 2
    shown = cloud.show(server)
    assert shown['status'] == 'ERROR'
    assert shown['OS-EXT-SRV-ATTR:host'] is not None
    cloud.behave()
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}


def test_a_server_in_two_places_is_not_resized_again(cloud):
    server = cloud.boot()
    cloud.act(server, 'resize', {'flavorRef': '1'})
    cloud.fail('destroy')
    cloud.act(server, 'revertResize')
    assert cloud.show(server)['status'] == 'ERROR'
    cloud.act(server, 'reboot', {'type': 'HARD'})
    answer = cloud.ask(server, 'resize', {'flavorRef': '84'})
    assert answer.status_code == 409
    assert 'of a resize that failed' in answer.json()['conflictingRequest']['message']
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}


# The fault as it is shown

def test_a_fault_shows_its_code_time_and_message_and_details_only_to_admins(cloud):
    server = cloud.boot(fault='spawn:fail=No room for the disk')
    shown = cloud.show(server)['fault']
    assert shown['code'] == 500
    assert shown['message'] == (
        'Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for instance '
        f'{server}. Last exception: No room for the disk')
    assert shown['created'].endswith('Z')
    assert 'InjectedFault: No room for the disk' in shown['details']
    assert set(cloud.show(server, who='demo')['fault']) == {'code', 'created', 'message'}
    listed = cloud.get('/servers/detail?status=ERROR')['servers']
    assert [one['fault']['message'] for one in listed] == [shown['message']]


def test_a_server_that_fits_nowhere_tells_why_to_admins_only(cloud):
    flavor = cloud.request('POST', '/flavors', {'flavor': {
        'name': 'huge', 'id': 'huge', 'ram': 10 ** 6, 'vcpus': 1, 'disk': 1}}, who='admin')
    assert flavor.status_code == 200
    try:
        server = cloud.boot(flavor='huge')
    finally:
        cloud.request('DELETE', '/flavors/huge', who='admin')
    fault = cloud.show(server)['fault']
    assert fault['message'] == 'No valid host was found. There are not enough hosts available.'
    assert fault['code'] == 500
    assert 'ResourceFilter: MEMORY_MB: 1000000 wanted' in fault['details']
    assert 'details' not in cloud.show(server, who='demo')['fault']
    assert cloud.actions(server) == [('create', 'Error')]
    assert cloud.guests() == {}


def test_a_resize_that_fits_nowhere_leaves_the_server_active(cloud):
    flavor = cloud.request('POST', '/flavors', {'flavor': {
        'name': 'huge', 'id': 'huge', 'ram': 10 ** 6, 'vcpus': 1, 'disk': 1}}, who='admin')
    assert flavor.status_code == 200
    server = cloud.boot()
    before = at_rest.picture(cloud)
    try:
        request_id = cloud.act(server, 'resize', {'flavorRef': 'huge'})
    finally:
        cloud.request('DELETE', '/flavors/huge', who='admin')
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE'
    assert 'fault' not in shown
    assert cloud.actions(server)[-1] == ('resize', 'Error')
    assert cloud.events(server, request_id) == [
        ('conductor_migrate_server', 'Error'), ('cold_migrate', 'Error')]
    (fault,) = faults(cloud, server)
    assert fault.message == 'No valid host was found. There are not enough hosts available.'
    assert at_rest.picture(cloud) == before


def test_a_message_is_cut_at_255_bytes_and_never_in_a_character(cloud):
    server = cloud.boot()
    cloud.fail('reboot', message='é' * 200)
    cloud.act(server, 'reboot', {'type': 'HARD'})
    assert cloud.show(server)['fault']['message'] == 'é' * 127
    assert 'é' * 200 in cloud.show(server)['fault']['details']


def test_the_latest_fault_is_shown(cloud):
    server = cloud.boot(fault='spawn:fail=first')
    cloud.fail('reboot', message='second')
    # A server without a host has nothing to reboot; one that was built has.
    other = cloud.boot()
    cloud.act(other, 'reboot', {'type': 'HARD'})
    assert cloud.show(other)['fault']['message'] == 'second'
    cloud.fail('reboot', message='third')
    cloud.act(other, 'reboot', {'type': 'HARD'})
    assert cloud.show(other)['fault']['message'] == 'third'
    assert [fault.message for fault in faults(cloud, other)] == ['second', 'third']
    assert cloud.show(server)['fault']['message'].endswith('first')


def test_an_image_that_fails_shows_its_fault_and_the_server_is_as_before(cloud):
    server = cloud.boot()
    cloud.fail('upload_snapshot', message='The image store is full')
    image_id = cloud.request(
        'POST', f'/servers/{server}/action', {'createImage': {'name': 'x'}}).json()['image_id']
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ACTIVE'
    image = cloud.get(f'/images/{image_id}', version='2.35')['image']
    assert image['status'] == 'ERROR'
    assert image['fault'] == {'code': 500, 'message': 'The image store is full'}
    shown = cloud.get(f'/images/{image_id}', version='2.35', who='admin')['image']
    assert 'InjectedFault' in shown['fault']['details']


# Slow and stuck

def test_a_delay_delays(cloud):
    began = cloud.runtime.monotonic()
    server = cloud.boot(fault='spawn:delay=0.3')
    assert cloud.runtime.monotonic() - began >= 0.3
    assert cloud.show(server)['status'] == 'ACTIVE'


def test_who_stalls_shows_what_is_under_way_and_goes_on(cloud):
    cloud.stall('spawn')
    server = cloud.create().json()['server']['id']
    cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == 'spawning')
    assert cloud.show(server)['status'] == 'BUILD'
    ((event, result),) = cloud.events(server, cloud.get(
        f'/servers/{server}/os-instance-actions')['instanceActions'][0]['request_id'])
    assert (event, result) == ('compute__do_build_and_run_instance', None)
    cloud.behave()
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ACTIVE'


def test_delete_takes_over_from_a_way_back_that_is_stuck(cloud):
    server = cloud.boot()
    cloud.fail('send_disk')
    cloud.stall('power_on')
    cloud.ask(server, 'resize', {'flavorRef': '1'})
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
    at_rest.settled(cloud)
    assert cloud.guests() == {}
    assert cloud.actions(server)[-2:] == [('resize', 'Error'), ('delete', None)]


def test_delete_right_after_create_leaves_nothing(cloud):
    for _ in range(10):
        server = cloud.create().json()['server']['id']
        assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
    at_rest.settled(cloud)
    assert cloud.guests() == {}


def test_delete_right_after_a_stall_was_asked_for_is_not_stuck_behind_it(cloud):
    for _ in range(5):
        server = cloud.create(fault='spawn:stall').json()['server']['id']
        assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
    at_rest.settled(cloud)
    assert cloud.guests() == {}


def test_a_delete_that_fails_can_be_repeated(cloud):
    server = cloud.boot()
    cloud.fail('destroy')
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ERROR'
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}


def test_a_delete_that_fails_in_mid_resize_can_be_repeated(cloud):
    server = cloud.boot()
    cloud.stall('spawn')
    cloud.ask(server, 'resize', {'flavorRef': '1'})
    cloud.wait(lambda: len(cloud.guests()) == 2)
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    cloud.fail('destroy')
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ERROR'
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)
    assert cloud.guests() == {}


def test_a_hard_reboot_takes_over_from_a_soft_one(cloud):
    server = cloud.boot()
    cloud.stall('reboot')
    cloud.ask(server, 'reboot', {'type': 'SOFT'})
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    assert cloud.show(server)['status'] == 'REBOOT'
    cloud.act(server, 'reboot', {'type': 'HARD'})
    at_rest.settled(cloud)
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.actions(server)[1:] == [('reboot', 'Error'), ('reboot', None)]


def test_a_late_report_of_an_older_attempt_moves_nothing(cloud):
    server = cloud.boot()
    cloud.stall('power_off')
    request_id = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    with cloud.services.db.read() as connection:
        row = history.action(connection, server, request_id)
    ctxt = context.RequestContext.from_dict(row.context)
    runner = cloud.services.conductor.runner
    runner.finished(ctxt, server, 'power_off', row.attempt - 1, {'power_state': 4})
    runner.failed(ctxt, server, 'power_off', row.attempt - 1, {
        'message': 'late', 'details': '', 'code': 500, 'nothing_changed': False})
    assert cloud.show(server)['OS-EXT-STS:task_state'] == 'powering-off'
    cloud.behave()
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'SHUTOFF'
    assert cloud.actions(server)[-1] == ('stop', None)
    at_rest.check(cloud)


@pytest.mark.parametrize('verb', ['os-stop', 'reboot', 'resize', 'createImage'])
def test_an_action_during_another_is_refused_in_novas_words(cloud, verb):
    server = cloud.boot()
    cloud.stall('power_off')
    cloud.ask(server, 'os-stop')
    answer = cloud.ask(server, verb, rows.row(verb).value)
    assert answer.status_code == 409
    assert answer.json()['conflictingRequest']['message'] == (
        f"Cannot '{machine.VERBS[verb].name}' instance {server} while it is in task_state "
        f'powering-off')
    images = cloud.connection().image.images(name='x', status='queued')
    assert not list(images)


def test_what_nobody_knows_is_shown_by_its_class_and_in_whole_to_administrators(cloud):
    cloud.misbehave('reboot', 'raise', error='libvirtError', message='Domain not found. ' * 30)
    server = cloud.boot()
    cloud.act(server, 'reboot', {'type': 'HARD'})
    fault = cloud.show(server)['fault']
    assert fault['message'] == 'libvirtError'
    assert 'Domain not found. ' * 30 in fault['details'] and 'Traceback' in fault['details']
    assert 'details' not in cloud.show(server, who='demo')['fault']


def test_a_text_that_is_too_long_is_cut_and_whole_to_administrators(cloud):
    cloud.misbehave('spawn', 'fail', times=3, message='No room here. ' * 30)
    server = cloud.create().json()['server']['id']
    cloud.settle(server)
    with cloud.services.db.read() as connection:
        faults = history.faults_of(connection, server)
    assert max(len(fault.message.encode()) for fault in faults) == 255
    assert all('No room here. ' * 30 in fault.details for fault in faults)
