"""What the API says of itself, to everybody and in any version asked for."""

import pytest
import requests

from novalite.api import microversion


def document(cloud, path, **headers):
    answer = requests.get(f'{cloud.url}/compute{path}', headers=headers)
    assert answer.status_code == 200, answer.text
    assert 'OpenStack-API-Version' not in answer.headers
    return answer.json()


def test_both_versions_are_listed_with_their_range(shared_cloud):
    old, new = document(shared_cloud, '/')['versions']
    assert (old['id'], old['status'], old['version'], old['min_version']) == (
        'v2.0', 'DEPRECATED', '', '')
    assert (new['id'], new['status'], new['version'], new['min_version']) == (
        'v2.1', 'CURRENT', str(microversion.MAX), '2.1')
    assert document(shared_cloud, '')['versions'] == [old, new]


@pytest.mark.parametrize('path, kind', [('/v2', '2'), ('/v2.1', '2.1')])
def test_each_has_a_document_where_its_link_says(shared_cloud, path, kind):
    shown = document(shared_cloud, path)['version']
    assert shown == document(shared_cloud, f'{path}/')['version']
    assert shown['links'][0] == {'rel': 'self', 'href': f'{shared_cloud.url}/compute{path}/'}
    assert shown['media-types'] == [{
        'base': 'application/json',
        'type': f'application/vnd.openstack.compute+json;version={kind}'}]
    listed, = (one for one in document(shared_cloud, '/')['versions'] if one['id'] == shown['id'])
    assert listed['links'] == shown['links'][:1]


def test_documents_are_the_same_in_any_version(shared_cloud):
    odd = {'OpenStack-API-Version': 'compute 9.99'}
    assert document(shared_cloud, '/v2.1', **odd) == document(shared_cloud, '/v2.1')


@pytest.mark.parametrize('path', [
    '/servers/', '/os-simple-tenant-usage/', '/servers//action', '/flavors/detail/'])
def test_nothing_has_an_empty_name(shared_cloud, path):
    method = 'POST' if path.endswith('action') else 'GET'
    answer = shared_cloud.request(method, path, {'os-stop': None} if method == 'POST' else None)
    assert answer.status_code == 404


def test_what_is_not_there_says_what_is(shared_cloud):
    answer = shared_cloud.request('PATCH', '/servers')
    assert answer.status_code == 405
    assert set(answer.headers['Allow'].split(', ')) == {'GET', 'POST', 'OPTIONS'}
    assert answer.json()['badMethod']['code'] == 405


def test_a_version_that_is_too_new_is_told_the_range(shared_cloud):
    answer = shared_cloud.request('GET', '/servers', version='2.999')
    assert answer.status_code == 406
    assert answer.json()['computeFault']['message'] == (
        f'Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is '
        f'{microversion.MAX}.')
    assert answer.headers['Vary'] == 'OpenStack-API-Version, X-OpenStack-Nova-API-Version'


def test_what_is_no_json_is_refused(shared_cloud):
    answer = requests.post(
        f'{shared_cloud.url}/compute/v2.1/servers', data='<server/>',
        headers={'X-Auth-Token': shared_cloud.token(), 'Content-Type': 'application/xml'})
    assert answer.status_code == 415
    assert 'badMediaType' in answer.json()
