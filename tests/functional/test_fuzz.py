"""Every field of every request with values it was not made for: refused by its name, or taken."""

import json
import random

import pytest

from novalite.api import answers
from novalite.api import microversion
from novalite.api import openapi
from novalite.api import routes
from novalite.api import schema
from tests import conformance
from tests.functional import population

NOBODY = '00000000-0000-4000-8000-000000000000'
DEEP = json.loads('[' * 40 + ']' * 40)
#: What a body's field is given.
VALUES = [None, True, -1, 1.5, 10 ** 30, '', ' ', 'x' * 256, 'y' * 20000, 'é\u202e\U0001f600',
          'a\nb', 'nul\0', '\ud800', '%s{0}\'";--', [], [None], {}, {'': {}}, {'deep': DEEP}, DEEP]
#: What a parameter is given: always text.
WORDS = ['', ' ', '-1', '0', '1e9', '9' * 30, 'x' * 300, 'é\u202e\U0001f600', 'nul\0', '[',
         '(a+)+$', 'null', 'true', '%s{0}\'";--', NOBODY]
#: Good values, where what is fuzzed beside them would not even be looked at without.
GOOD = {'flavorRef': '42', 'networks': 'none', 'name': 'fuzz', 'host': 'cloud-compute-1'}


def _operations():
    """(method, path, verb or None) -> handler or verb, of all that takes a body or a query."""
    for path, handlers in routes.ROUTES.items():
        for method, handler in handlers.items():
            if conformance.ALIAS in path:
                continue        # it takes what servers take
            if hasattr(handler, 'query') or hasattr(handler, 'accepts'):
                yield (method, path, None), handler
            for name, verb in getattr(handler, 'verbs', {}).items():
                if verb.fields:
                    yield (method, path, name), verb


OPERATIONS = list(_operations())


@pytest.fixture(scope='module')
def asked():
    with population.populated() as found:
        yield found


def _versions(operation, declared):
    """The newest version of the operation, and those that are the last to have some field."""
    (_, path, verb) = operation
    since, until = ((declared.since, declared.until) if verb else openapi.between(declared))
    untils = {until}
    if verb:
        untils |= {field.until for field in declared.fields}
    else:
        untils |= {field.until for field in getattr(declared, 'accepts', (0, ()))[1]}
        untils |= {field.until for field in getattr(declared, 'query', ((),))[0]}
    return sorted((one for one in untils if since <= one <= until), reverse=True)


def _body(operation, declared, version):
    if operation[2]:
        whole = openapi.verb_schema(operation[2], declared, version)
        return whole
    if not hasattr(declared, 'accepts'):
        return None
    root, fields, beside, extra = declared.accepts
    return schema.body_schema(root, fields, version, beside, extra)


def _example(shape, name=None):
    """A small value of a schema."""
    if 'enum' in shape:
        return shape['enum'][0]
    if name in GOOD:
        return GOOD[name]
    for key in ('oneOf', 'anyOf'):
        if key in shape:
            rest = {word: value for word, value in shape.items() if word != key}
            return _example(rest | next(one for one in shape[key] if one.get('type') != 'null'))
    kinds = shape.get('type', 'string')
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == 'object':
        return {key: _example(one, key) for key, one in shape.get('properties', {}).items()
                if key in shape.get('required', ())}
    if kind == 'array':
        return [_example(shape['items'])] * shape.get('minItems', 0)
    if kind in ('integer', 'number', 'boolean', 'null'):
        return {'integer': 1, 'number': 1, 'boolean': True, 'null': None}[kind]
    text = {'uuid': NOBODY, 'ipv4': '10.0.0.9', 'ipv6': 'fd00::9', 'base64': 'aGVsbG8='}
    return text.get(shape.get('format'), 'x')


def _leaves(shape, path=()):
    """(path, schema) of every key there is in a body, however deep, and of items of lists."""
    for key in ('oneOf', 'anyOf'):
        for one in shape.get(key, ()):
            yield from _leaves(one, path)
    for name, one in shape.get('properties', {}).items():
        yield (*path, name), one
        yield from _leaves(one, (*path, name))
    if isinstance(shape.get('items'), dict) and path:
        yield (*path, 0), shape['items']
        yield from _leaves(shape['items'], (*path, 0))
    for one in shape.get('patternProperties', {}).values():
        yield (*path, 'key'), one


