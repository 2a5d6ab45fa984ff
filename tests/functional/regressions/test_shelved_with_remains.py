"""novalite chaos: a server whose resize has left a part elsewhere gave that part's room away."""

from tests.functional import at_rest


def test_what_a_failed_confirm_has_left_elsewhere_keeps_its_room_while_shelved(cloud):
    server = cloud.boot()
    cloud.act(server, 'resize', {'flavorRef': '1'})
    cloud.fail('destroy')
    cloud.act(server, 'confirmResize')
    assert cloud.show(server)['status'] == 'ERROR'
    cloud.act(server, 'reboot', {'type': 'HARD'})
    cloud.act(server, 'shelve')
    assert cloud.show(server)['status'] == 'SHELVED_OFFLOADED'
    at_rest.check(cloud)
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    at_rest.check(cloud)
    assert not cloud.guests()
