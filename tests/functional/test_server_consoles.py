"""What a server writes and counts, and how one sits down at it."""

import re
import urllib.parse

import pytest

from novalite.testing import Cloud
from tests.functional import at_rest
from tests.functional.conftest import said

SPELT = {'vnc': 'VNC', 'spice': 'SPICE', 'rdp': 'RDP', 'serial': 'Serial'}


def output(cloud, server, **value):
    answer = cloud.ask(server, 'os-getConsoleOutput', value)
    assert answer.status_code == 200, answer.text
    return answer.json()['output']


def remote(cloud, server, protocol, type_, version='latest', who='demo'):
    return cloud.request(
        'POST', f'/servers/{server}/remote-consoles', version=version, who=who,
        json={'remote_console': {'protocol': protocol, 'type': type_}})


def token_of(url):
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
    return query.get('token') or query['path'].removeprefix('?token=')


# What it has written

def test_the_last_lines_of_a_console_are_read_by_their_number(cloud):
    server = cloud.boot()
    whole = output(cloud, server)
    assert len(whole.splitlines()) > 10
    assert output(cloud, server, length=3) == '\n'.join(whole.split('\n')[-3:])
    assert output(cloud, server, length='3') == output(cloud, server, length=3)
    assert output(cloud, server, length=0) == ''
    assert output(cloud, server, length=-1) == output(cloud, server, length=None) == whole
    assert output(cloud, server, length=10 ** 6) == whole
    assert 'length' in said(cloud.ask(server, 'os-getConsoleOutput', {'length': -2}), 400)
    assert cloud.connection().compute.get_server_console_output(server)['output'] == whole
    at_rest.check(cloud)


def test_a_server_without_a_host_has_no_console_yet(cloud):
    server = cloud.boot(fault='spawn:fail')
    for answer in (cloud.ask(server, 'os-getConsoleOutput', {}),
                   remote(cloud, server, 'vnc', 'novnc'),
                   cloud.request('GET', f'/servers/{server}/diagnostics', who='admin')):
        assert said(answer, 409) == f'Instance {server} is not ready'


