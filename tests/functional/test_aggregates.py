"""Aggregates, and the zones that hosts come into with them."""

import pytest

from novalite.testing.cloud import Cloud
from tests.functional.conftest import said

NOBODY = '/os-aggregates/77'


def make(cloud, name='fast', **more):
    answer = cloud.request('POST', '/os-aggregates', {'aggregate': {'name': name} | more},
                           who='admin')
    assert answer.status_code == 200, answer.text
    return answer.json()['aggregate']


def act(cloud, aggregate, **action):
    return cloud.request('POST', f'/os-aggregates/{aggregate["id"]}/action', action, who='admin')


def done(cloud, aggregate, **action):
    answer = act(cloud, aggregate, **action)
    assert answer.status_code == 200, answer.text
    return answer.json()['aggregate']


def zones(cloud):
    return {service['host']: service['zone'] for service in cloud.get(
        '/os-services?binary=nova-compute', who='admin')['services']}


@pytest.fixture
def tidy(cloud):
    """The cloud, whose aggregates are gone when the test has ended."""
    yield cloud
    cloud.wipe()
    for aggregate in cloud.get('/os-aggregates', who='admin')['aggregates']:
        for host in aggregate['hosts']:
            done(cloud, aggregate, remove_host={'host': host})
        cloud.request('DELETE', f'/os-aggregates/{aggregate["id"]}', who='admin')


def test_an_aggregate_is_made_changed_and_deleted(tidy):
    made = make(tidy, availability_zone=None)
    assert 'hosts' not in made and made['updated_at'] is None
    path = f'/os-aggregates/{made["id"]}'
    answer = tidy.request('PUT', path, {'aggregate': {'name': 'slow'}}, who='admin')
    assert answer.json()['aggregate']['name'] == 'slow'
    noted = done(tidy, made, set_metadata={'metadata': {'ssd': 'true', 'gpu': 'no'}})
    assert noted['metadata'] == {'ssd': 'true', 'gpu': 'no'}
    noted = done(tidy, made, set_metadata={'metadata': {'gpu': None}})
    assert noted['metadata'] == {'ssd': 'true'} and noted['uuid'] == made['uuid']
    assert tidy.get(path, who='admin')['aggregate'] == noted
    assert tidy.get('/os-aggregates', who='admin')['aggregates'] == [noted]
    assert 'uuid' not in tidy.get(path, who='admin', version='2.40')['aggregate']
    assert tidy.request('DELETE', path, who='admin').status_code == 200
    assert said(tidy.request('GET', path, who='admin'), 404) == (
        f'Aggregate {made["id"]} could not be found.')


def test_hosts_come_into_the_zone_of_their_aggregate_and_leave_it_again(tidy):
    made = make(tidy, availability_zone='north')
    assert done(tidy, made, add_host={'host': 'h2'})['hosts'] == ['h2']
    assert zones(tidy)['h2'] == 'north' and zones(tidy)['h1'] == 'nova'
    server = tidy.boot(availability_zone='north')
    shown = tidy.show(server)
    assert shown['OS-EXT-SRV-ATTR:host'] == 'h2'
    assert shown['OS-EXT-AZ:availability_zone'] == 'north'
    in_use = 'One or more hosts contain instances in this zone.'
    assert in_use in said(act(tidy, made, remove_host={'host': 'h2'}), 409)
    assert in_use in said(act(tidy, made, set_metadata={
        'metadata': {'availability_zone': 'south'}}), 400)
    assert in_use in said(tidy.request('PUT', f'/os-aggregates/{made["id"]}', {
        'aggregate': {'availability_zone': 'south'}}, who='admin'), 400)
    tidy.wipe()
    done(tidy, made, set_metadata={'metadata': {'availability_zone': 'south'}})
    assert zones(tidy)['h2'] == 'south'
    done(tidy, made, remove_host={'host': 'h2'})
    assert zones(tidy)['h2'] == 'nova'


