"""What the API says of itself: the OpenAPI document, and a page that shows it."""

import functools

import falcon
import jinja2
import markupsafe

from novalite.api import microversion
from novalite.api import openapi

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader('novalite.api', 'templates'), autoescape=True,
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)

#: What limits a value, by JSON Schema's name, and how it is read.
_LIMITS = {
    'minLength': 'at least {} characters', 'maxLength': 'at most {} characters',
    'minimum': 'at least {}', 'maximum': 'at most {}', 'exclusiveMinimum': 'more than {}',
    'minItems': 'at least {} items', 'maxItems': 'at most {} items',
    'minProperties': 'at least {} keys', 'maxProperties': 'at most {} keys',
    'pattern': 'matches {}', 'contentEncoding': 'encoded as {}',
}


def add_to(app):
    """``/openapi.json`` and ``/openapi``, for everybody; ``version`` picks a microversion."""
    app.add_route('/openapi.json', _Document())
    app.add_route('/openapi', _Page())


def _asked(req):
    """Raises Invalid or NotAcceptable for a version that is none or does not exist."""
    return microversion.chosen(req.get_param('version', default='latest'))


class _Document:
    def on_get(self, req, resp):
        resp.media = openapi.document(_asked(req)) | {'servers': [{'url': req.prefix}]}


class _Page:
    def on_get(self, req, resp):
        resp.content_type = falcon.MEDIA_HTML
        resp.text = page(_asked(req))


@functools.lru_cache(maxsize=4)
def page(version):
    """The document of a version as a page that needs nothing else."""
    document = openapi.document(version)
    operations = {}
    for path, methods in document['paths'].items():
        for method, operation in methods.items():
            operations.setdefault(operation['tags'][0], []).append(
                operation | {'path': path, 'method': method.upper()})
    return _TEMPLATES.get_template('openapi.html').render(
        document=document, operations=operations, version=version,
        versions=list(microversion.VERSIONS.items())[::-1],
        resolve=functools.partial(_resolve, document), kind=_kind, limits=_limits)


def _prose(text):
    """Text with what stands between backquotes as code."""
    words = str(markupsafe.escape(text)).split('`')
    return markupsafe.Markup(''.join(
        f'<code>{word}</code>' if number % 2 else word for number, word in enumerate(words)))


_TEMPLATES.filters['prose'] = _prose


def _resolve(document, node):
    """What a ``$ref`` stands for; anything else is itself."""
    if '$ref' not in node:
        return node
    for word in node['$ref'].removeprefix('#/').split('/'):
        document = document[word]
    return document


def _kind(shape):
    """The type of a value in a few words."""
    if 'enum' in shape:
        return ' · '.join('null' if value is None else repr(value) if value == '' else str(value)
                          for value in shape['enum'])
    for key in ('oneOf', 'anyOf'):
        if key in shape and not any('properties' in one for one in shape[key]):
            return ' or '.join(_kind(one) for one in shape[key])
    types = shape.get('type', [])
    types = [types] if isinstance(types, str) else list(types)
    if 'array' in types:
        types[types.index('array')] = f'array of {_kind(shape.get("items", {}))}'
    if 'format' in shape and 'string' in types:
        types[types.index('string')] = shape['format']
    return ' or '.join(types) or ('object' if 'oneOf' in shape or 'anyOf' in shape else 'anything')


def _limits(shape):
    return [text.format(shape[name]) for name, text in _LIMITS.items() if name in shape]
