"""Servers and volumes: attach, detach, swap, and what becomes of them in the end."""

import concurrent.futures

import pytest

from tests.functional import at_rest

NOBODY = '00000000-0000-4000-8000-000000000000'


@pytest.fixture
def storage(cloud):
    return cloud.connection().block_storage


@pytest.fixture
def volume(storage):
    return storage.create_volume(name='data', size=1).id


@pytest.fixture
def server(cloud):
    return cloud.boot()


def ask(cloud, method, server, volume='', version='2.100', who='demo', **body):
    return cloud.request(
        method, f'/servers/{server}/os-volume_attachments' + (f'/{volume}' if volume else ''),
        json={'volumeAttachment': body} if body else None, version=version, who=who)


def attach(cloud, server, volume, **more):
    answer = ask(cloud, 'POST', server, volumeId=volume, **more)
    assert answer.status_code == 200, answer.text
    cloud.settle(server)
    return answer.json()['volumeAttachment']


def status(storage, volume):
    return storage.get_volume(volume).status


def said(answer, code):
    assert answer.status_code == code, answer.text
    (fault,) = answer.json().values()
    return fault['message']


def on_guest(cloud, server):
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    guest = cloud.services.worker.drivers[host].guests()[server]
    return [(volume['volume_id'], volume['device']) for volume in guest['volumes']]


def test_a_volume_is_attached_and_detached(cloud, storage, server, volume):
    assert attach(cloud, server, volume, tag='db') == {
        'id': volume, 'volumeId': volume, 'serverId': server, 'device': '/dev/vdb', 'tag': 'db',
        'delete_on_termination': False}
    shown = storage.get_volume(volume)
    assert (shown.status, shown.attachments[0]['server_id'], shown.attachments[0]['device']) == (
        'in-use', server, '/dev/vdb')
    assert cloud.show(server)['os-extended-volumes:volumes_attached'] == [
        {'id': volume, 'delete_on_termination': False}]
    assert cloud.show(server, version='2.1')['os-extended-volumes:volumes_attached'] == [
        {'id': volume}]
    assert on_guest(cloud, server) == [(volume, '/dev/vdb')]

    assert ask(cloud, 'DELETE', server, volume).status_code == 202
    cloud.settle(server)
    assert status(storage, volume) == 'available'
    assert on_guest(cloud, server) == []
    assert ask(cloud, 'GET', server).json() == {'volumeAttachments': []}
    assert cloud.actions(server)[1:] == [('attach_volume', None), ('detach_volume', None)]


def test_openstacksdk_attaches_and_detaches(cloud, storage, server, volume):
    compute = cloud.connection().compute
    compute.create_volume_attachment(server, volume_id=volume)
    storage.wait_for_status(storage.get_volume(volume), 'in-use', interval=0.01)
    (found,) = compute.volume_attachments(server)
    assert found.volume_id == volume
    cloud.settle(server)
    compute.delete_volume_attachment(server, volume)
    storage.wait_for_status(storage.get_volume(volume), 'available', interval=0.01)
    cloud.settle(server)


@pytest.mark.parametrize(('version', 'keys'), [
    ('2.1', {'id', 'volumeId', 'serverId', 'device'}),
    ('2.70', {'id', 'volumeId', 'serverId', 'device', 'tag'}),
    ('2.79', {'id', 'volumeId', 'serverId', 'device', 'tag', 'delete_on_termination'}),
    ('2.89', {'attachment_id', 'bdm_uuid', 'volumeId', 'serverId', 'device', 'tag',
              'delete_on_termination'})])
def test_what_is_shown_of_an_attachment_depends_on_the_version(
        cloud, server, volume, version, keys):
    attach(cloud, server, volume)
    (listed,) = ask(cloud, 'GET', server, version=version).json()['volumeAttachments']
    shown = ask(cloud, 'GET', server, volume, version=version).json()['volumeAttachment']
    assert set(listed) == keys
    assert shown == listed


def test_since_2_101_an_attach_answers_nothing(cloud, server, volume):
    answer = ask(cloud, 'POST', server, version='2.101', volumeId=volume)
    assert (answer.status_code, answer.content) == (202, b'')
    cloud.settle(server)
    assert ask(cloud, 'GET', server, volume).status_code == 200


