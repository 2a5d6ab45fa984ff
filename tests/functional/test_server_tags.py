"""Tags of servers: given at create and later, shown, and found by."""

import pytest

from tests.functional.conftest import said


@pytest.fixture
def server(cloud):
    yield cloud.boot(tags=['blue', 'big'])
    cloud.wipe()


def names(cloud, **query):
    path = '&'.join(f'{name}={value}' for name, value in query.items())
    return sorted(one['name'] for one in cloud.get(f'/servers?{path}')['servers'])


def test_tags_are_given_shown_and_taken(cloud, server):
    path = f'/servers/{server}/tags'
    assert cloud.get(path) == {'tags': ['big', 'blue']}
    assert cloud.show(server)['tags'] == ['big', 'blue']
    assert 'tags' not in cloud.show(server, version='2.25')
    assert cloud.get('/servers/detail')['servers'][0]['tags'] == ['big', 'blue']
    added = cloud.request('PUT', f'{path}/new')
    assert added.status_code == 201 and added.headers['Location'].endswith(f'{path}/new')
    assert cloud.request('PUT', f'{path}/new').status_code == 204
    assert cloud.request('GET', f'{path}/new').status_code == 204
    assert cloud.request('DELETE', f'{path}/blue').status_code == 204
    assert cloud.get(path) == {'tags': ['big', 'new']}
    assert cloud.request('PUT', path, {'tags': ['a', 'b']}).json() == {'tags': ['a', 'b']}
    assert cloud.request('DELETE', path).status_code == 204
    assert cloud.show(server)['tags'] == []


def test_servers_are_found_by_tags(cloud, server):
    cloud.boot('red', tags=['red', 'big'])
    cloud.boot('plain')
    assert names(cloud, tags='big') == ['red', 'web']
    assert names(cloud, tags='big,blue') == ['web']
    assert names(cloud, **{'tags-any': 'red,blue'}) == ['red', 'web']
    assert names(cloud, **{'not-tags': 'big,blue'}) == ['plain', 'red']
    assert names(cloud, **{'not-tags-any': 'red,none'}) == ['plain', 'web']
    assert names(cloud, **{'tags': 'big', 'not-tags-any': 'red'}) == ['web']


def test_what_no_tag_may_be_is_refused(cloud, server):
    path = f'/servers/{server}/tags'
    for tag in ('a,b', 'x' * 61):
        assert said(cloud.request('PUT', f'{path}/{tag}'), 400).startswith(
            f"Tag '{tag}' is invalid. It must be a non-empty string")
        said(cloud.request('PUT', path, {'tags': [tag]}), 400)
        said(cloud.create(tags=[tag]), 400)
    for missing in ('GET', 'DELETE'):
        assert said(cloud.request(missing, f'{path}/none'), 404) == (
            f"Server {server} has no tag 'none'")
    many = [f'tag{number}' for number in range(50)]
    said(cloud.request('PUT', path, {'tags': [*many, 'more']}), 400)
    assert cloud.request('PUT', path, {'tags': many}).status_code == 200
    assert said(cloud.request('PUT', f'{path}/more'), 400) == (
        'The number of tags exceeded the per-server limit 50')
    said(cloud.create(tags=['early'], version='2.51'), 400)


def test_tags_are_their_projects_own_and_newer_than_2_25(cloud, server):
    path = f'/servers/{server}/tags'
    for method, where in (('GET', path), ('DELETE', path), ('GET', f'{path}/big'),
                          ('PUT', f'{path}/big'), ('DELETE', f'{path}/big')):
        assert cloud.request(method, where, who='other').status_code == 404
        assert cloud.request(method, where, version='2.25').status_code == 404


def test_a_server_in_error_keeps_its_tags(cloud):
    cloud.fail('spawn', times=9)
    server = cloud.boot(tags=['kept'])
    cloud.behave()
    assert 'vm_state error' in said(cloud.request('DELETE', f'/servers/{server}/tags'), 409)
    assert cloud.show(server)['tags'] == ['kept']
    cloud.wipe()


def test_the_location_of_a_tag_is_an_address(cloud, server):
    answer = cloud.request('PUT', f'/servers/{server}/tags/größe 1')
    assert answer.status_code == 201
    assert answer.headers['Location'].endswith(f'/servers/{server}/tags/gr%C3%B6%C3%9Fe%201')
    assert 'größe 1' in cloud.get(f'/servers/{server}/tags')['tags']
