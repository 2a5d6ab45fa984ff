"""What other services tell of servers, and what comes of it."""

from novalite.db import servers
from tests.functional import at_rest
from tests.functional.conftest import said

NOBODY = '12345678-1234-4234-8234-123456789012'


def tell(cloud, *events, who='admin', version='latest'):
    return cloud.request('POST', '/os-server-external-events', who=who, version=version, json={
        'events': [dict(zip(('name', 'server_uuid', 'tag'), event, strict=False))
                   for event in events]})


def test_each_event_is_answered_with_its_own_code(cloud):
    server, broken = cloud.boot(), cloud.boot(fault='spawn:fail')
    answer = tell(cloud, ('network-changed', server), ('network-changed', NOBODY),
                  ('network-vif-plugged', broken, 'port'), ('volume-extended', server),
                  ('power-update', server, 'POWER_SIDEWAYS'))
    assert answer.status_code == 207
    assert [(one['code'], one['status']) for one in answer.json()['events']] == [
        (200, 'completed'), (404, 'failed'), (422, 'failed'), (400, 'failed'), (400, 'failed')]
    assert answer.json()['events'][2] == {
        'name': 'network-vif-plugged', 'server_uuid': broken, 'tag': 'port', 'status': 'failed',
        'code': 422}
    answer = tell(cloud, ('network-vif-plugged', server, 'port'),
                  ('accelerator-request-bound', server, 'request'))
    assert answer.status_code == 200
    assert tell(cloud, ('network-changed', NOBODY)).status_code == 207
    assert cloud.actions(server) == [('create', None)]


def test_events_come_with_their_versions_and_from_administrators(cloud):
    server = cloud.boot()
    for name, since in (('volume-extended', 51), ('power-update', 76),
                        ('accelerator-request-bound', 82)):
        before = tell(cloud, (name, server, 'x'), version=f'2.{since - 1}')
        assert 'Invalid input for field/attribute name' in said(before, 400)
    assert tell(cloud, ('network-changed', server), who='demo').status_code == 403
    assert 'events' in said(tell(cloud), 400)


def test_a_machine_that_was_switched_off_and_on_is_followed(cloud):
    server = cloud.boot()
    for tag, action, status in (('POWER_OFF', 'stop', 'SHUTOFF'), ('POWER_ON', 'start', 'ACTIVE')):
        answer = tell(cloud, ('power-update', server, tag))
        assert answer.status_code == 200
        cloud.settle(server)
        assert cloud.show(server)['status'] == status
        assert cloud.actions(server)[-1] == (action, None)
        request_id = answer.headers['X-Openstack-Request-Id']
        assert cloud.events(server, request_id) == [('compute_power_update', 'Success')]
    at_rest.check(cloud)


def test_a_change_of_the_network_makes_a_server_look_at_its_ports(cloud):
    server = cloud.boot()
    shown = cloud.show(server)['addresses']
    with cloud.services.db.write() as connection:
        row = servers.get(connection, server)
        stale = [row.nics[0] | {'ips': []}]
        servers.edit(connection, server, cloud.runtime.now(), nics=stale)
    assert cloud.show(server)['addresses'] != shown
    assert tell(cloud, ('network-changed', server)).status_code == 200
    assert cloud.show(server)['addresses'] == shown
