"""Who may do what: every operation, made from the routes, asked by every role there is.

The compute API stands on a cloud's database here without the identity service in front: who asks
is what a test says. A caller without any role is told which rule it lacks; whom that rule admits
by Nova's table is then let in, and nobody else is.
"""

import dataclasses
import re

import falcon.testing
import pytest

from novalite.api import app
from novalite.api import microversion
from novalite.api import policy
from novalite.api import routes
from novalite.api.resources import server_actions
from novalite.bus import conductor
from tests.contracts import rules
from tests.functional import examples

#: Roles, by who asks; the stranger has them in another project.
PEOPLE = {
    'nobody': '', 'reader': 'reader', 'member': 'member,reader',
    'manager': 'manager,member,reader', 'service': 'service', 'admin': 'admin,member,reader',
    'stranger': 'manager,member,reader'}
ADMITS = {
    policy.ANYONE: set(PEOPLE), policy.ADMIN: {'admin'}, policy.SERVICE: {'admin', 'service'},
    policy.MANAGER: {'admin', 'manager', 'stranger'},
    policy.MEMBER: {'admin', 'manager', 'member', 'stranger'},
    policy.READER: {'admin', 'manager', 'member', 'reader', 'stranger'}, policy.NOBODY: set(),
}
#: What is of a server, and what is of the project that the path names.
_OF_SERVER = '/v2.1/servers/{id}'
_OF_PROJECT = ('/v2.1/os-quota-sets/{id}', '/v2.1/os-simple-tenant-usage/{id}')
_CHECKS = {policy.named(name): check for check, names in rules.NOVAS.items()
           for name in names.split()}


@dataclasses.dataclass(frozen=True)
class Operation:
    method: str
    path: str
    version: str
    body: dict | None = None
    name: str = ''

    def __str__(self):
        return f'{self.method} {self.path.removeprefix("/v2.1")} {self.name}'.strip()


def _body(handler, version):
    if not hasattr(handler, 'accepts'):
        return None
    root, fields, beside, _ = handler.accepts
    inner = examples.body(fields, version)
    if root is None:
        # Where nothing is required, one of several actions is asked for.
        return inner or {field.name: examples.value(field.schema) for field in fields[:1]}
    return {root: inner} | examples.body(beside, version)


def operations():
    for path, methods in routes.ROUTES.items():
        for method, handler in methods.items():
            since, until = getattr(handler, 'between', (microversion.MIN, microversion.MAX))
            if not path.startswith('/v2.1/') or handler.__module__.endswith('gone'):
                continue
            if path == '/v2.1/servers/{id}/action':
                for name, verb in server_actions.VERBS.items():
                    last = min(verb.until, microversion.MAX)
                    value = examples.body(verb.fields or (), last)
                    yield Operation(method, path, str(last),
                                    {name: None if verb.bare else value}, name)
            else:
                yield Operation(method, path, str(until), _body(handler, until))


class Door:
    """The API, to be asked in the name of anybody."""

    def __init__(self, cloud, server):
        self._client = falcon.testing.TestClient(app.make(
            cloud.conf, cloud.services.db,
            conductor.Conductor(cloud.services.bus, cloud.runtime), cloud.runtime,
            cloud.services.notifier))
        self._project = cloud.show(server)['tenant_id']
        self.server = server

    def ask(self, operation, who):
        path = operation.path
        for of, id in ((_OF_SERVER, self.server), *((of, self._project) for of in _OF_PROJECT)):
            if path.startswith(of):
                path = path.replace('{id}', id, 1)
        path = re.sub(r'\{[^}]*\}', examples.UUID, path)
        return self._client.simulate_request(
            operation.method, path, json=operation.body, headers={
                'OpenStack-API-Version': f'compute {operation.version}',
                'X-Identity-Status': 'Confirmed', 'X-Roles': PEOPLE[who], 'X-User-Id': 'u',
                'X-Project-Id': 'f' * 32 if who == 'stranger' else self._project})


@pytest.fixture(scope='module')
def door(shared_cloud):
    server = shared_cloud.boot()
    # What asks for more than to look finds it locked, unless an administrator asks.
    shared_cloud.ask(server, 'lock', who='admin')
    yield Door(shared_cloud, server)
    shared_cloud.wipe()


def _rule(answer):
    found = re.search(r"Policy doesn't allow (\S+) to be performed", answer.text)
    return found and found.group(1)


@pytest.mark.parametrize('operation', list(operations()), ids=str)
def test_whom_the_rule_admits_is_let_in_and_nobody_else(door, operation):
    answer = door.ask(operation, 'nobody')
    assert answer.status_code < 500, answer.text
    rule = _rule(answer)
    if rule is None:
        return      # everybody may, or it is not there to be forbidden
    admitted = ADMITS.get(_CHECKS[rule], set(PEOPLE))
    for who in PEOPLE:
        if who == 'admin' and operation.method != 'GET':
            continue    # they would do it
        answer = door.ask(operation, who)
        own = who != 'stranger' or not operation.path.startswith(_OF_PROJECT)
        if who == 'stranger' and operation.path.startswith(_OF_SERVER):
            assert answer.status_code == 404, answer.text
        elif who in admitted and own:
            assert _rule(answer) != rule, (who, answer.text)
        else:
            assert answer.status_code == 403, (who, answer.text)
            assert _rule(answer) == rule
