"""Daemons over the servers that devstack/test.sh has started."""

import fcntl
import hashlib
import os
import pathlib
import tempfile

import pytest

from tests.processes.daemons import Daemons


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
