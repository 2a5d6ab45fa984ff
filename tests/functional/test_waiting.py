"""What is being waited for: at which step, of whom, since when and until when."""

import datetime
import io

import pytest
import rich.console

from novalite.cmd import waiting as shown
from novalite.web import waiting
from tests import sweeping


def read(cloud, later=0):
    now = cloud.runtime.now() + datetime.timedelta(seconds=later)
    with cloud.services.db.read() as connection:
        return waiting.read(connection, cloud.conf, now)


def drawn(found):
    console = rich.console.Console(file=io.StringIO(), width=200)
    console.print(shown.drawn(found))
    return console.file.getvalue()


@pytest.fixture
def spawning(cloud):
    """(server, request id, host) of one whose spawn does not end."""
    cloud.stall('spawn')
    answer = cloud.create(name='web')
    server = answer.json()['server']['id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting, seconds=60)
    (one,) = read(cloud)['waiting']
    yield server, answer.headers['X-Openstack-Request-Id'], one['host']
    cloud.behave()
    cloud.settle(server)


def test_at_rest_nothing_is_waited_for(cloud):
    cloud.boot()
    assert (read(cloud)['under_way'], read(cloud)['waiting']) == (0, [])
    assert 'Nothing is under way' in drawn(read(cloud))


def test_a_step_is_told_with_its_host_and_its_times(cloud, spawning):
    server, request_id, host = spawning
    (one,) = read(cloud)['waiting']
    assert {name: one[name] for name in ('server', 'name', 'task_state', 'action', 'request_id',
                                         'step', 'way', 'turn')} == {
        'server': server, 'name': 'web', 'task_state': 'spawning', 'action': 'create',
        'request_id': request_id, 'step': 'spawn', 'way': 'forward', 'turn': 'host'}
    assert one['started'] <= one['since'] <= one['at_work_since'] < one['lease_until']
    assert one['lease_until'] < one['deadline']
    assert (one['quiet'], one['lease_is_over'], one['is_late']) == (False, False, False)
    told = drawn(read(cloud))
    assert f'create of web ({server}), {request_id}' in told
    assert f'spawn on {host}, at work since' in told
    assert 'the lease ends in' in told and 'it turns back in 60 min, at' in told
    assert 'quiet' not in told


@pytest.mark.parametrize(('changes', 'says'), [
    ({'lease_is_over': True}, 'its lease is over since 0 s: the sweep drives it anew'),
    ({'is_late': True}, 'past its deadline since 0 s: it goes back'),
    ({'at_work_since': None}, 'spawn on h1, sent '),
    ({'turn': 'nobody', 'host': None}, 'spawn waits for a conductor to take it up, since'),
    ({'turn': 'conductor', 'host': None}, 'spawn: a conductor asks the services around, since'),
])
def test_whose_turn_it_is_and_what_comes_of_it_is_said(cloud, spawning, changes, says):
    found = read(cloud)
    found['waiting'][0] |= {'host': 'h1'} | changes
    assert says in drawn(found)


def test_a_host_that_is_quiet_is_told(cloud, spawning):
    *_, host = spawning
    told = drawn(read(cloud, later=3600))
    assert f'{host} is quiet, last heard of' in told
    assert 'All conductors are quiet, last heard of' in told


def test_many_hosts_are_read_at_once(cloud):
    cloud.stall('spawn', times=2)
    servers = [cloud.create(availability_zone=f'nova:{host}', who='admin').json()['server']['id']
               for host in ('h1', 'h2')]
    cloud.wait(lambda: [one['turn'] for one in read(cloud)['waiting']] == ['host'] * 2, seconds=60)
    found, texts = sweeping.run_by_sqlite(cloud.services.db, lambda connection: waiting.read(
        connection, cloud.conf, cloud.runtime.now()))
    assert len({one['host'] for one in found['waiting']}) == 2
    assert len([text for text in texts if 'FROM hosts' in text]) == 1
    cloud.behave()
    for server in servers:
        cloud.settle(server)


def test_an_undo_is_told_as_one(cloud):
    cloud.fail('spawn')
    cloud.stall('destroy')
    server = cloud.create().json()['server']['id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting, seconds=60)
    (one,) = read(cloud)['waiting']
    assert (one['step'], one['way']) == ('spawn', 'back')
    assert f'the undo of spawn on {one["host"]}, sent' in drawn(read(cloud))
    cloud.behave()
    cloud.settle(server)
