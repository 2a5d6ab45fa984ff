"""Broker and database by TLS: who is not who he should be is refused, in a sentence."""

import pytest

from tests.processes import tls
from tests.processes.daemons import Daemons

pytestmark = pytest.mark.daemons


@pytest.fixture(scope='module')
def servers(tmp_path_factory):
    directory = tmp_path_factory.mktemp('tls')
    # PostgreSQL does not run as root: its user passes through.
    for parent in (directory, directory.parent):
        parent.chmod(0o755)
    with tls.servers(directory) as (broker, database):
        yield directory, broker, database


@pytest.fixture
def daemons(servers, tmp_path):
    directory, broker, database = servers
    authority = directory / 'etc' / 'ca.pem'
    with Daemons(tmp_path, f'{database}?sslmode=verify-full&sslrootcert={authority}', broker,
                 oslo_messaging_rabbit__ssl='true',
                 oslo_messaging_rabbit__ssl_ca_file=authority) as daemons:
        yield daemons


def test_everything_goes_by_tls(daemons):
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    server = daemons.boot()
    daemons.act(server, 'reboot', {'type': 'SOFT'})
    assert daemons.show(server)['status'] == 'ACTIVE'


def test_whoever_has_another_authority_is_not_trusted(daemons, tmp_path):
    other = tls.authority(tmp_path, 'other')
    short = daemons.file.read_text().replace('[DEFAULT]', '[DEFAULT]\nstartup_timeout = 1')

    def with_other(option):
        return ''.join(
            f'{option}{other}\n' if line.startswith(option) else line
            for line in short.splitlines(keepends=True))

    def refused(name):
        daemons.start(name)
        assert daemons.processes.pop(name).wait(timeout=60) == 1
        return daemons.log(name).read_text()

    daemons.file.write_text(with_other('ssl_ca_file = '))
    told = refused('compute')
    assert 'Waited 1 s in vain for the broker: RabbitMQ at 127.0.0.1:' in told
    assert 'certificate verify failed' in told
    assert 'Traceback' not in told

    start, _, rest = short.partition('sslrootcert=')
    daemons.file.write_text(f'{start}sslrootcert={other}\n{rest.partition(chr(10))[2]}')
    told = refused('conductor')
    assert 'Waited 1 s in vain for the database at postgresql+psycopg2://novalite:***@' in told
    assert 'certificate verify failed' in told
    assert 'Traceback' not in told
    done = daemons.manage('db', 'version')
    assert done.returncode == 1
    assert 'does not answer (' in done.stderr and 'certificate verify failed' in done.stderr

    # Without TLS nobody listens.
    daemons.file.write_text(short.replace('ssl = true', 'ssl = false'))
    assert 'Waited 1 s in vain for the broker' in refused('compute')
