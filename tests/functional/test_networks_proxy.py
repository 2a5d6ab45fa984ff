"""Networks, floating addresses and security groups as the compute API showed them, to 2.35."""

import pytest

from novalite.db import network_quotas
from novalite.db import networks
from tests.functional.conftest import PEOPLE, said

NOBODY = '00000000-0000-4000-8000-000000000000'
GROUP = {'name': 'web', 'description': 'The web'}


@pytest.fixture
def api(api):
    api.conf.set_override('enabled', ['identity', 'networks'], 'neighbours')
    with api.db.write() as connection:
        networks.seed(connection, api.runtime, {
            name: PEOPLE[name][0] for name in ('demo', 'admin')})
    return api


def made(answer):
    assert answer.status_code == 200, answer.text
    (thing,) = answer.json().values()
    return thing


def group(api, as_='demo', **more):
    return made(api.post('/os-security-groups', {'security_group': GROUP | more}, as_=as_))


def rule(api, **more):
    return api.post('/os-security-group-rules', {'security_group_rule': more}, as_='demo')


@pytest.mark.parametrize('version', ['2.1', '2.35'])
def test_of_networks_only_the_names_are_left(api, version):
    shown = made(api.get('/os-networks', version, 'demo'))
    assert {network['label'] for network in shown} == {'private', 'shared', 'public'}
    private = next(network for network in shown if network['label'] == 'private')
    assert set(private) == {'id', 'label', 'cidr', 'netmask', 'gateway', 'broadcast', 'dns1',
                            'dns2', 'cidr_v6', 'gateway_v6', 'netmask_v6'}
    path = f'/os-networks/{private["id"]}'
    assert made(api.get(path, version, 'demo')) == private
    assert private['cidr'] is None
    full = made(api.get(path, version))
    assert len(full) == 32 and full['vlan'] is None
    assert said(api.get(path, version, 'other'), 404) == 'Network not found'
    assert made(api.get(path.replace('networks', 'tenant-networks'), version, 'demo')) == {
        'id': private['id'], 'label': 'private', 'cidr': 'None'}
    assert len(made(api.get('/os-tenant-networks', version, 'demo'))) == 3
    said(api.get(f'/os-tenant-networks/{NOBODY}', version), 404)


def test_a_floating_address_is_had_and_given_back(api):
    assert made(api.get('/os-floating-ip-pools', '2.35', 'demo')) == [{'name': 'public'}]
    mine = made(api.post('/os-floating-ips', {'pool': 'public'}, '2.35', 'demo'))
    assert mine == {'id': mine['id'], 'ip': mine['ip'], 'pool': 'public', 'fixed_ip': None,
                    'instance_id': None}
    assert mine['ip'].startswith('172.24.4.')
    other = made(api.post('/os-floating-ips', {}, as_='demo'))
    assert other['ip'] != mine['ip']
    assert made(api.get('/os-floating-ips', as_='demo')) == [mine, other]
    assert made(api.get('/os-floating-ips', as_='other')) == []
    path = f'/os-floating-ips/{mine["id"]}'
    assert made(api.get(path, as_='demo')) == mine
    assert said(api.get(path, as_='other'), 404) == f'Floating IP not found for ID {mine["id"]}'
    said(api.delete(path, as_='other'), 404)
    assert api.delete(path, as_='demo').status_code == 202
    said(api.delete(path, as_='demo'), 404)


def test_there_is_not_an_address_for_everybody(api, monkeypatch):
    def ask(pool=None, as_='demo'):
        return api.post('/os-floating-ips', {'pool': pool}, as_=as_)
    assert said(ask('mars'), 404) == 'Floating IP pool not found.'
    assert said(ask('private'), 404) == 'Floating IP pool not found.'
    said(ask(as_='guest'), 403)
    monkeypatch.setitem(network_quotas.LIMITS, 'floatingip', 0)
    assert said(ask('public'), 403) == 'IP allocation over quota in pool public.'
    assert said(ask(), 403) == 'IP allocation over quota.'


def test_a_security_group_from_create_to_delete(api):
    mine = group(api)
    assert mine == GROUP | {'id': mine['id'], 'tenant_id': PEOPLE['demo'][0], 'rules': []}
    path = f'/os-security-groups/{mine["id"]}'
    shown = made(api.get('/os-security-groups', '2.35', 'demo'))
    assert [one['name'] for one in shown] == ['default', 'web']
    assert [one['name'] for one in made(api.get('/os-security-groups', as_='demo', offset=1))] == [
        'web']
    everybodys = made(api.get('/os-security-groups', all_tenants=1))
    assert {one['tenant_id'] for one in everybodys} == {
        PEOPLE['demo'][0], PEOPLE['admin'][0]}
    changed = made(api.put(path, {'security_group': GROUP | {'name': 'db'}}, '2.35', 'demo'))
    assert changed == mine | {'name': 'db'}
    assert made(api.get(path, as_='demo')) == changed
    assert said(api.get(path, as_='other'), 404) == f'Security group {mine["id"]} not found.'
    assert api.delete(path, as_='demo').status_code == 202
    said(api.get(path, as_='demo'), 404)
    assert said(api.get('/os-security-groups/web'), 400) == 'Security group id should be uuid'


