"""Flavors, their extra specs, and who may use them."""

import pytest

from novalite.db import flavors
from tests.functional.conftest import PEOPLE
from tests.functional.conftest import said

SIZE = {'ram': 1024, 'vcpus': 2, 'disk': 10}


@pytest.fixture
def api(api):
    with api.db.write() as connection:
        flavors.seed(connection, api.runtime)
        flavors.seed(connection, api.runtime)
    return api


def make(api, version='2.1', **more):
    answer = api.post('/flavors', {'flavor': SIZE | more}, version)
    assert answer.status_code == 200, answer.text
    return answer.json()['flavor']


def names(answer):
    assert answer.status_code == 200, answer.text
    return [flavor['name'] for flavor in answer.json()['flavors']]


def test_a_fresh_cloud_has_the_flavors_of_devstack_once(api):
    found = names(api.get('/flavors', as_='demo'))
    assert sorted(found) == sorted([
        'm1.tiny', 'm1.small', 'm1.medium', 'm1.large', 'm1.xlarge', 'm1.nano', 'm1.micro',
        'cirros256', 'ds512M', 'ds1G', 'ds2G', 'ds4G'])


def test_each_version_shows_a_flavor_its_own_way(api):
    first = api.get('/flavors/1', as_='demo').json()['flavor']
    assert {name: value for name, value in first.items() if name != 'links'} == {
        'id': '1', 'name': 'm1.tiny', 'ram': 512, 'disk': 1, 'vcpus': 1, 'swap': '',
        'OS-FLV-EXT-DATA:ephemeral': 0, 'OS-FLV-DISABLED:disabled': False,
        'os-flavor-access:is_public': True, 'rxtx_factor': 1.0}
    assert [link['rel'] for link in first['links']] == ['self', 'bookmark']
    since = {version: set(api.get('/flavors/1', version).json()['flavor'])
             for version in ('2.54', '2.55', '2.60', '2.61', '2.101', '2.102')}
    assert since['2.55'] - since['2.54'] == {'description'}
    assert since['2.61'] - since['2.60'] == {'extra_specs'}
    assert since['2.101'] - since['2.102'] == {'rxtx_factor', 'OS-FLV-DISABLED:disabled'}
    assert api.get('/flavors/1', '2.74').json()['flavor']['swap'] == ''
    assert api.get('/flavors/1', '2.75').json()['flavor']['swap'] == 0


def test_the_brief_list_has_names_and_from_2_55_descriptions(api):
    assert set(api.get('/flavors').json()['flavors'][0]) == {'id', 'name', 'links'}
    assert set(api.get('/flavors', '2.55').json()['flavors'][0]) == {
        'id', 'name', 'links', 'description'}


def test_lists_come_in_pages_that_link_to_the_next(api):
    seen, url = [], f'{api.url}/v2.1/flavors?limit=5&sort_key=memory_mb&sort_dir=desc'
    while url:
        page = api.get(url.removeprefix(f'{api.url}/v2.1')).json()
        seen += page['flavors']
        url = next((link['href'] for link in page.get('flavors_links', ())), None)
    assert len(seen) == 12
    assert seen[0]['name'] == 'm1.xlarge'
    assert said(api.get('/flavors', marker='nowhere'), 400) == 'Marker nowhere could not be found.'


def test_lists_are_filtered(api):
    assert names(api.get('/flavors', minRam=8192)) == ['m1.large', 'm1.xlarge']
    assert names(api.get('/flavors/detail', minDisk='81')) == ['m1.xlarge']
    assert names(api.get('/flavors', '2.102', name='m1.tiny')) == ['m1.tiny']
    assert len(names(api.get('/flavors', '2.74', name='m1.tiny'))) == 12
    said(api.get('/flavors', '2.101', name='m1.tiny'), 400)


@pytest.mark.parametrize('query', [
    {'minRam': 'much'}, {'minDisk': '9' * 30}, {'sort_key': 'colour'}, {'sort_dir': 'up'},
    {'limit': '-1'}, {'limit': 'x'}, {'limit': '9' * 5000}, {'is_public': 'perhaps'}])
