"""Hosts as administrators see them: services, hypervisors, availability zones."""

import datetime

import pytest
import sqlalchemy as sa

from novalite.db import hosts
from novalite.db import models
from novalite.db import servers
from tests.functional.conftest import said


def inventory(name, zone='nova'):
    return {
        'name': name, 'zone': zone, 'hypervisor_type': 'simulated', 'hypervisor_version': 1000,
        'host_ip': '127.0.0.1', 'cpu_info': {'arch': 'x86_64'}, 'vcpus': 16, 'memory_mb': 32768,
        'disk_gb': 1024, 'vcpus_limit': 64, 'memory_mb_limit': 32256, 'disk_gb_limit': 1024}


@pytest.fixture
def api(api):
    """Three hosts in two zones, h3 long silent, and a conductor."""
    with api.db.write() as connection:
        hosts.register(connection, api.runtime, 'worker', 'first',
                       [inventory('h1'), inventory('h2'), inventory('h3', 'far')])
        hosts.beat_daemon(connection, api.runtime, 'nova-conductor', 'c1')
        connection.execute(sa.update(models.hosts).where(models.hosts.c.name == 'h3')
                           .values(last_seen=datetime.datetime(2026, 1, 2, 3, 4, 5)))
    return api


def services_of(api, version='2.1', **params):
    answer = api.get('/os-services', version, **params)
    assert answer.status_code == 200, answer.text
    return {service['host']: service for service in answer.json()['services']}


def hypervisors(api, path='', version='2.1', **params):
    answer = api.get(f'/os-hypervisors{path}', version, **params)
    assert answer.status_code == 200, answer.text
    return {host['hypervisor_hostname']: host for host in answer.json()['hypervisors']}


def run_a_server(api, host):
    """Only the rows: no guest is needed to be seen here."""
    uuid = api.runtime.uuid()
    with api.db.write() as connection:
        servers.create(
            connection, uuid=uuid, name='web', project_id='p', user_id='u', vm_state='active',
            created_at=api.runtime.now(), host=host, flavor={}, vcpus=2, memory_mb=512,
            metadata={}, image_properties={}, nics=[], security_groups=[])
        zone = hosts.get(connection, host).zone
        assert hosts.claim(
            connection, uuid, host, zone, {'vcpus': 2, 'memory_mb': 512, 'disk_gb': 5})
    return uuid


# Services

def test_every_host_and_daemon_is_a_service(api):
    found = services_of(api)
    assert {host: (s['binary'], s['zone'], s['state'], s['status']) for host, s in found.items()} \
        == {'h1': ('nova-compute', 'nova', 'up', 'enabled'),
            'h2': ('nova-compute', 'nova', 'up', 'enabled'),
            'h3': ('nova-compute', 'far', 'down', 'enabled'),
            'c1': ('nova-conductor', 'internal', 'up', 'enabled')}
    assert found['h3']['updated_at'] == '2026-01-02T03:04:05.000000'
    assert len({service['id'] for service in found.values()}) == 4
    assert 'forced_down' not in found['h1']
    assert services_of(api, '2.11')['h1']['forced_down'] is False
    assert isinstance(found['h1']['id'], int)
    assert len(services_of(api, '2.53')['c1']['id']) == 36


def test_services_are_narrowed_by_host_and_binary(api):
    assert set(services_of(api, host='h2')) == {'h2'}
    assert set(services_of(api, binary='nova-conductor')) == {'c1'}
    assert set(services_of(api, host='h2', binary='nova-conductor')) == set()
    said(api.get('/os-services', '2.75', colour='red'), 400)
    said(api.get('/os-services', as_='demo'), 403)


def test_up_to_2_52_an_action_is_in_the_path(api):
    named = {'host': 'h1', 'binary': 'nova-compute'}
    assert api.put('/os-services/disable', named).json() == {
        'service': named | {'status': 'disabled'}}
    assert services_of(api)['h1']['status'] == 'disabled'
    reason = {'disabled_reason': 'broken fan'}
    assert api.put('/os-services/disable-log-reason', named | reason).json() == {
        'service': named | reason | {'status': 'disabled'}}
    assert services_of(api)['h1']['disabled_reason'] == 'broken fan'
    assert api.put('/os-services/enable', named).json()['service']['status'] == 'enabled'
    assert services_of(api)['h1']['disabled_reason'] is None
    assert api.put('/os-services/force-down', named | {'forced_down': True}, '2.11').json() == {
        'service': named | {'forced_down': True}}
    assert services_of(api, '2.11')['h1']['state'] == 'down'
    said(api.put('/os-services/force-down', named), 404)
    said(api.put('/os-services/paint', named), 404)
    said(api.put('/os-services/disable-log-reason', named), 400)
    said(api.put('/os-services/force-down', named, '2.11'), 400)
    assert said(api.put('/os-services/enable', named | {'host': 'h9'}), 404) == \
        'Could not find binary nova-compute on host h9.'
    said(api.put('/os-services/enable', {'host': 'h1'}), 400)
    said(api.put('/os-services/enable', named, as_='demo'), 403)


