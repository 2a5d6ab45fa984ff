"""The simulated hypervisor: verbs that may be repeated, guests that outlive the process."""

import types

import pytest

from novalite import errors
from novalite import runtime
from novalite.hypervisor import driver as protocol
from novalite.hypervisor import simulated
from novalite.servers.states import Power

FLAVOR = {'vcpus': 2, 'ram': 512, 'disk': 5}
SERVER = types.SimpleNamespace(uuid='u1', name='web', nics=[], volumes=[], key_name='mine',
                               config_drive=None)
VOLUME = {'volume_id': 'v1', 'device': '/dev/vdb'}


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
    ('attach_volume', ('u1', VOLUME)), ('detach_volume', ('u1', 'v1')),
    ('swap_volume', ('u1', 'v0', VOLUME)), ('extend_volume', ('u1', 'v1', 2)),
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
    driver.spawn(types.SimpleNamespace(**vars(SERVER) | {'uuid': 'u2'}), FLAVOR)
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


# What a guest says of itself

NIC = {'port_id': 'p1', 'mac': 'fa:16:3e:00:00:01', 'ips': [{'address': '10.0.0.7'}]}


@pytest.fixture
def guest(driver):
    driver.spawn(types.SimpleNamespace(**vars(SERVER) | {'name': 'My Web!', 'nics': [NIC]}), FLAVOR)
    return driver


def test_a_console_shows_a_boot_that_ends_at_the_login(guest):
    told = guest.console_output('u1')
    assert told.startswith('[    0.000000] Linux version')
    assert 'smp: Brought up 1 node, 2 CPUs' in told and '(5 GiB)' in told
    assert 'if-info: eth0,up,10.0.0.7,fa:16:3e:00:00:01' in told
    assert 'authorized_keys of cirros: mine' in told
    assert "login as 'cirros' user. default password: 'gocubsgo'." in told
    assert told.endswith('\nmy-web login: ')
    assert guest.console_output('u1') == told


def test_the_clock_of_a_console_never_goes_back_within_a_boot(guest):
    clock = [float(line[1:13]) for line in guest.console_output('u1').splitlines()
             if line.startswith('[')]
    assert len(clock) > 8 and clock == sorted(clock)


@pytest.mark.parametrize(('verb', 'arguments', 'says'), [
    ('reboot', ('u1', False), 'reboot: Restarting system'), ('reboot', ('u1', True), 'Linux'),
    ('power_off', ('u1',), 'reboot: Power down'), ('set_password', ('u1',), 'passwd: '),
    ('crash_dump', ('u1',), 'kdump: saved vmcore'), ('by_itself', ('u1', 'panic'), 'Kernel panic'),
    ('rescue', ('u1', 'i7'), 'Rescue: booted from image i7'),
    ('attach_interface', ('u1', {'port_id': 'p2', 'mac': 'fa:16:3e:00:00:02'}),
     'fa:16:3e:00:00:02 is there'),
    ('detach_interface', ('u1', 'p1'), 'fa:16:3e:00:00:01 is gone'),
    ('attach_volume', ('u1', {'volume_id': 'v1', 'device': '/dev/vdb'}), 'volumes: /dev/vdb')])
def test_a_console_grows_with_what_happens(guest, verb, arguments, says):
    before = guest.console_output('u1')
    getattr(guest, verb)(*arguments)
    after = guest.console_output('u1')
    assert after.startswith(before)
    assert says in after[len(before):]


@pytest.mark.parametrize(('what', 'then'), [
    ('halt', Power.SHUTDOWN), ('panic', Power.CRASHED), ('pause', Power.PAUSED)])
def test_a_guest_changes_by_itself_once(path, guest, what, then):
    assert guest.by_itself('u1', what)
    assert not guest.by_itself('u1', what)
    guest.close()
    again = opened(path)
    assert again.guests()['u1']['power_state'] == then
    assert again.by_itself('u1', 'wake')
    assert again.guests()['u1']['power_state'] == Power.RUNNING
    assert again.by_itself('u1', 'vanish')
    assert not again.by_itself('u1', 'vanish') and not again.by_itself('u1', 'halt')
    assert again.guests() == {}
    again.close()


def test_what_has_not_booted_does_not_wake_by_itself(driver):
    driver.claim(SERVER, FLAVOR)
    assert not driver.by_itself('u1', 'wake')


def test_a_console_remembers_over_restarts_and_not_for_ever(path, guest):
    for _ in range(100):
        guest.reboot('u1', True)
    told = guest.console_output('u1')
    assert told.count('Linux version') == 20
    guest.close()
    again = opened(path)
    assert again.console_output('u1') == told
    again.close()


@pytest.mark.parametrize('name', ['', '...', '\u732b', 'x' * 300])
def test_a_guest_has_a_hostname_whatever_its_name(driver, name):
    driver.spawn(types.SimpleNamespace(**vars(SERVER) | {'name': name}), FLAVOR)
    assert driver.console_output('u1').splitlines()[-1].split()[0]


def test_diagnostics_are_those_of_the_guest(guest):
    told = guest.diagnostics('u1')
    assert told['state'] == 'running'
    assert (told['num_cpus'], told['num_nics'], told['num_disks']) == (2, 1, 1)
    assert [len(told[part]) for part in ('cpu_details', 'nic_details', 'disk_details')] == [2, 1, 1]
    assert told['nic_details'][0]['mac_address'] == 'fa:16:3e:00:00:01'
    assert 0 < told['memory_details']['used'] <= told['memory_details']['maximum'] == 512
    guest.rescue('u1', 'i7')
    guest.attach_volume('u1', {'volume_id': 'v1', 'device': '/dev/vdb'})
    assert guest.diagnostics('u1')['num_disks'] == 3
    guest.reboot('u1', True)
    assert 'virtio_blk: /dev/vdb: a volume' in guest.console_output('u1')


def test_what_is_counted_of_a_guest_grows_with_its_age(guest):
    log = guest._guests['u1']['log']
    young = guest.diagnostics('u1')
    log[0][1] = '2020-01-01T00:00:00'
    old = guest.diagnostics('u1')
    assert young['uptime'] < 60 < old['uptime']
    assert old['cpu_details'][0]['time'] > young['cpu_details'][0]['time']
    assert old['nic_details'][0]['rx_octets'] > young['nic_details'][0]['rx_octets']
    guest.power_off('u1')
    stopped = guest.diagnostics('u1')
    assert (stopped['state'], stopped['uptime']) == ('shutdown', 0)