def _with(shape, body, path, value):
    """A good body, but for what is at the path."""
    if not path:
        return value
    name, *rest = path
    for key in ('oneOf', 'anyOf'):
        if key in shape:
            shape = next(one for one in shape[key] if (
                'items' in one if name == 0 else name in one.get('properties', ())
                or 'patternProperties' in one))
    if name == 0:
        inner = shape['items']
        return [_with(inner, _example(inner), rest, value)]
    inner = shape.get('properties', {}).get(name, {})
    old = body if isinstance(body, dict) else _example(shape)
    return {**old, name: _with(inner, old.get(name, _example(inner) if rest else None),
                               rest, value)}


def _luck(operation, path, values):
    """Some of the values, others for each field, and text at random: always the same."""
    chance = random.Random(f'{operation}{path}')
    some = chance.sample(values, 6)
    return [*some, ''.join(map(chr, chance.choices(range(1, 0xd7ff), k=8)))]


class Asker:
    """Asks one operation, and says what is wrong with the answers."""

    def __init__(self, cloud, things, operation, declared):
        self._cloud, self._operation, self._declared = cloud, operation, declared
        method, path, verb = operation
        self._method = method
        self._path = path.removeprefix('/v2.1')
        for name, found in population.of(path, things).items():
            self._path = self._path.replace(f'{{{name}}}', found[0])
        handler = routes.ROUTES[path][method]
        self._known = {*answers.failures(path, handler), *(
            declared.returns.fails), *declared.returns.codes.values(), *declared.returns.also}
        self.wrong = []

    def calm(self):
        """Have the server take more: what was asked of it before may have put it to rest."""
        if self._path.startswith('/servers/'):
            self._cloud.ask(self._path.split('/')[2], 'os-resetState', {'state': 'active'},
                            who='admin')

    def ask(self, version, names, bad, body=None, query=None):
        answer = self._cloud.request(
            self._method, self._path, body, who='admin', version=version, params=query)
        said = answer.text if answer.status_code >= 400 else ''
        told = f'{version} {self._operation} {names}: {body or query!r:.300} -> {said[:500]}'
        if answer.status_code not in self._known:
            self.wrong.append(f'{answer.status_code} is not documented: {told}')
        elif bad and answer.status_code < 400:
            self.wrong.append(f'taken: {told}')
        elif bad and answer.status_code == 400 and not any(
                str(name) in answer.json()['badRequest']['message'] for name in names):
            self.wrong.append(f'not named: {told}')


@pytest.mark.parametrize(('operation', 'declared'), OPERATIONS,
                         ids=[' '.join(filter(None, one)) for one, _ in OPERATIONS])
def test_a_field_takes_what_it_declares_and_names_what_it_does_not(asked, operation, declared):
    asker = Asker(*asked, operation, declared)
    seen = set()
    for version in _versions(operation, declared):
        body = _body(operation, declared, version)
        for path, shape in _leaves(body) if body else ():
            if (path, str(shape)) in seen:
                continue
            seen.add((path, str(shape)))
            asker.calm()
            for value in _luck(operation, path, VALUES):
                # Nova calls what is in a list by its number.
                inside = value if isinstance(value, dict) else ['field/attribute 0']
                asker.ask(version, [*path, *inside], schema.checker(shape).complaint(value),
                          _with(body, _example(body), path, value))
        fields = getattr(declared, 'query', ((),))[0]
        for field in schema.fields_at(fields, version):
            if (field.name, str(field.schema)) in seen:
                continue
            seen.add((field.name, str(field.schema)))
            for value in _luck(operation, field.name, WORDS):
                asker.ask(version, [field.name], schema.checker(field.schema).complaint(value),
                          query={field.name: value})
    assert not asker.wrong, '\n'.join(asker.wrong)[:8000]


def test_no_version_is_left_out():
    assert {version for one in OPERATIONS for version in _versions(*one)} <= set(
        microversion.VERSIONS)
