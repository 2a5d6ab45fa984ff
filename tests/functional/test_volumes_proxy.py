"""Volumes and snapshots as the compute API showed them, to 2.35."""

from tests.functional.conftest import said

NOBODY = '00000000-0000-4000-8000-000000000000'


def make(api, **more):
    answer = api.post('/os-volumes', {'volume': {'size': 2, 'display_name': 'data'} | more},
                      as_='demo')
    assert answer.status_code == 200, answer.text
    return answer.json()['volume']


def test_a_volume_from_create_to_delete(api):
    made = make(api, display_description='d', metadata={'a': 'b'})
    assert made == {
        'id': made['id'], 'status': 'available', 'size': 2, 'availabilityZone': 'nova',
        'createdAt': made['createdAt'], 'displayName': 'data', 'displayDescription': 'd',
        'volumeType': 'lvmdriver-1', 'snapshotId': None, 'metadata': {'a': 'b'},
        'attachments': [{}]}
    path = f'/os-volumes/{made["id"]}'
    for where in ('/os-volumes', '/os-volumes/detail'):
        assert api.get(where, as_='demo').json() == {'volumes': [made]}
        assert api.get(where, as_='other').json() == {'volumes': []}
    assert api.get(path, as_='demo').json() == {'volume': made}
    assert said(api.get(path, as_='other'), 404) == f'Volume {made["id"]} could not be found.'
    assert api.delete(path, as_='demo').status_code == 202
    assert api.get(path, as_='demo').status_code == 404


def test_a_snapshot_from_create_to_delete(api):
    volume = make(api)['id']
    made = api.post('/os-snapshots', {'snapshot': {
        'volume_id': volume, 'display_name': 's'}}, as_='demo').json()['snapshot']
    assert (made['volumeId'], made['size'], made['status']) == (volume, 2, 'available')
    path = f'/os-snapshots/{made["id"]}'
    assert api.get('/os-snapshots/detail', as_='demo').json() == {'snapshots': [made]}
    assert api.get(path, as_='demo').json() == {'snapshot': made}
    assert make(api, snapshot_id=made['id'])['snapshotId'] == made['id']
    assert api.delete(f'/os-volumes/{volume}', as_='demo').status_code == 400
    assert api.delete(path, as_='demo').status_code == 202
    assert api.delete(path, as_='demo').status_code == 404


def test_what_cannot_be_made_is_refused(api):
    def ask(**volume):
        return api.post('/os-volumes', {'volume': volume}, as_='demo')
    assert 'size' in said(ask(), 400)
    assert 'size' in said(ask(size=0), 400)
    assert NOBODY in said(ask(size=1, snapshot_id=NOBODY), 404)
    assert 'mars' in said(ask(size=1, availability_zone='mars'), 400)
    assert 'attribute a' in said(ask(size=1, metadata={'a': 7}), 400)
    assert 'gold' in said(ask(size=1, volume_type='gold'), 404)
    assert 'quota is 1000G' in said(ask(size=1001), 403)
    assert said(api.post('/os-volumes', {'volume': {'size': 1}}, as_='guest'), 403)


def test_they_end_with_2_35(api):
    for path in ('/os-volumes', '/os-volumes/detail', '/os-snapshots'):
        assert api.get(path, version='2.35').status_code == 200
        assert api.get(path, version='2.36').status_code == 404
