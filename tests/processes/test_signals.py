"""What SIGTERM, SIGINT and SIGHUP make of daemons that are at work."""

import json
import signal

import pytest

pytestmark = pytest.mark.daemons

BUILD = 'compute__do_build_and_run_instance'
SLOW = [{'verb': 'spawn', 'then': 'delay', 'seconds': 60, 'when': {'server.name': 'slow'}},
        {'verb': 'spawn', 'then': 'delay', 'seconds': 3, 'when': {'server.name': 'quick'}}]


def _rules(daemons, rules):
    (daemons.directory / 'faults.yaml').write_text(json.dumps(rules))


def _started(daemons, **settings):
    daemons.configure('DEFAULT', **settings)
    daemons.configure('simulated', faults_file=daemons.directory / 'faults.yaml')
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()


def _spawning(daemons, name):
    answer = daemons.create(name=name, networks='none')
    server = answer.json()['server']['id']
    daemons.wait(lambda: daemons.show(server)['OS-EXT-STS:task_state'] == 'spawning')
    return server, answer.headers['X-Openstack-Request-Id']


def test_a_compute_that_is_told_to_end_finishes_what_it_can_and_hands_back_the_rest(daemons):
    _rules(daemons, SLOW)
    _started(daemons, graceful_shutdown_timeout=20)
    (slow, request_id), (quick, _) = _spawning(daemons, 'slow'), _spawning(daemons, 'quick')
    daemons.send('compute', signal.SIGTERM)
    daemons.await_log('compute', 'steps in hand, at most')
    daemons.start_another('other', 'compute', '[DEFAULT]\nhost = other\n[compute]\n'
                          'host_prefix = k\n[simulated]\nfaults_file =\n')
    # Nothing new comes here, although it is alive.
    new = daemons.boot(name='new', networks='none')
    assert daemons.show(new)['OS-EXT-SRV-ATTR:host'].startswith('k')
    assert daemons.ended('compute') == 0
    daemons.settle(quick)
    daemons.settle(slow, seconds=60)
    shown = daemons.show(slow)
    assert (shown['status'], shown['OS-EXT-SRV-ATTR:host'][0]) == ('ACTIVE', 'k')
    first, second = reversed(daemons.action(slow, request_id)['events'])
    assert 'was shut down before it had ended.' in first['details']
    assert second['result'] == 'Success'
    assert daemons.show(quick)['status'] == 'ACTIVE'
    assert 'hands back 1 steps' in daemons.log('compute').read_text()


def test_an_api_answers_what_it_was_asked_and_a_conductor_ends_between_two_steps(daemons):
    _rules(daemons, [{'verb': 'console_output', 'then': 'delay', 'seconds': 2},
                     {'verb': 'send_disk', 'then': 'delay', 'seconds': 2}])
    _started(daemons)
    server = daemons.boot(name='moves', networks='none')
    other = daemons.boot(name='other', networks='none')
    answers = daemons.runtime.queue()
    daemons.runtime.spawn('client', lambda: answers.put(
        daemons.ask(other, 'os-getConsoleOutput', {'length': 1})))
    request_id = daemons.ask(server, 'resize', {'flavorRef': '84'}).headers[
        'X-Openstack-Request-Id']
    daemons.await_log('compute', 'A fault rule makes console_output')
    assert daemons.end('api') == 0
    assert answers.get(timeout=30).status_code == 200
    assert daemons.end('conductor') == 0
    daemons.start('api', 'conductor')
    daemons.wait(daemons.answers)
    daemons.settle(server, seconds=40)
    assert daemons.show(server)['status'] == 'VERIFY_RESIZE'
    assert {result for _, result in daemons.events(server, request_id)} == {'Success'}


def test_a_second_signal_ends_a_daemon_at_once(daemons):
    _rules(daemons, SLOW)
    _started(daemons)
    _spawning(daemons, 'slow')
    daemons.send('compute', signal.SIGTERM)
    daemons.await_log('compute', 'waits for 1 steps in hand, at most')
    begin = daemons.runtime.monotonic()
    assert daemons.end('compute', signal.SIGINT) == 1
    assert daemons.runtime.monotonic() - begin < 30        # its step takes twice that
    daemons.await_log('compute', 'ended at once by a second signal.')


def test_sighup_changes_what_may_change_and_a_broken_file_nothing(daemons):
    _rules(daemons, [])
    _started(daemons)
    whole = daemons.file.read_text()

    (daemons.directory / 'faults.yaml').write_text('- {verb: spwan, then: fail}')
    daemons.send('compute', signal.SIGHUP)
    daemons.await_log('compute', "there is no verb 'spwan'")
    assert daemons.show(daemons.boot(networks='none'))['status'] == 'ACTIVE'
    _rules(daemons, [{'verb': 'spawn', 'then': 'fail', 'message': 'The file has it so'}])
    daemons.send('compute', signal.SIGHUP)
    daemons.await_log('compute', 'The configuration was read again')
    shown = daemons.show(daemons.boot(networks='none'))
    assert 'The file has it so' in shown['fault']['details']

    daemons.file.write_text('[api\nmax_limit = 1')
    daemons.send('api', signal.SIGHUP)
    daemons.await_log('api', 'The configuration stays as it was, for this is wrong')
    daemons.file.write_text(whole.replace('[api]', '[api]\nmax_limit = none'))
    daemons.send('api', signal.SIGHUP)
    daemons.wait(lambda: daemons.log('api').read_text().count('for this is wrong') == 2)
    assert len(daemons.get('/servers')['servers']) == 2
    daemons.file.write_text(whole.replace('[api]', '[api]\nmax_limit = 1').replace(
        '[DEFAULT]', '[DEFAULT]\ndebug = true\n'
        'default_log_levels = oslo_messaging=DEBUG,oslo.messaging=DEBUG'))
    daemons.send('api', signal.SIGHUP)
    daemons.await_log('api', 'The configuration was read again')
    assert len(daemons.get('/servers')['servers']) == 1
    daemons.boot(networks='none')
    daemons.await_log('api', ' DEBUG ')
