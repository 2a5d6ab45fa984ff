"""The volume neighbour, through openstacksdk and plain requests."""

from openstack import exceptions
import pytest
import requests

from novalite.neighbours import volumes
from tests.functional import neighbour

NOBODY = '00000000-0000-4000-8000-000000000000'


@pytest.fixture(scope='module')
def cinder(tmp_path_factory):
    cinder = neighbour.Neighbour(volumes.app, '/volume', tmp_path_factory.mktemp('cinder'))
    yield cinder
    cinder.close()


@pytest.fixture
def project(cinder):
    return cinder.project()


@pytest.fixture
def cloud(cinder, project):
    with cinder.sdk(project) as cloud:
        yield cloud.block_storage


@pytest.fixture
def raw(cinder, project):
    return cinder.raw(project)


@pytest.fixture
def admin(cinder, project):
    return cinder.raw(project, 'admin,member')


def refused(answer, status, root, text):
    assert answer.status_code == status, answer.text
    assert answer.json()[root]['code'] == status
    assert text in answer.json()[root]['message']


def act(session, volume, name, value=None, version='3.71'):
    return session.request('POST', f'/v3/volumes/{volume}/action', json={name: value},
                           headers={'OpenStack-API-Version': f'volume {version}'})


def test_the_version_document_needs_no_token(cinder):
    answer = requests.get(f'{cinder.url}/')
    assert answer.status_code == 300
    (version,) = answer.json()['versions']
    assert (version['status'], version['min_version'], version['version']) == (
        'CURRENT', '3.0', '3.71')
    assert requests.get(f'{cinder.url}/v3/').json()['versions'][0] == version
    assert requests.get(f'{cinder.url}/v3/volumes').status_code == 401


def test_an_answer_says_its_version(raw):
    def ask(version):
        return raw.request('GET', '/v3/volumes/detail',
                           headers={'OpenStack-API-Version': f'volume {version}'})
    assert ask('3.59').headers['OpenStack-API-Version'] == 'volume 3.59'
    assert ask('latest').headers['OpenStack-API-Version'] == 'volume 3.71'
    assert raw.request('GET', '/v3/volumes').headers['OpenStack-API-Version'] == 'volume 3.0'
    refused(ask('3.72'), 406, 'notAcceptable', '3.72')
    refused(ask('three'), 400, 'badRequest', 'three')


def test_a_volume_is_available_at_once(cloud):
    made = cloud.create_volume(name='data', size=2, description='d', metadata={'a': 'b'})
    shown = cloud.get_volume(made.id)
    assert (shown.name, shown.size, shown.status, shown.is_bootable, shown.metadata) == (
        'data', 2, 'available', False, {'a': 'b'})
    assert shown.volume_type == 'lvmdriver-1'
    assert [volume.id for volume in cloud.volumes()] == [made.id]
    assert [volume.id for volume in cloud.volumes(details=False, name='data')] == [made.id]
    assert list(cloud.volumes(name='other')) == []
    cloud.update_volume(made, name='more')
    assert cloud.get_volume(made.id).name == 'more'
    cloud.delete_volume(made)
    with pytest.raises(exceptions.NotFoundException):
        cloud.get_volume(made.id)


def test_a_volume_of_another_project_cannot_be_seen(cloud, cinder, project, raw):
    made = cloud.create_volume(size=1)
    stranger = cinder.raw(cinder.project())
    assert stranger.request('GET', '/v3/volumes').json() == {'volumes': []}
    refused(stranger.request('GET', f'/v3/volumes/{made.id}'), 404, 'itemNotFound', made.id)
    refused(stranger.request('DELETE', f'/v3/volumes/{made.id}'), 404, 'itemNotFound', made.id)
    refused(stranger.request('GET', f'/v3/{project}/volumes'), 400, 'badRequest', 'Malformed')
    (mine,) = raw.request('GET', f'/v3/{project}/volumes').json()['volumes']
    assert mine['id'] == made.id


def test_pages_follow_one_another(cloud, raw):
    ids = {cloud.create_volume(size=1).id for _ in range(3)}
    page = raw.request('GET', '/v3/volumes?limit=2').json()
    assert len(page['volumes']) == 2
    (link,) = page['volumes_links']
    rest = requests.get(link['href'], headers=raw.headers).json()['volumes']
    assert {volume['id'] for volume in page['volumes'] + rest} == ids
    assert {volume.id for volume in cloud.volumes(limit=1)} == ids


