"""The image neighbour, through openstacksdk and plain requests."""

import hashlib
import threading

from openstack import exceptions
import pytest
import requests

from novalite import context
from novalite.db import images as db_images
from novalite.neighbours import images
from tests.functional import neighbour

DATA = bytes(range(256)) * 8192   # two chunks


@pytest.fixture(scope='module')
def glance(tmp_path_factory):
    glance = neighbour.Neighbour(images.app, '/image', tmp_path_factory.mktemp('glance'))
    yield glance
    glance.close()


@pytest.fixture
def project(glance):
    return glance.project()


@pytest.fixture
def cloud(glance, project):
    with glance.sdk(project) as cloud:
        yield cloud


def make(cloud, name='toy', **more):
    return cloud.image.create_image(
        name, data=DATA, disk_format='qcow2', container_format='bare', allow_duplicates=True,
        **more)


def test_the_version_document_needs_no_token(glance):
    answer = requests.get(f'{glance.url}/')

    assert answer.status_code == 300
    current = answer.json()['versions'][0]
    assert current['status'] == 'CURRENT'
    assert current['links'][0]['href'] == f'{glance.url}/v2/'
    assert requests.get(f'{glance.url}/v2').status_code == 200


def test_without_a_token_there_is_nothing(glance):
    answer = requests.get(f'{glance.url}/v2/images')

    assert answer.status_code == 401
    assert answer.json()['code'] == '401 Unauthorized'
    assert answer.headers['x-openstack-request-id'].startswith('req-')


def test_what_is_uploaded_is_what_is_downloaded(cloud):
    image = make(cloud, properties={'hw_rng_model': 'virtio'})

    image = cloud.image.get_image(image.id)
    assert (image.status, image.size) == ('active', len(DATA))
    assert image.checksum == hashlib.md5(DATA).hexdigest()
    assert image.hash_value == hashlib.sha512(DATA).hexdigest()
    assert image.hw_rng_model == 'virtio'
    assert cloud.image.download_image(image).content == DATA


def test_the_client_recognises_an_image_it_has_uploaded_before(cloud, tmp_path):
    (tmp_path / 'toy.img').write_bytes(DATA)

    first = cloud.create_image('once', filename=str(tmp_path / 'toy.img'),
                               validate_checksum=True)
    again = cloud.create_image('once', filename=str(tmp_path / 'toy.img'),
                               validate_checksum=True)

    assert first.id == again.id


def test_an_image_without_data_is_queued(cloud):
    image = cloud.image.create_image('empty', disk_format='raw', container_format='bare')

    assert image.status == 'queued'
    assert cloud.image.download_image(image).status_code == 204


def upload(glance, project, image, data, **headers):
    return glance.raw(project).put(f'/v2/images/{image.id}/file', data=data, headers={
        'Content-Type': 'application/octet-stream', **headers})


def test_data_is_taken_once(glance, cloud, project):
    answer = upload(glance, project, make(cloud), b'more')

    assert answer.status_code == 409
    assert 'from active to saving is not allowed' in answer.json()['message']


def test_data_may_come_in_chunks_of_unknown_number(glance, cloud, project):
    image = cloud.image.create_image('chunked', disk_format='raw', container_format='bare')

    assert upload(glance, project, image, iter([b'one', b'two'])).status_code == 204
    assert cloud.image.download_image(image).content == b'onetwo'


def test_data_needs_formats(glance, project):
    raw = glance.raw(project)
    image = raw.post('/v2/images', json={'name': 'formless'}).json()

    answer = raw.put(f'/v2/images/{image["id"]}/file', data=b'data')
    assert answer.status_code == 400
    assert 'disk_format' in answer.json()['message']


def test_data_beyond_the_limit_is_refused_and_nothing_is_kept(glance, cloud, project):
    image = cloud.image.create_image('big', disk_format='raw', container_format='bare')

    answer = upload(glance, project, image, bytes(3 * 1024 * 1024 + 1))

    assert answer.status_code == 413
    assert cloud.image.get_image(image.id).status == 'queued'


def test_an_image_changes_by_a_patch(cloud):
    image = make(cloud)

    cloud.image.update_image(image, name='other', min_ram=64, os_distro='cirros', is_hidden=True)
    image = cloud.image.get_image(image.id)

    assert (image.name, image.min_ram, image.os_distro) == ('other', 64, 'cirros')
    assert image.is_hidden


