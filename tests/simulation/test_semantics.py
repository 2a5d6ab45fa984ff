"""The same story in both worlds: what novalite drives to its end, and what Nova loses.

doc/recovery.md tells it; what it says of Nova is what a real one did.
"""

import pytest

from novalite.db import history
from tests.simulation.cloud import SimulatedCloud

BUILD = 'compute__do_build_and_run_instance'


def _cloud(semantics, **more):
    return SimulatedCloud(recovery__semantics=semantics, simulated__timings='*=5', **more)


def _seen(cloud, server, request_id):
    """(status, task_state, whether there is a fault, (event, result) of its action)."""
    shown = cloud.show(server)
    return (shown['status'], shown['OS-EXT-STS:task_state'], 'fault' in shown,
            cloud.events(server, request_id))


def _asked(answer):
    assert answer.status_code == 202
    return answer.headers['X-Openstack-Request-Id']


@pytest.mark.parametrize(('semantics', 'built', 'stopped', 'rebooted'), [
    ('durable',
     ('ACTIVE', None, False, [(BUILD, 'Error'), (BUILD, 'Success')]),
     ('SHUTOFF', None, False, [('compute_stop_instance', 'Error'),
                               ('compute_stop_instance', 'Success')]),
     ('ACTIVE', None, False, [('compute_reboot_instance', 'Error'),
                              ('compute_reboot_instance', 'Success')])),
    ('nova',
     ('ERROR', None, False, [(BUILD, None)]),
     ('SHUTOFF', None, False, [('compute_stop_instance', 'Error'),
                               ('compute_stop_instance', 'Success')]),
     ('ACTIVE', None, False, [('compute_reboot_instance', None)]))])
def test_a_compute_is_killed_with_work_in_hand_and_comes_back(semantics, built, stopped, rebooted):
    def story(cloud):
        off, again = cloud.boot(name='off'), cloud.boot(name='again')
        answers = [cloud.create(name=f's{number}') for number in range(5)]
        stop = _asked(cloud.ask(off, 'os-stop'))
        reboot = _asked(cloud.ask(again, 'reboot', {'type': 'SOFT'}))
        cloud.runtime.sleep(3)
        cloud.world.machines['compute1'].kill()
        cloud.runtime.sleep(10)
        cloud.world.machines['compute1'].start()
        cloud.runtime.sleep(180)
        assert {_as_said(_seen(cloud, answer.json()['server']['id'], _asked(answer)))
                for answer in answers} == {_as_said(built)}
        assert _seen(cloud, off, stop) == stopped
        assert _seen(cloud, again, reboot) == rebooted
        return True
    with _cloud(semantics) as cloud:
        assert cloud.tell(story, within=3600)


def _as_said(seen):
    return (*seen[:-1], tuple(seen[-1]))


@pytest.mark.parametrize(('semantics', 'seen'), [
    ('durable', ('ACTIVE', None, False, [(BUILD, 'Success')])),
    ('nova', ('BUILD', 'scheduling', False, []))])
def test_a_message_is_lost(semantics, seen):
    def story(cloud):
        cloud.token()
        cloud.world.broker.stop()
        answer = cloud.create()
        cloud.runtime.sleep(1)
        cloud.world.broker.start()
        cloud.runtime.sleep(180)
        assert _seen(cloud, answer.json()['server']['id'], _asked(answer)) == seen
        return True
    with _cloud(semantics) as cloud:
        assert cloud.tell(story, within=3600)


@pytest.mark.parametrize(('semantics', 'built', 'stopped'), [
    ('durable',
     ('ERROR', None, True, [(BUILD, 'Error')]),
     ('ACTIVE', None, False, [('compute_stop_instance', 'Error')])),
    ('nova',
     ('BUILD', 'spawning', False, [(BUILD, None)]),
     ('ACTIVE', 'powering-off', False, [('compute_stop_instance', None)]))])
def test_a_compute_is_killed_and_never_comes_back(semantics, built, stopped):
    def story(cloud):
        off = cloud.boot(name='off')
        answer = cloud.create()
        stop = _asked(cloud.ask(off, 'os-stop'))
        cloud.runtime.sleep(3)
        cloud.world.machines['compute1'].kill()
        cloud.runtime.sleep(180)
        assert _seen(cloud, answer.json()['server']['id'], _asked(answer)) == built
        assert _seen(cloud, off, stop) == stopped
        with cloud.world.read() as connection:
            faults = history.faults_of(connection, off)
        assert [fault.message.endswith('has gone quiet.') for fault in faults] == (
            [True] if semantics == 'durable' else [])
        return True
    with _cloud(semantics) as cloud:
        assert cloud.tell(story, within=3600)