def test_a_query_that_means_nothing_is_refused(api, query):
    assert api.get('/flavors', **query).status_code == 400


def test_unknown_parameters_are_dropped_before_2_75(api):
    assert api.get('/flavors', '2.74', colour='red').status_code == 200
    assert 'colour' in said(api.get('/flavors', '2.75', colour='red'), 400)
    assert api.get('/flavors/1', '2.101', colour='red').status_code == 200
    assert 'colour' in said(api.get('/flavors/1', '2.102', colour='red'), 400)


def test_an_administrator_makes_describes_and_deletes_a_flavor(api):
    made = make(api, '2.55', name='toy', id='toy-1', swap='64', description='small',
                **{'OS-FLV-EXT-DATA:ephemeral': 3, 'rxtx_factor': 2})
    assert (made['id'], made['swap'], made['description']) == ('toy-1', 64, 'small')
    assert (made['OS-FLV-EXT-DATA:ephemeral'], made['rxtx_factor']) == (3, 2.0)
    changed = api.put('/flavors/toy-1', {'flavor': {'description': 'smaller'}}, '2.55')
    assert changed.json()['flavor']['description'] == 'smaller'
    assert api.put('/flavors/toy-1', {'flavor': {'description': ''}}, '2.54').status_code == 404
    gone = api.delete('/flavors/toy-1')
    assert (gone.status_code, gone.text) == (202, '')
    assert said(api.get('/flavors/toy-1'), 404) == 'Flavor toy-1 could not be found.'


def test_a_flavor_without_an_id_gets_one(api):
    assert len(make(api, name='toy')['id']) == 36
    assert make(api, name='toy2', id=77)['id'] == '77'


def test_ids_and_names_are_unique(api):
    make(api, name='toy', id='7')
    again = api.post('/flavors', {'flavor': SIZE | {'name': 'other', 'id': '7'}})
    assert said(again, 409) == 'Flavor with ID 7 already exists.'
    again = api.post('/flavors', {'flavor': SIZE | {'name': 'toy', 'id': '8'}})
    assert said(again, 409) == 'Flavor with name toy already exists.'


@pytest.mark.parametrize('wrong', [
    {'name': ''}, {'name': ' toy'}, {'name': 'x' * 256}, {'name': 7}, {'ram': 0}, {'ram': '0'},
    {'ram': 2 ** 31}, {'ram': '9' * 30}, {'vcpus': -1}, {'vcpus': 1.5}, {'vcpus': True},
    {'disk': -1}, {'swap': 'x'}, {'id': 'a/b'}, {'id': ''}, {'rxtx_factor': 'fast'},
    {'os-flavor-access:is_public': 'maybe'}, {'description': 'x'}, {'colour': 'red'}])
def test_a_malformed_flavor_is_refused(api, wrong):
    answer = api.post('/flavors', {'flavor': SIZE | {'name': 'toy'} | wrong})
    said(answer, 400)


def test_rxtx_factor_ends_with_2_101(api):
    body = {'flavor': SIZE | {'name': 'toy', 'rxtx_factor': 1.5}}
    assert 'rxtx_factor' in said(api.post('/flavors', body, '2.102'), 400)
    assert api.post('/flavors', body, '2.101').status_code == 200


def test_only_administrators_manage_flavors(api):
    body = {'flavor': SIZE | {'name': 'toy'}}
    assert 'os-flavor-manage:create' in said(api.post('/flavors', body, as_='demo'), 403)
    said(api.delete('/flavors/1', as_='demo'), 403)
    said(api.put('/flavors/1', {'flavor': {'description': ''}}, '2.55', as_='demo'), 403)
    said(api.post('/flavors/1/os-extra_specs', {'extra_specs': {}}, as_='demo'), 403)


