"""Shares: made in the neighbour, attached to servers that are off, mounted when they start."""

import pytest

from novalite.db import shares as store
from novalite.testing import Cloud
from tests.functional import at_rest
from tests.functional.conftest import said
from tests.functional.test_recovery_basics import conductor_of

NOBODY = '00000000-0000-4000-8000-000000000000'
IN_THE_WAY = 'Feature not supported with instances that have shares.'


@pytest.fixture
def manila(cloud):
    return cloud.connection().shared_file_system


@pytest.fixture
def share(manila):
    return manila.create_share(name='data', size=1, share_protocol='NFS').id


@pytest.fixture
def server(cloud):
    server = cloud.boot()
    cloud.act(server, 'os-stop')
    return server


def ask(cloud, method, server, share='', body=None, who='demo', version='2.97'):
    path = f'/servers/{server}/shares' + (f'/{share}' if share else '')
    return cloud.request(method, path, body, who=who, version=version)


def attach(cloud, server, share, **more):
    answer = ask(cloud, 'POST', server, body={'share': {'share_id': share} | more})
    if answer.status_code == 201:
        cloud.settle(server)
    return answer


def shares(cloud, server):
    return {one['share_id']: one['status']
            for one in ask(cloud, 'GET', server).json()['shares']}


def on_guest(cloud, server):
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    guest = cloud.services.worker.drivers[host].guests()[server]
    return [(one['share_id'], one['tag']) for one in guest.get('shares', ())]


def test_a_share_from_attach_to_detach(cloud, manila, server, share):
    made = attach(cloud, server, share, tag='my-tag')
    assert (made.status_code, made.json()) == (201, {
        'share': {'share_id': share, 'status': 'attaching', 'tag': 'my-tag'}})
    mine = {'share_id': share, 'status': 'inactive', 'tag': 'my-tag'}
    assert ask(cloud, 'GET', server).json() == {'shares': [mine]}
    assert ask(cloud, 'GET', server, share, version='2.104').json() == {'share': mine}
    full = ask(cloud, 'GET', server, share, who='admin').json()['share']
    (place,) = manila.export_locations(share)
    assert full == mine | {'uuid': full['uuid'], 'export_location': place.path}
    (rule,) = manila.access_rules(share)
    assert (rule.access_type, rule.access_to, rule.access_level) == ('ip', '127.0.0.1', 'rw')
    assert on_guest(cloud, server) == []

    cloud.act(server, 'os-start')
    assert shares(cloud, server) == {share: 'active'}
    assert on_guest(cloud, server) == [(share, 'my-tag')]
    assert said(ask(cloud, 'DELETE', server, share), 409) == (
        f"Cannot 'detach_share' instance {server} while it is in vm_state active")
    cloud.act(server, 'os-stop')
    assert shares(cloud, server) == {share: 'inactive'}
    assert on_guest(cloud, server) == []
    at_rest.check(cloud)

    gone = ask(cloud, 'DELETE', server, share)
    assert (gone.status_code, gone.text) == (200, '')
    cloud.settle(server)
    assert shares(cloud, server) == {}
    assert list(manila.access_rules(share)) == []
    assert said(ask(cloud, 'DELETE', server, share), 404) == f'Share {share} could not be found.'
    assert cloud.actions(server)[-4:] == [
        ('attach_share', None), ('start', None), ('stop', None), ('detach_share', None)]


def test_a_share_or_a_tag_is_had_once(cloud, manila, server, share):
    other = manila.create_share(size=1, share_protocol='CEPHFS').id
    assert attach(cloud, server, share, tag='one').status_code == 201
    taken = f"Share '{share}' or tag 'two' already associated to this server."
    assert said(attach(cloud, server, share, tag='two'), 409) == taken
    said(attach(cloud, server, other, tag='one'), 409)
    assert attach(cloud, server, other).status_code == 201
    assert ask(cloud, 'GET', server, other).json()['share']['tag'] == other
    (rule,) = manila.access_rules(other)
    assert (rule.access_type, rule.access_to) == ('cephx', 'nova')


def test_what_cannot_be_attached(cloud, manila, server, share):
    assert said(attach(cloud, server, NOBODY), 404) == f'Share {NOBODY} could not be found.'
    odd = manila.create_share(size=1, share_protocol='CIFS').id
    assert said(attach(cloud, server, odd), 409) == 'Share protocol CIFS is not supported.'
    theirs = cloud.connection('other').shared_file_system.create_share(
        size=1, share_protocol='NFS').id
    said(attach(cloud, server, theirs), 404)
    assert 'tag' in said(attach(cloud, server, share, tag='a b'), 400)
    assert 'share_id' in said(attach(cloud, server, 'x'), 400)
    assert ask(cloud, 'GET', server, who='other').status_code == 404
    assert ask(cloud, 'GET', server, version='2.96').status_code == 404
    cloud.act(server, 'lock', who='admin')
    said(attach(cloud, server, share), 409)


