"""Images as the compute API shows them, and the list of extensions."""

import pytest

from novalite.db import images
from tests.functional.conftest import PEOPLE
from tests.functional.conftest import said

DEMO = PEOPLE['demo'][0]
FAULT = {'code': 500, 'message': 'The disk is full.', 'details': 'Traceback …',
         'nothing_changed': False}


@pytest.fixture
def api(api):
    api.conf.set_override('enabled', ['images'], group='neighbours')
    return api


def make(api, name='toy', owner=DEMO, **columns):
    with api.db.write() as connection:
        return images.create(connection, api.runtime, owner=owner, name=name, **columns)


def show(api, id, as_='demo'):
    answer = api.get(f'/images/{id}', as_=as_)
    assert answer.status_code == 200, answer.text
    return answer.json()['image']


def names(api, path='', as_='demo', **params):
    answer = api.get(f'/images{path}', as_=as_, **params)
    assert answer.status_code == 200, answer.text
    return [image['name'] for image in answer.json()['images']]


def test_an_image_is_shown_as_compute_always_has(api):
    id = make(api, status='active', size=7, min_disk=1, min_ram=64, visibility='public',
              properties={'os': 'cirros', 'auto_disk_config': 'True'})
    shown = show(api, id, 'other')
    moment = shown['created']
    assert moment.endswith('Z') and len(moment) == 20
    assert {key: value for key, value in shown.items() if key != 'links'} == {
        'id': id, 'name': 'toy', 'status': 'ACTIVE', 'progress': 100, 'minDisk': 1, 'minRam': 64,
        'metadata': {'os': 'cirros', 'auto_disk_config': 'True'}, 'created': moment,
        'updated': moment, 'OS-EXT-IMG-SIZE:size': 7, 'OS-DCF:diskConfig': 'AUTO'}
    links = {link['rel']: link['href'] for link in shown['links']}
    assert links['self'] == f'{api.url}/v2.1/images/{id}'
    assert links['alternate'] == f'{api.url.removesuffix("/compute")}/image/v2/images/{id}'


def test_a_snapshot_shows_how_far_it_is_and_of_which_server(api):
    server = api.runtime.uuid()
    id = make(api, server=server, progress=25)
    for status, progress, shown in (
            ('queued', 25, ('SAVING', 25)), ('saving', 50, ('SAVING', 50)),
            ('saving', 75, ('SAVING', 75)), ('active', 100, ('ACTIVE', 100)),
            ('deactivated', 100, ('UNKNOWN', 0))):
        with api.db.write() as connection:
            images.update(connection, api.runtime, id, status=status, progress=progress)
        image = show(api, id)
        assert (image['status'], image['progress']) == shown
        assert 'fault' not in image
    assert image['server']['id'] == server
    assert image['server']['links'][0]['href'] == f'{api.url}/v2.1/servers/{server}'


def test_a_snapshot_that_failed_shows_its_fault(api):
    id = make(api, status='killed', server=api.runtime.uuid(), fault=FAULT)
    shown = show(api, id)
    assert (shown['status'], shown['progress']) == ('ERROR', 0)
    assert shown['fault'] == {'code': 500, 'message': 'The disk is full.'}
    assert show(api, id, 'admin')['fault'] == {
        'code': 500, 'message': 'The disk is full.', 'details': 'Traceback …'}


def test_lists_show_what_one_may_see_in_pages(api):
    for name in ('a', 'b', 'c'):
        make(api, name)
    make(api, 'theirs', PEOPLE['other'][0])
    make(api, 'public', PEOPLE['other'][0], visibility='public')
    first = api.get('/images', as_='demo', limit=3).json()
    assert [set(image) for image in first['images']] == [{'id', 'name', 'links'}] * 3
    (link,) = first['images_links']
    rest = api.get(link['href'].removeprefix(f'{api.url}/v2.1'), as_='demo').json()
    assert {image['name'] for image in first['images'] + rest['images']} == {
        'a', 'b', 'c', 'public'}
    assert 'theirs' in names(api, as_='admin')
    said(api.get('/images', marker=api.runtime.uuid()), 400)


