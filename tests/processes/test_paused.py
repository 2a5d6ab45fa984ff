"""A process that is paused for longer than its lease, and goes on as if nothing had been."""

import signal

import pytest

pytestmark = pytest.mark.daemons

BUILD = 'compute__do_build_and_run_instance'


def _start(daemons, service_down_time, lease):
    daemons.configure('compute', service_down_time=service_down_time, report_interval=1)
    daemons.configure('conductor', lease=lease, sweep_interval=1)
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()


def test_a_compute_that_was_paused_finds_its_work_done_elsewhere_and_changes_nothing(daemons):
    # Long enough to be paused in the middle of it, on a busy machine too.
    rules = daemons.directory / 'faults.yaml'
    rules.write_text('[{verb: spawn, then: delay, seconds: 20, times: 1}]')
    daemons.append('simulated', faults_file=rules)
    _start(daemons, 8, 8)
    answer = daemons.create(name='moves', networks='none')
    server, request_id = answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id']
    daemons.wait(lambda: daemons.show(server)['OS-EXT-STS:task_state'] == 'spawning')
    daemons.send('compute', signal.SIGSTOP)
    daemons.start_another('other', 'compute',
                          '[DEFAULT]\nhost = other\n[compute]\nhost_prefix = k\n'
                          '[simulated]\nfaults_file =\n')
    daemons.settle(server, seconds=60)
    before = daemons.show(server)
    assert (before['status'], before['OS-EXT-SRV-ATTR:host'][0]) == ('ACTIVE', 'k')

    daemons.send('compute', signal.SIGCONT)
    daemons.await_log('compute', f'Server {server} should have no guest on h')
    assert daemons.show(server) == before
    first, second = reversed(daemons.action(server, request_id)['events'])
    assert (first['result'], second['result']) == ('Error', 'Success')
    assert first['details'].endswith('has gone quiet.')
    # It is trusted again, once it has put its guests right.
    daemons.wait(lambda: all(service['state'] == 'up' for service in daemons.get(
        '/os-services?binary=nova-compute', who='admin')['services']))
    new = daemons.boot(name='new', networks='none', availability_zone='nova:h1', who='admin')
    assert daemons.show(new)['status'] == 'ACTIVE'


def test_a_conductor_that_was_paused_does_nothing_twice(daemons):
    # A report may need a few tries until it is heard by the other one.
    _start(daemons, 12, 30)
    daemons.start_another('second', 'conductor', '[DEFAULT]\nhost = second\n')
    daemons.send('conductor', signal.SIGSTOP)
    answers = [daemons.create(name=f's{number}', networks='none') for number in range(2)]
    asked = [(answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id'])
             for answer in answers]
    # Every other message is for the one that is paused.
    for server, _ in asked:
        daemons.settle(server, seconds=90)
    before = [daemons.show(server) for server, _ in asked]
    assert [one['status'] for one in before] == ['ACTIVE'] * 2

    daemons.send('conductor', signal.SIGCONT)
    assert daemons.act(asked[0][0], 'os-stop')
    daemons.act(asked[0][0], 'os-start')
    for (server, request_id), shown in zip(asked[1:], before[1:], strict=True):
        assert daemons.show(server) == shown
        assert daemons.events(server, request_id) == [(BUILD, 'Success')]
