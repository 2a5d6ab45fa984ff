"""What Nova took away, never had in us, or had twice: each answers as Nova's last version did."""

import pytest

from tests.contracts.operations import GONE
from tests.functional.conftest import said

NOBODY = '00000000-0000-4000-8000-000000000000'


@pytest.mark.parametrize('version', ['2.1', '2.104'])
def test_what_is_gone_is_410_in_every_version(api, version):
    for one in sorted(GONE):
        path = one.path.replace('{}', NOBODY)
        assert said(api.call(one.method, path, version=version, as_='demo'), 410)
        assert said(api.call(one.method, path, {'any': 1}, version), 410)


def test_nodes_are_where_they_are_kept(api):
    path = f'/os-baremetal-nodes/{NOBODY}'
    for where in ('/os-baremetal-nodes', path):
        said(api.get(where, '2.35'), 501)
        said(api.get(where, as_='demo'), 403)
        said(api.get(where, '2.36'), 404)
    assert 'Ironic command node-create' in said(api.post('/os-baremetal-nodes', {'node': {}}), 400)
    assert 'Ironic command node-delete' in said(api.delete(path), 400)
    for action, command in (('add', 'create'), ('remove', 'delete')):
        assert f'port-{command}' in said(api.post(f'{path}/action', {
            f'{action}_interface': {'address': 'aa'}}, '2.35'), 400)


def test_a_version_document_has_a_second_address(api):
    answer = api.get('/versions/v2.1')
    assert answer.status_code == 200
    assert answer.json() == api.get('').json()
    said(api.get('/versions/v3'), 404)


def test_servers_had_a_second_address_to_2_102(cloud):
    server = cloud.boot()

    def ask(method, path, version='2.102', body=None):
        return cloud.request(method, f'/os-volumes_boot{path}', body, version=version)
    assert ask('GET', f'/{server}').json()['server']['id'] == server
    assert ask('GET', '').json()['servers'][0]['id'] == server
    assert ask('GET', '/detail', '2.1').json()['servers'][0]['status'] == 'ACTIVE'
    changed = ask('PUT', f'/{server}', '2.1', {'server': {'name': 'new'}})
    assert changed.json()['server']['name'] == 'new'
    assert ask('POST', f'/{server}/action', '2.1', {'os-stop': None}).status_code == 202
    cloud.settle(server)
    made = ask('POST', '', '2.1', {'server': {
        'name': 'web', 'flavorRef': '42', 'imageRef': cloud.show(server)['image']['id']}})
    assert made.status_code == 202
    assert '/servers/' in made.headers['Location']
    cloud.settle(made.json()['server']['id'])
    assert ask('DELETE', f'/{server}').status_code == 204
    for path in ('', '/detail', f'/{server}'):
        assert ask('GET', path, '2.103').status_code == 404


def test_a_guest_helps_with_snapshots_of_its_volume(cloud):
    def ask(method, path, body=None, who='admin', **params):
        return cloud.request(method, f'/os-assisted-volume-snapshots{path}', body, who=who,
                             params=params)
    volume = cloud.connection().block_storage.create_volume(size=1).id
    info = {'snapshot_id': NOBODY, 'type': 'qcow2', 'new_file': 'f', 'id': NOBODY}
    body = {'snapshot': {'volume_id': volume, 'create_info': info}}
    gone = f'{{"volume_id": "{volume}"}}'
    assert volume in said(ask('POST', '', body), 400)
    server = cloud.boot()
    cloud.request('POST', f'/servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume}})
    cloud.settle(server)
    made = ask('POST', '', body)
    assert (made.status_code, made.json()) == (200, {
        'snapshot': {'id': NOBODY, 'volumeId': volume}})
    assert ask('DELETE', f'/{NOBODY}', delete_info=gone).status_code == 204
    assert 'delete_info' in said(ask('DELETE', f'/{NOBODY}'), 400)
    assert 'delete_info' in said(ask('DELETE', f'/{NOBODY}', delete_info='[]'), 400)
    said(ask('POST', '', body, who='demo'), 403)
    info['type'] = 'raw'
    assert 'type' in said(ask('POST', '', body), 400)
