"""``novalite-status upgrade check``: each thing that stands in the way of an upgrade is found."""

import json
import subprocess
import sys

import pytest
import sqlalchemy as sa

from novalite.cmd import status
from novalite.db import history
from novalite.db import models
from novalite.testing.cloud import Cloud


@pytest.fixture(scope='module')
def cloud(tmp_path_factory):
    with Cloud(state_dir=tmp_path_factory.mktemp('cloud')) as cloud:
        yield cloud


@pytest.fixture
def changed(cloud):
    """Changes all rows of a table, until the test has ended."""
    before = []

    def change(table, **values):
        with cloud.services.db.write() as connection:
            names = ['id', *values]
            rows = connection.execute(sa.select(*(table.c[name] for name in names))).all()
            before.append((table, [row._asdict() for row in rows]))
            connection.execute(sa.update(table).values(**values))
    yield change
    with cloud.services.db.write() as connection:
        for table, rows in before:
            for row in rows:
                number = row.pop('id')
                connection.execute(sa.update(table).where(table.c.id == number).values(**row))


def found(cloud, capsys):
    """(the highest code, {check: (code, details)}) of what is not in order."""
    checks = status.Checks(cloud.conf)
    code = checks.check()
    capsys.readouterr()
    results = {name: check(checks) for name, check in checks._upgrade_checks[:-1]}
    return int(code), {name: (int(result.code), result.details)
                       for name, result in results.items() if result.code}


def test_a_cloud_in_order_is_ready(cloud, capsys):
    assert found(cloud, capsys) == (0, {})


def test_a_worker_of_the_version_before_is_told_of(cloud, changed, capsys):
    changed(models.hosts, knows='1.0')
    code, results = found(cloud, capsys)
    assert (code, list(results)) == (1, ['Compute workers'])
    assert results['Compute workers'][1].endswith(
        'cloud-h. Until they do, set [upgrade_levels] compute = 1.0.')


def test_a_worker_that_understands_nothing_stops_the_upgrade(cloud, changed, capsys):
    changed(models.hosts, knows='0.9')
    code, results = found(cloud, capsys)
    assert (code, list(results)) == (2, ['Compute workers'])


def test_an_action_of_a_newer_version_stops_it(cloud, changed, capsys):
    cloud.boot()
    changed(models.actions, format=history.FORMAT + 1, finish_time=None)
    code, results = found(cloud, capsys)
    assert code == 2
    assert results['Actions under way'][1].startswith('1 actions under way were begun by a newer')


def test_a_host_that_was_given_up_is_told_of(cloud, changed, capsys):
    changed(models.hosts, incarnation='')
    code, results = found(cloud, capsys)
    assert (code, list(results)) == (1, ['Hosts that were given up'])
    assert 'h1, h2, h3, h4' in results['Hosts that were given up'][1]


def test_a_service_that_is_silent_is_told_of(cloud, changed, capsys):
    changed(models.daemons, last_seen=cloud.runtime.now().replace(year=2020))
    code, results = found(cloud, capsys)
    assert (code, list(results)) == (1, ['Services'])
    assert 'nova-conductor on cloud, nova-scheduler on cloud' in results['Services'][1]


# As an operator runs it

def _run(directory, connection, more=''):
    file = directory / 'novalite.conf'
    file.write_text(f'[database]\nconnection = {connection}\n{more}')
    done = subprocess.run(
        [sys.executable, '-m', 'novalite.cmd.status', '--config-file', file, 'upgrade', 'check',
         '--json'], capture_output=True, text=True, timeout=60)
    assert 'Traceback' not in done.stderr + done.stdout
    checks = json.loads(done.stdout)['checks']
    return done.returncode, {one['check']: one['details'] for one in checks if one['result']}


def test_an_old_schema_a_json_policy_and_options_nobody_reads(tmp_path):
    policy = tmp_path / 'policy.json'
    policy.write_text('{"context_is_admin": "role:admin"}')
    code, found = _run(tmp_path, f'sqlite:///{tmp_path}/new.db',
                       '[compute]\nhosts = 3\nhosst_prefix = h\n[cinder]\nusername = nova\n'
                       f'[oslo_policy]\npolicy_file = {policy}\n')
    assert code == 2
    assert 'run novalite-manage db sync' in found['Database schema']
    assert found['Services'] == 'Not looked at before the schema is upgraded.'
    assert f'[compute] hosst_prefix in {tmp_path}/novalite.conf.' in found['Options']
    assert 'JSON-formatted' in found['Policy file']


def test_a_database_that_does_not_answer_is_said_without_its_password(tmp_path):
    code, found = _run(tmp_path, 'postgresql+psycopg2://novalite:hunter2@127.0.0.1:1/novalite')
    assert code == 2
    assert 'The database does not answer (' in found['Database schema']
    assert 'hunter2' not in json.dumps(found)
