"""The command `novalite`, as a stranger uses it: a process, its output, its exit status."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import openstack
import pytest
import yaml

NOVALITE = pathlib.Path(sys.prefix, 'bin', 'novalite')


def novalite(state_dir, *arguments, expect=0):
    """What it prints, on both streams; its exit status must be the expected one."""
    done = subprocess.run(
        [NOVALITE, *arguments, '--state-dir', state_dir], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
    assert done.returncode == expect, (done.returncode, done.stdout)
    return done.stdout


@pytest.fixture(scope='module')
def state_dir(tmp_path_factory):
    """A cloud that runs in the background, and where it keeps its state."""
    directory = tmp_path_factory.mktemp('cloud') / 'state'
    novalite(directory, 'up', '--detach', '--port', '0', '--hosts', '3')
    yield directory
    novalite(directory, 'down')


@pytest.fixture
def demo_user(state_dir):
    with openstack.connect(load_envvars=False, load_yaml_config=False, **_entry(state_dir)) as user:
        yield user


def _entry(state_dir, name='novalite'):
    return yaml.safe_load((state_dir / 'clouds.yaml').read_text())['clouds'][name]


def url(state_dir):
    return _entry(state_dir)['auth']['auth_url'].removesuffix('/identity/v3')


def test_the_demo_comes_out_as_told_and_leaves_nothing_behind(state_dir, demo_user):
    told = novalite(state_dir, 'demo')
    assert re.search(r'All \d+ claims came out as told', told)
    assert 'FAILED' not in told
    # As the issue draws it: the hops of a request, over two hosts.
    hops = re.search(r'api\.resize > conductor\.run > (h\d)\.claim > (h\d)\.send_disk > '
                     r'(h\d)\.boot', told)
    assert hops[1] == hops[3] != hops[2]
    assert '\x1b' not in told, 'no colours where there is no terminal'
    assert not list(demo_user.compute.servers())


def test_the_demo_does_not_mind_other_servers_and_leaves_them_alone(state_dir, demo_user):
    image = demo_user.image.find_image('cirros-0.6.2-x86_64-disk')
    mine = demo_user.compute.create_server(
        name='demo-of-mine', flavor_id='42', image_id=image.id, networks='auto')
    novalite(state_dir, 'demo')
    assert [server.name for server in demo_user.compute.servers()] == ['demo-of-mine']
    demo_user.compute.delete_server(mine)


def test_the_demo_can_be_kept_as_a_picture(state_dir, tmp_path):
    novalite(state_dir, 'demo', '--svg', tmp_path / 'demo.svg')
    assert 'came&#160;out&#160;as&#160;told' in (tmp_path / 'demo.svg').read_text()


def test_the_demo_cleans_up_when_it_is_interrupted(state_dir, demo_user):
    with subprocess.Popen(
            [NOVALITE, 'demo', '--state-dir', state_dir], stdout=subprocess.PIPE, text=True,
            env=os.environ | {'PYTHONUNBUFFERED': '1'}) as demo:
        for line in demo.stdout:
            if 'All three servers are ACTIVE' in line:
                demo.send_signal(signal.SIGINT)
                break
        rest = demo.stdout.read()
    assert demo.returncode == 130, rest
    assert not list(demo_user.compute.servers())


def test_an_interruption_that_met_a_destructor_is_heeded_all_the_same():
    story = """
