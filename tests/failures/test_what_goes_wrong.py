"""What is known to go wrong in clouds, row by row, and what becomes of it here.

Each row, A1 to A21, is what Nova's users have met; its test says it in a sentence and then tells
the story in virtual time, with the daemons' own code. At the end of each, every promise is
checked. What needs a real broker, or a real database, is also told in `tests/processes`; what
Nova's users see of it, with `semantics = nova`, in `tests/simulation/test_semantics.py`.
"""

import pytest
import sqlalchemy as sa

from novalite.db import history
from novalite.db import models
from novalite.db import servers
from novalite.faults import rules
from novalite.servers.states import Vm
from tests.simulation.cloud import SimulatedCloud

BUILD = 'compute__do_build_and_run_instance'
STOP = 'compute_stop_instance'
#: From a compute's death to a fault or a new place, at default settings.
MISSED = 30


def tell(story, **settings):
    """Tell a story in a cloud of its own, wait for rest, and check what was promised."""
    with SimulatedCloud(**{'computes': 2} | settings) as cloud:
        told = cloud.tell(story, within=7200)
        cloud.rest()
    return told


def asked(answer):
    """(server, request id) of a create that was accepted."""
    assert answer.status_code == 202, answer.text
    return answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id']


def until(cloud, server, task_state):
    cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == task_state)


def carrier(cloud, server):
    """The machine of the compute worker that has, or is to have, a server's guest."""
    with cloud.world.read() as connection:
        row = servers.get(connection, server)
        worker = connection.execute(sa.select(models.hosts.c.worker).where(
            models.hosts.c.name == (row.destination or row.host))).scalar_one()
    return cloud.world.machines[worker.partition('-')[0]]


def ended(cloud, server, request_id):
    """What a settled server is, and the events of one of its actions."""
    cloud.settle(server)
    shown = cloud.show(server)
    return shown['status'], shown.get('fault'), cloud.events(server, request_id)


def faults_of(cloud, server):
    with cloud.world.read() as connection:
        return [fault.message for fault in history.faults_of(connection, server)]


@pytest.mark.parametrize('verb', ['delete', 'shelve', 'os-stop'])
def test_a1_a_message_that_never_arrives(verb):
    """A server is marked as busy, and the message that was to begin the work is lost.

    The sweep begins it; nobody has to reset the server's state.
    """
    def story(cloud):
        server = cloud.boot()
        cloud.world.broker.lose = 1.0
        answer = cloud.request('DELETE', f'/servers/{server}') if verb == 'delete' \
            else cloud.ask(server, verb)
        assert answer.status_code in (202, 204)
        busy = cloud.show(server)['OS-EXT-STS:task_state']
        cloud.world.broker.lose = 0.0
        cloud.settle(server)
        return busy, [done for _, done in cloud.actions(server)]
    busy, actions = tell(story)
    assert busy in ('deleting', 'shelving', 'powering-off')
    assert actions == [None, None]


def test_a2_a_broker_that_is_away():
    """Requests are taken, the trace says for whom they wait, and they are done when it is back."""
    def story(cloud):
        cloud.world.broker.stop()
        away = cloud.runtime.now().isoformat()
        server, request_id = asked(cloud.create())
        cloud.runtime.sleep(60)
        assert cloud.show(server)['status'] == 'BUILD'
        waits_for = cloud.traced(request_id)[0]['waits_for']
        cloud.world.broker.start()
        return waits_for, away, ended(cloud, server, request_id)
    waits_for, away, end = tell(story)
    assert waits_for['who'] in ('conductor', 'host')
    assert waits_for['last_seen'] < away
    assert end == ('ACTIVE', None, [(BUILD, 'Success')])


def test_a3_a_compute_that_dies_in_mid_build_and_restarts():
    """What the dead worker had begun is closed with the reason, and the build is driven anew."""
    def story(cloud):
        server, request_id = asked(cloud.create(fault='spawn:delay=5'))
        until(cloud, server, 'spawning')
        machine = carrier(cloud, server)
        machine.kill()
        cloud.runtime.sleep(2)
        machine.start()
        end = ended(cloud, server, request_id)
        return end, cloud.traced(request_id)[0]['events'][0]['details']
    end, why = tell(story)
    assert end == ('ACTIVE', None, [(BUILD, 'Error'), (BUILD, 'Success')])
    assert why == 'The host was restarted before it had ended.'