def test_a_security_group_that_cannot_be(api):
    path = '/os-security-groups'
    default = made(api.get(path, as_='demo'))[0]
    path = f'{path}/{default["id"]}'
    assert 'exists' in said(api.post('/os-security-groups', {
        'security_group': GROUP | {'name': 'default'}}, as_='demo'), 403)
    said(api.put(path, {'security_group': GROUP}, as_='demo'), 400)
    said(api.delete(path, as_='demo'), 400)
    assert 'description' in said(api.post('/os-security-groups', {
        'security_group': {'name': 'x'}}, as_='demo'), 400)
    assert 'name' in said(api.post('/os-security-groups', {
        'security_group': GROUP | {'name': 'x' * 256}}, as_='demo'), 400)
    said(api.post('/os-security-groups', {'security_group': GROUP}, as_='guest'), 403)


def test_rules_let_addresses_in(api):
    mine = group(api)
    what = {'ip_protocol': 'tcp', 'from_port': 22, 'to_port': '22'}
    given = made(rule(api, parent_group_id=mine['id'], cidr='10.0.0.0/24', **what))
    assert given == {'id': given['id'], 'parent_group_id': mine['id'], 'ip_protocol': 'tcp',
                     'from_port': 22, 'to_port': 22, 'group': {},
                     'ip_range': {'cidr': '10.0.0.0/24'}}
    assert made(api.get(f'/os-security-groups/{mine["id"]}', as_='demo'))['rules'] == [given]
    assert 'already exists' in said(
        rule(api, parent_group_id=mine['id'], cidr='10.0.0.0/24', **what), 400)
    path = f'/os-security-group-rules/{given["id"]}'
    said(api.delete(path, as_='other'), 404)
    assert api.delete(path, as_='demo').status_code == 202
    said(api.delete(path, as_='demo'), 404)
    said(api.delete('/os-security-group-rules/1', as_='demo'), 400)


def test_rules_let_the_members_of_a_group_in(api):
    mine, theirs = group(api), group(api, name='db')
    given = made(rule(api, parent_group_id=mine['id'], group_id=theirs['id'], ip_protocol='UDP'))
    assert given['group'] == {'name': 'db', 'tenant_id': PEOPLE['demo'][0]}
    assert (given['ip_protocol'], given['from_port'], given['to_port'], given['ip_range']) == (
        'udp', 1, 65535, {})
    pings = made(rule(api, parent_group_id=mine['id'], group_id=theirs['id'], ip_protocol='icmp'))
    assert (pings['from_port'], pings['to_port']) == (-1, -1)
    said(rule(api, parent_group_id=mine['id'], group_id=NOBODY), 404)


@pytest.mark.parametrize('wrong, why', [
    ({}, 'Not enough parameters'),
    ({'ip_protocol': 'tcp', 'from_port': 2, 'to_port': 1}, '2:1. Former value'),
    ({'ip_protocol': 'udp', 'from_port': 0, 'to_port': 1}, 'between 1-65535'),
    ({'ip_protocol': 'icmp', 'from_port': 256, 'to_port': 0}, 'type:code'),
    ({'ip_protocol': 'gre', 'from_port': 1, 'to_port': 1}, 'Invalid IP protocol gre.'),
    ({'ip_protocol': 'tcp', 'from_port': 'x', 'to_port': 1}, 'from_port'),
    ({'ip_protocol': 'tcp', 'from_port': 1, 'to_port': 1, 'cidr': 'x'}, 'x is not a valid IP'),
    ({'ip_protocol': 'tcp', 'from_port': 1, 'to_port': 1, 'cidr': '1.2.3.4/0'}, 'Bad prefix')])
def test_a_rule_that_cannot_be(api, wrong, why):
    assert why in said(rule(api, parent_group_id=group(api)['id'], **wrong), 400)


def test_rules_are_for_groups_there_are(api):
    said(rule(api, parent_group_id='web'), 400)
    said(rule(api, parent_group_id=NOBODY), 404)
    said(rule(api, parent_group_id=made(api.post('/os-security-groups', {
        'security_group': GROUP}))['id']), 404)


def test_they_end_with_2_35(api):
    for path in ('/os-networks', '/os-tenant-networks', '/os-floating-ip-pools',
                 '/os-floating-ips', '/os-security-groups'):
        assert api.get(path, '2.35').status_code == 200
        said(api.get(f'{path}', '2.36'), 404)
    said(api.post('/os-security-group-rules', {}, '2.36'), 404)
    said(api.delete(f'/os-security-group-rules/{NOBODY}', '2.36'), 404)


def test_networks_that_are_kept_elsewhere_are_not_shown(api):
    api.conf.set_override('enabled', ['identity'], 'neighbours')
    for path in ('/os-networks', '/os-tenant-networks', '/os-floating-ip-pools',
                 '/os-floating-ips', '/os-security-groups'):
        assert 'elsewhere' in said(api.get(path), 404)