@pytest.mark.parametrize(('body', 'text'), [
    ({}, 'size'), ({'size': 0}, 'size'), ({'size': 'x'}, 'size'), ({'size': True}, 'size'),
    ({'size': 1, 'name': 7}, 'name'), ({'size': 1, 'metadata': {'a': 1}}, 'metadata'),
    ({'size': 1, 'multiattach': 'perhaps'}, 'multiattach'),
    ({'size': 1, 'imageRef': NOBODY}, 'image'),
    ({'size': 1, 'availability_zone': 'mars'}, 'mars'),
    ({'size': 1, 'snapshot_id': NOBODY, 'source_volid': NOBODY}, 'one thing')])
def test_a_volume_that_cannot_be_is_refused(raw, body, text):
    refused(raw.request('POST', '/v3/volumes', json={'volume': body}), 400, 'badRequest', text)


@pytest.mark.parametrize('body', [
    {'snapshot_id': NOBODY}, {'source_volid': NOBODY}, {'size': 1, 'volume_type': 'gold'}])
def test_a_volume_of_what_is_not_there_is_not_found(raw, body):
    refused(raw.request('POST', '/v3/volumes', json={'volume': body}), 404, 'itemNotFound', '')


def test_a_snapshot_keeps_its_volume(cloud):
    volume = cloud.create_volume(size=3)
    snapshot = cloud.create_snapshot(volume_id=volume.id, name='s')
    assert (cloud.get_snapshot(snapshot.id).size, cloud.get_snapshot(snapshot.id).status) == (
        3, 'available')
    assert [one.id for one in cloud.snapshots(volume_id=volume.id)] == [snapshot.id]
    with pytest.raises(exceptions.BadRequestException):
        cloud.delete_volume(volume)
    copy = cloud.create_volume(snapshot_id=snapshot.id)
    assert (copy.size, copy.snapshot_id) == (3, snapshot.id)
    assert cloud.create_volume(source_volume_id=volume.id).size == 3
    cloud.delete_snapshot(snapshot)
    cloud.delete_volume(volume)


def test_an_attachment_decides_what_the_volume_is(cloud, raw):
    volume = cloud.create_volume(size=1).id
    made = cloud.create_attachment(volume, instance=NOBODY, connector=None)
    assert cloud.get_volume(volume).status == 'reserved'
    cloud.update_attachment(made.id, connector={'host': 'h1', 'mountpoint': '/dev/vdb'})
    assert cloud.get_volume(volume).status == 'attaching'
    cloud.complete_attachment(made.id)
    shown = cloud.get_volume(volume)
    assert shown.status == 'in-use'
    assert [(one['server_id'], one['device']) for one in shown.attachments] == [
        (NOBODY, '/dev/vdb')]
    refused(raw.request('DELETE', f'/v3/volumes/{volume}'), 400, 'badRequest', 'status must be')
    cloud.delete_attachment(made.id)
    assert cloud.get_volume(volume).status == 'available'
    with pytest.raises(exceptions.NotFoundException):
        cloud.get_attachment(made.id)


def test_a_volume_is_for_one_server_unless_it_is_for_many(cloud):
    one, many = (cloud.create_volume(size=1, is_multiattach=flag).id for flag in (False, True))
    cloud.create_attachment(one, instance=NOBODY, connector=None)
    with pytest.raises(exceptions.BadRequestException, match='Current status is reserved'):
        cloud.create_attachment(one, instance=NOBODY, connector=None)
    for _ in range(2):
        cloud.create_attachment(many, instance=NOBODY, connector=None)
    assert len(list(cloud.attachments(volume_id=many))) == 2


def test_the_old_way_to_attach(cloud, raw):
    volume = cloud.create_volume(size=1).id
    for name, value, status in (
            ('os-reserve', None, 'attaching'), ('os-unreserve', None, 'available'),
            ('os-reserve', None, 'attaching'),
            ('os-attach', {'instance_uuid': NOBODY, 'mountpoint': '/dev/vdb'}, 'in-use'),
            ('os-begin_detaching', None, 'detaching'), ('os-roll_detaching', None, 'in-use'),
            ('os-begin_detaching', None, 'detaching'), ('os-detach', None, 'available')):
        assert act(raw, volume, name, value).status_code == 202, name
        assert cloud.get_volume(volume).status == status, name


def test_a_volume_only_grows(cloud, raw):
    volume = cloud.create_volume(size=2)
    cloud.extend_volume(volume, 5)
    assert cloud.get_volume(volume.id).size == 5
    refused(act(raw, volume.id, 'os-extend', {'new_size': 5}), 400, 'badRequest', 'greater')
    cloud.set_volume_bootable_status(volume, True)
    assert cloud.get_volume(volume.id).is_bootable is True