def test_a4_a_compute_that_dies_and_does_not_return():
    """It is missed soon: a create is placed on another host, all else fails with a fault."""
    def story(cloud):
        server, request_id = asked(cloud.create(fault='spawn:delay=15'))
        until(cloud, server, 'spawning')
        machine = carrier(cloud, server)
        trouble = {'novalite:fault': 'power_off:delay=60'}
        running = next(one for one in (
            cloud.boot(name=f's{number}', metadata=trouble) for number in range(8))
            if carrier(cloud, one) is machine)
        cloud.ask(running, 'os-stop')
        until(cloud, running, 'powering-off')
        host = cloud.show(running)['OS-EXT-SRV-ATTR:host']
        machine.kill()
        died = cloud.runtime.monotonic()
        cloud.wait(lambda: cloud.action(server, request_id)['events'][0]['result'] == 'Error'
                   or len(cloud.action(server, request_id)['events']) > 1)
        missed = cloud.runtime.monotonic() - died
        cloud.settle(running)
        end = ended(cloud, server, request_id)
        return (missed, end, carrier(cloud, server) is machine, cloud.actions(running),
                faults_of(cloud, running) == [f'Host {host} has gone quiet.'])
    missed, end, there, actions, told = tell(story)
    assert missed <= MISSED
    assert end == ('ACTIVE', None, [(BUILD, 'Error'), (BUILD, 'Success')])
    assert not there
    assert actions == [('create', None), ('stop', 'Error')]
    assert told


def test_a5_a_restart_keeps_the_request_id():
    """Whoever is restarted in mid-work goes on under the request id that was asked with."""
    def story(cloud):
        server = cloud.boot(metadata={'novalite:fault': 'send_disk:delay=5'})
        request_id = cloud.ask(server, 'resize', {'flavorRef': '84'}).headers[
            'X-Openstack-Request-Id']
        until(cloud, server, 'resize_migrating')
        for machine in list(cloud.world.machines.values()):
            machine.kill()
        cloud.runtime.sleep(2)
        for machine in list(cloud.world.machines.values()):
            machine.start()
        cloud.runtime.sleep(2)
        cloud.settle(server)
        return cloud.show(server)['status'], cloud.actions(server), cloud.traced(request_id)[0]
    status, actions, trace = tell(story)
    assert status == 'VERIFY_RESIZE'
    assert actions == [('create', None), ('resize', None)]
    assert {event['event'] for event in trace['events']} >= {
        'compute_prep_resize', 'compute_resize_instance', 'compute_finish_resize'}
    assert all(event['finish_time'] for event in trace['events'])


def test_a6_a_state_that_is_written_before_its_fault():
    """At no commit is a server in ERROR without a fault, so no client can see it so."""
    seen = []

    def watch(cloud):
        def look(machine, what):
            if what == 'after commit':
                with cloud.world.read() as connection:
                    broken = connection.execute(sa.select(models.servers.c.uuid).where(
                        models.servers.c.vm_state == Vm.ERROR)).scalars().all()
                    known = history.latest_faults(connection, broken)
                    seen.extend(one in known for one in broken)
        return look

    def story(cloud):
        cloud.world.points.append(watch(cloud))
        cloud.boot(fault='spawn:fail')
        server = cloud.boot(metadata={'novalite:fault': 'send_disk:fail'})
        cloud.act(server, 'resize', {'flavorRef': '84'})
    tell(story)
    assert seen and all(seen)


def test_a7_a_failure_that_is_not_fatal():
    """A resize that was refused leaves the server ACTIVE and shows no fault, as in Nova.

    The action says that it failed, its events say why, and administrators see the fault.
    """
    def story(cloud):
        server = cloud.boot()
        cloud.request('POST', f'/servers/{server}/metadata', {'metadata': {
            'novalite:fault': 'claim:fail=No room for it'}})
        request_id = cloud.act(server, 'resize', {'flavorRef': '84'})
        shown = cloud.show(server)
        return (shown['status'], shown['flavor']['original_name'], shown.get('fault'),
                cloud.action(server, request_id), cloud.traced(request_id)[0]['faults'])
    status, flavor, shown, action, faults = tell(story)
    assert (status, flavor, shown) == ('ACTIVE', 'm1.nano', None)
    assert action['message'] == 'Error'
    assert {event['details'] for event in action['events'] if event['result'] == 'Error'} \
        >= {'No room for it'}
    assert any('No room for it' in fault['details'] for fault in faults)


