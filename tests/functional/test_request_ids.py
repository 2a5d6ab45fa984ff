"""Request ids: on every answer, in every process, in every log line."""

import logging
import re

from oslo_context import context as oslo_context
import pytest
import requests

LOCAL, NOVAS = 'X-Openstack-Request-Id', 'X-Compute-Request-Id'
RANDOM = '7d3fb0c5-2b9e-4f0a-9a1e-3c2f6b1d8e47'
FORM = re.compile(r'req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')


@pytest.mark.parametrize(('method', 'path', 'status'), [
    ('GET', '/servers', 200), ('GET', '/flavors/42', 200), ('GET', '', 200),
    ('GET', '/servers/nobody', 404), ('GET', '/nowhere', 404), ('GET', '/no/where/at/all', 404),
    ('PATCH', '/servers', 405), ('POST', '/servers', 400), ('GET', '/servers?limit=x', 400),
    ('GET', '/servers?all_tenants=1', 403), ('GET', f'/{"e" * 32}/servers', 400)])
def test_every_answer_has_its_own_request_id_in_both_headers(cloud, method, path, status):
    answers = [cloud.request(method, path) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == status
        assert FORM.match(answer.headers[LOCAL])
        assert answer.headers[NOVAS] == answer.headers[LOCAL]
    assert answers[0].headers[LOCAL] != answers[1].headers[LOCAL]


@pytest.mark.parametrize(('headers', 'status'), [
    ({}, 401), ({'X-Auth-Token': 'nobody'}, 401),
    ({'OpenStack-API-Version': 'compute 9.9'}, 406),
    ({'OpenStack-API-Version': 'compute x'}, 400)])
def test_who_is_not_let_in_gets_one_too(cloud, headers, status):
    answer = requests.get(f'{cloud.url}/compute/v2.1/servers', headers=headers, timeout=30)
    assert answer.status_code == status
    assert FORM.match(answer.headers[LOCAL])
    assert answer.headers[NOVAS] == answer.headers[LOCAL]


class Lines(logging.Handler):
    """What is logged, each line with the ids that oslo.log would write beside it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        context = oslo_context.get_current()
        ids = context and (context.request_id, context.global_request_id)
        self.lines.append((record.name, record.getMessage(), ids))

    def under(self, request_id):
        return {name for name, _, ids in self.lines if ids and ids[0] == request_id}


@pytest.fixture
def lines():
    lines, logger = Lines(), logging.getLogger('novalite')
    level = logger.level
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    yield lines
    logger.setLevel(level)
    logger.removeHandler(lines)


def test_the_id_of_a_request_is_on_its_action_and_on_the_lines_of_every_daemon(cloud, lines):
    answer = cloud.create(fault='spawn:fail')
    request_id = answer.headers[LOCAL]
    server = cloud.settle(answer.json()['server']['id'])
    (action,) = cloud.get(f'/servers/{server}/os-instance-actions')['instanceActions']
    assert action['request_id'] == request_id
    assert lines.under(request_id) >= {
        'novalite.api.app', 'novalite.faults.inject', 'novalite.servers.recording'}


def ids_of(cloud, lines, sent, version):
    """The global ids in the lines of a failed create, and who wrote these lines."""
    answer = post(cloud, sent, version)
    assert answer.status_code == 202, answer.text
    assert answer.headers[LOCAL] != sent
    cloud.settle(answer.json()['server']['id'])
    written = [(name, ids[1]) for name, _, ids in lines.lines
               if ids and ids[0] == answer.headers[LOCAL]]
    return {global_id for _, global_id in written}, {name for name, _ in written}


def post(cloud, sent, version):
    image = next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id
    body = {'name': 'x', 'flavorRef': '42', 'imageRef': image,
            'metadata': {'novalite:fault': 'spawn:fail'}}
    if version != '2.1':
        body['networks'] = 'none'
    return cloud.request('POST', '/servers', {'server': body}, version=version,
                         headers={LOCAL: sent})


@pytest.mark.parametrize('version', ['2.46', 'latest'])
def test_an_inbound_id_is_the_global_one_in_every_daemon(cloud, lines, version):
    sent = f'req-{RANDOM}'
    found, loggers = ids_of(cloud, lines, sent, version)
    assert found == {sent}
    assert loggers >= {'novalite.api.app', 'novalite.servers.recording'}


@pytest.mark.parametrize(('sent', 'version'), [
    (f'req-{RANDOM}', '2.45'), (f'req-{RANDOM}', '2.1'), (RANDOM, 'latest'), ('req-1', 'latest'),
    ('x' * 4000, 'latest'), (f'req-{RANDOM}x', 'latest'),
    (f'req-{RANDOM.replace("-", "")}', 'latest'),
    # A UUID, and not a random one.
    ('req-b018dcee-e786-11f1-906e-02fc00000001', 'latest')])
def test_what_is_no_inbound_id_is_ignored(cloud, lines, sent, version):
    found, _ = ids_of(cloud, lines, sent, version)
    assert found == {None}