def test_only_administrators_say_what_a_volume_is(cloud, raw, admin):
    volume = cloud.create_volume(size=1).id
    refused(act(raw, volume, 'os-reset_status', {'status': 'error'}), 403, 'forbidden', 'reset')
    assert act(admin, volume, 'os-reset_status', {'status': 'error'}).status_code == 202
    assert cloud.get_volume(volume).status == 'error'
    refused(act(admin, volume, 'os-reset_status', {'status': 'odd'}), 400, 'badRequest', 'odd')
    refused(act(raw, volume, 'os-nonsense'), 400, 'badRequest', 'os-nonsense')
    assert act(admin, volume, 'os-force_delete').status_code == 202


def test_metadata_of_a_volume(cloud, raw):
    volume = cloud.create_volume(size=1, metadata={'a': '1'}).id
    path = f'/v3/volumes/{volume}/metadata'
    raw.request('POST', path, json={'metadata': {'b': '2'}})
    assert raw.request('GET', path).json() == {'metadata': {'a': '1', 'b': '2'}}
    raw.request('DELETE', f'{path}/a')
    raw.request('PUT', f'{path}/c', json={'meta': {'c': '3'}})
    assert raw.request('GET', path).json() == {'metadata': {'b': '2', 'c': '3'}}
    refused(raw.request('GET', f'{path}/a'), 404, 'itemNotFound', 'a')
    raw.request('PUT', path, json={'metadata': {}})
    assert raw.request('GET', path).json() == {'metadata': {}}


def test_quotas_are_held_to(cloud, raw, admin, project):
    admin.request('PUT', f'/v3/os-quota-sets/{project}',
                  json={'quota_set': {'volumes': 1, 'gigabytes': 5}})
    refused(raw.request('POST', '/v3/volumes', json={'volume': {'size': 6}}), 413, 'overLimit',
            'Requested 6G, quota is 5G and 0G has been consumed.')
    volume = cloud.create_volume(size=4)
    refused(raw.request('POST', '/v3/volumes', json={'volume': {'size': 1}}), 413, 'overLimit',
            "Maximum number of volumes allowed (1) exceeded for quota 'volumes'.")
    refused(act(raw, volume.id, 'os-extend', {'new_size': 6}), 413, 'overLimit', 'quota is 5G')
    used = raw.request('GET', f'/v3/os-quota-sets/{project}?usage=true').json()['quota_set']
    assert used['gigabytes'] == {'limit': 5, 'in_use': 4, 'reserved': 0}
    limits = raw.request('GET', '/v3/limits').json()['limits']['absolute']
    assert (limits['maxTotalVolumes'], limits['totalVolumesUsed']) == (1, 1)
    refused(raw.request('PUT', f'/v3/os-quota-sets/{project}', json={'quota_set': {}}),
            403, 'forbidden', 'quotas')
    admin.request('DELETE', f'/v3/os-quota-sets/{project}')
    assert raw.request('GET', f'/v3/os-quota-sets/{project}').json()['quota_set']['volumes'] == 10


def test_what_clients_look_at_first(cloud, raw, admin):
    assert [kind.name for kind in cloud.types()] == ['lvmdriver-1']
    assert [zone.name for zone in cloud.availability_zones()] == ['nova']
    refused(raw.request('GET', '/v3/os-services'), 403, 'forbidden', 'services')
    binaries = [row['binary'] for row in
                admin.request('GET', '/v3/os-services').json()['services']]
    assert binaries == ['cinder-scheduler', 'cinder-volume']


def test_a_snapshot_remembers_what_is_said_of_it(cloud, raw):
    snapshot = cloud.create_snapshot(volume_id=cloud.create_volume(size=1).id)
    assert cloud.set_snapshot_metadata(snapshot, tier='gold').metadata == {'tier': 'gold'}
    assert cloud.get_snapshot_metadata(snapshot).metadata == {'tier': 'gold'}
    cloud.delete_snapshot_metadata(snapshot, ['tier'])
    assert cloud.get_snapshot(snapshot).metadata == {}
    answer = raw.delete(f'/v3/snapshots/{snapshot.id}/metadata/tier')
    assert answer.status_code == 404


def test_who_attaches_volumes_without_a_server_is_told_how(cloud, raw):
    volume = cloud.create_volume(size=1).id
    answer = act(raw, volume, 'os-initialize_connection', {'connector': {'host': 'h'}})
    assert answer.status_code == 200
    assert answer.json()['connection_info']['data']['volume_id'] == volume
    assert act(raw, volume, 'os-terminate_connection', {'connector': {}}).status_code == 202
    assert act(raw, volume, 'os-retype', {'new_type': 'lvmdriver-1'}).status_code == 202
    assert act(raw, volume, 'os-retype', {'new_type': 'fast'}).status_code == 404
