"""What a key on the bus is good for: with one, who reaches the bus can do nothing."""

import pytest

from novalite import errors
from novalite.testing.cloud import Cloud
from tests.processes.forger import Forger

WORKER = 'cloud-h'


def _crash(cloud, tmp_path, url):
    """Tell the conductor of a guest that has not crashed; its server."""
    server = cloud.boot()
    file = tmp_path / 'novalite.conf'
    file.touch()
    with Forger(file, url) as forger:
        (written,) = forger.servers_of(WORKER)
        forger.notice(server, written['host'], written['updated_at'])
    return server


def test_without_a_key_whoever_reaches_the_bus_stops_what_runs(tmp_path):
    """So that the other test proves something."""
    with Cloud(transport_url='local:///open') as cloud:
        server = _crash(cloud, tmp_path, 'local:///open')
        cloud.settle(server)
        assert cloud.show(server)['status'] == 'SHUTOFF'


def test_with_a_key_all_goes_on_but_not_for_those_who_have_none(tmp_path):
    with Cloud(transport_url='local:///signed', rpc__signing_keys=['k' * 32]) as cloud:
        with pytest.raises(errors.Untrusted):
            _crash(cloud, tmp_path, 'local:///signed')
        (server,) = cloud.request('GET', '/servers/detail').json()['servers']
        assert (server['status'], server['OS-EXT-STS:task_state']) == ('ACTIVE', None)
        cloud.act(server['id'], 'resize', {'flavorRef': '2'})
        assert cloud.show(server['id'])['status'] == 'VERIFY_RESIZE'
