"""The OpenAPI document of a microversion, made of what the handlers declare."""

import functools
import re
import sys

import novalite
from novalite.api import answers
from novalite.api import faults
from novalite.api import microversion
from novalite.api import routes
from novalite.api import schema

#: What a status of failure means, where more can be said than its name.
_FAILURES = {
    400: 'The request is malformed; the message names the field.',
    401: 'There is no token, or it is not good any more.',
    403: 'Policy or a quota does not allow it.',
    404: 'There is no such thing, or not for the caller, or not in this version.',
    406: 'There is no such version.',
    409: 'The state of the thing does not allow it, or there is one already.',
    410: 'This was there once.',
    413: 'The body is too large.',
    415: 'The body is not JSON.',
    429: 'The project asks for too much at once; see Retry-After.',
    500: 'It failed; the request id leads to why.',
    501: 'This deployment cannot do that.',
    503: 'The database or the identity service does not answer.',
}

_SUCCESSES = {200: 'Done.', 201: 'Made.', 202: 'Accepted: it is done in the background.',
              204: 'Done; there is nothing to show.', 207: 'Some of it is done.'}

#: JSON Schema's regular expressions know no \Z; in them $ is the very end.
_END = re.compile(r'\\Z')


@functools.lru_cache(maxsize=8)
def document(version):
    """The document as a dict, without ``servers``; it is shared, so do not change it."""
    paths, modules = {}, {}
    for path, handlers in routes.ROUTES.items():
        for method, handler in handlers.items():
            since, until = between(handler)
            if since <= version <= until:
                modules[handler.__module__] = None
                paths.setdefault(path, {})[method.lower()] = _operation(
                    method, path, handler, version)
    return {
        'openapi': '3.1.0',
        'info': {
            'title': 'OpenStack Compute API, as novalite serves it',
            'version': str(version),
            'summary': f'Microversion {version}: {microversion.VERSIONS[version]}',
            'description': _INTRODUCTION.format(
                version=version, minimum=microversion.MIN, maximum=microversion.MAX),
            'license': {'name': 'Apache-2.0', 'identifier': 'Apache-2.0'},
            'x-novalite': novalite.__version__,
        },
        'tags': [{'name': _tag(name), 'description': sys.modules[name].__doc__.splitlines()[0]}
                 for name in modules],
        'security': [{'token': []}],
        'paths': paths,
        'components': {
            'securitySchemes': {'token': {
                'type': 'apiKey', 'in': 'header', 'name': 'X-Auth-Token',
                'description': 'A token of the identity service.'}},
            'parameters': {'version': {
                'name': 'OpenStack-API-Version', 'in': 'header',
                'required': version > microversion.MIN,
                'description': f'Without it, the version is {microversion.MIN}.',
                'schema': {'type': 'string', 'enum': [f'compute {version}']}}},
            'schemas': {'Fault': _FAULT},
            'responses': {str(code): _failure(code) for code in _FAILURES},
            'headers': _HEADERS,
        },
    }


_INTRODUCTION = """\
What can be asked at microversion {version} of {minimum} to {maximum}, and what is answered. This
document is made of the declarations that requests and answers are held against.

After `/v2.1` a path may name the project: `/v2.1/PROJECT/servers`. What is marked with
`x-openstack` is not there in every version (`min-ver`, `max-ver`) or not for everybody
(`policy`)."""

_FAULT = {
    'type': 'object',
    'description': 'A failure; its one key goes with the status.',
    'minProperties': 1, 'maxProperties': 1, 'additionalProperties': False,
    'properties': {root: {
        'type': 'object', 'required': ['code', 'message'],
        'properties': {'code': {'type': 'integer'}, 'message': {'type': 'string'}}}
        for root in sorted({*faults.ROOTS.values(), 'computeFault'})},
}

_HEADERS = {
    'X-OpenStack-Request-ID': {
        'description': 'Under which the log and the trace tell what was done.',
        'schema': {'type': 'string', 'pattern': '^req-'}},
    'OpenStack-API-Version': {
        'description': 'The version that was served.', 'schema': {'type': 'string'}},
}


def between(handler):
    """The first and the last version of a handler."""
    return getattr(handler, 'between', (microversion.MIN, microversion.MAX))


def _tag(module):
    return module.rpartition('.')[2].replace('_', ' ')


