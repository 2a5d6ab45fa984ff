"""Daemons over the servers that devstack/test.sh has started."""

import fcntl
import hashlib
import os
import pathlib
import tempfile

import pytest
import sqlalchemy as sa

from tests.processes.daemons import Daemons
from tests.processes.wire import Wire


def _server(name):
    url = os.environ.get(name)
    assert url, f'{name} is not set: run devstack/test.sh, or leave these out with --fast'
    return url


@pytest.fixture
def broker():
    """RabbitMQ for one test at a time: queues are named alike, whoever's conductor it is."""
    url = _server('NOVALITE_TEST_TRANSPORT_URL')
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    with pathlib.Path(tempfile.gettempdir(), f'novalite-broker-{name}').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield url


@pytest.fixture
def daemons(tmp_path, broker):
    """Prepared, and not started: over RabbitMQ and PostgreSQL."""
    with Daemons(tmp_path, _server('NOVALITE_TEST_POSTGRESQL_URL'), broker) as daemons:
        yield daemons


@pytest.fixture
def daemons_on_mariadb(tmp_path, broker):
    with Daemons(tmp_path, _server('NOVALITE_TEST_MYSQL_URL'), broker) as daemons:
        yield daemons


@pytest.fixture
def wires(broker):
    """The wires to the broker and to the database, by these names."""
    wires = {'broker': Wire(sa.make_url(broker).port),
             'database': Wire(sa.make_url(_server('NOVALITE_TEST_POSTGRESQL_URL')).port)}
    yield wires
    for wire in wires.values():
        wire.close()


@pytest.fixture
def wired(tmp_path, broker, wires):
    """Daemons that reach RabbitMQ and PostgreSQL over wires, and miss what is away soon."""
    url = sa.make_url(broker).set(port=wires['broker'].port)
    with Daemons(tmp_path, _server('NOVALITE_TEST_POSTGRESQL_URL'),
                 url.render_as_string(hide_password=False), wires['database'].port,
                 compute__service_down_time=4, compute__report_interval=1,
                 conductor__sweep_interval=1, conductor__lease=4) as daemons:
        daemons.prepare()
        daemons.start('api', 'conductor', 'compute')
        daemons.await_ready()
        yield daemons
