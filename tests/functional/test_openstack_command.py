"""The stock `openstack` command against a cloud, as its users type it."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from novalite import clouds

OPENSTACK = pathlib.Path(sys.prefix, 'bin', 'openstack')
CIRROS = 'cirros-0.6.2-x86_64-disk'


@pytest.fixture
def openstack(cloud, tmp_path):
    """A function that runs the command and gives what it printed, read as JSON where it is."""
    clouds.write(tmp_path / 'clouds.yaml', cloud.url, cloud.conf)

    def run(*arguments, who='novalite', status=0):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith('OS_')}
        done = subprocess.run(
            [OPENSTACK, *arguments], capture_output=True, text=True, timeout=60,
            env=environment | {'OS_CLIENT_CONFIG_FILE': str(tmp_path / 'clouds.yaml'),
                               'OS_CLOUD': who, 'OS_COMPUTE_API_VERSION': '2.96'})
        assert done.returncode == status, (done.stdout, done.stderr)
        if status:
            return done.stdout + done.stderr
        return json.loads(done.stdout) if '-f' in arguments else done.stdout

    return run


def test_a_server_from_create_to_delete(openstack, cloud):
    made = openstack('server', 'create', '--flavor', 'm1.tiny', '--image', CIRROS, '--network',
                     'private', '--wait', '--property', 'tier=front', 'web', '-f', 'json')
    assert (made['name'], made['status'], made['properties']) == (
        'web', 'ACTIVE', {'tier': 'front'})
    assert made['addresses']['private'][0].startswith('10.0.0.')

    (listed,) = openstack('server', 'list', '-f', 'json')
    assert (listed['Name'], listed['Status'], listed['Image'], listed['Flavor']) == (
        'web', 'ACTIVE', CIRROS, 'm1.tiny')

    openstack('server', 'stop', 'web')
    assert cloud.show(cloud.settle(made['id']))['status'] == 'SHUTOFF'
    openstack('server', 'start', 'web')
    assert cloud.show(cloud.settle(made['id']))['status'] == 'ACTIVE'

    openstack('server', 'delete', '--wait', 'web')
    assert cloud.get('/servers')['servers'] == []


def test_an_administrator_reads_what_hosts_hold(openstack, cloud):
    server = cloud.boot('web', flavor='1')
    found = openstack('--os-placement-api-version', '1.39', 'allocation', 'candidate', 'list',
                      '--resource', 'VCPU=1', '-f', 'json', who='novalite-admin')
    assert len(found) == 4
    held = openstack('resource', 'provider', 'allocation', 'show', server, '-f', 'json',
                     who='novalite-admin')
    assert [one['resources']['VCPU'] for one in held] == [1]


def test_a_resize_is_confirmed(openstack, cloud):
    server = cloud.boot('web', flavor='1')
    openstack('server', 'resize', '--flavor', 'm1.small', '--wait', 'web')
    assert cloud.show(server)['status'] == 'VERIFY_RESIZE'
    openstack('server', 'resize', 'confirm', 'web')
    shown = cloud.show(cloud.settle(server))
    assert (shown['status'], shown['flavor']['original_name']) == ('ACTIVE', 'm1.small')


def test_a_server_becomes_an_image(openstack, cloud):
    cloud.boot('web')
    made = openstack('server', 'image', 'create', '--name', 'golden', '--wait', 'web', '-f', 'json')
    assert (made['name'], made['status']) == ('golden', 'active')
    listed = openstack('image', 'list', '-f', 'json')
    assert {'golden', CIRROS} <= {image['Name'] for image in listed}
    cloud.connection().image.delete_image(made['id'])


def test_a_create_that_fails_says_why(openstack, cloud):
    said = openstack(
        'server', 'create', '--flavor', 'm1.nano', '--image', CIRROS, '--nic', 'none', '--wait',
        '--property', 'novalite:fault=spawn:fail=No room for the disk', 'broken', status=1)
    assert 'Error creating server: broken' in said
    shown = openstack('server', 'show', 'broken', '-f', 'json')
    assert shown['status'] == 'ERROR'
    assert shown['fault']['code'] == 500
    assert shown['fault']['message'].startswith('Exceeded maximum number of retries. ')
    assert shown['fault']['message'].endswith('No room for the disk')
    assert 'details' not in shown['fault']

    # What became of the 202, by its request id: the action and where it went wrong.
    (event,) = openstack('server', 'event', 'list', '--long', 'broken', '-f', 'json')
    assert (event['Action'], event['Message']) == ('create', 'Error')
    found = openstack('server', 'event', 'show', shown['id'], event['Request ID'], '-f', 'json',
                      who='novalite-admin')
    assert [(what['event'], what['result'], what['details']) for what in found['events']] == [
        ('compute__do_build_and_run_instance', 'Error', 'No room for the disk')] * 3


def test_another_tenant_sees_nothing(openstack, cloud):
    server = cloud.boot('web')
    said = openstack('server', 'show', server, who='novalite-other', status=1)
    assert f'No Server found for {server}' in said


def test_what_there_is_to_boot_with(openstack, cloud, tmp_path):
    flavors = openstack('flavor', 'list', '-f', 'json')
    assert {flavor['ID']: flavor['Name'] for flavor in flavors}['1'] == 'm1.tiny'
    shown = openstack('flavor', 'show', 'm1.tiny', '-f', 'json')
    assert (shown['ram'], shown['vcpus'], shown['disk']) == (512, 1, 1)
    networks = openstack('network', 'list', '-f', 'json')
    assert {network['Name'] for network in networks} >= {'private', 'shared', 'public'}
    zones = openstack('availability', 'zone', 'list', '--compute', '-f', 'json')
    assert zones == [{'Zone Name': 'nova', 'Zone Status': 'available'}]

    openstack('keypair', 'create', '--private-key', str(tmp_path / 'key'), 'mine', '-f', 'json')
    assert 'PRIVATE KEY' in (tmp_path / 'key').read_text()
    cloud.connection().compute.delete_keypair('mine')


def test_what_an_administrator_sees_of_the_hosts(openstack):
    hypervisors = openstack('hypervisor', 'list', '-f', 'json', who='novalite-admin')
    assert {(each['Hypervisor Hostname'], each['State']) for each in hypervisors} == {
        (f'h{number}', 'up') for number in (1, 2, 3, 4)}
    services = openstack('compute', 'service', 'list', '-f', 'json', who='novalite-admin')
    assert {each['Binary'] for each in services} == {
        'nova-conductor', 'nova-scheduler', 'nova-compute'}
    assert {each['State'] for each in services} == {'up'}


def test_limits_tell_what_is_used(openstack, cloud):
    cloud.boot('web')
    # From 2.75 on Nova refuses the parameter `reserved`, which the command sends.
    limits = openstack('--os-compute-api-version', '2.74', 'limits', 'show', '--absolute',
                       '-f', 'json')
    named = {limit['Name']: limit['Value'] for limit in limits}
    assert named['total_instances_used'] == 1
    assert named['total_cores_used'] == 1


def test_a_volume_from_create_to_delete(openstack):
    made = openstack('volume', 'create', '--size', '1', 'data', '-f', 'json')
    assert (made['name'], made['size']) == ('data', 1)
    (listed,) = openstack('volume', 'list', '-f', 'json')
    assert (listed['Name'], listed['Status'], listed['Size']) == ('data', 'available', 1)
    shown = openstack('volume', 'show', 'data', '-f', 'json')
    assert (shown['id'], shown['type']) == (made['id'], 'lvmdriver-1')
    openstack('volume', 'snapshot', 'create', '--volume', 'data', 'yesterday')
    (snapshot,) = openstack('volume', 'snapshot', 'list', '-f', 'json')
    assert snapshot['Name'] == 'yesterday'
    openstack('volume', 'snapshot', 'delete', 'yesterday')
    openstack('volume', 'delete', 'data')
    assert openstack('volume', 'list', '-f', 'json') == []


def test_a_server_is_reached_from_outside_and_sat_down_at(openstack, cloud):
    server = cloud.boot('web')
    address = openstack('floating', 'ip', 'create', 'public', '-f', 'json')['floating_ip_address']
    openstack('server', 'add', 'floating', 'ip', 'web', address)
    assert address in openstack('server', 'show', 'web', '-f', 'json')['addresses']['private']
    openstack('server', 'remove', 'floating', 'ip', 'web', address)
    openstack('floating', 'ip', 'delete', address)
    openstack('router', 'create', '--external-gateway', 'public', 'mine')
    openstack('router', 'delete', 'mine')

    openstack('server', 'add', 'network', 'web', 'shared')
    assert 'shared' in openstack('server', 'show', 'web', '-f', 'json')['addresses']
    openstack('server', 'remove', 'network', 'web', 'shared')
    cloud.settle(server)
    assert 'shared' not in cloud.show(server)['addresses']

    assert 'login' in openstack('console', 'log', 'show', '--lines', '5', 'web')
    assert 'token' in openstack('console', 'url', 'show', 'web', '-f', 'json')['url']
