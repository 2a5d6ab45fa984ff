"""Rebuild, shelve, backups, deletes that can be taken back: beside what every row is tested for."""

import pytest

from novalite.db import images
from novalite.testing import Cloud
from tests.functional import at_rest

IMAGE = 'cirros-0.6.2-x86_64-disk'


def image_named(cloud, name):
    return next(cloud.connection().image.images(name=name)).id


# Rebuild

def test_a_rebuild_shows_at_once_what_was_asked_and_then_does_it(cloud):
    server = cloud.boot(metadata={'old': 'x'})
    addresses = cloud.show(server)['addresses']
    cloud.stall('rebuild')
    image = image_named(cloud, 'cirros-0.6.2-x86_64-uec')
    answer = cloud.ask(server, 'rebuild', {
        'imageRef': image, 'name': 'anew', 'metadata': {'new': 'y'}, 'adminPass': 'secret',
        'description': 'as new', 'user_data': 'YWJj', 'hostname': 'anew.example.org'})
    assert answer.status_code == 202
    shown = answer.json()['server']
    assert answer.headers['Location'].endswith(f'/servers/{server}')
    assert (shown['status'], shown['name'], shown['image']['id'], shown['metadata']) == (
        'REBUILD', 'anew', image, {'new': 'y'})
    assert (shown['adminPass'], shown['OS-EXT-SRV-ATTR:hostname']) == ('secret',
                                                                       'anew.example.org')
    cloud.behave()
    cloud.settle(server)
    shown = cloud.show(server)
    assert (shown['status'], shown['description'], shown['addresses']) == (
        'ACTIVE', 'as new', addresses)
    at_rest.check(cloud)


def test_a_stopped_server_is_rebuilt_stopped(cloud):
    server = cloud.boot()
    cloud.act(server, 'os-stop')
    cloud.act(server, 'rebuild', {'imageRef': cloud.show(server)['image']['id']})
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-STS:power_state']) == ('SHUTOFF', 4)
    at_rest.check(cloud)


@pytest.mark.parametrize(('version', 'field', 'value', 'status'), [
    ('2.1', 'description', 'x', 400), ('2.19', 'description', 'x', 202),
    ('2.53', 'key_name', None, 400), ('2.54', 'key_name', None, 202),
    ('2.56', 'user_data', 'YWJj', 400), ('2.57', 'user_data', 'YWJj', 202),
    ('2.56', 'personality', [{'path': '/a', 'contents': 'YWJj'}], 202),
    ('2.57', 'personality', [{'path': '/a', 'contents': 'YWJj'}], 400),
    ('2.62', 'trusted_image_certificates', ['c'], 400),
    ('2.63', 'trusted_image_certificates', ['c'], 202),
    ('2.89', 'hostname', 'x', 400), ('2.90', 'hostname', 'xy', 202),
    ('2.1', 'imageRef', 'nope', 400),
])
def test_what_a_rebuild_takes_depends_on_the_version(cloud, version, field, value, status):
    server = cloud.boot(networks='none')
    body = {'imageRef': cloud.show(server)['image']['id'], field: value}
    answer = cloud.ask(server, 'rebuild', body, version=version)
    assert answer.status_code == status, answer.text
    if status == 400:
        assert field in answer.json()['badRequest']['message']
    cloud.settle(server)