@pytest.mark.parametrize('change, code, message', [
    ({'op': 'replace', 'path': '/size', 'value': 5}, 403, "'size' is read-only"),
    ({'op': 'remove', 'path': '/name'}, 403, "'name' could not be removed"),
    ({'op': 'replace', 'path': '/disk_format', 'value': 'raw'}, 403, 'only for a queued image'),
    ({'op': 'remove', 'path': '/nothing'}, 409, 'Property nothing does not exist'),
    ({'op': 'replace', 'path': '/min_ram', 'value': -1}, 400, 'min_ram'),
    ({'op': 'replace', 'path': '/name', 'value': 'x' * 256}, 400, 'name'),
    ({'op': 'replace', 'path': '/visibility', 'value': 'public'}, 403, 'publicize'),
    ({'op': 'replace', 'path': '/owner', 'value': 'else'}, 403, 'another project'),
    ({'op': 'add', 'path': '/own', 'value': 5}, 400, 'own'),
    ({'op': 'move', 'path': '/own'}, 400, 'op is add'),
    ({'op': 'add', 'path': 'own'}, 400, 'Invalid path'),
    ('nonsense', 400, 'op is add'),
])
def test_a_change_that_may_not_be_is_refused_with_its_reason(
        glance, cloud, project, change, code, message):
    image = make(cloud)

    answer = glance.raw(project).patch(f'/v2/images/{image.id}', json=[change], headers={
        'Content-Type': 'application/openstack-images-v2.1-json-patch'})

    assert answer.status_code == code
    assert message in answer.json()['message']


def test_a_patch_has_its_own_media_type(glance, cloud, project):
    image = make(cloud)

    assert glance.raw(project).patch(f'/v2/images/{image.id}', json=[]).status_code == 415


@pytest.mark.parametrize('body', [
    b'{', b'5', b'[]', b'{"name": 5}', b'{"min_disk": "x"}', b'{"disk_format": "floppy"}',
    b'{"id": "no-uuid"}', b'{"": "x"}', b'[' * 100_000])
def test_a_malformed_image_is_a_400(glance, project, body):
    answer = glance.raw(project).post('/v2/images', data=body)

    assert answer.status_code == 400
    assert answer.json()['title'] == 'Bad Request'


def test_a_body_too_large_is_a_413(glance, project):
    body = b'{"name": "%s"}' % (b'x' * 200_000)

    assert glance.raw(project).post('/v2/images', data=body).status_code == 413


def test_an_id_is_taken_once(glance, project):
    mine = {'id': glance.runtime.uuid()}

    assert glance.raw(project).post('/v2/images', json=mine).status_code == 201
    assert glance.raw(project).post('/v2/images', json=mine).status_code == 409


def test_a_protected_image_stays(cloud):
    image = make(cloud, is_protected=True)

    with pytest.raises(exceptions.ForbiddenException, match='protected'):
        cloud.image.delete_image(image)
    cloud.image.update_image(image, is_protected=False)
    cloud.image.delete_image(image)
    with pytest.raises(exceptions.NotFoundException, match='No image found'):
        cloud.image.get_image(image.id)


def test_another_projects_private_image_is_not_there(glance, cloud):
    image = make(cloud, visibility='private')
    other, admin = glance.sdk(glance.project()), glance.sdk(glance.project(), 'admin,member')

    with pytest.raises(exceptions.NotFoundException):
        other.image.get_image(image.id)
    with pytest.raises(exceptions.NotFoundException):
        other.image.delete_image(image, ignore_missing=False)
    assert image.id not in [seen.id for seen in other.image.images()]
    assert admin.image.get_image(image.id).name == 'toy'


def test_a_public_image_is_seen_by_all_and_changed_by_its_owner(glance, cloud):
    admin = glance.sdk(glance.project(), 'admin,member')
    image = make(admin, visibility='public')

    assert cloud.image.get_image(image.id).visibility == 'public'
    with pytest.raises(exceptions.ForbiddenException):
        cloud.image.update_image(image, name='mine')
    admin.image.delete_image(image)


def test_a_reader_reads_only(glance, cloud, project):
    image = make(cloud)
    reader = glance.sdk(project, 'reader')

    assert reader.image.get_image(image.id).id == image.id
    with pytest.raises(exceptions.ForbiddenException):
        reader.image.delete_image(image)


def test_lists_are_paged_sorted_and_filtered(glance, cloud, project):
    for number in range(5):
        make(cloud, name=f'page-{number}', min_ram=number)

    def names(**query):
        return [image.name for image in cloud.image.images(**query)]

    assert names(limit=2, sort='name:asc') == [f'page-{number}' for number in range(5)]
    assert names(sort_key='name', sort_dir='desc')[0] == 'page-4'
    assert names(name='page-3') == ['page-3']
    assert names(name='in:page-1,page-2', sort='name:asc') == ['page-1', 'page-2']
    assert names(size_min=len(DATA) + 1) == []
    assert names(status='active', visibility='shared', size_max=len(DATA)) != []
    listed = glance.raw(project).get('/v2/images?limit=2&sort=name:asc&min_ram=4').json()
    assert [image['name'] for image in listed['images']] == ['page-4']
    assert 'next' not in listed


def test_a_list_filters_by_properties_and_tags(cloud):
    cirros = make(cloud, name='cirros', properties={'os_distro': 'cirros'}, tags=['small'])
    make(cloud, name='debian', properties={'os_distro': 'debian'})

    assert [image.id for image in cloud.image.images(tag='small')] == [cirros.id]
    assert [image.id for image in cloud.image.images(os_distro='cirros')] == [cirros.id]


