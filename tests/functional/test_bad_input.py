"""Bad input: each is refused with Nova's root and a sentence, and nothing is written."""

import copy
import json

import pytest

from tests.functional import at_rest

DEEP = '[' * 200 + ']' * 200
NOBODY = '00000000-0000-4000-8000-000000000000'
ROOTS = {400: 'badRequest', 403: 'forbidden', 404: 'itemNotFound', 405: 'badMethod',
         409: 'conflictingRequest', 413: 'overLimit', 429: 'overLimit', 415: 'badMediaType'}


@pytest.fixture(scope='module')
def image(shared_cloud):
    return next(shared_cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id


@pytest.fixture(scope='module')
def server(shared_cloud):
    """A server that nothing may happen to."""
    server = shared_cloud.boot(metadata={'a': 'b'})
    yield server
    shared_cloud.wipe()


@pytest.fixture
def unchanged(shared_cloud, server):
    def seen():
        return (at_rest.picture(shared_cloud), shared_cloud.show(server),
                shared_cloud.actions(server), shared_cloud.get('/images', version='2.35'))
    before = seen()
    yield
    assert seen() == before


def refused(answer, status):
    """The message of a refusal; 500 is never one."""
    assert answer.status_code == status, answer.text[:2000]
    ((root, fault),) = answer.json().items()
    assert root == ROOTS[status]
    assert fault['code'] == status
    assert fault['message']
    return fault['message']


BIG = 10 ** 30
#: (what is changed of a good body, what the message names)
CREATES = [
    ({'name': ''}, 'name'), ({'name': ' '}, 'name'), ({'name': ' x'}, 'name'),
    ({'name': 'x' * 256}, 'name'), ({'name': None}, 'name'), ({'name': 7}, 'name'),
    ({'name': ['x']}, 'name'), ({'name': 'a\nb'}, 'name'), ({'name': ...}, 'name'),
    ({'flavorRef': ...}, 'flavorRef'), ({'flavorRef': ''}, 'flavorRef'),
    ({'flavorRef': None}, 'flavorRef'), ({'flavorRef': {}}, 'flavorRef'),
    ({'flavorRef': True}, 'flavorRef'), ({'flavorRef': 'nobody'}, 'Flavor nobody'),
    ({'flavorRef': BIG}, 'Flavor'), ({'flavorRef': 'x' * 5000}, 'Flavor'),
    ({'imageRef': ...}, 'imageRef'), ({'imageRef': 'x'}, 'imageRef'),
    ({'imageRef': 7}, 'imageRef'), ({'imageRef': NOBODY}, 'image'),
    ({'networks': ...}, 'networks'), ({'networks': 'some'}, 'networks'),
    ({'networks': 7}, 'networks'), ({'networks': [7]}, 'networks'), ({'networks': [{}]}, ''),
    ({'networks': [{'uuid': NOBODY}]}, NOBODY), ({'networks': [{'uuid': 'x'}]}, 'network'),
    ({'networks': [{'port': NOBODY}]}, NOBODY), ({'networks': [{'port': 'x'}]}, 'x'),
    ({'networks': [{'uuid': NOBODY, 'fixed_ip': 'x'}]}, 'networks'),
    ({'networks': [{'nonsense': 1}]}, 'networks'), ({'networks': {'uuid': NOBODY}}, 'networks'),
    ({'networks': [{'port': NOBODY}], 'max_count': 2}, 'Port'),
    ({'key_name': 'nobody'}, 'key_name'), ({'key_name': ''}, 'key_name'),
    ({'key_name': 7}, 'key_name'), ({'key_name': 'x' * 256}, 'key_name'),
    ({'metadata': []}, 'metadata'), ({'metadata': {'a': 1}}, 'a'),
    ({'metadata': {'a': None}}, 'a'), ({'metadata': {'': 'b'}}, 'metadata'),
    ({'metadata': {'x' * 256: 'b'}}, 'metadata'), ({'metadata': {'a': 'x' * 256}}, 'a'),
    ({'metadata': {'a/b': 'x'}}, 'metadata'),
    ({'metadata': {'novalite:fault': 'spawn'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'fly:fail'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:explode'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:delay'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:delay=nan'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:delay=-1'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:delay=inf'}}, 'novalite:fault'),
    ({'metadata': {'novalite:fault': 'spawn:stall=1'}}, 'novalite:fault'),
    ({'user_data': 'x' * 65536}, 'user_data'), ({'user_data': 'aGVsbG8'}, 'user_data'),
    ({'user_data': 7}, 'user_data'), ({'user_data': 'é'}, 'user_data'),
    ({'min_count': 0}, 'min_count'), ({'min_count': '0'}, 'min_count'),
    ({'min_count': -1}, 'min_count'), ({'min_count': ''}, 'min_count'),
    ({'min_count': 'x'}, 'min_count'), ({'min_count': 1.5}, 'min_count'),
    ({'min_count': None}, 'min_count'), ({'max_count': '00'}, 'max_count'),
    ({'min_count': 3, 'max_count': 2}, 'min_count'), ({'max_count': True}, 'max_count'),
    ({'availability_zone': 'nowhere'}, 'availability zone'),
    ({'availability_zone': 7}, 'availability_zone'),
    ({'config_drive': 'maybe'}, 'config_drive'), ({'config_drive': 2}, 'config_drive'),
    ({'config_drive': []}, 'config_drive'),
    ({'security_groups': [{'name': 'nobody'}]}, 'nobody'),
    ({'security_groups': ['default']}, 'field/attribute 0'),
    ({'security_groups': 'default'}, 'security_groups'),
    ({'accessIPv4': 'x'}, 'accessIPv4'), ({'accessIPv6': '10.0.0.1'}, 'accessIPv6'),
    ({'accessIPv4': '1.2.3'}, 'accessIPv4'), ({'OS-DCF:diskConfig': 'x'}, 'OS-DCF:diskConfig'),
    ({'description': 'x' * 256}, 'description'), ({'description': 7}, 'description'),
    ({'hostname': '/x'}, 'hostname'), ({'hostname': 'x' * 256}, 'hostname'),
    ({'block_device_mapping_v2': [{'source_type': 'volume'}]}, ''),
    ({'block_device_mapping_v2': [{'uuid': NOBODY, 'source_type': 'image',
                                   'destination_type': 'local'}]}, 'image to local'),
    ({'nonsense': 1}, 'nonsense'),
    ({'metadata': {'a': 'nul\0'}}, 'u0000'), ({'description': '\ud800'}, 'surrogate'),
    ({'description': '\udc00\ud800'}, 'surrogate'), ({'name': 'x\0'}, 'u0000'),
    ({'metadata': json.loads(DEEP)}, 'nested'), ({'nonsense': json.loads(DEEP)}, 'nested'),
]


def named(changes):
    return '+'.join(f'{name}={str(value)[:24]}' for name, value in changes.items())


@pytest.mark.parametrize(('changes', 'says'), CREATES, ids=[named(c) for c, _ in CREATES])
def test_a_server_that_cannot_be_is_refused(shared_cloud, image, changes, says):
    body = {'name': 'x', 'flavorRef': '42', 'imageRef': image, 'networks': 'none'} | changes
    body = {name: value for name, value in body.items() if value is not ...}
    before = at_rest.picture(shared_cloud)
    answer = shared_cloud.request('POST', '/servers', {'server': copy.deepcopy(body)})
    assert says in refused(answer, 400)
    assert at_rest.picture(shared_cloud) == before


@pytest.mark.parametrize('version', ['2.1', 'latest'])
@pytest.mark.parametrize('body', [
    b'', b'x', b'{', b'[]', b'7', b'null', b'"server"', b'{}', b'{"server": null}',
    b'{"server": []}', b'{"server": 7}', b'{"servers": {}}', b'{"server": {}, "more": 1}',
    b'{"server": {"name": NaN}}', b'{"server": {"name": Infinity}}', b'\xff\xfe', b'\x00',
    b'{"server": {"name": "\xff"}}', b'{"server": {"description": "\xed\xa0\x80"}}',
    b'{"server": {"name": "\x01"}}', '{"server": {"name": "x"}}'.encode('utf-16'),
    b'{"server": {"flavorRef": ' + b'9' * 5000 + b'}}', b'[' * 50000,
    b'{"a":' * 900 + b'1' + b'}' * 900, b'{"server": ' + b'[' * 900 + b']' * 900 + b'}',
    b'\xef\xbb\xbf{}', b'{"server": {"name": 1e999}}',
], ids=lambda body: repr(body[:30]))
def test_a_body_that_is_none_is_refused(shared_cloud, body, version):
    headers = {'Content-Type': 'application/json'}
    refused(shared_cloud.request(
        'POST', '/servers', data=body, headers=headers, version=version), 400)


def test_text_that_only_looks_unkeepable_is_kept(shared_cloud, server):
    for text in ('\\u0000', '\\ud800', '\U0001f600', '\\\\u0000', 'é' * 100):
        answer = shared_cloud.request(
            'PUT', f'/servers/{server}', {'server': {'description': text}})
        assert answer.status_code == 200, answer.text
        assert answer.json()['server']['description'] == text
    shared_cloud.request('PUT', f'/servers/{server}', {'server': {'description': None}})


def test_a_body_that_is_too_large_is_a_413(shared_cloud, unchanged):
    limit = shared_cloud.conf.api.max_request_body_size
    headers = {'Content-Type': 'application/json'}
    for body in (b' ' * (limit + 1), iter([b' ' * 60000] * 4)):     # the second has no length
        answer = shared_cloud.request('POST', '/servers', data=body, headers=headers)
        assert str(limit) in refused(answer, 413)
        assert 'Retry-After' in answer.headers


@pytest.mark.parametrize('kind', ['text/plain', 'application/xml', 'x'])
def test_another_media_type_is_a_415(shared_cloud, unchanged, kind):
    refused(shared_cloud.request(
        'POST', '/servers', data=b'{}', headers={'Content-Type': kind}), 415)


ACTIONS = [
    {}, {'nonsense': None}, {'os-stop': None, 'os-start': None}, {'reboot': None},
    {'reboot': {}}, {'reboot': {'type': 'soft '}}, {'reboot': {'type': 7}}, {'reboot': []},
    {'reboot': {'type': 'SOFT', 'more': 1}}, {'reboot.hard': None}, {'create': None},
    {'delete': None}, {'': None}, {'resize': None}, {'resize': {}},
    {'resize': {'flavorRef': 'nobody'}}, {'resize': {'flavorRef': ''}},
    {'resize': {'flavorRef': []}}, {'resize': {'flavorRef': '42'}},
    {'resize': {'flavorRef': '1', 'OS-DCF:diskConfig': 'x'}},
    {'resize': {'flavorRef': BIG}}, {'createImage': None}, {'createImage': {}},
    {'createImage': {'name': ''}}, {'createImage': {'name': 'x' * 256}},
    {'createImage': {'name': 'x', 'metadata': {'a': 1}}},
    {'createImage': {'name': 'x', 'metadata': {'x' * 256: 'a'}}},
    {'createImage': {'name': 'x', 'more': 1}}, {'createImage': {'name': 'a\0'}},
    {'os-stop': json.loads(DEEP)},
]


@pytest.mark.parametrize('body', ACTIONS, ids=lambda body: str(body)[:50])
def test_an_action_that_is_none_is_refused(shared_cloud, server, unchanged, body):
    refused(shared_cloud.request('POST', f'/servers/{server}/action', body), 400)


CHANGES = [
    ('/servers/{}', {'server': {'name': ''}}), ('/servers/{}', {'server': {'name': 'x' * 256}}),
    ('/servers/{}', {'server': {'name': None}}), ('/servers/{}', {'server': {'status': 'x'}}),
    ('/servers/{}', {'server': {'accessIPv4': 'x'}}), ('/servers/{}', {'server': []}),
    ('/servers/{}', {'server': {'description': 'x' * 256}}), ('/servers/{}', {}),
    ('/servers/{}', {'server': {'description': '\udfff'}}),
    ('/servers/{}', {'server': {'pinned_availability_zone': 'nowhere'}}),
    ('/servers/{}/metadata', {'metadata': {'a': 1}}), ('/servers/{}/metadata', {}),
    ('/servers/{}/metadata', {'metadata': {'novalite:fault': 'x'}}),
    ('/servers/{}/metadata', {'metadata': {'k%s' % n: 'v' for n in range(129)}}),
    ('/servers/{}/metadata/a', {'meta': {}}), ('/servers/{}/metadata/a', {'meta': {'b': 'c'}}),
    ('/servers/{}/metadata/a', {'meta': {'a': 'b', 'b': 'c'}}),
    ('/servers/{}/metadata/a', {'meta': {'a': 'x' * 256}}),
]


@pytest.mark.parametrize(('path', 'body'), CHANGES, ids=lambda value: str(value)[:50])
def test_a_change_that_cannot_be_is_refused(shared_cloud, server, unchanged, path, body):
    answer = shared_cloud.request('PUT', path.format(server), body)
    assert answer.status_code in (400, 403), answer.text
    refused(answer, answer.status_code)


QUERIES = [
    'limit=-1', 'limit=x', 'limit=1.5', 'limit=', 'limit=%00', 'limit=' + '9' * 5000,
    'limit=-' + '9' * 30, 'marker=x', f'marker={NOBODY}', 'marker=', 'marker=%00',
    'sort_key=nonsense', 'sort_key=', 'sort_key=id', 'sort_key=password', 'sort_dir=up',
    'sort_key=uuid&sort_dir=asc&sort_dir=desc', 'changes-since=x', 'changes-since=',
    'changes-before=2026-13-01T00:00:00Z', 'changes-since=0001-01-01T00:00:00%2B10:00',
    'status=nonsense', 'name=(', 'name=a{99999999999}', 'name=' + '(' * 3000 + ')' * 3000,
    'name=%00', 'name=', 'ip=(', 'ip6=[', 'locked=maybe', 'nonsense=1', 'created_at=x',
    'all_tenants=maybe', 'memory_mb=1', 'metadata=x', '_x=1',
]


@pytest.mark.parametrize('path', ['/servers', '/servers/detail'])
@pytest.mark.parametrize('query', QUERIES, ids=lambda query: query[:40])
def test_a_query_that_is_none_is_refused(shared_cloud, path, query):
    refused(shared_cloud.request('GET', f'{path}?{query}', who='admin'), 400)


@pytest.mark.parametrize('query', [
    'limit=0', 'limit=' + '9' * 30, 'sort_key=uuid&sort_key=uuid', 'name=%F0%9F%98%80',
    'power_state=x', 'power_state=' + '9' * 30, 'progress=1.5', 'deleted=maybe',
    'image=x', 'flavor=x', 'flavor=%27', 'host=x', 'ip=x', 'status=ERROR&status=ACTIVE',
    'tags=a,b', 'not-tags=a', 'vm_state=x', 'uuid=x', 'limit=%31', 'name=%ff'])
def test_a_query_that_is_odd_is_answered(shared_cloud, query):
    assert shared_cloud.request('GET', f'/servers?{query}', who='admin').status_code == 200


@pytest.mark.parametrize('name', [
    'x', NOBODY, '%00', '%ff', 'é', '%F0%9F%98%80', "'", '..%2f', 'x' * 5000, '{0}', '%25', '~'])
def test_a_server_that_is_not_there_is_a_404(shared_cloud, name):
    for method, path, body in (
            ('GET', '', None), ('DELETE', '', None), ('PUT', '', {'server': {'name': 'x'}}),
            ('POST', '/action', {'os-stop': None}), ('GET', '/os-instance-actions', None),
            ('GET', '/os-instance-actions/req-x', None), ('GET', '/metadata', None),
            ('POST', '/action', {'reboot': {'type': 'HARD'}}), ('GET', '/ips', None)):
        refused(shared_cloud.request(method, f'/servers/{name}{path}', body), 404)


@pytest.mark.parametrize(('method', 'path', 'status'), [
    ('GET', '/nowhere', 404), ('GET', '/servers/x/nowhere', 404), ('POST', '/servers/detail', 405),
    ('DELETE', '/servers', 405), ('PUT', '/servers', 405), ('PATCH', '/servers', 405),
    ('GET', '/servers/x/action', 405)])
def test_a_route_there_is_not(shared_cloud, method, path, status):
    answer = shared_cloud.request(method, path)
    refused(answer, status)
    if status == 405:
        assert answer.headers['Allow']
