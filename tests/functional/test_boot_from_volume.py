"""Servers with volumes from the beginning: made of images, snapshots, nothing, or there before."""

import pytest

from novalite.db import hosts
from novalite.db import models
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
    assert refused(cloud.ask(server, 'rescue')) == 'Cannot rescue a volume-backed instance'
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