def test_volumes_that_are_asked_for_at_once_come_one_after_the_other(cloud, storage, server):
    volumes = [storage.create_volume(size=1).id for _ in range(5)]
    cloud.token()
    with concurrent.futures.ThreadPoolExecutor(len(volumes)) as clients:
        answers = list(clients.map(
            lambda volume: ask(cloud, 'POST', server, volumeId=volume), volumes))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.json()['volumeAttachment']['device'] for answer in answers}) == 5
    cloud.settle(server)
    assert sorted(volume for volume, _ in on_guest(cloud, server)) == sorted(volumes)
    at_rest.check(cloud)


def test_device_names_are_given_once(cloud, storage, server):
    def new():
        return storage.create_volume(size=1).id
    assert attach(cloud, server, new(), device='/dev/vdc')['device'] == '/dev/vdc'
    assert attach(cloud, server, new())['device'] == '/dev/vdb'
    assert attach(cloud, server, new())['device'] == '/dev/vdd'
    free = new()
    assert said(ask(cloud, 'POST', server, volumeId=free, device='/dev/vdb'), 409) == (
        'The supplied device path (/dev/vdb) is in use.')
    assert 'device. Value: vdz' in said(
        ask(cloud, 'POST', server, volumeId=free, device='vdz'), 400)
    assert status(storage, free) == 'available'


def test_what_cannot_be_attached_is_refused(cloud, storage, server, volume):
    assert said(ask(cloud, 'POST', server, volumeId=NOBODY), 404) == (
        f'Volume {NOBODY} could not be found.')
    foreign = cloud.connection('other').block_storage.create_volume(size=1).id
    assert said(ask(cloud, 'POST', server, volumeId=foreign), 404) == (
        f'Volume {foreign} could not be found.')
    assert 'volumeId' in said(ask(cloud, 'POST', server, volumeId='x'), 400)
    assert 'tag' in said(ask(cloud, 'POST', server, version='2.48', volumeId=volume, tag='x'), 400)
    attach(cloud, server, volume)
    assert said(ask(cloud, 'POST', server, volumeId=volume), 400) == (
        f'Invalid volume: volume {volume} already attached')
    other = cloud.boot()
    assert said(ask(cloud, 'POST', other, volumeId=volume), 400) == (
        f'Invalid volume: Volume {volume} status must be available or downloading. Current status '
        'is in-use.')
    assert said(ask(cloud, 'DELETE', other, volume), 404) == (
        f'Instance {other} is not attached to volume {volume}')
    assert ask(cloud, 'GET', server, who='other').status_code == 404
    cloud.act(server, 'lock', {})
    assert said(ask(cloud, 'DELETE', server, volume), 409) == f'Instance {server} is locked'


def test_a_volume_for_many_needs_2_60(cloud, storage, server):
    shared = storage.create_volume(size=1, is_multiattach=True).id
    assert '2.60' in said(ask(cloud, 'POST', server, version='2.59', volumeId=shared), 400)
    other = cloud.boot()
    attach(cloud, server, shared)
    attach(cloud, other, shared)
    ask(cloud, 'DELETE', server, shared)
    cloud.settle(server)
    assert status(storage, shared) == 'in-use'
    at_rest.check(cloud)


def test_an_attach_that_fails_leaves_both_as_they_were(cloud, storage, server, volume):
    cloud.fail('attach_volume', message='The target does not answer')
    answer = ask(cloud, 'POST', server, volumeId=volume)
    cloud.settle(server)
    assert status(storage, volume) == 'available'
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.actions(server)[-1] == ('attach_volume', 'Error')
    request_id = answer.headers['X-Openstack-Request-Id']
    (event,) = cloud.action(server, request_id)['events']
    assert (event['event'], event['result'], event['details']) == (
        'compute_attach_volume', 'Error', 'The target does not answer')


