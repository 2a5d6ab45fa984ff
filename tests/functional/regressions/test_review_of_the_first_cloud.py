"""What a second pair of eyes found in the first cloud: each test failed once."""

import http.client
import urllib.parse

from oslo_db import exception as db_exception
import pytest

from novalite.conductor import recovery
from novalite.db import history
from novalite.db import hosts
from novalite.faults import rules
from novalite.servers import machine
from novalite.testing import Cloud
from tests.functional import at_rest


@pytest.fixture(scope='module')
def shared():
    with Cloud(hosts=2) as cloud:
        yield cloud


@pytest.fixture
def cloud(shared):
    yield shared
    shared.behave()
    shared.wipe()


@pytest.mark.parametrize(('verb', 'value', 'name'), [
    ('reboot', {'type': 'HARD'}, 'reboot'), ('os-stop', None, 'stop')])
def test_a_server_that_was_never_built_does_not_come_to_life(cloud, verb, value, name):
    server = cloud.boot(fault='spawn:fail')
    answer = cloud.ask(server, verb, value)
    assert answer.status_code == 409
    assert answer.json()['conflictingRequest']['message'] == \
        f"Cannot '{name}' instance {server} while it has never been active"
    assert cloud.show(server)['status'] == 'ERROR'
    at_rest.settled(cloud)


def test_a_guest_keeps_the_copy_of_its_newest_image_only(cloud):
    server = cloud.boot()
    for name in ('first', 'second'):
        cloud.act(server, 'createImage', {'name': name})
    (copies,) = [guest['snapshots'] for driver in cloud.services.worker.drivers.values()
                 for guest in driver.guests().values()]
    assert len(copies) == 1
    images = cloud.get('/images/detail', version='2.1')['images']
    assert {image['status'] for image in images} == {'ACTIVE'}


@pytest.mark.parametrize('query', [
    '&'.join(['sort_key=uuid'] * 2500), '&'.join(['status=ACTIVE'] * 2500)])
def test_a_parameter_that_is_repeated_costs_nothing(cloud, query):
    server = cloud.boot()
    found = cloud.get(f'/servers?{query}', version='2.1')['servers']
    assert [one['id'] for one in found] == [server]


@pytest.mark.parametrize('path', [
    '/image/v2/images?created_at=gt:0001-01-01T00:00:00%2B14:00',
    '/image/v2/images?updated_at=9999-12-31T23:59:59-14:00'])
def test_times_beyond_the_calendar_are_refused(cloud, path):
    answer = cloud.connection().session.get(cloud.url + path, raise_exc=False)
    assert answer.status_code == 400


def test_an_application_credential_cannot_end_beyond_the_calendar(cloud):
    session = cloud.connection().session
    body = {'application_credential': {
        'name': 'ends', 'expires_at': '9999-12-31T23:59:59-14:00'}}
    answer = session.post(
        f'{cloud.url}/identity/v3/users/{session.get_user_id()}/application_credentials',
        json=body, raise_exc=False)
    assert answer.status_code == 400


def test_no_security_group_rule_has_a_tag(cloud):
    rules = cloud.connection().session.get(
        f'{cloud.url}/networking/v2.0/security-group-rules?tags=x')
    assert rules.json() == {'security_group_rules': []}


@pytest.mark.parametrize('path', [
    '/image/v2/images?name=%00', '/image/v2/images/%00', '/networking/v2.0/ports?name=%00',
    '/networking/v2.0/ports/%00'])
def test_a_nul_in_an_address_of_a_neighbour_is_refused(cloud, path):
    answer = cloud.connection().session.get(cloud.url + path, raise_exc=False)
    assert answer.status_code == 400


@pytest.mark.parametrize('name', ['a\\u0000b', 'a\\ud800b'])
@pytest.mark.parametrize(('path', 'body'), [
    ('/image/v2/images', '{"name": "%s"}'),
    ('/networking/v2.0/networks', '{"network": {"name": "%s"}}')])
def test_text_that_no_database_keeps_is_refused_by_the_neighbours(cloud, path, body, name):
    answer = cloud.connection().session.post(
        cloud.url + path, data=body % name, raise_exc=False,
        headers={'Content-Type': 'application/json'})
    assert answer.status_code == 400


