"""The pytest plug-in: the fixture ``novalite_cloud``, a fresh cloud for a test."""

import pytest


@pytest.fixture
def novalite_cloud():
    """A cloud of its own, listening on ``novalite_cloud.url``."""
    # Imported when it is asked for: other people's tests load this plug-in too.
    from novalite.testing import Cloud
    with Cloud() as cloud:
        yield cloud
