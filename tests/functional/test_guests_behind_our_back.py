"""Guests that change without being told to, and what the compute worker makes of it."""

import pytest

from novalite.db import history
from novalite.servers import model
from novalite.servers.states import Power
from novalite.testing import Cloud
from tests.functional import at_rest
from tests.functional import rows


def shown(cloud, server):
    server = cloud.show(server)
    return server['status'], server['OS-EXT-STS:power_state']


def look(cloud, server):
    cloud.look()
    cloud.settle(server)


@pytest.mark.parametrize('meddle', ['power_off', 'crash'])
def test_a_guest_that_has_stopped_is_stopped_for_good_and_who_noticed_is_seen(cloud, meddle):
    server = cloud.boot()
    getattr(cloud.guest(server), meddle)()
    look(cloud, server)
    assert shown(cloud, server) == ('SHUTOFF', Power.SHUTDOWN)
    assert cloud.actions(server, who='demo') == [('create', None), ('stop', None)]
    stop, create = cloud.get(f'/servers/{server}/os-instance-actions')['instanceActions']
    assert stop['request_id'] != create['request_id'] and stop['user_id'] is None
    (told,) = cloud.traced(stop['request_id'], who='demo')
    assert told['hops'][0].endswith('.power_states')
    assert cloud.events(server, stop['request_id']) == [('compute_stop_instance', 'Success')]
    at_rest.check(cloud)
    # And it is left alone after that.
    look(cloud, server)
    assert len(cloud.actions(server)) == 2
    cloud.act(server, 'os-start')
    assert shown(cloud, server) == ('ACTIVE', Power.RUNNING)


@pytest.mark.parametrize(('then', 'ends'), [
    ('halt', ('SHUTOFF', Power.SHUTDOWN)), ('panic', ('SHUTOFF', Power.SHUTDOWN)),
    ('pause', ('ACTIVE', Power.PAUSED)), ('vanish', ('ACTIVE', Power.NOSTATE))])
def test_a_rule_has_a_guest_change_in_the_middle_of_a_step(cloud, then, ends):
    cloud.misbehave('spawn', then)
    server = cloud.boot()
    assert shown(cloud, server) == ('ACTIVE', Power.RUNNING)
    look(cloud, server)
    assert shown(cloud, server) == ends


def test_the_metadata_of_a_server_has_its_guest_stop_after_a_while(cloud):
    server = cloud.boot(fault='spawn:halt=0.1')
    cloud.wait(lambda: cloud.guest(server).power_state == Power.SHUTDOWN, seconds=60)
    look(cloud, server)
    assert shown(cloud, server) == ('SHUTOFF', Power.SHUTDOWN)
    at_rest.check(cloud)


def test_a_guest_that_was_started_is_stopped_again(cloud):
    server = cloud.boot()
    cloud.act(server, 'os-stop')
    cloud.guest(server).power_on()
    look(cloud, server)
    assert shown(cloud, server) == ('SHUTOFF', Power.SHUTDOWN)
    assert cloud.guest(server).power_state == Power.SHUTDOWN
    assert cloud.actions(server)[-2:] == [('stop', None), ('stop', None)]


def test_a_paused_server_whose_guest_has_stopped_is_stopped(cloud):
    server = cloud.boot()
    cloud.act(server, 'pause')
    cloud.guest(server).power_off()
    look(cloud, server)
    assert shown(cloud, server) == ('SHUTOFF', Power.SHUTDOWN)


def test_a_guest_that_was_paused_is_only_noted(cloud):
    server = cloud.boot()
    cloud.guest(server).pause()
    look(cloud, server)
    assert shown(cloud, server) == ('ACTIVE', Power.PAUSED)
    assert cloud.actions(server) == [('create', None)]


def test_a_guest_that_has_vanished_is_noted_once_with_a_fault(cloud):
    server = cloud.boot()
    cloud.guest(server).vanish()
    for _ in range(2):
        look(cloud, server)
    assert shown(cloud, server) == ('ACTIVE', Power.NOSTATE)
    with cloud.services.db.read() as connection:
        (fault,) = history.faults_of(connection, server)
    assert 'could not be found on the hypervisor' in fault.message


def test_what_is_under_way_is_left_to_who_is_in_charge(cloud):
    server = cloud.boot()
    cloud.stall('reboot')
    cloud.ask(server, 'reboot', {'type': 'SOFT'})
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    cloud.guest(server).power_off()
    cloud.look()
    assert cloud.actions(server)[-1][0] == 'reboot'
    cloud.behave()
    cloud.settle(server)
    assert shown(cloud, server) == ('ACTIVE', Power.RUNNING)