def test_a8_a_server_that_fits_nowhere():
    """There is an action, and a fault: Nova's sentence, and each filter's word for admins."""
    def story(cloud):
        flavor = cloud.request('POST', '/flavors', {'flavor': {
            'name': 'huge', 'vcpus': 1000, 'ram': 1 << 22, 'disk': 1}}, who='admin')
        server, request_id = asked(cloud.create(flavor=flavor.json()['flavor']['id']))
        cloud.settle(server)
        return (cloud.show(server), cloud.show(server, who='demo'), cloud.actions(server),
                cloud.traced(request_id)[0])
    shown, to_users, actions, trace = tell(story, quota__cores=-1, quota__ram=-1)
    assert (shown['status'], shown['fault']['message']) == (
        'ERROR', 'No valid host was found. There are not enough hosts available.')
    assert 'details' not in to_users['fault']
    assert actions == [('create', 'Error')]
    assert shown['fault']['details'].startswith('ResourceFilter: VCPU: 1000 wanted, 64 free (h1-1')
    assert trace['finish_time']


def test_a9_all_retries_are_used_up():
    """Nova's sentence says so; each host's own cause is in the details."""
    def story(cloud):
        server, request_id = asked(cloud.create(fault='spawn:fail=The disk is broken'))
        cloud.settle(server)
        return cloud.show(server)['fault'], cloud.action(server, request_id)['events']
    fault, events = tell(story)
    assert fault['message'].startswith('Exceeded maximum number of retries. ')
    hosts = [event['host'] for event in events]
    assert len(hosts) == len(set(hosts)) == 3
    for host in hosts:
        assert f'{host}: The disk is broken' in fault['details']


@pytest.mark.parametrize('times', [1, 3])
def test_a10_an_answer_that_never_comes(times):
    """The conductor has taken a report, and its answer is lost: it is repeated, and counts once."""
    def story(cloud):
        server = cloud.boot()
        left = [times]

        def cut(machine, what):
            if machine.kind == 'conductor' and what == 'reply' and left[0]:
                left[0] -= 1
                machine.cut_off(True)
                cloud.world.timeline.later(0.5, machine.cut_off, False)
        cloud.world.points.append(cut)
        request_id = cloud.act(server, 'os-stop')
        return left[0], ended(cloud, server, request_id)
    left, end = tell(story)
    assert left == 0
    assert end == ('SHUTOFF', None, [(STOP, 'Success')])


def test_a11_two_writers_to_one_server():
    """Messages come twice and late, and two conductors sweep: one action is in charge."""
    def story(cloud):
        broker = cloud.world.broker
        broker.duplicate, broker.slow, broker.reorder = 1.0, 3.0, 0.5
        found = [asked(cloud.create(name=f's{number}')) for number in range(4)]
        for server, _ in found:
            cloud.settle(server)
        answers = [cloud.ask(found[0][0], verb) for verb in ('os-stop', 'pause', 'suspend')]
        broker.duplicate = broker.slow = 0.0
        for server, _ in found:
            cloud.settle(server)
        return [cloud.events(*one) for one in found], [one.status_code for one in answers]
    events, codes = tell(story, conductors=2, conductor__sweep_interval=1)
    assert events == [[(BUILD, 'Success')]] * 4
    assert codes == [202, 409, 409]


def test_a12_a_host_that_is_trusted_too_early():
    """A host that was given up comes back: first it destroys what lives elsewhere now."""
    guests = []

    def story(cloud):
        server = cloud.boot()
        machine, old = carrier(cloud, server), cloud.show(server)['OS-EXT-SRV-ATTR:host']
        machine.freeze()        # it neither runs nor knows that time goes by
        cloud.wait(lambda: cloud.ask(server, 'evacuate', {}, who='admin').status_code == 200)
        cloud.settle(server)
        new = cloud.show(server)['OS-EXT-SRV-ATTR:host']

        def look(machine, what):
            guests.append(sum(server in found for found in cloud.world.guests().values()))
        machine.thaw()
        cloud.wait(lambda: server not in cloud.world.guests().get(old, {}))
        cloud.world.points.append(look)
        cloud.act(server, 'reboot', {'type': 'HARD'})
        return old, new
    old, new = tell(story)
    assert old != new
    assert set(guests) == {1}


