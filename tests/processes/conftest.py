"""Daemons over the servers that devstack/test.sh has started."""

import os

import pytest

from tests.processes.daemons import Daemons


def pytest_collection_modifyitems(items):
    """They share one broker, so one xdist worker runs them all, one after the other."""
    for item in items:
        if 'processes' in item.path.parts:
            item.add_marker(pytest.mark.daemons)
            item.add_marker(pytest.mark.xdist_group('daemons'))


def _server(name):
    url = os.environ.get(name)
    assert url, f'{name} is not set: run devstack/test.sh, or leave these out with --fast'
    return url


@pytest.fixture(scope='session')
def broker():
    return _server('NOVALITE_TEST_TRANSPORT_URL')


@pytest.fixture
def daemons(tmp_path, broker):
    """Prepared, and not started: over RabbitMQ and PostgreSQL."""
    with Daemons(tmp_path, _server('NOVALITE_TEST_POSTGRESQL_URL'), broker) as daemons:
        yield daemons


@pytest.fixture
def daemons_on_mariadb(tmp_path, broker):
    with Daemons(tmp_path, _server('NOVALITE_TEST_MYSQL_URL'), broker) as daemons:
        yield daemons