def test_a_server_with_shares_stays_where_it_is(cloud, server, share):
    attach(cloud, server, share)
    image = cloud.show(server)['image']['id']
    for verb, value in (
            ('shelve', None), ('resize', {'flavorRef': '1'}), ('rebuild', {'imageRef': image}),
            ('migrate', None), ('os-migrateLive', {'host': None, 'block_migration': 'auto'}),
            ('evacuate', {}), ('suspend', None)):
        assert said(cloud.ask(server, verb, value, who='admin'), 409) == IN_THE_WAY


def test_a_share_that_is_had_stays(cloud, manila, server, share):
    attach(cloud, server, share)
    raw = cloud.connection().shared_file_system
    assert 'prevent delete' in raw.delete(f'/shares/{share}').text
    (rule,) = manila.access_rules(share)
    denied = raw.post(f'/shares/{share}/action', json={'deny_access': {'access_id': rule.id}})
    assert denied.status_code == 403
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert list(manila.access_rules(share)) == []
    assert raw.delete(f'/shares/{share}').status_code == 202


def test_a_share_that_its_host_cannot_mount_keeps_the_server_off(cloud, server, share):
    attach(cloud, server, share)
    cloud.fail('mount_share')
    cloud.act(server, 'os-start')
    assert cloud.show(server)['status'] == 'SHUTOFF'
    assert cloud.actions(server)[-1] == ('start', 'Error')
    cloud.act(server, 'os-start')
    assert shares(cloud, server) == {share: 'active'}


def test_a_share_that_has_gone_meanwhile_shows_its_error():
    with Cloud(hosts=1, conductor__sweep_interval=1) as cloud:
        share = cloud.connection().shared_file_system.create_share(
            size=1, share_protocol='NFS').id
        server = cloud.boot()
        cloud.act(server, 'os-stop')
        cloud.services.conductor.stop()
        answer = ask(cloud, 'POST', server, body={'share': {'share_id': share}})
        assert answer.status_code == 201
        with cloud.services.db.write() as connection:
            store.delete(connection, share)
        cloud.services.conductor = conductor_of(cloud)
        cloud.services.conductor.start()
        cloud.settle(server)
        assert cloud.actions(server)[-1] == ('attach_share', 'Error')
        assert shares(cloud, server) == {share: 'error'}
        assert cloud.show(server)['status'] == 'SHUTOFF'
        assert ask(cloud, 'DELETE', server, share).status_code == 200
        cloud.settle(server)
        assert shares(cloud, server) == {}


def test_notifications_of_shares(cloud, server, share):
    answer = attach(cloud, server, share)
    request_id = answer.headers['X-Openstack-Request-Id']
    told = cloud.wait(lambda: [
        one for one in cloud.notifications(server, request_id)
        if one['event_type'] == 'instance.share_attach.end'])
    data = told[0]['payload']['nova_object.data']
    assert data['share_id'] == share
    (mine,) = data['shares']
    assert mine['nova_object.data']['status'] == 'inactive'


def test_shares_as_their_service_shows_them(cloud, manila):
    share = manila.create_share(name='a', size=2, share_protocol='nfs', description='d')
    shown = manila.get_share(share.id)
    assert (shown.name, shown.size, shown.status, shown.share_protocol, shown.description) == (
        'a', 2, 'available', 'NFS', 'd')
    assert [one.id for one in manila.shares(details=False)] == [share.id]
    assert manila.update_share(share.id, display_name='b').name == 'b'
    (place,) = manila.export_locations(share.id)
    assert place.path.endswith(share.id)
    rule = manila.create_access_rule(
        share.id, access_type='ip', access_to='10.0.0.0/8', access_level='ro')
    assert [one.id for one in manila.access_rules(share.id)] == [rule.id]
    manila.delete_access_rule(rule.id, share.id)
    assert list(manila.access_rules(share.id)) == []
    second = manila.create_share(size=1, share_protocol='NFS')
    assert {one.id for one in manila.shares(limit=1)} == {share.id, second.id}
    manila.delete_share(second)
    other = cloud.connection('other').shared_file_system
    assert list(other.shares()) == [] and other.find_share(share.id) is None
    manila.delete_share(share.id)
    assert list(manila.shares()) == []