@pytest.mark.parametrize('query', [
    'limit=-1', 'limit=many', 'sort=color', 'sort_dir=up&sort_key=name', 'marker=gone',
    'visibility=secret', 'size_min=big', 'created_at=gte:yesterday', 'protected=perhaps'])
def test_a_malformed_query_is_a_400(glance, project, query):
    answer = glance.raw(project).get(f'/v2/images?{query}')

    assert answer.status_code == 400, answer.text


def test_hidden_images_are_listed_on_request(cloud):
    image = make(cloud)
    cloud.image.update_image(image, is_hidden=True)

    assert list(cloud.image.images()) == []
    assert [seen.id for seen in cloud.image.images(is_hidden=True)] == [image.id]


def test_tags_come_and_go(cloud):
    image = make(cloud)

    cloud.image.add_tag(image, 'gold')
    cloud.image.add_tag(image, 'gold')
    assert cloud.image.get_image(image.id).tags == ['gold']
    cloud.image.remove_tag(image, 'gold')
    assert cloud.image.get_image(image.id).tags == []


def test_a_shared_image_is_seen_by_a_member_and_listed_once_accepted(glance, cloud):
    image = make(cloud, visibility='shared')
    friend = glance.project()
    theirs = glance.sdk(friend)

    with pytest.raises(exceptions.NotFoundException):
        theirs.image.get_image(image.id)
    cloud.image.add_member(image.id, member=friend)
    assert theirs.image.get_image(image.id).name == 'toy'
    assert list(theirs.image.images()) == []
    theirs.image.update_member(friend, image.id, status='accepted')
    assert [seen.id for seen in theirs.image.images()] == [image.id]
    assert [member.status for member in cloud.image.members(image.id)] == ['accepted']
    with pytest.raises(exceptions.ForbiddenException):
        theirs.image.update_image(image, name='mine now')
    cloud.image.remove_member(friend, image.id)
    assert list(theirs.image.images()) == []


def test_a_deactivated_image_gives_no_data(glance, cloud, project):
    image = make(cloud)

    cloud.image.deactivate_image(image)
    assert cloud.image.get_image(image.id).status == 'deactivated'
    assert glance.raw(project).get(f'/v2/images/{image.id}/file').status_code == 403
    cloud.image.reactivate_image(image)
    assert cloud.image.download_image(image).content == DATA


def test_the_schemas_say_what_an_image_may_have(cloud):
    assert 'disk_format' in cloud.image.get_image_schema().properties
    assert cloud.image.get_images_schema().properties['images']
    assert list(cloud.image.tasks()) == []
    assert [store.id for store in cloud.image.stores()] == ['database']


def test_a_fresh_cloud_has_devstacks_images_once(glance, cloud):
    def seed():
        with glance.db.write() as connection:
            db_images.seed(connection, glance.runtime, 'the-admin')

    threads = [threading.Thread(target=seed) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seeded = {image.name: image for image in cloud.image.images(visibility='public')}
    assert sorted(seeded) == [
        'cirros-0.6.2-x86_64-disk', 'cirros-0.6.2-x86_64-uec',
        'cirros-0.6.2-x86_64-uec-kernel', 'cirros-0.6.2-x86_64-uec-ramdisk']
    uec = seeded['cirros-0.6.2-x86_64-uec']
    assert uec.kernel_id == seeded['cirros-0.6.2-x86_64-uec-kernel'].id
    for image in seeded.values():
        data = cloud.image.download_image(image).content
        assert (image.status, image.size) == ('active', len(data))


def test_a_deleted_snapshot_cannot_be_finished(glance):
    ctxt = context.RequestContext(project_id='p', roles=['member'])
    with glance.db.write() as connection:
        image_id = db_images.create(
            connection, glance.runtime, owner='p', name='snap', server='s', disk_format='qcow2',
            container_format='bare', properties={'image_type': 'snapshot'})
        assert db_images.update(connection, glance.runtime, image_id, status='saving', progress=50)
        row = db_images.get(connection, image_id)
        assert (row.status, row.progress, row.server) == ('saving', 50, 's')
        assert db_images.visible(row, ctxt)
        assert db_images.listed(connection, ctxt, {'server': 's'}, {'image_type': 'snapshot'})
        db_images.delete(connection, image_id)
        assert not db_images.update(connection, glance.runtime, image_id, status='active')


def test_a_bug_is_a_500_that_tells_no_more_than_its_class(glance, project):
    with glance.db.write() as connection:
        broken = db_images.create(
            connection, glance.runtime, owner=project, name='broken', properties=5)

    answer = glance.raw(project).get(f'/v2/images/{broken}')

    assert (answer.status_code, answer.json()['message']) == (500, 'TypeError')
    assert answer.headers['x-openstack-request-id'].startswith('req-')