import os, signal
from novalite.cmd import demo
signals = demo._Signals()
class Swallows:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
Swallows()
print('it goes on')
signals.heed()
print('and on')
"""
    told = subprocess.run([sys.executable, '-c', story], capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (130, 'it goes on\n'), told.stderr


def test_a_demo_that_does_not_come_out_as_told_says_so(tmp_path):
    deaf = tmp_path / 'deaf.conf'
    deaf.write_text('[simulated]\nmetadata_faults = false\n')
    novalite(tmp_path, 'up', '--detach', '--port', '0', '--config-file', deaf)
    try:
        told = novalite(tmp_path, 'demo', expect=1)
    finally:
        novalite(tmp_path, 'down')
    assert "expected 'ERROR', found 'ACTIVE'" in told
    assert 'did not come out as told' in told
    assert 'To the other tenant it does not exist' in told, 'the rest is told all the same'


def test_one_host_is_enough_for_the_demo(tmp_path):
    novalite(tmp_path, 'up', '--detach', '--port', '0', '--hosts', '1')
    try:
        assert 'No valid host was found.' in novalite(tmp_path, 'demo')
    finally:
        novalite(tmp_path, 'down')


def test_status_tells_where_the_cloud_listens(state_dir):
    told = novalite(state_dir, 'status')
    assert f'{url(state_dir)} is up' in told
    assert '3 hosts' in told


def test_env_is_what_a_shell_needs(state_dir):
    shell = subprocess.run(
        ['bash', '-c', f'eval "$({NOVALITE} env --state-dir {state_dir})" && '
                       'echo "$OS_CLOUD $OS_CLIENT_CONFIG_FILE"'],
        capture_output=True, text=True, check=True)
    assert shell.stdout.split() == ['novalite', str(state_dir / 'clouds.yaml')]


def test_a_cloud_that_runs_is_not_started_twice(state_dir):
    told = novalite(state_dir, 'up', '--detach', '--port', '0')
    assert f'The cloud is running already: {url(state_dir)}' in told


def test_bench_tells_figures_and_leaves_nothing_behind(state_dir):
    told = novalite(state_dir, 'bench', '--servers', '2', '--clients', '2', '--json')
    figures = yaml.safe_load(told)
    assert figures['failed'] == 0
    assert 0 < figures['boot_median_ms'] < 10_000
    assert figures['resident_mb'] > 0
    admin = _entry(state_dir, 'novalite-admin')
    with openstack.connect(load_envvars=False, load_yaml_config=False, **admin) as cloud:
        assert not list(cloud.compute.servers())
        limits = cloud.compute.get_quota_set(cloud.current_project_id)
        assert limits.instances == 10, 'the quota is as it was'


def test_status_tells_that_nothing_is_waited_for(state_dir, tmp_path):
    assert 'Nothing is under way' in novalite(state_dir, 'status')
    found = json.loads(novalite(state_dir, 'status', '--json'))
    assert (found['health'], found['hosts'], found['waiting']) == ('up', 3, [])
    assert not found['conductors']['quiet']
    assert json.loads(novalite(tmp_path, 'status', '--json', expect=3)) == {
        'running': False, 'state_dir': str(tmp_path)}


@pytest.mark.parametrize('detach', [[], ['--detach']])
def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path, detach):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        told = novalite(tmp_path, 'up', '--port', port, *detach, expect=1)
    assert port in told
    assert told.count('\n') == 1 and 'Traceback' not in told


@pytest.mark.parametrize('detach', [[], ['--detach']])
def test_a_configuration_file_that_is_not_there_is_said_in_a_sentence(tmp_path, detach):
    told = novalite(tmp_path, 'up', '--port', '0', '--config-file', '/nope', *detach, expect=1)
    assert '/nope' in told and 'Traceback' not in told


@pytest.mark.parametrize('detach', [[], ['--detach']])
def test_timings_that_cannot_be_used_are_said_in_a_sentence(tmp_path, detach):
    told = novalite(tmp_path, 'up', '--port', '0', '--timings', 'spwan=1', *detach, expect=1)
    assert "[simulated] timings cannot be used: 'spwan=1' is no timing" in told
    assert told.count('\n') == 1 and 'Traceback' not in told


@pytest.mark.parametrize('detach', [[], ['--detach']])
def test_a_state_directory_that_cannot_be_written_is_said_in_a_sentence(tmp_path, detach):
    (tmp_path / 'file').write_text('in the way')
    told = novalite(tmp_path / 'file' / 'state', 'up', '--port', '0', *detach, expect=1)
    assert 'cannot be used: Not a directory' in told
    assert told.count('\n') == 1 and 'Traceback' not in told


@pytest.mark.parametrize('command', ['demo', 'bench', 'env'])
def test_where_no_cloud_was_started_a_command_says_what_to_do(tmp_path, command):
    assert 'novalite up --detach' in novalite(tmp_path, command, expect=1)


def test_a_cloud_is_stopped_and_comes_back_with_what_it_had(tmp_path):
    def keys():
        entry = _entry(tmp_path)
        return openstack.connect(load_envvars=False, load_yaml_config=False, **entry).compute

    novalite(tmp_path, 'up', '--detach', '--port', '0')
    keys().create_keypair(name='mine')
    assert 'Stopped' in novalite(tmp_path, 'down')
    assert 'No cloud is running' in novalite(tmp_path, 'status', expect=3)
    assert 'does it run?' in novalite(tmp_path, 'demo', expect=1)
    assert 'No cloud is running' in novalite(tmp_path, 'down')
    novalite(tmp_path, 'up', '--detach', '--port', '0')
    try:
        assert [key.name for key in keys().keypairs()] == ['mine']
    finally:
        novalite(tmp_path, 'down')
