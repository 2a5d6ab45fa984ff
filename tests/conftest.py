"""What every test may ask for: a cloud of its module, wiped between tests, or one of its own."""

import pytest

from novalite.testing import Cloud
from tests import conformance


@pytest.fixture(scope='session')
def shared_cloud():
    # One project boots what it likes here; quotas have clouds of their own.
    with Cloud(quota__instances=1000, quota__cores=-1, quota__ram=-1) as cloud:
        yield cloud


@pytest.fixture
def cloud(shared_cloud):
    """A cloud without servers and faults; the same one for many tests, so it costs nothing."""
    yield shared_cloud
    shared_cloud.behave()
    shared_cloud.wipe()


@pytest.fixture
def own_cloud():
    """A cloud nobody else has used, for tests that stop it or change its hosts."""
    with Cloud() as cloud:
        yield cloud


# What was asked of the API, for doc/conformance.md

def pytest_addoption(parser):
    parser.addoption('--conformance', action='store_true',
                     help='note what the API was asked and answered, for doc/conformance.md')


def pytest_configure(config):
    if config.getoption('--conformance'):
        config.conformance = conformance.Recorder()
        config.conformance.start()


@pytest.hookimpl(optionalhook=True)     # pytest-xdist's
def pytest_testnodedown(node):
    """A worker has ended: what it has noted comes as a list, which is all that travels."""
    for *key, count in getattr(node, 'workeroutput', {}).get('conformance', ()):
        node.config.conformance.seen[tuple(key)] += count


def pytest_sessionfinish(session):
    recorder = getattr(session.config, 'conformance', None)
    if recorder is None:
        return
    if hasattr(session.config, 'workeroutput'):
        session.config.workeroutput['conformance'] = [
            [*key, count] for key, count in recorder.seen.items()]
    else:
        conformance.keep(recorder.seen)