def test_a13_a_power_state_that_changes_behind_our_back():
    """It is noticed, also when the server was busy before, and an action says who noticed."""
    def story(cloud):
        server = cloud.boot()
        host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
        answer = cloud.ask(server, 'reboot', {'type': 'SOFT'})
        assert answer.status_code == 202        # a look would find a task_state
        cloud.settle(server)
        cloud.world.drivers()[host].power_off(server)
        cloud.wait(lambda: cloud.show(server)['status'] == 'SHUTOFF', seconds=60)
        action = cloud.get(f'/servers/{server}/os-instance-actions')['instanceActions'][0]
        return cloud.actions(server), cloud.traced(action['request_id'])[0]['hops']
    actions, hops = tell(story, sync_power_state_interval=20)
    assert actions == [('create', None), ('reboot', None), ('stop', None)]
    assert 'conductor.noticed' in hops


@pytest.mark.parametrize(('trouble', 'events'), [
    (rules.Rule('spawn', 'delay', seconds=5), [(BUILD, 'Success')]),
    (rules.Rule('spawn', 'stall'), [(BUILD, 'Error'), (BUILD, 'Success')])],
    ids=['ends in time', 'does not'])
def test_a14_a_daemon_is_told_to_end_in_mid_work(trouble, events):
    """It takes nothing new and finishes what it can; the rest is handed back, and driven again."""
    def story(cloud):
        for machine in cloud.world.of_kind('compute'):
            machine.service.injector.add(trouble)
        server, request_id = asked(cloud.create())
        until(cloud, server, 'spawning')
        machine = carrier(cloud, server)
        for other in cloud.world.of_kind('compute'):
            if other is not machine:
                other.service.injector.clear()
        machine.stop()
        cloud.wait(lambda: not machine.up)
        machine.start()
        return ended(cloud, server, request_id)
    status, fault, happened = tell(story)
    assert (status, fault, happened) == ('ACTIVE', None, events)


def test_a15_a_broker_that_is_rebooted():
    """It costs time, and no write fails: what was asked meanwhile is done."""
    def story(cloud):
        running = cloud.boot()
        cloud.world.timeline.later(1, cloud.world.broker.stop)
        cloud.world.timeline.later(40, cloud.world.broker.start)
        found = []
        for number in range(6):
            found.append(asked(cloud.create(name=f's{number}')))
            cloud.runtime.sleep(5)
        stopped = cloud.ask(running, 'os-stop')
        assert stopped.status_code == 202
        cloud.settle(running)
        return cloud.show(running)['status'], [ended(cloud, *one)[:2] for one in found]
    stopped, ends = tell(story)
    assert stopped == 'SHUTOFF'
    assert ends == [('ACTIVE', None)] * 6


def test_a16_a_request_that_is_given_up_is_not_done_later():
    """Its deadline ends it, with a fault that says so; what comes later builds nothing."""
    def story(cloud):
        for machine in cloud.world.of_kind('compute'):
            machine.cut_off(True)       # they live, and nothing reaches them
        server, request_id = asked(cloud.create())
        cloud.runtime.sleep(5)
        end = ended(cloud, server, request_id)
        for machine in cloud.world.of_kind('compute'):
            machine.cut_off(False)
        cloud.runtime.sleep(120)
        return end, cloud.world.guests()
    (status, fault, events), guests = tell(
        story, conductor__deadlines={'create': 10}, compute__service_down_time=60)
    assert status == 'ERROR'
    assert '10 s' in fault['message'] or '10 seconds' in fault['message']
    assert guests == {}


def test_a17_messages_to_a_host_that_has_no_queue():
    """Nobody is told that they are lost; the lease runs out, and the work is done all the same."""
    def story(cloud):
        for machine in cloud.world.of_kind('compute'):
            machine.cut_off(True)
        cloud.world.broker.stop()
        cloud.world.broker.start()      # it knows no queue; workers cannot make theirs anew
        cloud.runtime.sleep(3)
        found = [asked(cloud.create(name=f's{number}')) for number in range(10)]
        cloud.runtime.sleep(10)
        for machine in cloud.world.of_kind('compute'):
            machine.cut_off(False)
        return [ended(cloud, *one)[:2] for one in found], cloud.world.broker.lost
    ends, lost = tell(story)
    assert ends == [('ACTIVE', None)] * 10