def test_the_answer_to_a_head_has_no_body(cloud):
    url = urllib.parse.urlsplit(cloud.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
    for _ in range(2):      # what is left of the first would be taken for the second
        connection.request('HEAD', '/')
        assert connection.getresponse().read() == b''
    connection.request('GET', '/')
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.parametrize('name', ['a%00', 'a%FF'])
def test_a_trace_under_a_name_that_is_none_is_not_found(cloud, name):
    answer = cloud.connection().session.get(f'{cloud.url}/trace/{name}', raise_exc=False)
    assert answer.status_code == 404


def test_servers_that_stall_do_not_keep_others_from_being_deleted():
    no_limit = dict.fromkeys(('quota__instances', 'quota__cores', 'quota__ram'), -1)
    with Cloud(hosts=20, **no_limit) as cloud:
        # More than oslo.messaging's threads.
        answer = cloud.create(fault='spawn:stall', min_count=70, networks='none')
        assert answer.status_code == 202
        cloud.wait(lambda: cloud.services.worker.injector.waiting == 70)
        cloud.wipe()
        at_rest.settled(cloud)
        assert cloud.guests() == {}


def test_an_action_that_cannot_be_driven_does_not_keep_the_others_waiting():
    with Cloud(hosts=2, conductor__sweep_interval=3600) as cloud:
        services = cloud.services
        services.conductor.stop()
        strange, other = (cloud.create(name=name) for name in ('strange', 'other'))
        ids = [answer.json()['server']['id'] for answer in (strange, other)]
        with services.db.write() as connection:
            row = history.action(
                connection, ids[0], strange.headers['X-Openstack-Request-Id'])
            history.update_action(connection, row, verb='of-another-version')
        sweep = recovery.Sweep(services.db, services.conductor.runner, services.conf, _Later(
            services.runtime))
        sweep.round()
        cloud.wait(lambda: _step(cloud, ids[1], other) == 'spawn')
        assert _step(cloud, ids[0], strange) == machine.VERBS['create'].steps[0].name


class _Later:
    """A runtime whose clock is a day ahead: every row is old enough for the sweep."""

    def __init__(self, runtime):
        self._runtime = runtime

    def now(self):
        now = self._runtime.now()
        return now.replace(year=now.year + 1)


def _step(cloud, server, answer):
    with cloud.services.db.read() as connection:
        return history.action(
            connection, server, answer.headers['X-Openstack-Request-Id']).step


def test_a_worker_that_registers_twice_keeps_what_it_has_in_hand():
    with Cloud(hosts=2) as cloud:
        server = cloud.boot()
        cloud.stall('power_off')
        request_id = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
        cloud.wait(lambda: cloud.services.worker.injector.waiting)
        (before,) = cloud.traced(request_id, who='admin')
        cloud.services.worker._register()
        (after,) = cloud.traced(request_id, who='admin')
        assert (after['attempt'], after['held_by']) == (before['attempt'], before['held_by'])
        cloud.behave()
        cloud.settle(server)
        assert cloud.events(server, request_id) == [('compute_stop_instance', 'Success')]


def test_a_report_that_the_database_did_not_take_is_made_again():
    with Cloud(hosts=2) as cloud:
        server = cloud.boot()
        runner = cloud.services.conductor.runner
        finished, told = runner.finished, []

        def fails_once(*args):
            told.append(args)
            if len(told) == 1:
                raise db_exception.DBDeadlock('the first time')
            finished(*args)
        runner.finished = fails_once
        cloud.act(server, 'os-stop')
        assert len(told) == 2
        assert cloud.show(server)['status'] == 'SHUTOFF'


def test_two_incarnations_are_told_apart(cloud):
    services = cloud.services
    inventories = [driver.inventory() for driver in services.worker.drivers.values()]
    with services.db.write() as connection:
        mine = services.worker._incarnation
        assert hosts.register(
            connection, services.runtime, services.worker.name, mine, inventories) == []
        assert hosts.register(
            connection, services.runtime, services.worker.name, services.runtime.uuid(),
            inventories) == ['h1', 'h2']
        hosts.register(connection, services.runtime, services.worker.name, mine, inventories)


@pytest.mark.parametrize('query', ['name=^(a%2B)%2B$', 'ip=^(1?1?)*x$'])
def test_an_expression_that_would_match_for_ever_is_refused(cloud, query):
    cloud.boot(name='a' * 40 + '!')
    began = cloud.runtime.monotonic()
    answer = cloud.request('GET', f'/servers?{query}')
    assert answer.status_code in (200, 400)
    assert cloud.runtime.monotonic() - began < 30


def test_a_path_cannot_begin_a_line_of_the_log(cloud, caplog):
    with caplog.at_level('INFO', logger='novalite.api.app'):
        cloud.request('GET', '/servers/x%0A2026-01-01 INFO forged')
    assert not any('\n' in record.getMessage() for record in caplog.records
                   if 'forged' in record.getMessage())


def test_a_fault_that_can_never_happen_is_refused(cloud):
    with pytest.raises(rules.BadRule, match="there is no verb 'spwan'"):
        cloud.fail('spwan')


def test_the_openstack_command_can_show_a_hypervisor(cloud):
    """It asks for the host's aggregates along the way."""
    assert cloud.get('/os-aggregates', who='admin') == {'aggregates': []}
    assert cloud.request('GET', '/os-aggregates').status_code == 403
    shown = cloud.connection('admin').compute.find_hypervisor('h1', ignore_missing=False)
    assert shown.name == 'h1'