def test_a_guest_that_was_never_started_has_no_console(cloud):
    cloud.stall('spawn')
    server = cloud.create().json()['server']['id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    assert cloud.ask(server, 'os-getConsoleOutput', {}).status_code == 404
    cloud.behave()
    cloud.settle(server)


def test_a_hypervisor_that_fails_to_show_is_told_of_without_a_traceback(cloud):
    server = cloud.boot()
    cloud.fail('console_output', message='The serial port is jammed')
    answer = cloud.ask(server, 'os-getConsoleOutput', {})
    assert said(answer, 500) == 'The serial port is jammed'
    assert cloud.actions(server) == [('create', None)]


def test_a_console_is_read_while_something_else_is_stuck_and_does_not_free_it(cloud):
    server = cloud.boot()
    cloud.stall('power_off')
    cloud.ask(server, 'os-stop')
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    assert cloud.ask(server, 'os-getConsoleOutput', {}).status_code == 200
    assert cloud.show(server)['OS-EXT-STS:task_state'] == 'powering-off'
    cloud.request('DELETE', f'/servers/{server}')
    at_rest.settled(cloud)


def test_a_host_that_is_down_does_not_answer(own_cloud):
    server = own_cloud.boot()
    services = own_cloud.get('/os-services?binary=nova-compute', who='admin')['services']
    host = own_cloud.show(server)['OS-EXT-SRV-ATTR:host']
    (service,) = [one['id'] for one in services if one['host'] == host]
    answer = own_cloud.request('PUT', f'/os-services/{service}', {'forced_down': True}, who='admin')
    assert answer.status_code == 200
    assert said(own_cloud.ask(server, 'os-getConsoleOutput', {}), 503) == (
        f'The host of instance {server} does not answer. Try again.')


def test_a_console_is_for_its_project(cloud):
    server = cloud.boot()
    assert cloud.ask(server, 'os-getConsoleOutput', {}, who='other').status_code == 404
    assert remote(cloud, server, 'vnc', 'novnc', who='other').status_code == 404


# Sitting down at it

@pytest.mark.parametrize(('protocol', 'type_', 'page', 'since'), [
    ('vnc', 'novnc', 'http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D', '2.6'),
    ('spice', 'spice-html5', 'http://127.0.0.1:6082/spice_auto.html?token=', '2.6'),
    ('serial', 'serial', 'ws://127.0.0.1:6083/?token=', '2.6'),
    ('mks', 'webmks', 'http://127.0.0.1:6090/?token=', '2.8'),
    ('spice', 'spice-direct', 'http://127.0.0.1:13002/nova?token=', '2.99')])
def test_an_address_has_a_token_that_leads_to_the_server(cloud, protocol, type_, page, since):
    server = cloud.boot()
    answer = remote(cloud, server, protocol, type_, since)
    assert answer.status_code == 200, answer.text
    shown = answer.json()['remote_console']
    assert (shown['protocol'], shown['type']) == (protocol, type_)
    assert re.fullmatch(re.escape(page) + '[0-9a-f-]{36}', shown['url'])
    path = f'/os-console-auth-tokens/{token_of(shown["url"])}'
    leads = cloud.get(path, who='admin')['console']
    assert leads['instance_uuid'] == server
    assert (leads['tls_port'] is not None) == (type_ == 'spice-direct')
    assert 'tls_port' not in cloud.get(path, who='admin', version='2.98')['console']
    assert cloud.request('GET', path).status_code == 403
    message = said(cloud.request('GET', path, who='admin', version='2.30'), 401)
    assert message == 'The requested console type details are not accessible'
    earlier = f'2.{int(since[2:]) - 1}'
    assert remote(cloud, server, protocol, type_, earlier).status_code in (400, 404)


@pytest.mark.parametrize(('protocol', 'type_'), [
    ('vnc', 'novnc'), ('spice', 'spice-html5'), ('serial', 'serial')])
def test_the_old_actions_end_with_2_5(cloud, protocol, type_):
    server = cloud.boot()
    verb = f'os-get{SPELT[protocol]}Console'
    shown = cloud.ask(server, verb, {'type': type_}, version='2.5').json()['console']
    assert shown['type'] == type_
    assert cloud.get(f'/os-console-auth-tokens/{token_of(shown["url"])}', who='admin')
    assert cloud.ask(server, verb, {'type': type_}, version='2.6').status_code == 404
    assert 'type' in said(cloud.ask(server, verb, {'type': 'other'}, version='2.1'), 400)


def test_consoles_that_are_not_to_be_had_are_refused_in_novas_words(cloud):
    server = cloud.boot()
    for protocol, type_, message in (
            ('vnc', 'xvpvnc', 'Unavailable console type xvpvnc.'),
            ('rdp', 'rdp-html5', 'Unavailable console type rdp-html5.'),
            ('vnc', 'serial', 'Invalid console type serial')):
        assert said(remote(cloud, server, protocol, type_), 400) == message
    answer = cloud.ask(server, 'os-getRDPConsole', {'type': 'rdp-html5'}, version='2.1')
    assert said(answer, 400) == 'Unavailable console type rdp-html5.'
    assert 'protocol' in said(remote(cloud, server, 'telnet', 'novnc'), 400)
    cloud.stall('destroy')
    cloud.request('DELETE', f'/servers/{server}')
    assert said(remote(cloud, server, 'vnc', 'novnc'), 409) == (
        f"Cannot 'get_vnc_console' instance {server} while it is in task_state deleting")


def test_a_token_is_good_until_its_server_goes_and_no_other_is(cloud):
    server = cloud.boot()
    token = token_of(remote(cloud, server, 'vnc', 'novnc').json()['remote_console']['url'])
    path = f'/os-console-auth-tokens/{token}'
    assert cloud.get(path, who='admin')
    assert said(cloud.request('GET', f'{path}0', who='admin'), 404) == 'Token not found'
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert said(cloud.request('GET', path, who='admin'), 404) == 'Token not found'


def test_a_token_ends_and_a_type_may_be_added():
    with Cloud(hosts=1, consoleauth__token_ttl=0, consoleauth__types=['rdp-html5']) as cloud:
        server = cloud.boot()
        answer = remote(cloud, server, 'rdp', 'rdp-html5')
        token = token_of(answer.json()['remote_console']['url'])
        answer = cloud.request('GET', f'/os-console-auth-tokens/{token}', who='admin')
        assert said(answer, 404) == 'Token not found'
        assert said(remote(cloud, server, 'vnc', 'novnc'), 400) == (
            'Unavailable console type novnc.')


# What is inside

def test_diagnostics_have_one_format_since_2_48_and_are_for_administrators(cloud):
    server = cloud.boot()
    path = f'/servers/{server}/diagnostics'
    shown = cloud.get(path, who='admin')
    assert (shown['state'], shown['num_cpus'], shown['num_nics']) == ('running', 1, 1)
    assert shown['config_drive'] is False
    (nic,) = shown['nic_details']
    (address,) = cloud.get(f'/servers/{server}/os-interface')['interfaceAttachments']
    assert nic['mac_address'] == address['mac_addr']
    old = cloud.get(path, who='admin', version='2.47')
    assert old['memory'] == 192 * 1024
    assert {'cpu0_time', 'vda_read', 'vda_write_req', 'vnet0_rx', 'vnet0_tx_drop'} <= set(old)
    assert cloud.request('GET', path).status_code == 403
    cloud.act(server, 'os-stop')
    assert said(cloud.request('GET', path, who='admin'), 409) == (
        f"Cannot 'get_diagnostics' instance {server} while it is in power state shutdown")


def test_a_server_has_no_numa_nodes_and_no_password(cloud):
    server = cloud.boot()
    path = f'/servers/{server}/topology'
    assert cloud.get(path) == {'nodes': [], 'pagesize_kb': None}
    assert cloud.request('GET', path, version='2.77').status_code == 404
    path = f'/servers/{server}/os-server-password'
    assert cloud.get(path) == {'password': ''}
    assert cloud.request('DELETE', path).status_code == 204
    assert cloud.request('GET', path, who='other').status_code == 404