def test_a_detach_that_fails_leaves_the_volume_in_use(cloud, storage, server, volume):
    attach(cloud, server, volume)
    cloud.fail('detach_volume')
    ask(cloud, 'DELETE', server, volume)
    cloud.settle(server)
    assert status(storage, volume) == 'in-use'
    assert on_guest(cloud, server) == [(volume, '/dev/vdb')]
    at_rest.check(cloud)


def test_a_server_keeps_its_volumes_wherever_it_goes(cloud, storage, server, volume):
    attach(cloud, server, volume)
    cloud.act(server, 'resize', {'flavorRef': '1'})
    cloud.act(server, 'confirmResize')
    assert on_guest(cloud, server) == [(volume, '/dev/vdb')]
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    admin = cloud.connection('admin').block_storage
    assert admin.get_volume(volume).attachments[0]['host_name'] == host
    cloud.act(server, 'shelve')
    assert said(ask(cloud, 'DELETE', server, volume, version='2.19'), 409) == (
        f"Cannot 'detach_volume' instance {server} while it is in vm_state shelved_offloaded")
    cloud.act(server, 'unshelve')
    assert on_guest(cloud, server) == [(volume, '/dev/vdb')]
    at_rest.check(cloud)


def test_a_deleted_server_gives_its_volumes_back_or_takes_them_along(cloud, storage, server):
    kept, taken = (storage.create_volume(size=1).id for _ in range(2))
    attach(cloud, server, kept)
    attach(cloud, server, taken, delete_on_termination=True)
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert [volume.id for volume in storage.volumes()] == [kept]
    assert status(storage, kept) == 'available'


def test_what_becomes_of_a_volume_can_be_said_later(cloud, storage, server, volume):
    attach(cloud, server, volume)
    assert ask(cloud, 'PUT', server, volume, volumeId=volume,
               delete_on_termination=True).status_code == 202
    assert cloud.show(server)['os-extended-volumes:volumes_attached'][0][
        'delete_on_termination'] is True
    assert said(ask(cloud, 'PUT', server, volume, volumeId=volume, device='/dev/vdx'), 400) == (
        'The device property is not mutable')
    assert ask(cloud, 'PUT', server, volume, volumeId=volume, version='2.84').status_code == 403
    assert ask(cloud, 'PUT', server, NOBODY, volumeId=NOBODY).status_code == 404


def test_a_volume_takes_the_place_of_another(cloud, storage, server, volume):
    attach(cloud, server, volume)
    new, small = storage.create_volume(size=2).id, storage.create_volume(size=1).id
    assert ask(cloud, 'PUT', server, volume, volumeId=new, version='2.1').status_code == 403
    assert ask(cloud, 'PUT', server, volume, volumeId=new, version='2.1',
               who='admin').status_code == 202
    cloud.settle(server)
    assert on_guest(cloud, server) == [(new, '/dev/vdb')]
    assert (status(storage, volume), status(storage, new)) == ('available', 'in-use')
    assert 'same size or larger' in said(
        ask(cloud, 'PUT', server, new, volumeId=small, who='admin'), 400)
    assert said(ask(cloud, 'PUT', server, new, volumeId=NOBODY, who='admin'), 400) == (
        f'Volume {NOBODY} could not be found.')


def test_a_server_sees_that_its_volume_grew(cloud, storage, server, volume):
    attach(cloud, server, volume)
    storage.extend_volume(volume, 3)

    def tell(*events, who='admin', version='2.51'):
        return cloud.request('POST', '/os-server-external-events', who=who, version=version,
                             json={'events': list(events)})
    event = {'name': 'volume-extended', 'server_uuid': server, 'tag': volume}
    assert tell(event, who='demo').status_code == 403
    assert tell(event, version='2.50').status_code == 400
    assert tell(event | {'tag': NOBODY}).status_code == 207
    lost = event | {'server_uuid': NOBODY}
    answer = tell(event, lost)
    assert answer.status_code == 207
    assert answer.json()['events'] == [
        event | {'status': 'completed', 'code': 200}, lost | {'status': 'failed', 'code': 404}]
    cloud.settle(server)
    assert cloud.actions(server)[-1] == ('extend_volume', None)
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    (seen,) = cloud.services.worker.drivers[host].guests()[server]['volumes']
    assert seen['size'] == 3