def test_from_2_53_on_a_service_is_changed_by_its_uuid(api):
    uuid = services_of(api, '2.53')['h1']['id']
    path = f'/os-services/{uuid}'
    changed = api.put(path, {'status': 'disabled', 'disabled_reason': 'fan'}, '2.53').json()
    assert changed['service'] == services_of(api, '2.53')['h1']
    assert (changed['service']['status'], changed['service']['disabled_reason']) == (
        'disabled', 'fan')
    changed = api.put(path, {'forced_down': True}, '2.53').json()['service']
    assert (changed['state'], changed['status']) == ('down', 'disabled')
    changed = api.put(path, {'status': 'enabled', 'forced_down': False}, '2.53').json()['service']
    assert (changed['state'], changed['status'], changed['disabled_reason']) == (
        'up', 'enabled', None)
    said(api.put(path, {}, '2.53'), 400)
    said(api.put(path, {'status': 'enabled', 'disabled_reason': 'x'}, '2.53'), 400)
    said(api.put(path, {'host': 'h1', 'binary': 'nova-compute'}, '2.53'), 400)
    said(api.put('/os-services/disable', {'status': 'enabled'}, '2.53'), 400)
    said(api.put(f'/os-services/{api.runtime.uuid()}', {'status': 'enabled'}, '2.53'), 404)
    conductor = services_of(api, '2.53')['c1']['id']
    assert 'nova-conductor' in said(
        api.put(f'/os-services/{conductor}', {'status': 'disabled'}, '2.53'), 400)


def test_a_service_is_deleted_unless_it_has_servers(api):
    run_a_server(api, 'h1')
    found = services_of(api, '2.53')
    assert 'hosting instances' in said(api.delete(f'/os-services/{found["h1"]["id"]}', '2.53'), 409)
    assert api.delete(f'/os-services/{found["h2"]["id"]}', '2.53').status_code == 204
    assert api.delete(f'/os-services/{services_of(api)["c1"]["id"]}').status_code == 204
    assert set(services_of(api)) == {'h1', 'h3'}
    said(api.delete(f'/os-services/{found["h2"]["id"]}', '2.53'), 404)
    said(api.delete('/os-services/7777'), 404)
    said(api.delete('/os-services/h1'), 400)


# Hypervisors

def test_a_host_is_a_hypervisor(api):
    run_a_server(api, 'h1')
    shown = hypervisors(api, '/detail')['h1']
    assert shown == {
        'id': shown['id'], 'hypervisor_hostname': 'h1', 'state': 'up', 'status': 'enabled',
        'hypervisor_type': 'simulated', 'hypervisor_version': 1000, 'host_ip': '127.0.0.1',
        'cpu_info': '{"arch": "x86_64"}', 'vcpus': 16, 'vcpus_used': 2, 'memory_mb': 32768,
        'memory_mb_used': 512, 'free_ram_mb': 32256, 'local_gb': 1024, 'local_gb_used': 5,
        'free_disk_gb': 1019, 'disk_available_least': 1019, 'running_vms': 1,
        'current_workload': 0, 'service': {
            'id': services_of(api)['h1']['id'], 'host': 'h1', 'disabled_reason': None}}
    assert api.get(f'/os-hypervisors/{shown["id"]}').json() == {'hypervisor': shown}
    assert set(hypervisors(api)['h1']) == {'id', 'hypervisor_hostname', 'state', 'status'}
    assert hypervisors(api)['h3']['state'] == 'down'
    said(api.get('/os-hypervisors/77'), 404)
    said(api.get('/os-hypervisors/h1'), 404)
    said(api.get('/os-hypervisors', as_='demo'), 403)


def test_hypervisors_change_with_the_versions(api):
    assert hypervisors(api, '/detail', '2.28')['h1']['cpu_info'] == {'arch': 'x86_64'}
    by_uuid = hypervisors(api, '/detail', '2.53')['h1']
    assert len(by_uuid['id']) == 36
    assert by_uuid['service']['id'] == services_of(api, '2.53')['h1']['id']
    said(api.get('/os-hypervisors/1', '2.53'), 400)
    last = hypervisors(api, '/detail', '2.88')
    assert set(last['h1']) == {'id', 'hypervisor_hostname', 'state', 'status', 'hypervisor_type',
                               'hypervisor_version', 'host_ip', 'service', 'uptime'}
    assert ' up 0 days' in last['h1']['uptime']
    assert last['h3']['uptime'] is None


