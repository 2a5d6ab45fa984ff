"""The simulated hypervisor: verbs that may be repeated, guests that outlive the process."""

import types

import pytest

from novalite import errors
from novalite import runtime
from novalite.hypervisor import driver as protocol
from novalite.hypervisor import simulated
from novalite.servers.states import Power

FLAVOR = {'vcpus': 2, 'ram': 512, 'disk': 5}
SERVER = types.SimpleNamespace(uuid='u1', name='web', nics=[])


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'guests' / 'w.jsonl'


def opened(path, host='h1'):
    return simulated.SimulatedDriver(host, None, simulated.Shelf(path, runtime.Runtime()))


@pytest.fixture
def driver(path):
    driver = opened(path)
    yield driver
    driver.close()


#: (verb, arguments), on a guest that is there.
VERBS = [
    ('spawn', (SERVER, FLAVOR)), ('destroy', ('u1',)), ('power_off', ('u1',)),
    ('power_on', ('u1',)), ('reboot', ('u1', True)), ('reboot', ('u1', False)),
    ('claim', (SERVER, FLAVOR)), ('send_disk', ('u1', 'h2')), ('snapshot', ('u1', 'i1')),
    ('discard_snapshot', ('u1', 'i1')), ('detach_interface', ('u1', 'p1')),
    ('attach_interface', ('u1', {'port_id': 'p1', 'mac': 'fa:16:3e:00:00:01'})),
    ('console_output', ('u1',)), ('diagnostics', ('u1',)),
]


@pytest.mark.parametrize(('verb', 'arguments'), VERBS)
def test_a_verb_may_be_repeated(driver, verb, arguments):
    driver.spawn(SERVER, FLAVOR)
    first = getattr(driver, verb)(*arguments)
    guests = driver.guests()
    assert getattr(driver, verb)(*arguments) == first
    assert driver.guests() == guests


@pytest.mark.parametrize(('verb', 'arguments', 'power'), [
    ('power_off', ('u1',), Power.SHUTDOWN), ('power_on', ('u1',), Power.RUNNING),
    ('reboot', ('u1', True), Power.RUNNING), ('spawn', (SERVER, FLAVOR), Power.RUNNING)])
def test_a_verb_about_power_answers_what_it_is_then(driver, verb, arguments, power):
    driver.spawn(SERVER, FLAVOR)
    assert getattr(driver, verb)(*arguments) == power
    assert driver.guests()['u1']['power_state'] == power


@pytest.mark.parametrize(('verb', 'arguments'), [
    (verb, arguments) for verb, arguments in VERBS
    if verb not in ('spawn', 'claim', 'destroy', 'discard_snapshot')])
def test_a_verb_about_a_guest_that_is_not_there_says_so(driver, verb, arguments):
    with pytest.raises(errors.GuestNotFound, match='u1 could not be found on .* h1'):
        getattr(driver, verb)(*arguments)
    assert driver.guests() == {}


def test_what_is_not_there_may_be_destroyed(driver):
    driver.destroy('u1')
    driver.discard_snapshot('u1', 'i1')
    assert driver.guests() == {}


def test_a_snapshot_is_given_away_until_it_is_discarded(driver):
    driver.spawn(SERVER, FLAVOR)
    driver.snapshot('u1', 'i1')
    data = driver.upload_snapshot('u1', 'i1')
    assert driver.upload_snapshot('u1', 'i1') == data
    assert 'u1' in data['data']
    driver.discard_snapshot('u1', 'i1')
    with pytest.raises(errors.NovaliteError, match='no snapshot for image i1'):
        driver.upload_snapshot('u1', 'i1')


def test_it_has_every_verb_of_a_driver():
    verbs = [name for name in vars(protocol.Driver) if not name.startswith('_')]
    assert all(callable(getattr(simulated.SimulatedDriver, verb)) for verb in verbs)


# The shelf

def test_guests_outlive_the_process(path):
    driver = opened(path)
    driver.spawn(SERVER, FLAVOR)
    driver.power_off('u1')
    driver.spawn(types.SimpleNamespace(uuid='u2', name='gone', nics=[]), FLAVOR)
    driver.destroy('u2')
    guests = driver.guests()
    driver.close()
    again = opened(path)
    assert again.guests() == guests
    assert set(guests) == {'u1'}
    again.close()


def test_hosts_share_a_shelf_and_not_their_guests(path):
    shelf = simulated.Shelf(path, runtime.Runtime())
    one, two = (simulated.SimulatedDriver(name, None, shelf) for name in ('h1', 'h2'))
    one.spawn(SERVER, FLAVOR)
    assert two.guests() == {}
    shelf.close()


@pytest.mark.parametrize('torn', ['["h1", "u2", {"na', '["h1", "u1", nul', '[', '\x00\x00'])
def test_the_line_a_killed_process_was_writing_is_ignored(path, torn):
    driver = opened(path)
    driver.spawn(SERVER, FLAVOR)
    driver.close()
    with path.open('a') as lines:
        lines.write(torn)
    again = opened(path)
    assert set(again.guests()) == {'u1'}
    again.power_off('u1')
    again.close()
    once_more = opened(path)
    assert once_more.guests()['u1']['power_state'] == Power.SHUTDOWN
    once_more.close()


def test_the_file_does_not_grow_with_the_past(path):
    driver = opened(path)
    driver.spawn(SERVER, FLAVOR)
    for _ in range(100):
        driver.power_off('u1')
        driver.power_on('u1')
    driver.close()
    opened(path).close()
    assert len(path.read_text().splitlines()) == 1
