"""Hosts as the compute API showed them, to 2.42."""

import pytest

from novalite.db import hosts
from tests.functional.conftest import said
from tests.functional.test_hosts_and_services import inventory


@pytest.fixture
def api(api):
    with api.db.write() as connection:
        hosts.register(connection, api.runtime, 'worker', 'first',
                       [inventory('h1'), inventory('h2', 'far')])
        hosts.beat_daemon(connection, api.runtime, 'nova-conductor', 'c1')
    return api


def test_the_services_of_hosts_are_listed(api):
    compute = {'host_name': 'h1', 'service': 'compute', 'zone': 'nova'}
    assert api.get('/os-hosts').json() == {'hosts': [
        compute, {'host_name': 'c1', 'service': 'conductor', 'zone': 'internal'},
        {'host_name': 'h2', 'service': 'compute', 'zone': 'far'}]}
    assert api.get('/os-hosts', '2.42', zone='nova').json() == {'hosts': [compute]}
    assert api.get('/os-hosts', zone='mars').json() == {'hosts': []}


def test_a_host_shows_what_it_has(api):
    def of(project, cpu, memory_mb, disk_gb):
        return {'resource': {'host': 'h1', 'project': project, 'cpu': cpu,
                             'memory_mb': memory_mb, 'disk_gb': disk_gb}}
    assert api.get('/os-hosts/h1', '2.42').json() == {'host': [
        of('(total)', 16, 32768, 1024), of('(used_now)', 0, 0, 0), of('(used_max)', 0, 0, 0)]}
    assert said(api.get('/os-hosts/h9'), 404) == 'Compute host h9 could not be found.'


def test_a_host_shows_who_uses_it(cloud):
    server = cloud.boot(flavor='1')
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    shown = {one['resource']['project']: one['resource'] for one in cloud.get(
        f'/os-hosts/{host}', who='admin', version='2.42')['host']}
    total, now, most, mine = shown.values()
    assert mine['project'] == cloud.show(server)['tenant_id']
    assert (mine['cpu'], mine['memory_mb'], mine['disk_gb']) == (1, 512, 1)
    assert most == mine | {'project': '(used_max)'}
    assert (now['cpu'], total['cpu'] > 1) == (1, True)


def test_a_host_is_disabled_and_enabled(api):
    def status():
        return api.get('/os-services', host='h1').json()['services'][0]['status']
    assert api.put('/os-hosts/h1', {'status': 'disable'}).json() == {
        'host': 'h1', 'status': 'disabled'}
    assert status() == 'disabled'
    assert [host['host_name'] for host in api.get('/os-hosts').json()['hosts']] == ['c1', 'h2']
    assert api.put('/os-hosts/h1', {
        'status': 'Enable', 'maintenance_mode': 'disable'}, '2.42').json() == {
            'host': 'h1', 'status': 'enabled', 'maintenance_mode': 'off_maintenance'}
    assert status() == 'enabled'


def test_what_a_host_cannot_do_changes_nothing(api):
    said(api.put('/os-hosts/h1', {'status': 'disable', 'maintenance_mode': 'enable'}), 501)
    assert api.get('/os-services', host='h1').json()['services'][0]['status'] == 'enabled'
    said(api.put('/os-hosts/h1', {}), 400)
    assert 'status' in said(api.put('/os-hosts/h1', {'status': 'off'}), 400)
    for action in ('startup', 'shutdown', 'reboot'):
        said(api.get(f'/os-hosts/h1/{action}', '2.42'), 501)
        said(api.get(f'/os-hosts/h9/{action}'), 404)
    said(api.put('/os-hosts/c1', {'status': 'disable'}), 404)


def test_a_host_that_is_down_is_asked_for_nothing(api):
    api.put('/os-services/force-down', {
        'host': 'h1', 'binary': 'nova-compute', 'forced_down': True}, '2.11')
    why = 'Compute service of h1 is unavailable at this time.'
    assert said(api.put('/os-hosts/h1', {'status': 'disable'}), 400) == why
    assert said(api.get('/os-hosts/h1/reboot'), 400) == why


def test_hosts_are_for_administrators_and_end_with_2_42(api):
    for path in ('', '/h1', '/h1/startup', '/h1/shutdown', '/h1/reboot'):
        said(api.get(f'/os-hosts{path}', as_='demo'), 403)
        said(api.get(f'/os-hosts{path}', '2.43'), 404)
    said(api.put('/os-hosts/h1', {'status': 'disable'}, as_='demo'), 403)
    said(api.put('/os-hosts/h1', {'status': 'disable'}, '2.43'), 404)
