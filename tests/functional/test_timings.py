"""A cloud whose hypervisors take their time."""

import pytest

from novalite import errors
from novalite.testing import Cloud
from tests.functional import at_rest


@pytest.fixture(scope='module')
def slow():
    with Cloud(hosts=2, simulated__timings='spawn=0.2, power_off=3600, snapshot=3600') as cloud:
        yield cloud


def test_a_boot_takes_as_long_as_a_spawn(slow):
    begun = slow.runtime.monotonic()
    server = slow.boot()
    assert slow.runtime.monotonic() - begun >= 0.2
    assert slow.show(server)['status'] == 'ACTIVE'


def test_a_long_resize_shows_how_far_it_is(slow):
    server = slow.boot()
    slow.stall('claim')
    slow.ask(server, 'resize', {'flavorRef': '84'})
    slow.wait(lambda: slow.show(server)['progress'] == 16)
    assert slow.show(server)['status'] == 'RESIZE'
    slow.wait(lambda: slow.services.worker.injector.waiting)
    slow.behave()
    slow.wait(lambda: slow.show(server)['OS-EXT-STS:task_state'] == 'resize_migrating')
    slow.wait(lambda: slow.show(server)['progress'] == 33)
    slow.wait(lambda: slow.services.worker.injector.waiting)
    slow.behave()       # nor is it waited for a slow power_off any longer
    slow.settle(server)
    assert slow.show(server)['progress'] == 0
    assert slow.show(server)['status'] == 'VERIFY_RESIZE'


@pytest.mark.parametrize(('verb', 'value'), [('os-stop', None), ('createImage', {'name': 'x'})])
def test_a_delete_does_not_wait_until_slow_work_is_done(slow, verb, value):
    server = slow.boot()
    assert slow.ask(server, verb, value).status_code == 202
    slow.wait(lambda: slow.services.worker.injector.waiting)
    slow.request('DELETE', f'/servers/{server}')
    slow.settle(server, seconds=10)
    at_rest.settled(slow)
    assert server not in str(slow.guests())


def test_a_worker_that_ends_hands_slow_work_back_and_does_it_when_it_returns(tmp_path):
    with Cloud(state_dir=tmp_path, transport_url='local:///slow',
               simulated__timings='spawn=3600') as cloud:
        server = cloud.create().json()['server']['id']
        cloud.wait(lambda: cloud.services.worker.injector.waiting)
    with Cloud(state_dir=tmp_path, transport_url='local:///slow') as cloud:
        cloud.settle(server)
        assert cloud.show(server)['status'] == 'ACTIVE'


def test_timings_that_cannot_be_used_end_the_start():
    with pytest.raises(errors.CannotStart, match='timings cannot be used: .*spwan=1'):
        Cloud(simulated__timings='spwan=1').start()
