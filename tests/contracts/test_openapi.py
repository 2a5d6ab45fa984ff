"""The OpenAPI document: complete and valid, because it is made of the declarations."""

import json

import openapi_spec_validator
import pytest

from novalite.api import microversion
from novalite.api import openapi
from novalite.api import routes
from novalite.api.microversion import MAX, MIN, V


def described(version):
    return {(method.upper(), path) for path, methods in openapi.document(version)['paths'].items()
            for method in methods}


def test_every_route_is_in_the_document_of_each_version_that_has_it():
    for version in microversion.VERSIONS:
        there = {(method, path) for path, handlers in routes.ROUTES.items()
                 for method, handler in handlers.items()
                 if openapi.between(handler)[0] <= version <= openapi.between(handler)[1]}
        assert described(version) == there


@pytest.mark.parametrize('version', [MIN, V(2, 60), MAX], ids=str)
def test_the_document_is_valid(version):
    text = json.dumps(openapi.document(version))
    openapi_spec_validator.OpenAPIV31SpecValidator(json.loads(text)).validate()


def test_every_handler_says_what_it_is_for_and_what_it_answers():
    for version in microversion.VERSIONS:
        for path, methods in openapi.document(version)['paths'].items():
            for method, operation in methods.items():
                assert operation['summary'], (method, path)
                assert operation["responses"]


def test_a_verb_is_offered_in_its_versions_only():
    def offered(version):
        body = openapi.document(version)['paths']['/v2.1/servers/{id}/action']['post'][
            'requestBody']['content']['application/json']['schema']
        return {one['title'] for one in body['oneOf']}
    assert 'addFloatingIp' in offered(V(2, 43)) - offered(V(2, 44))
    assert 'trigger_crash_dump' in offered(V(2, 17)) - offered(V(2, 16))


def test_a_field_is_marked_with_its_versions():
    server = openapi.document(MAX)['paths']['/v2.1/servers/{id}']['get']['responses']['200'][
        'content']['application/json']['schema']['properties']['server']
    assert server['properties']['tags']['x-openstack'] == {'min-ver': '2.26'}
    assert 'OS-EXT-SRV-ATTR:host' not in server['required']
