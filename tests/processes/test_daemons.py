"""The daemons, each a process, over RabbitMQ and PostgreSQL (and MariaDB)."""

import json
import signal

import pytest
from testtools import matchers
from testtools.assertions import assert_that

pytestmark = pytest.mark.daemons


def test_the_story_over_rabbitmq_and_postgresql(daemons):
    _tell_the_story(daemons)


def test_the_story_over_rabbitmq_and_mariadb(daemons_on_mariadb):
    _tell_the_story(daemons_on_mariadb)


def _tell_the_story(daemons):
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    server = daemons.boot(name='wäb \N{SNOWMAN}')
    assert daemons.show(server)['status'] == 'ACTIVE'
    request_id = daemons.act(server, 'resize', {'flavorRef': '84'})
    assert daemons.events(server, request_id) == [
        ('conductor_migrate_server', 'Success'), ('cold_migrate', 'Success'),
        ('compute_prep_resize', 'Success'), ('compute_resize_instance', 'Success'),
        ('compute_finish_resize', 'Success')]
    hops = daemons.traced(request_id)[0]['hops']
    old, new = (daemons.action(server, request_id)['events'][i]['host'] for i in (1, 0))
    assert hops == ['api.resize', 'conductor.run', f'{new}.claim', f'{old}.send_disk',
                    f'{new}.boot']
    daemons.act(server, 'confirmResize')
    daemons.act(server, 'createImage', {'name': 'copy'})
    assert [i.status for i in daemons.connection().image.images(name='copy')] == ['active']
    broken = daemons.boot(fault='spawn:fail=No room for the disk')
    assert_that(daemons.show(broken)['fault'], matchers.MatchesDict({
        'code': matchers.Equals(500), 'message': matchers.EndsWith('No room for the disk'),
        'created': matchers.EndsWith('Z'), 'details': matchers.Contains('Traceback')}))
    request_id = daemons.act(server, 'resize', {'flavorRef': '5'})
    assert daemons.show(server)['status'] in ('VERIFY_RESIZE', 'ACTIVE')
    _is_in_every_log(daemons, request_id)
    daemons.wipe()
    for name in ('compute', 'conductor', 'api'):
        assert daemons.end(name) == 0


def _is_in_every_log(daemons, request_id):
    for name in ('api', 'conductor', 'compute'):
        assert request_id in daemons.log(name).read_text(), f'{request_id} is not in {name}.log'


def test_daemons_start_in_any_order_and_say_what_they_wait_for(daemons):
    daemons.start('compute', 'conductor', 'api')
    for name in ('conductor', 'api'):
        daemons.await_log(name, 'Waiting for the database schema')
    daemons.await_log('compute', 'waits for a conductor to answer')
    daemons.prepare()
    daemons.await_ready()
    assert daemons.show(daemons.boot())['status'] == 'ACTIVE'


def test_a_daemon_that_waits_can_be_ended(daemons):
    daemons.start('compute', 'conductor')
    daemons.await_log('compute', 'waits for a conductor to answer')
    daemons.await_log('conductor', 'Waiting for the database schema')
    assert daemons.end('compute') == 0
    assert daemons.end('conductor') in (0, -signal.SIGTERM)


def test_a_create_waits_for_a_conductor_that_is_away(daemons):
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    daemons.end('conductor', signal.SIGKILL)
    answer = daemons.create()
    assert answer.status_code == 202
    (one,) = json.loads(daemons.manage('waiting', '--json').stdout)['waiting']
    assert (one['server'], one['turn']) == (answer.json()['server']['id'], 'nobody')
    assert 'waits for a conductor to take it up' in daemons.manage('waiting').stdout
    daemons.start('conductor')
    server = daemons.settle(answer.json()['server']['id'])
    assert daemons.show(server)['status'] == 'ACTIVE'
    request_id = answer.headers['X-Openstack-Request-Id']
    assert daemons.events(server, request_id) == [
        ('compute__do_build_and_run_instance', 'Success')]


