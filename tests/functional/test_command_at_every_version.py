"""The `openstack` command, at the first, the last and each differing version of what it asks."""

import os

import pytest

from novalite import clouds
from novalite.api.microversion import V
from tests.functional import client_calls
from tests.functional import command_calls

#: A command takes a tenth of a second and more, so not all of the versions are tried each time.
EVERY = bool(os.environ.get('NOVALITE_EVERY_VERSION'))


@pytest.fixture(scope='module')
def populated(tmp_path_factory):
    with client_calls.clouds() as (cloud, things), pytest.MonkeyPatch.context() as environment:
        path = tmp_path_factory.mktemp('commands')
        clouds.write(path / 'clouds.yaml', cloud.url, cloud.conf)
        environment.setenv('OS_CLIENT_CONFIG_FILE', str(path / 'clouds.yaml'))
        # A client of Manila's that is installed beside it would ask for its own newest.
        environment.setenv('OS_SHARE_API_VERSION', '2.65')
        yield cloud, things, path


@pytest.mark.parametrize(
    ('operation', 'version'), client_calls.cases(command_calls.CALLS, EVERY), ids=str)
def test_a_command_makes_its_operation(populated, heard, operation, version):
    cloud, things, path = populated
    call = command_calls.CALLS[operation]
    with client_calls.undone(command_calls.Command(cloud, things, version, path)) as world:
        given = call.ask(world)
    sent = V(2, call.sends(version.minor))
    assert client_calls.made(heard, 'openstack', operation, sent), heard.seen
    assert not client_calls.wrongly_shown(call, version, given)