def test_lists_are_filtered(api):
    server = api.runtime.uuid()
    make(api, 'small', status='active', min_disk=1, min_ram=64)
    make(api, 'big', status='active', min_disk=20, min_ram=2048)
    make(api, 'snap', server=server, properties={'image_type': 'snapshot', 'os': 'cirros'})
    assert names(api, '/detail', status='active', minDisk=2) == ['big']
    assert names(api, minRam='65') == ['big']
    assert names(api, name='small') == ['small']
    assert names(api, status='SAVING') == ['snap']
    assert names(api, server=f'{api.url}/v2.1/servers/{server}') == ['snap']
    assert names(api, type='snapshot') == ['snap']
    assert names(api, **{'property-os': 'cirros'}) == ['snap']
    assert names(api, **{'changes-since': '2999-01-01T00:00:00Z'}) == []
    assert len(names(api, **{'changes-since': '2020-01-01T00:00:00Z'})) == 3
    for wrong in ({'minDisk': 'x'}, {'changes-since': 'then'}, {'limit': -1}):
        said(api.get('/images', **wrong), 400)


def test_an_owner_deletes_an_image(api):
    id = make(api, visibility='public')
    said(api.delete(f'/images/{id}', as_='other'), 403)
    gone = api.delete(f'/images/{id}', as_='demo')
    assert (gone.status_code, gone.text) == (204, '')
    assert said(api.get(f'/images/{id}'), 404) == 'Image not found.'
    said(api.delete(f'/images/{make(api, protected=True)}'), 403)
    said(api.delete(f'/images/{make(api)}', as_='other'), 404)


def test_metadata_are_the_properties(api):
    id = make(api, visibility='public', properties={'a': '1'})
    path = f'/images/{id}/metadata'
    assert api.get(path).json() == {'metadata': {'a': '1'}}
    added = api.post(path, {'metadata': {'b': '2'}}, as_='demo')
    assert added.json() == {'metadata': {'a': '1', 'b': '2'}}
    assert api.put(f'{path}/b', {'meta': {'b': '3'}}, as_='demo').json() == {'meta': {'b': '3'}}
    assert api.get(f'{path}/b').json() == {'meta': {'b': '3'}}
    assert api.delete(f'{path}/a', as_='demo').status_code == 204
    assert said(api.get(f'{path}/a'), 404) == 'Metadata item was not found'
    said(api.delete(f'{path}/a'), 404)
    assert api.put(path, {'metadata': {'c': '4'}}, as_='demo').json() == {'metadata': {'c': '4'}}
    assert said(api.put(f'{path}/c', {'meta': {'d': '4'}}), 400) == 'Request body and URI mismatch'
    said(api.post(path, {'metadata': {'c': 4}}), 400)
    said(api.post(path, {'metadata': {'x': '1'}}, as_='other'), 403)
    api.conf.set_override('metadata_items', 1, group='quota')
    assert said(api.post(path, {'metadata': {'d': '5'}}), 403) == 'Image metadata limit exceeded'


def test_images_end_with_2_35_and_their_metadata_with_2_38(api):
    id = make(api)
    for path in ('', '/detail', f'/{id}'):
        assert api.get(f'/images{path}', '2.35').status_code == 200
        said(api.get(f'/images{path}', '2.36'), 404)
    said(api.delete(f'/images/{id}', '2.36'), 404)
    assert api.get(f'/images/{id}/metadata', '2.38').status_code == 200
    said(api.get(f'/images/{id}/metadata', '2.39'), 404)


def test_images_that_are_kept_elsewhere_are_not_shown(api):
    id = make(api)
    api.conf.set_override('enabled', [], group='neighbours')
    said(api.get('/images'), 404)
    said(api.get(f'/images/{id}'), 404)


def test_extensions_are_listed(api):
    found = {e['alias'] for e in api.get('/extensions', as_='guest').json()['extensions']}
    assert {'os-keypairs', 'os-availability-zone', 'OS-DCF', 'os-volumes', 'os-shelve',
            'os-evacuate', 'os-server-groups', 'os-simple-tenant-usage'} <= found
    assert api.get('/extensions/os-keypairs').json()['extension']['name'] == 'Keypairs'
    said(api.get('/extensions/os-colours'), 404)