def test_a_compute_that_is_killed_while_it_spawns_goes_on_when_it_is_back(daemons):
    # It is to be back before it is missed, on a busy machine too.
    daemons.configure('compute', service_down_time=120)
    rules = daemons.directory / 'faults.yaml'
    daemons.append('simulated', faults_file=rules)
    rules.write_text('[{verb: spawn, then: stall}]')
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    answer = daemons.create()
    server = answer.json()['server']['id']
    daemons.wait(lambda: daemons.show(server)['OS-EXT-STS:task_state'] == 'spawning')
    daemons.end('compute', signal.SIGKILL)
    rules.write_text('[]')
    daemons.start('compute')
    daemons.settle(server)
    assert daemons.show(server)['status'] == 'ACTIVE'
    events = daemons.events(server, answer.headers['X-Openstack-Request-Id'])
    assert events == [('compute__do_build_and_run_instance', 'Error'),
                      ('compute__do_build_and_run_instance', 'Success')]


def test_a_compute_that_is_killed_and_stays_away_leaves_faults_and_can_be_cleared(daemons):
    daemons.configure('compute', service_down_time=5, report_interval=1)
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    running = daemons.boot(name='running')
    answer = daemons.create(fault='spawn:stall')
    server = answer.json()['server']['id']
    daemons.wait(lambda: daemons.show(server)['OS-EXT-STS:task_state'] == 'spawning')
    daemons.ask(running, 'reboot', {'type': 'SOFT'})
    daemons.end('compute', signal.SIGKILL)

    # All hosts were the dead worker's, so there is no other to try.
    daemons.settle(server, seconds=60)
    shown = daemons.show(server)
    assert shown['status'] == 'ERROR'
    assert shown['fault']['message'] == (
        'Exceeded maximum number of retries. Exhausted all hosts available for retrying build '
        f'failures for instance {server}.')
    assert 'has gone quiet.' in shown['fault']['details']
    assert daemons.events(server, answer.headers['X-Openstack-Request-Id']) == [
        ('compute__do_build_and_run_instance', 'Error')]
    daemons.settle(running, seconds=60)
    assert daemons.show(running)['status'] == 'ACTIVE'

    # What the dead host has is its own affair until it is back: a delete does not wait for it.
    daemons.request('DELETE', f'/servers/{running}')
    daemons.settle(running, seconds=60)
    assert daemons.request('GET', f'/servers/{running}').status_code == 404
    daemons.start('compute')
    daemons.await_log('compute', f'Server {running} should have no guest')
    assert daemons.show(daemons.boot(name='after'))['status'] == 'ACTIVE'


def test_what_cannot_be_reached_is_said_in_a_sentence(daemons):
    daemons.file.write_text(daemons.file.read_text().replace(
        '[DEFAULT]', '[DEFAULT]\nstartup_timeout = 1').replace('127.0.0.1', '127.0.0.2'))
    done = daemons.manage('db', 'sync')
    assert done.returncode == 1
    assert 'does not answer' in done.stderr
    assert 'Traceback' not in done.stderr
    daemons.start('conductor', 'compute')
    for name in ('conductor', 'compute'):
        assert daemons.processes.pop(name).wait(timeout=60) == 1
        told = daemons.log(name).read_text()
        assert 'Waited 1 s in vain for the' in told
        assert 'Traceback' not in told


def test_any_wsgi_server_can_run_the_api(daemons):
    daemons.prepare()
    daemons.start('conductor', 'compute')
    daemons.serve_with_waitress()
    daemons.await_ready()
    daemons.wait(daemons.answers)
    assert daemons.show(daemons.boot())['status'] == 'ACTIVE'


def test_logs_can_be_json_with_the_request_id_in_each_line(daemons):
    daemons.configure('DEFAULT', use_json='true')
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    answer = daemons.create()
    daemons.settle(answer.json()['server']['id'])
    request_id = answer.headers['X-Openstack-Request-Id']
    for name in ('api', 'conductor', 'compute'):
        lines = [json.loads(line) for line in daemons.log(name).read_text().splitlines()]
        mine = [line for line in lines if line['context'].get('request_id') == request_id]
        assert mine, name
        assert_that(mine[0], matchers.ContainsDict({
            'levelname': matchers.Equals('INFO'), 'message': matchers.Not(matchers.Equals(''))}))