def test_a_rebuild_whose_image_has_gone_changes_nothing():
    with Cloud(hosts=1, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        before = cloud.show(server)
        cloud.act(server, 'createImage', {'name': 'short-lived'})
        image = image_named(cloud, 'short-lived')
        # Between the 202 and the conductor: with none there, the image can go.
        cloud.services.conductor.stop()
        cloud.ask(server, 'rebuild', {'imageRef': image})
        with cloud.services.db.write() as connection:
            images.delete(connection, image)
        cloud.services.conductor = type(cloud.services.conductor)(
            cloud.conf, cloud.services.db, cloud.services.bus, cloud.runtime,
            cloud.services.notifier)
        cloud.services.conductor.start()
        cloud.settle(server)
        shown = cloud.show(server)
        assert (shown['status'], shown['image']) == ('ACTIVE', before['image'])
        assert cloud.actions(server)[-1] == ('rebuild', 'Error')


# Shelve

def test_a_shelved_server_is_an_image_and_holds_no_room_and_comes_back(cloud):
    server = cloud.boot(name='cold')
    addresses = cloud.show(server)['addresses']
    cloud.act(server, 'shelve')
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-SRV-ATTR:host']) == ('SHELVED_OFFLOADED', None)
    assert cloud.guests() == {}
    at_rest.check(cloud)
    image = image_named(cloud, 'cold-shelved')
    request_id = cloud.act(server, 'unshelve')
    shown = cloud.show(server)
    assert (shown['status'], shown['addresses']) == ('ACTIVE', addresses)
    assert cloud.events(server, request_id) == [
        ('get_image_info', 'Success'), ('schedule_instances', 'Success'),
        ('compute_unshelve_instance', 'Success')]
    assert cloud.connection().image.find_image(image) is None
    at_rest.check(cloud)


def test_a_paused_server_that_cannot_be_shelved_is_paused_again(cloud):
    server = cloud.boot()
    cloud.act(server, 'pause')
    before = at_rest.picture(cloud)
    cloud.fail('upload_snapshot')
    cloud.act(server, 'shelve')
    assert cloud.show(server)['status'] == 'PAUSED'
    assert at_rest.picture(cloud) == before
    assert not list(cloud.connection().image.images(name='web-shelved'))


def test_a_server_that_fits_nowhere_stays_shelved(cloud):
    server = cloud.boot()
    cloud.act(server, 'shelve')
    for service in cloud.get('/os-services?binary=nova-compute', who='admin')['services']:
        cloud.request('PUT', f'/os-services/{service["id"]}', {'status': 'disabled'}, who='admin')
    try:
        cloud.act(server, 'unshelve')
    finally:
        for service in cloud.get('/os-services?binary=nova-compute', who='admin')['services']:
            cloud.request('PUT', f'/os-services/{service["id"]}', {'status': 'enabled'},
                          who='admin')
    shown = cloud.show(server)
    assert shown['status'] == 'SHELVED_OFFLOADED'
    assert 'fault' not in shown
    assert cloud.actions(server)[-1] == ('unshelve', 'Error')
    cloud.act(server, 'unshelve')
    assert cloud.show(server)['status'] == 'ACTIVE'


def test_unshelve_goes_to_the_zone_or_host_that_is_named(cloud):
    server = cloud.boot()
    cloud.act(server, 'shelve')
    answer = cloud.ask(server, 'unshelve', {'host': 'h3'})
    assert answer.status_code == 403, 'only administrators name hosts'
    cloud.act(server, 'unshelve', {'host': 'h3', 'availability_zone': 'nova'}, who='admin')
    shown = cloud.show(server)
    assert (shown['OS-EXT-SRV-ATTR:host'], shown['pinned_availability_zone']) == ('h3', 'nova')
    cloud.act(server, 'shelve')
    cloud.act(server, 'unshelve', {'availability_zone': None})
    assert cloud.show(server)['pinned_availability_zone'] is None
    cloud.act(server, 'shelve')
    for value, status in (({'availability_zone': 'mars'}, 400), ({'host': 'h77'}, 400),
                          ({'nope': 1}, 400)):
        assert cloud.ask(server, 'unshelve', value, who='admin').status_code == status
    assert cloud.ask(server, 'unshelve', {'availability_zone': None},
                     version='2.90').status_code == 400
    # Terraform names a zone without a version: it was always ignored then.
    cloud.act(server, 'unshelve', {'availability_zone': 'mars'}, version='2.76')
    assert cloud.show(server)['pinned_availability_zone'] is None


def test_a_shelved_server_that_is_deleted_takes_its_image_along(cloud):
    server = cloud.boot(name='gone')
    cloud.act(server, 'shelve')
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert not list(cloud.connection().image.images(name='gone-shelved'))
    at_rest.check(cloud)


# Backups

def test_only_the_newest_backups_of_a_type_are_kept(cloud):
    server = cloud.boot(networks='none')
    for number in range(4):
        for kind in ('daily', 'weekly'):
            cloud.act(server, 'createBackup', {
                'name': f'{kind}-{number}', 'backup_type': kind,
                'rotation': 2 if kind == 'daily' else 9})
    mine = {image.name for image in cloud.connection().image.images()
            if image.name.startswith(('daily', 'weekly'))}
    assert mine == {'daily-2', 'daily-3', *(f'weekly-{number}' for number in range(4))}
    for name in mine:
        cloud.connection().image.delete_image(image_named(cloud, name))


@pytest.mark.parametrize(('body', 'named'), [
    ({'name': 'x', 'backup_type': 'daily'}, 'rotation'),
    ({'name': 'x', 'rotation': 1}, 'backup_type'),
    ({'name': 'x', 'backup_type': 'daily', 'rotation': -1}, 'rotation'),
])
def test_a_backup_that_cannot_be_meant_is_refused(cloud, body, named):
    answer = cloud.ask(cloud.boot(networks='none'), 'createBackup', body)
    assert answer.status_code == 400
    assert named in answer.json()['badRequest']['message']


# What is done because time has passed, and deletes that can be taken back

def test_a_delete_can_be_taken_back_and_is_final_after_a_while():
    with Cloud(hosts=2, reclaim_instance_interval=3600, conductor__sweep_interval=1) as cloud:
        server = cloud.boot()
        assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
        cloud.settle(server)
        assert cloud.show(server)['status'] == 'SOFT_DELETED'
        assert cloud.get('/servers')['servers'] == []
        cloud.act(server, 'restore')
        assert cloud.show(server)['status'] == 'ACTIVE'
        assert cloud.get('/servers')['servers'] != []
        cloud.act(server, 'forceDelete')
        assert cloud.request('GET', f'/servers/{server}').status_code == 404

        other = cloud.boot()
        cloud.request('DELETE', f'/servers/{other}')
        cloud.settle(other)
        cloud.conf.set_override('reclaim_instance_interval', 1)
        cloud.wait(lambda: cloud.request('GET', f'/servers/{other}').status_code == 404)
        at_rest.settled(cloud)
        assert cloud.guests() == {}
        assert [name for name, _ in cloud.actions(other)] == ['create', 'delete', 'delete']


@pytest.mark.parametrize(('option', 'verb', 'value', 'status', 'action'), [
    ('resize_confirm_window', 'resize', {'flavorRef': '84'}, 'ACTIVE', 'confirmResize'),
    ('rescue_timeout', 'rescue', None, 'ACTIVE', 'unrescue'),
    ('shelved_offload_time', 'shelve', None, 'SHELVED_OFFLOADED', 'shelveOffload')])
def test_what_waits_for_long_is_brought_to_its_end(option, verb, value, status, action):
    with Cloud(hosts=2, conductor__sweep_interval=1, **{option: 1}) as cloud:
        server = cloud.boot()
        cloud.act(server, verb, value)
        cloud.wait(lambda: cloud.show(server)['status'] == status)
        at_rest.settled(cloud)
        assert cloud.actions(server)[-1] == (action, None)