def test_a_zone_outlives_the_workers_that_carry_its_hosts(tmp_path):
    with Cloud(state_dir=tmp_path, hosts=2) as before:
        done(before, make(before, availability_zone='north'), add_host={'host': 'h1'})
    with Cloud(state_dir=tmp_path, hosts=2, compute__zone='other') as after:
        assert zones(after) == {'h1': 'north', 'h2': 'other'}


def test_a_host_is_in_one_zone_only(tidy):
    north, south = make(tidy, 'n', availability_zone='north'), make(tidy, 's')
    done(tidy, north, add_host={'host': 'h1'})
    done(tidy, south, add_host={'host': 'h1'})
    two_zones = "One or more hosts already in different availability zones: ['north']."
    assert two_zones in said(act(tidy, south, set_metadata={
        'metadata': {'availability_zone': 'south'}}), 400)
    done(tidy, south, remove_host={'host': 'h1'})
    done(tidy, south, set_metadata={'metadata': {'availability_zone': 'south'}})
    assert said(act(tidy, south, add_host={'host': 'h1'}), 409) == (
        f'Cannot add host to aggregate {south["id"]}. Reason: {two_zones}')


def test_what_cannot_be_is_refused(tidy):
    made = make(tidy)
    done(tidy, made, add_host={'host': 'h1'})
    assert said(tidy.request('POST', '/os-aggregates', {'aggregate': {'name': 'fast'}},
                             who='admin'), 409) == 'Aggregate fast already exists.'
    assert said(act(tidy, made, add_host={'host': 'h1'}), 409) == (
        f'Aggregate {made["id"]} already has host h1.')
    assert said(act(tidy, made, add_host={'host': 'h99'}), 404) == (
        'Compute host h99 could not be found.')
    assert said(act(tidy, made, remove_host={'host': 'h2'}), 404) == (
        f'Aggregate {made["id"]} has no host h2.')
    assert 'Host aggregate is not empty' in said(
        tidy.request('DELETE', f'/os-aggregates/{made["id"]}', who='admin'), 400)
    assert said(act(tidy, {'id': 77}, add_host={'host': 'h1'}), 404) == (
        'Aggregate 77 could not be found.')
    assert said(tidy.request('GET', '/os-aggregates/x', who='admin'), 400) == (
        'Invalid input received: id must be an integer')
    second = make(tidy, 'second')
    assert said(tidy.request('PUT', f'/os-aggregates/{second["id"]}', {
        'aggregate': {'name': 'fast'}}, who='admin'), 409) == 'Aggregate fast already exists.'
    said(tidy.request('POST', '/os-aggregates', {
        'aggregate': {'name': 'x', 'availability_zone': 'a:b'}}, who='admin'), 400)


def test_images_may_be_asked_for_ahead(tidy):
    path = f'/os-aggregates/{make(tidy)["id"]}/images'
    image = {'id': tidy.runtime.uuid()}
    assert tidy.request('POST', path, {'cache': [image]}, who='admin').status_code == 202
    assert 'Duplicate' in said(tidy.request(
        'POST', path, {'cache': [image, image]}, who='admin'), 400)
    assert tidy.request('POST', path, {'cache': [image]}, who='admin',
                        version='2.80').status_code == 404


@pytest.mark.parametrize(('method', 'path', 'body'), [
    ('GET', '/os-aggregates', None), ('GET', NOBODY, None), ('DELETE', NOBODY, None),
    ('POST', '/os-aggregates', {'aggregate': {'name': 'x'}}),
    ('PUT', NOBODY, {'aggregate': {'name': 'x'}}),
    ('POST', f'{NOBODY}/action', {'add_host': {'host': 'h1'}}),
    ('POST', f'{NOBODY}/images', {'cache': [{'id': '1' * 32}]}),
])
def test_aggregates_are_for_administrators(cloud, method, path, body):
    assert cloud.request(method, path, body).status_code == 403