def test_hypervisors_come_in_pages_since_2_33(api):
    first = api.get('/os-hypervisors/detail', '2.33', limit=2).json()
    assert [host['hypervisor_hostname'] for host in first['hypervisors']] == ['h1', 'h2']
    (link,) = first['hypervisors_links']
    rest = api.get(link['href'].removeprefix(f'{api.url}/v2.1'), '2.33').json()
    assert [host['hypervisor_hostname'] for host in rest['hypervisors']] == ['h3']
    assert set(hypervisors(api, '', '2.32', limit=1)) == {'h1', 'h2', 'h3'}
    marker = hypervisors(api, '', '2.53')['h2']['id']
    assert set(hypervisors(api, '', '2.53', marker=marker)) == {'h3'}
    said(api.get('/os-hypervisors', '2.33', marker='99'), 400)
    said(api.get('/os-hypervisors', '2.53', marker=api.runtime.uuid()), 400)


def test_hypervisors_are_found_by_name(api):
    assert set(hypervisors(api, '/2/search')) == {'h2'}
    assert set(hypervisors(api, '', '2.53', hypervisor_hostname_pattern='h')) == {'h1', 'h2', 'h3'}
    said(api.get('/os-hypervisors/%25/search'), 404)
    said(api.get('/os-hypervisors/h/search', '2.53'), 404)
    said(api.get('/os-hypervisors', '2.53', hypervisor_hostname_pattern='x'), 404)
    said(api.get('/os-hypervisors', '2.53', hypervisor_hostname_pattern='h', limit=1), 400)
    said(api.get('/os-hypervisors', '2.53', colour='red'), 400)


def test_hypervisors_show_their_servers(api):
    uuid = run_a_server(api, 'h1')
    mine = [{'uuid': uuid, 'name': 'web'}]
    found = hypervisors(api, '/h/servers')
    assert found['h1']['servers'] == mine
    assert 'servers' not in found['h2']
    found = hypervisors(api, '', '2.53', with_servers='true')
    assert found['h1']['servers'] == mine
    assert 'servers' not in found['h2']
    assert hypervisors(api, '/detail', '2.75', with_servers='1')['h2']['servers'] == []
    assert 'servers' not in hypervisors(api, '/detail', '2.75')['h1']
    path = f'/os-hypervisors/{found["h1"]["id"]}'
    assert api.get(path, '2.53', with_servers=True).json()['hypervisor']['servers'] == mine
    said(api.get('/os-hypervisors', '2.53', with_servers='perhaps'), 400)


def test_statistics_sum_up_the_enabled_hypervisors_to_2_87(api):
    run_a_server(api, 'h1')
    api.put('/os-services/disable', {'host': 'h2', 'binary': 'nova-compute'})
    assert api.get('/os-hypervisors/statistics', '2.87').json()['hypervisor_statistics'] == {
        'count': 2, 'vcpus': 32, 'vcpus_used': 2, 'memory_mb': 65536, 'memory_mb_used': 512,
        'free_ram_mb': 65024, 'local_gb': 2048, 'local_gb_used': 5, 'free_disk_gb': 2043,
        'disk_available_least': 2043, 'running_vms': 1, 'current_workload': 0}
    said(api.get('/os-hypervisors/statistics', '2.88'), 404)


def test_uptime_is_asked_for_to_2_87(api):
    found = hypervisors(api)
    shown = api.get(f'/os-hypervisors/{found["h1"]["id"]}/uptime').json()['hypervisor']
    assert ' up 0 days' in shown['uptime']
    assert shown['hypervisor_hostname'] == 'h1'
    assert 'h3' in said(api.get(f'/os-hypervisors/{found["h3"]["id"]}/uptime'), 400)
    uuid = hypervisors(api, '', '2.88')['h1']['id']
    said(api.get(f'/os-hypervisors/{uuid}/uptime', '2.88'), 404)


# Availability zones

def test_a_zone_is_available_while_a_host_in_it_is_enabled(api):
    def zones():
        found = api.get('/os-availability-zone', as_='demo').json()['availabilityZoneInfo']
        assert all(zone['hosts'] is None for zone in found)
        return {zone['zoneName']: zone['zoneState']['available'] for zone in found}

    assert zones() == {'far': True, 'nova': True}
    api.put('/os-services/disable', {'host': 'h3', 'binary': 'nova-compute'})
    api.put('/os-services/disable', {'host': 'h1', 'binary': 'nova-compute'})
    assert zones() == {'far': False, 'nova': True}


def test_administrators_see_the_hosts_of_zones(api):
    found = {zone['zoneName']: zone['hosts'] for zone in
             api.get('/os-availability-zone/detail').json()['availabilityZoneInfo']}
    assert set(found) == {'internal', 'far', 'nova'}
    assert set(found['nova']) == {'h1', 'h2'}
    assert found['far'] == {'h3': {'nova-compute': {
        'active': True, 'available': False, 'updated_at': '2026-01-02T03:04:05.000000'}}}
    assert set(found['internal']['c1']) == {'nova-conductor'}
    said(api.get('/os-availability-zone/detail', as_='demo'), 403)
