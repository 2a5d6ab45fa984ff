"""No password, token or key is in a log, a fault, a trace, the database, or what a command says."""

import subprocess

import pytest
import requests
import sqlalchemy as sa

from tests.processes.daemons import BIN

pytestmark = pytest.mark.daemons

ADMIN, OF_SERVER, CHANGED, RESCUED = (f'hunter{number}-in-the-rye' for number in range(4))
KEY = 'signingkey' * 4


def test_a_story_in_debug_leaves_no_secret_behind(daemons):
    daemons.configure('DEFAULT', debug='true')
    daemons.configure('neighbours', admin_password=ADMIN)
    daemons.append('rpc', signing_keys=KEY)
    daemons.conf.set_override('admin_password', ADMIN, group='neighbours')
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    secrets, request_ids = _story(daemons)
    secrets |= {'admin password': ADMIN, 'signing key': KEY,
                'broker password': sa.make_url(daemons._broker).password,
                'database password': daemons._server.password}

    told = {f'{name}.log': daemons.log(name).read_text() for name in daemons.processes}
    for request_id in request_ids:
        told[f'trace {request_id}'] = str(daemons.traced(request_id))
    told['trace in the terminal'] = daemons.manage('trace', request_ids[-1]).stdout
    told['healthcheck'] = requests.get(
        f'http://127.0.0.1:{daemons.port}/healthcheck?detailed=1',
        headers={'Accept': 'application/json'}, timeout=10).text
    for program in ('compute', 'manage'):     # the others have the options of the first
        told[f'{program} --help'] = subprocess.run(
            [BIN / f'novalite-{program}', '--config-file', daemons.file, '--help'],
            capture_output=True, text=True, timeout=60).stdout
    told['novalite.conf is readable'] = ''.join(
        line for line in told['conductor.log'].splitlines() if 'chmod' in line)
    assert '[rpc] signing_keys' in told['novalite.conf is readable']
    told['database'] = _everything_in(daemons)
    found = [(name, where) for name, secret in secrets.items()
             for where, text in told.items() if secret in text]
    assert found == []
    assert all(told.values())       # nor has this passed because nothing was said


def _story(daemons):
    """What has secrets in it, some of it failing; {what: secret}, and request ids."""
    keypair = daemons.request('POST', '/os-keypairs', {'keypair': {'name': 'k'}}, version='2.1')
    answer = daemons.create(adminPass=OF_SERVER, key_name='k')
    assert answer.status_code == 202, answer.text
    server = daemons.settle(answer.json()['server']['id'], seconds=60)
    request_ids = [answer.headers['X-Openstack-Request-Id']]
    request_ids.append(daemons.act(server, 'changePassword', {'adminPass': CHANGED}))
    request_ids.append(daemons.act(server, 'rescue', {'adminPass': RESCUED}))
    daemons.act(server, 'unrescue')
    console = daemons.request(
        'POST', f'/servers/{server}/remote-consoles',
        {'remote_console': {'protocol': 'vnc', 'type': 'novnc'}}).json()['remote_console']['url']
    console_token = console.rpartition('token')[2].strip('=%3D')
    daemons.request('GET', f'/os-console-auth-tokens/{console_token}', who='admin')
    broken = daemons.create(adminPass=OF_SERVER, fault='spawn:fail=No room for the disk')
    daemons.settle(broken.json()['server']['id'], seconds=60)
    request_ids.append(broken.headers['X-Openstack-Request-Id'])
    daemons.ask(server, 'changePassword', {'adminPass': CHANGED, 'more': 1})        # a 400
    return {
        'token': daemons.token(), 'token of the admin': daemons.token('admin'),
        'private key': keypair.json()['keypair']['private_key'].splitlines()[1],
        'password of a server': OF_SERVER, 'new password': CHANGED,
        'password of a rescue': RESCUED, 'token of a console': console_token,
    }, request_ids


def _everything_in(daemons):
    engine = sa.create_engine(daemons._server.set(database=daemons._name))
    with engine.connect() as connection:
        text = '\n'.join(
            str(connection.execute(sa.text(f'SELECT * FROM {name}')).all())
            for name in sa.inspect(connection).get_table_names())
    engine.dispose()
    return text


@pytest.mark.parametrize('group, name, value', [
    ('DEFAULT', 'transport_url', 'rabbit://novalite:hunter2@broker:port/'),
    ('DEFAULT', 'transport_url', 'hunter2@broker'),
    ('database', 'connection', 'postgresql+psycopg2://novalite:hunter2@db:port/novalite'),
    ('database', 'connection', 'nonsense+driver://novalite:hunter2@db/novalite'),
    ('rpc', 'signing_keys', 'hunter2')])
def test_a_setting_that_is_wrong_is_complained_of_without_its_secret(tmp_path, group, name, value):
    file = tmp_path / 'novalite.conf'
    good = {('database', 'connection'): f'sqlite:///{tmp_path}/x.db',
            ('DEFAULT', 'startup_timeout'): '1',
            ('DEFAULT', 'transport_url'): 'rabbit://u:p@127.0.0.1:1/'} | {(group, name): value}
    file.write_text(''.join(f'[{group}]\n{name} = {value}\n'
                            for (group, name), value in good.items()))
    program = 'novalite-manage' if group == 'database' else 'novalite-api'
    done = subprocess.run(
        [BIN / program, '--config-file', file, *(['db', 'sync'] if group == 'database' else [])],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert name in done.stderr
    assert 'hunter2' not in done.stderr
    assert 'Traceback' not in done.stderr