def _operation(method, path, handler, version):
    public = not path.startswith('/v2.1/')
    summary, _, more = _told(handler)
    operation = {
        'operationId': _id(method, path), 'tags': [_tag(handler.__module__)],
        'summary': summary, **({'description': more} if more else {}),
        **schema.marked(*between(handler)),
        'parameters': [] if public else [{'$ref': '#/components/parameters/version'}],
        'responses': _responses(path, handler, version, public),
    }
    if public:
        operation['security'] = []
    for name in re.findall('{(.*?)}', path):
        operation['parameters'].append({
            'name': name, 'in': 'path', 'required': True,
            'schema': {'type': 'string', 'minLength': 1}})
    fields, _ = schema.query_of(handler, method)
    operation['parameters'] += [_parameter(field, version)
                                for field in schema.fields_at(fields, version)]
    body = _request(handler, version)
    if body is not None:
        operation['requestBody'] = {
            'required': True, 'content': {'application/json': {'schema': body}}}
    return operation


def _told(handler):
    """The contract that a handler's docstring states: in short, and the rest of it."""
    text = ' '.join((handler.__doc__ or '').split())
    _, _, contract = text.partition(': ')
    return contract.partition('; ')


def _id(method, path):
    words = re.sub(r'[^A-Za-z0-9]+', ' ', path.removeprefix('/v2.1/')).split() or ['versions']
    return '_'.join((method.lower(), *words))


def _parameter(field, version):
    shape = _published(field.property(version))
    marks = {'x-openstack': shape.pop('x-openstack')} if 'x-openstack' in shape else {}
    return {'name': field.name, 'in': 'query', **marks,
            'schema': schema.array(shape) if field.many else shape}


def _request(handler, version):
    if hasattr(handler, 'verbs'):
        return {'oneOf': [_published(verb_schema(name, verb, version))
                          for name, verb in handler.verbs.items()
                          if verb.since <= version <= verb.until]}
    if not hasattr(handler, 'accepts'):
        return None
    root, fields, beside, extra = handler.accepts
    return _published(schema.body_schema(root, fields, version, beside, extra))


def verb_schema(name, verb, version):
    """The JSON schema of a body that asks for a verb."""
    ignored = verb.fields is None or version < verb.fields_since
    shape = {} if ignored else schema.object_schema(verb.fields, version)
    if verb.bare:
        shape = schema.NULL
    if verb.or_null and not ignored:
        shape = {'oneOf': [shape, schema.NULL]}
    return {'type': 'object', 'title': name, 'description': verb_purpose(verb),
            'properties': {name: shape}, 'required': [name], 'additionalProperties': False,
            **schema.marked(verb.since, verb.until, verb.rule)}


@functools.cache
def _purposes():
    return {rule.name: rule.description for module in routes.RESOURCES for rule in module.RULES}


def verb_purpose(verb):
    """What a verb is for, as its policy rule says it."""
    return _purposes()[f'os_compute_api:{verb.rule}'] if verb.rule else _FAILURES[410]


def _responses(path, handler, version, public):
    declared = [handler.returns]
    if hasattr(handler, 'verbs'):
        declared = [verb.returns for verb in handler.verbs.values()
                    if verb.since <= version <= verb.until]
    bodies, failures = {}, set(answers.failures(path, handler))
    for returns in declared:
        failures.update(returns.fails)
        for status in returns.statuses(version):
            if status >= 400:
                failures.add(status)        # there is no other answer
                continue
            body = returns.body(version)
            if body not in bodies.setdefault(status, []):
                bodies[status].append(body)
    responses = {str(status): _success(status, bodies[status]) for status in sorted(bodies)}
    for status in sorted(failures):
        responses[str(status)] = {'$ref': f'#/components/responses/{status}'}
    return responses


def _success(status, bodies):
    response = {'description': _SUCCESSES[status], 'headers': _shown_headers()}
    shapes = [_published(body) for body in bodies if body is not None]
    if shapes:
        response['content'] = {'application/json': {
            'schema': shapes[0] if len(shapes) == 1 else {'anyOf': shapes}}}
    return response


def _shown_headers():
    return {name: {'$ref': f'#/components/headers/{name}'} for name in _HEADERS}


def _failure(code):
    return {'description': _FAILURES[code], 'headers': _shown_headers(),
            'content': {'application/json': {'schema': {'$ref': '#/components/schemas/Fault'}}}}


def _published(shape):
    """A schema as others understand it: without what is Python's, or ours alone."""
    if isinstance(shape, list):
        return [_published(value) for value in shape]
    if not isinstance(shape, dict):
        return shape
    shape = {key: _published(value) for key, value in shape.items()}
    if isinstance(shape.get('pattern'), str):
        shape['pattern'] = _END.sub('$', shape['pattern'])
    if isinstance(shape.get('patternProperties'), dict):
        shape['patternProperties'] = {
            _END.sub('$', pattern): value for pattern, value in shape['patternProperties'].items()}
    if shape.get('format') == 'base64':
        del shape['format']
        shape['contentEncoding'] = 'base64'
    return shape
