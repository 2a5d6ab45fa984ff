"""Every operation at the first version of each range in which it takes and answers the same."""

import itertools

import pytest

from tests import conformance
from tests.functional import population
from tests.functional import writes

_ACTION = 'POST /v2.1/servers/{id}/action '
#: What needs more than a populated cloud has, and has tests of its own at its only range.
ELSEWHERE = {
    'GET /v2.1/servers/{id}/shares/{share_id}', 'POST /v2.1/servers/{id}/shares',
    'DELETE /v2.1/servers/{id}/shares/{share_id}',
    'DELETE /v2.1/os-assisted-volume-snapshots/{id}',
    f'{_ACTION}addFloatingIp', f'{_ACTION}removeFloatingIp',
}


@pytest.fixture(scope='module')
def asked():
    with population.populated() as (cloud, things):
        cloud.connection('admin').network.create_security_group(name='more')
        yield cloud, things


def _spans(wanted):
    """(operation, version, statuses of success) of each range of the operations wanted."""
    return [(operation, first, success)
            for (_, operation), spans in conformance.ranges().items()
            if operation not in ELSEWHERE and success_is_possible(spans) and wanted(operation)
            for first, _, success in spans]


def success_is_possible(spans):
    return min(spans[0][2]) < 400


def _ask(world, operation, names, body):
    method, path = operation.split(' ')
    path = path.removeprefix('/v2.1')
    for name, value in names.items():
        path = path.replace(f'{{{name}}}', value)
    return world.cloud.request(method, path, body, who='admin', version=str(world.version))


def test_what_reads_succeeds_in_every_range_of_versions(asked):
    cloud, things = asked
    moving = writes.World(cloud, things, conformance.microversion.MAX)
    under_way = moving.moving()
    things = {**things, 'servers': [*things['servers'], under_way['id']],
              'migrations': [under_way['migration']]}
    wrong = []
    try:
        for operation, version, success in _spans(lambda one: one.startswith('GET /v2.1/')):
            world = writes.World(cloud, things, version)
            known = population.of(operation, things)
            answers = (_ask(world, operation, dict(zip(known, names, strict=True)), None)
                       for names in itertools.product(*known.values()))
            if not any(answer.status_code in success for answer in answers):
                wrong.append(f'{version} {operation}')
    finally:
        moving.undo.pop()()
        cloud.settle(under_way['id'])
    assert not wrong, '\n'.join(wrong)


@pytest.mark.parametrize(('operation', 'version', 'success'), _spans(
    lambda one: not one.startswith(('GET', _ACTION))),
    ids=lambda one: None if isinstance(one, list) else str(one))
def test_what_writes_succeeds_in_every_range_of_versions(asked, operation, version, success):
    cloud, things = asked
    world = writes.World(cloud, things, version)
    names, body = writes.RECIPES[operation](world)
    known = {name: found[0] for name, found in population.of(operation, things).items()}
    try:
        answer = _ask(world, operation, known | names, body)
    finally:
        for undo in world.undo:
            undo()
    assert answer.status_code in success, answer.text
    if 'servers' in operation and 'id' in names and answer.status_code != 204:
        cloud.settle(names['id'])


@pytest.mark.parametrize(('verb', 'version', 'success'), [
    (operation.removeprefix(_ACTION), *more)
    for operation, *more in _spans(lambda one: one.startswith(_ACTION))],
    ids=lambda one: None if isinstance(one, list) else str(one))
def test_each_verb_succeeds_in_every_range_of_versions(asked, verb, version, success):
    world = writes.World(*asked, version)
    try:
        answer = writes.verb(world, verb)
    finally:
        for undo in world.undo:
            undo()
    assert answer.status_code in success, answer.text
