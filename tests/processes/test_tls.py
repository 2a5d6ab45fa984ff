"""Broker and database by TLS: who is not who he should be is refused, in a sentence."""

import urllib.parse

import pytest

from tests.processes import tls
from tests.processes.daemons import Daemons

pytestmark = pytest.mark.daemons


@pytest.fixture
def servers(tmp_path_factory):
    directory = tmp_path_factory.mktemp('tls')
    # PostgreSQL does not run as root: its user passes through.
    for parent in (directory, directory.parent):
        parent.chmod(0o755)
    with tls.servers(directory) as (broker, database):
        yield directory / 'etc' / 'ca.pem', broker, database


@pytest.fixture
def daemons(servers, tmp_path):
    authority, broker, database = servers
    with Daemons(tmp_path, f'{database}?sslmode=verify-full&sslrootcert={authority}', broker,
                 oslo_messaging_rabbit__ssl='true',
                 oslo_messaging_rabbit__ssl_ca_file=authority) as daemons:
        yield daemons


def test_everything_goes_by_tls_and_whoever_has_another_authority_is_not_trusted(
        daemons, servers, tmp_path):
    good, other = daemons.file.read_text(), tls.authority(tmp_path, 'other')
    short = good.replace('[DEFAULT]', '[DEFAULT]\nstartup_timeout = 1')

    def refused(name, configuration):
        daemons.file.write_text(configuration)
        daemons.start(name)
        assert daemons.processes.pop(name).wait(timeout=60) == 1
        told = daemons.log(name).read_text()
        daemons.log(name).unlink()
        assert 'Traceback' not in told
        return told

    told = refused('compute', short.replace(
        f'ssl_ca_file = {servers[0]}', f'ssl_ca_file = {other}'))
    assert 'Waited 1 s in vain for the broker: RabbitMQ at 127.0.0.1:' in told
    assert 'certificate verify failed' in told

    told = refused('conductor', short.replace(
        f'sslrootcert={urllib.parse.quote_plus(str(servers[0]))}', f'sslrootcert={other}'))
    assert 'Waited 1 s in vain for the database at postgresql+psycopg2://novalite:***@' in told
    assert 'certificate verify failed' in told
    done = daemons.manage('db', 'version')
    assert done.returncode == 1
    assert 'does not answer (' in done.stderr and 'certificate verify failed' in done.stderr

    # Without TLS nobody listens.
    assert 'Waited 1 s in vain for the broker' in refused(
        'compute', short.replace('ssl = true', 'ssl = false'))

    daemons.file.write_text(good)
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    server = daemons.boot()
    daemons.act(server, 'reboot', {'type': 'SOFT'})
    assert daemons.show(server)['status'] == 'ACTIVE'
