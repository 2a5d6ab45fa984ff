"""The routes are those of Nova's API, each in the versions it has there; none is left out."""

import json
import pathlib
import re

import pytest

from novalite.api import routes
from novalite.api.microversion import MAX, MIN
from novalite.api.resources import extensions
from novalite.api.resources import gone
from novalite.api.resources import server_actions
from tests.contracts.operations import GONE
from tests.contracts.operations import OPERATIONS
from tests.contracts.operations import Operation

ROOT = pathlib.Path(__file__).parents[2]
_PATH = 'shared/nova-samples/api_samples/extension-info/extensions-list-resp.json'
SAMPLE = next((parent / _PATH for parent in ROOT.parents if (parent / _PATH).is_file()),
              pathlib.Path('nowhere'))

#: What is said by the path alone, or by verbs that declare themselves.
BODILESS = re.compile('/tags/{}$|^/os-volumes_boot/{}/action$')


def ours():
    """(operation, handler) of every route; a route with actions is one operation for each."""
    for path, handlers in routes.ROUTES.items():
        if not path.startswith('/v2.1/'):
            continue    # version documents, which have no version
        path = re.sub(r'{\w+}', '{}', path.removeprefix('/v2.1'))
        for method, handler in handlers.items():
            since, until = getattr(handler, 'between', (MIN, MAX))
            if handler is server_actions.act:
                for name, verb in server_actions.VERBS.items():
                    yield Operation(path, method, name, verb.since.minor,
                                    min(verb.until, until).minor), handler
                continue
            for action in actions(path, handler):
                yield Operation(path, method, action, since.minor, until.minor), handler


def actions(path, handler):
    """The names of the actions that a handler takes, one of which must be in the body."""
    if not path.endswith('/action') or not hasattr(handler, 'accepts'):
        return ['']
    return [field.name for field in handler.accepts[1]]


def test_every_operation_is_there_in_its_versions_and_no_other():
    found = {operation for operation, handler in ours()
             if handler is not gone.say and '/os-volumes_boot/{}/action' not in operation.path}
    assert OPERATIONS - found == set()
    assert found - OPERATIONS == set()


def test_what_is_gone_says_so():
    found = {operation for operation, handler in ours() if handler is gone.say}
    assert GONE - found == set()
    assert found - GONE == set()


def test_servers_that_boot_from_volumes_had_the_actions_of_all_servers():
    handler = routes.ROUTES['/v2.1/os-volumes_boot/{id}/action']['POST']
    assert handler.__wrapped__ is server_actions.act
    assert handler.between == (MIN, (2, 102))


def test_every_handler_declares_what_it_takes_and_answers():
    for operation, handler in ours():
        assert hasattr(handler, 'returns'), operation
        assert handler.__doc__, operation
        if operation.method in ('POST', 'PUT') and not operation.action \
                and handler is not gone.say and not BODILESS.search(operation.path):
            assert hasattr(handler, 'accepts'), operation


@pytest.mark.skipif(not SAMPLE.exists(), reason='Nova\'s samples are not beside the repository')
def test_the_extensions_are_novas():
    novas = json.loads(SAMPLE.read_text())['extensions']
    assert [(one[0], one[1]) for one in extensions.EXTENSIONS] == [
        (one['alias'], one['name']) for one in novas]