def test_a18_a_message_that_is_cut_and_an_error_of_somebody_else():
    """On the wire as in Nova: 255 characters, and the class name. The details have it all."""
    def story(cloud):
        long = 'No room. ' * 50
        server, request_id = asked(cloud.create(fault=f'spawn:fail={long[:200]}'))
        cloud.settle(server)
        for machine in cloud.world.of_kind('conductor'):
            machine.kill()
        strange, _ = asked(cloud.create(name='strange'))
        with cloud.world.store.database.write() as connection:
            servers.edit(connection, strange, cloud.runtime.now(), networks=[7])
        for machine in cloud.world.of_kind('conductor'):
            machine.start()
        cloud.settle(strange)
        return cloud.show(server)['fault'], cloud.show(strange)['fault'], cloud.show(
            strange, who='demo')['fault']
    fault, strange, to_users = tell(story)
    assert len(fault['message'].encode()) <= 255
    assert fault['details'].count('No room. ') >= 20
    assert strange['message'] == 'TypeError'
    assert 'Traceback' in strange['details']
    assert 'details' not in to_users


def test_a19_a_hundred_messages_and_a_kill():
    """A worker that has a hundred things to do is killed: a hundred are ended."""
    def story(cloud):
        found = [asked(cloud.create(name=f's{number}', networks='none')) for number in range(100)]
        (machine,) = cloud.world.of_kind('compute')
        machine.kill()
        cloud.runtime.sleep(2)
        machine.start()
        for server, _ in found:
            cloud.settle(server)
        with cloud.world.read() as connection:
            return connection.execute(
                sa.select(models.servers.c.vm_state, sa.func.count())
                .group_by(models.servers.c.vm_state)).all()
    assert tell(story, computes=1, simulated__timings='spawn=uniform(1,5)') == [('active', 100)]


def test_a20_an_api_that_dies_between_the_commit_and_its_answer():
    """The client has no answer; the action runs, and its server is found under the request id."""
    mine = 'req-11111111-1111-4111-8111-111111111111'

    def story(cloud):
        (api,) = cloud.world.of_kind('api')
        before = {one['id'] for one in cloud.get('/servers')['servers']}
        image = next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id

        def kill(machine, what):
            if machine is api and what == 'after commit':
                cloud.world.points.remove(kill)
                api.kill()
                cloud.world.timeline.later(2, api.start)
        cloud.world.points.append(kill)
        with pytest.raises(OSError):        # what requests raises for a connection that breaks
            cloud.request('POST', '/servers', {'server': {
                'name': 'orphan', 'flavorRef': '42', 'imageRef': image, 'networks': 'auto'}},
                headers={'X-Openstack-Request-Id': mine})
        cloud.runtime.sleep(3)
        (server,) = {one['id'] for one in cloud.get('/servers')['servers']} - before
        cloud.settle(server)
        action = cloud.get(f'/servers/{server}/os-instance-actions')['instanceActions'][0]
        return cloud.show(server)['status'], cloud.traced(action['request_id'])[0]
    status, trace = tell(story)
    assert status == 'ACTIVE'
    assert trace['name'] == 'orphan'
    assert trace['global_request_id'] == mine


def test_a21_a_database_that_goes_away():
    """Requests are refused with 503 and Retry-After, nothing is half done, and daemons go on."""
    def story(cloud):
        at_work = asked(cloud.create(fault='spawn:delay=5'))
        running = cloud.boot(name='running')
        cloud.world.store.down = True
        answers = [cloud.create(name='refused') if verb is None else cloud.ask(running, verb)
                   for verb in ('os-stop', 'pause')]
        cloud.runtime.sleep(30)
        cloud.world.store.down = False
        end = ended(cloud, *at_work)
        return answers, end, cloud.show(running), cloud.actions(running)
    answers, end, running, actions = tell(story)
    for answer in answers:
        assert answer.status_code == 503
        assert answer.headers['Retry-After']
    assert end[:2] == ('ACTIVE', None)
    assert (running['status'], running['OS-EXT-STS:task_state']) == ('ACTIVE', None)
    assert actions == [('create', None)]
