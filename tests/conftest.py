"""What every test may ask for: a cloud of its module, wiped between tests, or one of its own."""

import pytest

from novalite.testing import Cloud


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