def test_a_private_flavor_is_seen_by_those_it_is_given_to(api):
    make(api, name='secret', id='s', **{'os-flavor-access:is_public': False})
    assert api.get('/flavors/s', as_='demo').status_code == 404
    assert 'secret' not in names(api.get('/flavors'))
    assert names(api.get('/flavors', is_public='false')) == ['secret']
    assert len(names(api.get('/flavors', is_public='None'))) == 13
    assert 'secret' not in names(api.get('/flavors', as_='demo', is_public='false'))

    demo = PEOPLE['demo'][0]
    give, take = {'addTenantAccess': {'tenant': demo}}, {'removeTenantAccess': {'tenant': demo}}
    access = {'flavor_access': [{'flavor_id': 's', 'tenant_id': demo}]}
    assert api.post('/flavors/s/action', give).json() == access
    assert api.get('/flavors/s/os-flavor-access').json() == access
    assert 'already exists' in said(api.post('/flavors/s/action', give), 409)
    assert api.get('/flavors/s', as_='demo').status_code == 200
    assert 'secret' in names(api.get('/flavors', as_='demo'))
    assert 'secret' not in names(api.get('/flavors', as_='other'))
    assert api.post('/flavors/s/action', take).json() == {'flavor_access': []}
    assert 'not found' in said(api.post('/flavors/s/action', take), 404)
    assert api.get('/flavors/s', as_='demo').status_code == 404


def test_access_to_a_public_flavor_means_nothing(api):
    give = {'addTenantAccess': {'tenant': PEOPLE['demo'][0]}}
    assert api.post('/flavors/1/action', give, '2.6').status_code == 200
    assert said(api.post('/flavors/1/action', give, '2.7'), 409) == \
        'Can not add access to a public flavor.'
    said(api.get('/flavors/1/os-flavor-access'), 404)
    said(api.post('/flavors/1/action', give, as_='demo'), 403)
    said(api.post('/flavors/1/action', {}), 400)
    said(api.post('/flavors/1/action', {'paint': {}}), 400)


def test_extra_specs_are_added_changed_shown_and_taken(api):
    specs = '/flavors/1/os-extra_specs'
    added = api.post(specs, {'extra_specs': {'hw:cpu_policy': 'shared', 'mine': 7}})
    assert added.json() == {'extra_specs': {'hw:cpu_policy': 'shared', 'mine': '7'}}
    assert api.put(f'{specs}/mine', {'mine': '8'}).json() == {'mine': '8'}
    assert api.get(f'{specs}/mine', as_='demo').json() == {'mine': '8'}
    assert api.get(specs, as_='guest').json()['extra_specs'] == {
        'hw_rng:allowed': 'True', 'hw:cpu_policy': 'shared', 'mine': '8'}
    assert api.get('/flavors/1', '2.61').json()['flavor']['extra_specs']['mine'] == '8'
    assert api.delete(f'{specs}/mine').status_code == 200
    assert said(api.delete(f'{specs}/mine'), 404) == \
        'Flavor 1 has no extra specs with key mine.'
    said(api.get(f'{specs}/mine'), 404)
    assert said(api.put(f'{specs}/mine', {'yours': '8'}), 400) == 'Request body and URI mismatch'
    said(api.post(specs, {'extra_specs': {'bad/key': 'x'}}), 400)
    said(api.post(specs, {'extra_specs': {'key': 'x' * 256}}), 400)


@pytest.mark.parametrize('key, good, bad', [
    ('hw:cpu_policy', 'dedicated', 'loud'), ('hw:numa_nodes', '2', 'two'),
    ('hw:mem_page_size', '2048', 'vast'), ('resources:VCPU', '1', 'one'),
    ('trait:HW_CPU_X86_AVX', 'required', 'wanted')])
def test_known_extra_specs_are_checked_from_2_86(api, key, good, bad):
    specs = '/flavors/1/os-extra_specs'
    assert api.post(specs, {'extra_specs': {key: bad}}, '2.85').status_code == 200
    assert bad in said(api.post(specs, {'extra_specs': {key: bad}}, '2.86'), 400)
    assert api.put(f'{specs}/{key}', {key: good}, '2.86').status_code == 200


def test_unknown_extra_specs_are_somebodys_own(api):
    specs = '/flavors/1/os-extra_specs'
    assert api.post(specs, {'extra_specs': {'mine:colour': 'red'}}, '2.86').status_code == 200
    assert 'hw:colour' in said(api.post(specs, {'extra_specs': {'hw:colour': 'red'}}, '2.86'), 400)
