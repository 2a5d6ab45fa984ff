"""What was accepted is done, whoever was away or ended meanwhile."""

from novalite.conductor import daemon
from novalite.db import history
from novalite.db import servers
from novalite.testing import Cloud
from tests.functional import at_rest


def test_servers_and_guests_outlive_the_cloud(tmp_path):
    with Cloud(hosts=2, state_dir=tmp_path) as cloud:
        on, off = cloud.boot(name='on'), cloud.boot(name='off')
        cloud.act(off, 'os-stop')
        failed = cloud.boot(name='failed', fault='spawn:fail=No room')
        before = at_rest.picture(cloud)
        seen = cloud.get('/servers/detail', version='2.1')['servers']
        actions = {server: cloud.actions(server) for server in (on, off, failed)}
    with Cloud(hosts=2, state_dir=tmp_path) as cloud:
        assert at_rest.picture(cloud) == before
        again = cloud.get('/servers/detail', version='2.1')['servers']
        assert [(one['id'], one['status'], one.get('fault'), one['addresses']) for one in again] \
            == [(one['id'], one['status'], one.get('fault'), one['addresses']) for one in seen]
        assert {server: cloud.actions(server) for server in (on, off, failed)} == actions
        cloud.act(off, 'os-start')
        cloud.act(on, 'resize', {'flavorRef': '84'})
        cloud.act(on, 'revertResize')
        assert cloud.guests() == {host: dict.fromkeys(guests, 1)
                                  for host, guests in before['guests'].items()}
        for server in (on, off, failed):
            cloud.request('DELETE', f'/servers/{server}')
        at_rest.settled(cloud)
        assert cloud.guests() == {}


def conductor_of(cloud):
    services = cloud.services
    return daemon.Conductor(services.conf, services.db, services.bus, services.runtime,
                            services.notifier)


def test_an_action_whose_message_was_lost_is_driven_by_the_sweep():
    with Cloud(hosts=2, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        cloud.services.conductor.stop()
        answers = [cloud.create(name='lost'), cloud.ask(server, 'os-stop')]
        assert [answer.status_code for answer in answers] == [202, 202]
        lost = answers[0].json()['server']['id']
        assert cloud.show(server)['OS-EXT-STS:task_state'] == 'powering-off'
        assert cloud.show(lost)['OS-EXT-STS:task_state'] == 'scheduling'

        cloud.services.conductor = conductor_of(cloud)
        cloud.services.conductor.start()
        at_rest.settled(cloud)
        assert cloud.show(server)['status'] == 'SHUTOFF'
        assert cloud.show(lost)['status'] == 'ACTIVE'
        for one, answer, events in (
                (lost, answers[0], [('compute__do_build_and_run_instance', 'Success')]),
                (server, answers[1], [('compute_stop_instance', 'Success')])):
            request_id = answer.headers['X-Openstack-Request-Id']
            assert cloud.events(one, request_id) == events
        assert cloud.actions(server) == [('create', None), ('stop', None)]


def test_a_volume_is_shown_at_its_server_as_soon_as_it_is_promised():
    with Cloud(hosts=2, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        volume = cloud.connection().block_storage.create_volume(size=1).id
        cloud.services.conductor.stop()
        path = f'/servers/{server}/os-volume_attachments'
        answer = cloud.request('POST', path, {'volumeAttachment': {'volumeId': volume}},
                               version='2.100')
        assert answer.status_code == 200
        assert cloud.get(f'{path}/{volume}', who='demo')['volumeAttachment'][
            'volumeId'] == volume
        assert cloud.connection().block_storage.get_volume(volume).status == 'reserved'

        cloud.services.conductor = conductor_of(cloud)
        cloud.services.conductor.start()
        at_rest.settled(cloud)
        assert cloud.connection().block_storage.get_volume(volume).status == 'in-use'


def test_a_step_that_meets_a_bug_ends_with_a_fault_and_not_over_and_over():
    with Cloud(hosts=2, conductor__sweep_interval=1) as cloud:
        cloud.services.conductor.stop()
        server = cloud.create().json()['server']['id']
        with cloud.services.db.write() as connection:
            servers.edit(connection, server, cloud.runtime.now(), networks=[7])
        cloud.services.conductor = conductor_of(cloud)
        cloud.services.conductor.start()
        at_rest.settled(cloud)
        shown = cloud.show(server)
        assert (shown['status'], shown['fault']['message']) == ('ERROR', 'TypeError')
        assert 'Traceback' in shown['fault']['details']
        assert 'details' not in cloud.show(server, who='demo')['fault']


def test_a_message_that_only_came_late_is_not_driven_twice():
    with Cloud(hosts=2, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        cloud.stall('power_off')
        request_id = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
        cloud.wait(lambda: cloud.services.worker.injector.waiting)
        with cloud.services.db.read() as connection:
            row = history.action(connection, server, request_id)
        cloud.services.conductor.runner.resume(row)
        cloud.behave()
        cloud.settle(server)
        assert cloud.events(server, request_id) == [('compute_stop_instance', 'Success')]


STUCK = [
    ('create', None, 'spawn', 'ACTIVE'), ('os-stop', None, 'power_off', 'SHUTOFF'),
    ('resize', {'flavorRef': '84'}, 'send_disk', 'VERIFY_RESIZE'),
    ('resize', {'flavorRef': '84'}, 'spawn', 'VERIFY_RESIZE'),
    ('createImage', {'name': 'x'}, 'upload_snapshot', 'ACTIVE'),
]


def test_a_step_that_was_handed_back_is_driven_again_after_the_restart(tmp_path):
    asked = {}
    with Cloud(hosts=3, state_dir=tmp_path) as cloud:
        for number, (verb, value, stuck, _) in enumerate(STUCK):
            server = None if verb == 'create' else cloud.boot(name=f's{number}')
            cloud.stall(stuck)
            answer = cloud.create(name='s0') if server is None else cloud.ask(server, verb, value)
            server = server or answer.json()['server']['id']
            asked[server] = answer.headers['X-Openstack-Request-Id']
            cloud.wait(lambda: cloud.services.worker.injector.waiting == len(asked))
    with Cloud(hosts=3, state_dir=tmp_path) as cloud:
        at_rest.settled(cloud)
        for (server, request_id), (verb, _, _, status) in zip(asked.items(), STUCK, strict=True):
            assert cloud.show(server)['status'] == status, verb
            action = cloud.action(server, request_id)
            assert action['message'] is None
            lost = [event['details'] for event in action['events'] if event['result'] == 'Error']
            assert lost in ([], ['The host was restarted before it had ended.'])
            assert (lost == []) == (verb == 'createImage'), verb


def test_a_way_back_that_was_handed_back_goes_on_after_the_restart(tmp_path):
    with Cloud(hosts=3, state_dir=tmp_path) as cloud:
        server = cloud.boot()
        before = at_rest.picture(cloud)
        cloud.fail('spawn', message='No room')
        cloud.stall('power_on')
        cloud.ask(server, 'resize', {'flavorRef': '84'})
        cloud.wait(lambda: cloud.services.worker.injector.waiting)
    with Cloud(hosts=3, state_dir=tmp_path) as cloud:
        at_rest.settled(cloud)
        after = at_rest.picture(cloud)
        before.pop('servers'), after.pop('servers')
        assert after == before
        assert cloud.show(server)['fault']['message'] == 'No room'
        assert cloud.actions(server) == [('create', None), ('resize', 'Error')]
