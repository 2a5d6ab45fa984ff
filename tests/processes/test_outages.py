"""The broker or the database is away for a while: what is accepted waits, and nothing is lost."""

import time

import pytest

pytestmark = pytest.mark.daemons

BUILD = 'compute__do_build_and_run_instance'


def _create(daemons, **more):
    """Ask for a server, which must be promised at once; its id and the request's."""
    begin = time.monotonic()
    answer = daemons.create(networks='none', **more)
    assert answer.status_code == 202, answer.text
    assert time.monotonic() - begin < 2
    return answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id']


def _all_hosts_are_missed(daemons):
    services = daemons.get('/os-services?binary=nova-compute', who='admin')['services']
    return all(service['state'] == 'down' for service in services)


def _ended_well(daemons, server, request_id, events):
    daemons.settle(server, seconds=40)
    shown = daemons.show(server)
    assert (shown['status'], shown.get('fault')) == ('ACTIVE', None)
    assert daemons.events(server, request_id) == events


def test_a_broker_that_is_away_delays_work_and_fails_none(wired, wires):
    running = wired.boot(networks='none')
    at_work = _create(wired, name='at-work', fault='spawn:delay=9')
    wired.wait(lambda: wired.show(at_work[0])['OS-EXT-STS:task_state'] == 'spawning')

    # First it answers nothing, then it is not there; and an API begins without ever having seen it.
    wires['broker'].hold()
    held = [_create(wired, name=f'held-{number}') for number in range(3)]
    wires['broker'].cut()
    away = [_create(wired, name=f'away-{number}') for number in range(3)]
    assert wired.end('api') == 0
    wired.start('api')
    wired.wait(wired.answers)
    away.append(_create(wired, name='of a new API'))
    stop = wired.ask(running, 'os-stop')
    assert stop.status_code == 202
    wired.wait(lambda: _all_hosts_are_missed(wired))
    wired.runtime.sleep(2)

    wires['broker'].mend()
    for server, request_id in held + away + [at_work]:
        _ended_well(wired, server, request_id, [(BUILD, 'Success')])
    wired.settle(running)
    assert wired.show(running)['status'] == 'SHUTOFF'
    assert 'has gone quiet' not in wired.log('conductor').read_text()
