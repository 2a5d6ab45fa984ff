"""Servers with volumes from the beginning: made of images, snapshots, nothing, or there before."""

import json

import pytest

from novalite.db import hosts
from novalite.db import models
from novalite.db import volumes as volume_store
from tests.functional import at_rest

NOBODY = '00000000-0000-4000-8000-000000000000'
BAD = 'Block Device Mapping is Invalid: '
ORDER = (f'{BAD}Boot sequence for the instance and image/block device mapping combination is not '
         'valid.')


@pytest.fixture
def storage(cloud):
    return cloud.connection().block_storage


@pytest.fixture
def image(cloud):
    return next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id


def create(cloud, *mapping, image='', **more):
    return cloud.create(imageRef=image, block_device_mapping_v2=list(mapping), **more)


def boot(cloud, *mapping, **more):
    answer = create(cloud, *mapping, **more)
    assert answer.status_code == 202, answer.text
    return cloud.settle(answer.json()['server']['id'])


def of(source, id=None, index=None, **more):
    given = {'source_type': source, 'destination_type': 'volume', 'boot_index': index} | more
    return given | ({'uuid': id} if id else {})


def refused(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()['badRequest']['message']


def devices(cloud, server):
    return {one['device']: one['volumeId'] for one in cloud.get(
        f'/servers/{server}/os-volume_attachments')['volumeAttachments']}


def test_a_server_boots_from_a_volume_made_of_an_image(cloud, storage, image):
    server = boot(cloud, of('image', image, 0, volume_size=2, delete_on_termination=True))
    shown = cloud.show(server)
    assert (shown['status'], shown['image']) == ('ACTIVE', '')
    (volume,) = storage.volumes()
    assert shown['os-extended-volumes:volumes_attached'] == [
        {'id': volume.id, 'delete_on_termination': True}]
    assert (volume.status, volume.size, volume.is_bootable) == ('in-use', 2, True)
    assert volume.volume_image_metadata['image_id'] == image
    assert devices(cloud, server) == {'/dev/vda': volume.id}
    at_rest.check(cloud)
    answer = cloud.request('DELETE', f'/servers/{server}/os-volume_attachments/{volume.id}')
    assert answer.status_code == 403
    assert answer.json()['forbidden']['message'] == 'Cannot detach a root device volume'
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert list(storage.volumes()) == []


def test_a_server_that_boots_from_a_volume_takes_no_disk_of_its_host(cloud, image):
    def used():
        with cloud.services.db.read() as connection:
            return sum(host.disk_gb_used for host in hosts.listed(connection))
    before = used()
    cloud.boot(flavor='1')
    assert used() == before + 1
    boot(cloud, of('image', image, 0, volume_size=1), flavor='1')
    assert used() == before + 1


def test_a_server_boots_from_a_volume_there_is(cloud, storage, image):
    volume = storage.create_volume(size=1, image_id=image).id
    data = storage.create_volume(size=1).id
    server = boot(cloud, of('volume', volume, 0), of('volume', data, tag='data'))
    assert devices(cloud, server) == {'/dev/vda': volume, '/dev/vdb': data}
    assert storage.get_volume(volume).status == 'in-use'
    assert f'Volume {volume} status must be available' in refused(
        create(cloud, of('volume', volume, 0)))
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert {one.status for one in storage.volumes()} == {'available'}


def test_snapshots_and_nothing_become_volumes_beside_the_disk(cloud, storage, image):
    volume = storage.create_volume(size=3)
    snapshot = storage.create_snapshot(volume_id=volume.id).id
    server = boot(
        cloud, of('image', image, 0, destination_type='local'), of('snapshot', snapshot),
        of('blank', volume_size=1, device_name='/dev/vdf'), image=image)
    assert cloud.show(server)['image']['id'] == image
    found = devices(cloud, server)
    assert set(found) == {'/dev/vdb', '/dev/vdf'}
    assert storage.get_volume(found['/dev/vdb']).snapshot_id == snapshot
    storage.delete_snapshot(snapshot)


def test_the_mappings_of_old_are_understood(cloud, storage, image):
    volume = storage.create_volume(size=1, image_id=image).id
    answer = cloud.create(imageRef='', block_device_mapping=[
        {'volume_id': volume, 'device_name': 'vda', 'delete_on_termination': '1'}])
    server = cloud.settle(answer.json()['server']['id'])
    assert devices(cloud, server) == {'/dev/vda': volume}
    assert cloud.show(server)['os-extended-volumes:volumes_attached'][0]['delete_on_termination']


def test_a_create_that_fails_leaves_no_volume_behind(cloud, storage, image):
    kept = storage.create_volume(size=1).id
    server = boot(cloud, of('image', image, 0, volume_size=1), of('volume', kept),
                  metadata={'novalite:fault': 'spawn:fail'})
    assert cloud.show(server)['status'] == 'ERROR'
    assert cloud.show(server)['os-extended-volumes:volumes_attached'] == []
    assert [(one.id, one.status) for one in storage.volumes()] == [(kept, 'available')]
    at_rest.check(cloud)


def test_another_host_gets_the_same_volumes(cloud, storage, image):
    cloud.fail('spawn')
    server = boot(cloud, of('image', image, 0, volume_size=1))
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert [one.status for one in storage.volumes()] == ['in-use']
    at_rest.check(cloud)


def test_without_a_host_there_are_no_volumes(cloud, storage, image):
    kept = storage.create_volume(size=1).id
    with cloud.services.db.write() as connection:
        connection.execute(models.hosts.update().values(disabled=True))
    server = boot(cloud, of('image', image, 0, volume_size=1), of('volume', kept))
    with cloud.services.db.write() as connection:
        connection.execute(models.hosts.update().values(disabled=False))
    assert cloud.show(server)['fault']['message'].startswith('No valid host was found.')
    assert [(one.id, one.status) for one in storage.volumes()] == [(kept, 'available')]


def test_more_volumes_than_the_quota_has_fail_the_create(cloud, storage, image):
    admin, project = cloud.connection('admin').block_storage, cloud.connection().current_project_id
    admin.update_quota_set(project, gigabytes=1)
    server = boot(cloud, of('image', image, 0, volume_size=2))
    admin.revert_quota_set(project)
    assert cloud.show(server)['fault']['message'] == (
        f'Build of instance {server} aborted: VolumeSizeExceedsAvailableQuota: Requested volume '
        'or snapshot exceeds allowed gigabytes quota. Requested 2G, quota is 1G and 0G has been '
        'consumed.')
    assert list(storage.volumes()) == []


@pytest.mark.parametrize(('mapping', 'said'), [
    ([of('image', NOBODY, 0, volume_size=1)], f'{BAD}failed to get image {NOBODY}.'),
    ([of('volume', NOBODY, 0)], f'{BAD}failed to get volume {NOBODY}.'),
    ([of('snapshot', NOBODY, 0)], f'{BAD}failed to get snapshot {NOBODY}.'),
    ([of('image', NOBODY, 0)],
     f"{BAD}Images with destination_type 'volume' need to have a non-zero size specified"),
    ([of('blank', None, 0)],
     f"{BAD}Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size"),
    ([of('blank', NOBODY, 0)], f'{BAD}Invalid device UUID.'),
    ([of('volume', None, 0)], f'{BAD}Missing device UUID.'),
    ([of('volume', NOBODY)], ORDER), ([of('volume', NOBODY, 1)], ORDER),
    ([of('volume', NOBODY, 0), of('volume', NOBODY, 0)], ORDER),
    ([of('volume', NOBODY, 0, volume_type='gold')],
     f'{BAD}Specifying volume type to existing volume is not supported.'),
    ([of('blank', None, 0, volume_size=1, volume_type='gold')],
     'Volume type gold could not be found.'),
    ([of('image', NOBODY, 0, destination_type='local')],
     f'{BAD}Mapping image to local is not supported.')])
def test_a_mapping_that_cannot_be_is_refused_in_novas_words(cloud, mapping, said):
    assert refused(create(cloud, *mapping)) == said


def test_what_beside_an_image_cannot_be(cloud, storage, image):
    def ask(*mapping, **more):
        return refused(create(cloud, *mapping, image=image, **more))
    volume = storage.create_volume(size=1).id
    assert ask(of('volume', volume, 0)) == ORDER
    assert ask(of('volume', volume), max_count=2) == (
        'Cannot attach one or more volumes to multiple instances')
    swap = of('blank', destination_type='local', guest_format='swap', volume_size=1)
    assert ask(swap) == 'Swap drive requested is larger than instance type allows.'
    disk = of('blank', destination_type='local', volume_size=1)
    assert ask(disk).startswith('Ephemeral disks requested are larger')
    assert 'tag' in ask(of('volume', volume, tag='x'), version='2.41')
    assert 'volume_type' in ask(of('blank', volume_size=1, volume_type='x'), version='2.66')
    assert 'syntaxes' in ask(of('volume', volume), block_device_mapping=[{'volume_id': volume}])
    assert refused(create(cloud, of('volume', volume, 0))) == (
        f'Block Device {volume} is not bootable.')


def test_the_sdk_boots_from_a_volume(cloud, image):
    made = cloud.connection().create_server(
        'web', image=image, flavor='42', network='private', boot_from_volume=True,
        volume_size=1, terminate_volume=True, auto_ip=False, wait=True)
    assert (made.status, len(made.attached_volumes)) == ('ACTIVE', 1)


# Images of servers that boot from volumes

def image_of(cloud, server, **more):
    answer = cloud.ask(server, 'createImage', {'name': 'golden'} | more)
    assert answer.status_code == 202, answer.text
    cloud.settle(server)
    return cloud.connection().image.get_image(answer.json()['image_id'])


def test_an_image_of_a_server_with_volumes_is_made_of_snapshots(cloud, storage, image):
    server = boot(cloud, of('image', image, 0, volume_size=2), of('blank', volume_size=1))
    made = image_of(cloud, server, metadata={'who': 'me'})
    assert (made.status, made.size, made.properties['bdm_v2']) == ('active', 0, 'True')
    assert (made.properties['who'], made.properties['root_device_name']) == ('me', '/dev/vda')
    root, data = json.loads(made.properties['block_device_mapping'])
    snapshots = {one.id: one for one in storage.snapshots()}
    assert {root['snapshot_id'], data['snapshot_id']} == set(snapshots)
    assert {one.name for one in snapshots.values()} == {'snapshot for golden'}
    assert (root['boot_index'], root['volume_size'], root['source_type']) == (0, 2, 'snapshot')
    assert (data['boot_index'], data['device_name']) == (None, '/dev/vdb')
    at_rest.check(cloud)


def test_a_server_boots_from_snapshots_by_their_image(cloud, storage, image):
    first = boot(cloud, of('image', image, 0, volume_size=2), of('blank', volume_size=1))
    golden = image_of(cloud, first).id
    answer = cloud.create(imageRef=golden)
    assert answer.status_code == 202, answer.text
    second = cloud.settle(answer.json()['server']['id'])
    assert cloud.show(second)['status'] == 'ACTIVE'
    assert cloud.show(second)['image']['id'] == golden
    had, has = devices(cloud, first), devices(cloud, second)
    assert set(has) == {'/dev/vda', '/dev/vdb'} and set(had.values()).isdisjoint(has.values())
    assert storage.get_volume(has['/dev/vda']).snapshot_id
    assert storage.get_volume(has['/dev/vda']).size == 2
    at_rest.check(cloud)


def test_a_request_may_say_otherwise_than_its_image(cloud, storage, image):
    golden = image_of(cloud, boot(cloud, of('image', image, 0, volume_size=1))).id
    snapshot = next(storage.snapshots()).id
    server = boot(cloud, of('snapshot', snapshot, 0, device_name='/dev/vda', volume_size=3),
                  image=golden)
    assert storage.get_volume(devices(cloud, server)['/dev/vda']).size == 3


@pytest.mark.parametrize('said', [
    'x', '{}', '[1]', '[{"source_type": "moon"}]', f'[{{"snapshot_id": "{NOBODY}"}}]',
    f'[{{"source_type": "snapshot", "snapshot_id": "{NOBODY}", "boot_index": 0}}]'])
def test_what_an_image_says_of_its_devices_is_checked(cloud, image, said):
    images = cloud.connection().image
    mine = images.create_image(name='odd', disk_format='raw', container_format='bare', data=b'x',
                               block_device_mapping=said, bdm_v2='True')
    assert refused(cloud.create(imageRef=mine.id)).startswith(BAD)
    images.delete_image(mine)


def test_an_image_that_has_no_room_for_snapshots_fails(cloud, storage, image, monkeypatch):
    monkeypatch.setitem(volume_store.LIMITS, 'snapshots', 0)
    server = boot(cloud, of('image', image, 0, volume_size=1))
    answer = cloud.ask(server, 'createImage', {'name': 'golden'})
    cloud.settle(server)
    assert cloud.show(server)['status'] == 'ACTIVE'
    assert cloud.actions(server)[-1] == ('createImage', 'Error')
    assert cloud.connection().image.get_image(answer.json()['image_id']).status == 'killed'
    assert list(storage.snapshots()) == []


def test_there_are_no_backups_of_servers_with_volumes(cloud, image):
    server = boot(cloud, of('image', image, 0, volume_size=1))
    assert refused(cloud.ask(server, 'createBackup', {
        'name': 'x', 'backup_type': 'daily', 'rotation': 1})) == (
            'Backup is not supported for volume-backed instances.')


# Rescue and rebuild

def test_a_server_with_a_volume_is_rescued_by_an_image_that_can(cloud, image):
    server = boot(cloud, of('image', image, 0, volume_size=1))
    no = f'Instance {server} cannot be rescued: Cannot rescue a volume-backed instance'
    assert refused(cloud.ask(server, 'rescue')) == no
    images = cloud.connection().image
    stable = images.create_image(name='stable', disk_format='raw', container_format='bare',
                                 data=b'x', hw_rescue_device='disk')
    value = {'rescue_image_ref': stable.id}
    assert refused(cloud.ask(server, 'rescue', value, version='2.86')) == no
    had = devices(cloud, server)
    cloud.act(server, 'rescue', value, version='2.87')
    assert cloud.show(server)['status'] == 'RESCUE'
    cloud.act(server, 'unrescue')
    assert (cloud.show(server)['status'], devices(cloud, server)) == ('ACTIVE', had)
    images.delete_image(stable)


def test_nobody_is_rescued_by_snapshots(cloud, image):
    server = boot(cloud, of('image', image, 0, volume_size=1))
    golden = image_of(cloud, server, metadata={'hw_rescue_bus': 'virtio'}).id
    assert refused(cloud.ask(server, 'rescue', {'rescue_image_ref': golden})) == (
        f"Requested rescue image '{golden}' is not supported")


def test_a_volume_begins_anew_with_its_server_since_2_93(cloud, storage, image):
    server = boot(cloud, of('image', image, 0, volume_size=1))
    images = cloud.connection().image
    other = images.create_image(name='other', disk_format='raw', container_format='bare',
                                data=b'x', who='me')
    said = refused(cloud.ask(server, 'rebuild', {'imageRef': other.id}, version='2.92'))
    assert said == 'Unable to rebuild with a different image for a volume-backed server.'
    had = devices(cloud, server)
    cloud.act(server, 'rebuild', {'imageRef': image}, version='2.92')
    cloud.act(server, 'rebuild', {'imageRef': other.id}, version='2.93')
    shown = cloud.show(server)
    assert (shown['status'], shown['image'], devices(cloud, server)) == ('ACTIVE', '', had)
    metadata = storage.get_volume(had['/dev/vda']).volume_image_metadata
    assert (metadata['image_id'], metadata['who']) == (other.id, 'me')
    # From now on that is its image.
    cloud.act(server, 'rebuild', {'imageRef': other.id}, version='2.92')
    at_rest.check(cloud)
    images.delete_image(other)


def test_a_volume_that_is_too_small_stays_what_it_is(cloud, image):
    server = boot(cloud, of('image', image, 0, volume_size=1))
    images = cloud.connection().image
    large = images.create_image(name='large', disk_format='raw', container_format='bare',
                                data=b'x', min_disk=2)
    assert 'smaller than the minimum' in refused(cloud.ask(
        server, 'rebuild', {'imageRef': large.id}))
    images.delete_image(large)