def test_what_has_happened_since_the_look_counts(cloud):
    """The worker looks, the user acts, the worker tells: nothing comes of it."""
    server = cloud.boot()
    watch = cloud.services.conductor.watch
    worker = cloud.services.worker
    (written,) = watch.servers_of(worker.name)
    cloud.act(server, 'os-stop')
    cloud.act(server, 'os-start')
    worker.reconciler._conductor.noticed(worker.reconciler._context('late'), [
        {'server': server, 'host': written['host'], 'power_state': Power.SHUTDOWN,
         'updated_at': written['updated_at']}])
    assert shown(cloud, server) == ('ACTIVE', Power.RUNNING)
    assert len(cloud.actions(server)) == 3


# Every row's end must be what its guest is: else a look would meddle with a server that is well

@pytest.mark.parametrize('verb', rows.VERBS)
def test_a_look_changes_nothing_after_an_action_that_went_well(cloud, verb):
    server = rows.prepared(cloud, verb)
    rows.perform(cloud, server, verb)
    before, actions = at_rest.picture(cloud), cloud.actions(server)
    cloud.look()
    assert at_rest.picture(cloud) == before
    assert cloud.actions(server) == actions


# Leftovers

def put(cloud, host, server):
    """A guest on a host where it should not be."""
    whoever = model.Server(**dict.fromkeys(model.FIELDS) | {
        'uuid': server, 'name': 'left', 'nics': [], 'volumes': []})
    cloud.services.worker.drivers[host].spawn(whoever, {'vcpus': 1, 'ram': 64, 'disk': 1})


def elsewhere(cloud, server):
    home = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    return next(host for host in cloud.services.worker.drivers if host != home)


def test_the_guest_of_a_deleted_server_is_destroyed(cloud):
    server = cloud.boot()
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    put(cloud, 'h1', server)
    cloud.look()
    assert cloud.guests() == {}


def test_a_guest_whose_server_lives_elsewhere_is_destroyed_and_the_other_is_not(cloud):
    server = cloud.boot()
    before = at_rest.picture(cloud)
    put(cloud, elsewhere(cloud, server), server)
    cloud.look()
    assert at_rest.picture(cloud) == before


def test_a_guest_of_nobody_we_know_is_left_alone(cloud):
    stranger = cloud.runtime.uuid()
    put(cloud, 'h1', stranger)
    cloud.look()
    assert cloud.guests() == {'h1': {stranger: Power.RUNNING}}
    cloud.guest(stranger).vanish()


def test_a_server_on_its_way_keeps_both_its_guests(cloud):
    server = cloud.boot()
    cloud.stall('send_disk')
    cloud.ask(server, 'resize', {'flavorRef': '84'})
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    assert len(cloud.guests()) == 2
    cloud.services.worker.reconciler.leftovers()
    assert len(cloud.guests()) == 2
    cloud.behave()
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'VERIFY_RESIZE'
    cloud.look()
    assert len(cloud.guests()) == 2


@pytest.mark.parametrize(('failing', 'destroys'), [('claim', 1), ('spawn', 2)])
def test_what_a_way_back_could_not_clear_is_cleared_later(cloud, failing, destroys):
    server = cloud.boot()
    before = at_rest.picture(cloud)
    cloud.fail(failing)
    cloud.fail('destroy', times=destroys)
    cloud.act(server, 'resize', {'flavorRef': '84'})
    assert cloud.show(server)['status'] == 'ERROR'
    assert ['and on its way to' in str(one) for one in at_rest.broken(cloud)] == [True]
    cloud.act(server, 'reboot', {'type': 'HARD'})
    assert at_rest.picture(cloud) != before
    assert cloud.ask(server, 'resize', {'flavorRef': '84'}).status_code == 409
    cloud.look()
    at_rest.check(cloud)
    assert at_rest.picture(cloud) == before
    cloud.act(server, 'resize', {'flavorRef': '84'})
    assert cloud.show(server)['status'] == 'VERIFY_RESIZE'


@pytest.mark.parametrize('what', ['log', 'noop'])
def test_leftovers_are_left_where_that_is_wished(what):
    with Cloud(hosts=2, running_deleted_instance_action=what) as cloud:
        server = cloud.boot()
        cloud.request('DELETE', f'/servers/{server}')
        cloud.settle(server)
        put(cloud, 'h1', server)
        if what == 'log':
            cloud.look()
        assert server in cloud.guests()['h1']


def test_a_worker_that_starts_looks_at_once(tmp_path):
    with Cloud(state_dir=tmp_path, transport_url='local:///look') as cloud:
        server = cloud.boot()
        cloud.guest(server).power_off()
        left = cloud.boot()
        cloud.request('DELETE', f'/servers/{left}')
        cloud.settle(left)
        put(cloud, 'h1', left)
    with Cloud(state_dir=tmp_path, transport_url='local:///look') as cloud:
        cloud.wait(lambda: cloud.show(server)['status'] == 'SHUTOFF')
        cloud.wait(lambda: left not in str(cloud.guests()))


def test_looking_can_be_turned_off(tmp_path):
    with Cloud(hosts=1, sync_power_state_interval=-1,
               running_deleted_instance_poll_interval=0) as cloud:
        assert not cloud.services.worker._periodic
