"""The broker or the database is away for a while: what is accepted waits, and nothing is lost."""

import collections
import time

import pytest
import requests

pytestmark = pytest.mark.daemons

#: What whoever touches the database says of an outage, once.
AWAY = 'The database does not answer ('
BUILD = 'compute__do_build_and_run_instance'


def _create(daemons, **more):
    """Ask for a server, which must be promised, whoever is away: long before anybody would give
    up waiting for a broker. Its id and the request's."""
    begin = time.monotonic()
    answer = daemons.create(networks='none', **more)
    assert answer.status_code == 202, answer.text
    assert time.monotonic() - begin < 10
    return answer.json()['server']['id'], answer.headers['X-Openstack-Request-Id']


def _all_hosts_are_missed(daemons):
    services = daemons.get('/os-services?binary=nova-compute', who='admin')['services']
    return all(service['state'] == 'down' for service in services)


def _ended_well(daemons, server, request_id, events):
    daemons.settle(server)
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


def test_a_database_that_is_away_refuses_requests_and_loses_nothing(wired, wires):
    running = wired.boot(networks='none')
    at_work = _create(wired, name='at-work', fault='spawn:delay=8')
    wired.wait(lambda: wired.show(at_work[0])['OS-EXT-STS:task_state'] == 'spawning')
    listed = {server['id'] for server in wired.get('/servers')['servers']}

    wires['database'].cut()
    _are_refused(wired, running)
    health = requests.get(f'{wired.url}/healthcheck', timeout=20)
    assert (health.status_code, 'The database does not answer' in health.text) == (503, True)
    for name in ('conductor', 'compute'):
        wired.await_log(name, AWAY if name == 'conductor' else 'No conductor hears')
    wired.runtime.sleep(5)      # longer than service_down_time, and than the lease

    wires['database'].mend()
    wired.await_log('conductor', 'The database answers again, after')
    _ended_well(wired, *at_work, [(BUILD, 'Success')])
    assert {server['id'] for server in wired.get('/servers')['servers']} == listed
    assert requests.get(f'{wired.url}/healthcheck', timeout=20).status_code == 200
    assert wired.act(running, 'os-stop')
    assert wired.show(running)['status'] == 'SHUTOFF'
    assert 'has gone quiet' not in wired.log('conductor').read_text()
    for name in ('conductor', 'api'):
        log = wired.log(name).read_text()
        assert (log.count(AWAY), log.count('The database answers again')) == (1, 1), name
        assert 'Traceback' not in '\n'.join(
            line for line in log.splitlines() if ' DEBUG ' not in line), name


def _are_refused(daemons, server):
    """Each API says what it cannot promise now, in its own words, and when to ask again."""
    token = {'X-Auth-Token': daemons.token()}
    answers = [
        daemons.request('GET', '/servers'), daemons.ask(server, 'os-stop'),
        daemons.request('POST', '/servers', {'server': {
            'name': 'refused', 'flavorRef': '42', 'networks': 'none',
            'imageRef': '5b6f0c5e-3d34-4b5c-9d5c-2b0d4b1a7a11'}}),
        *(requests.get(f'{daemons.url}{path}', headers=token, timeout=20) for path in (
            '/image/v2/images', '/networking/v2.0/networks', '/volume/v3/volumes',
            '/identity/v3/auth/tokens', f'/trace/{daemons.runtime.request_id()}'))]
    for answer in answers:
        assert answer.status_code == 503, (answer.url, answer.text)
        assert answer.headers['Retry-After'] == '5', answer.url
    assert list(answers[0].json()) == ['serviceUnavailable']


def test_connections_that_are_cut_again_and_again_leave_nothing_half_done(wired, wires):
    """Whatever was accepted ends well; whatever was refused has changed nothing, or is there."""
    running = wired.boot(networks='none')
    over, answers = wired.runtime.event(), wired.runtime.queue()

    def ask(number):
        while not over.is_set():
            answers.put(wired.create(name=f'client-{number}', networks='none'))

    for number in range(3):
        wired.runtime.spawn(f'client {number}', ask, number)
    for _ in range(8):
        wired.runtime.sleep(0.4)
        wires['database'].drop()
        wires['broker'].drop()
    over.set()
    codes = collections.Counter()
    while answers.qsize():
        codes[answers.get().status_code] += 1
    assert set(codes) <= {202, 503, 403}, codes
    for server in wired.get('/servers?all_tenants=1', who='admin')['servers']:
        wired.settle(server['id'])
    shown = wired.get('/servers/detail?all_tenants=1', who='admin')['servers']
    assert {server['status'] for server in shown} == {'ACTIVE'}
    assert running in [server['id'] for server in shown]
