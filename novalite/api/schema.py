"""Request bodies, query parameters and views, declared once, by microversion.

A ``Field`` is one key: its JSON schema, where a view takes it from, and the
versions it is there in. Request checks, views and response schemas are all made
from the same lists.
"""

import base64
import binascii
from collections.abc import Callable
import dataclasses
import functools
import json
import re
import unicodedata

import fastjsonschema
import jsonschema
from oslo_utils import netutils
from oslo_utils import strutils
from oslo_utils import timeutils
from oslo_utils import uuidutils
import regex

from novalite import errors
from novalite.api.microversion import MAX, MIN, V

#: Nova's booleans: JSON's own, and what clients have been sending instead.
_TRUE = [True, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes']
_FALSE = [False, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no']

STRING = {'type': 'string'}
STRING_OR_NULL = {'type': ['string', 'null']}
TEXT = {'type': 'string', 'maxLength': 255}
TEXT_OR_NULL = {'type': ['string', 'null'], 'maxLength': 255}
#: What somebody says of a thing: printable, and it may have several lines.
DESCRIPTION = TEXT_OR_NULL | {'format': 'text'}
REGEX = {'type': 'string', 'format': 'regex'}
BOOLEAN = {'type': 'boolean'}
BOOLEAN_LIKE = {'enum': _TRUE + _FALSE}
INTEGER = {'type': 'integer'}
INTEGER_OR_NULL = {'type': ['integer', 'null']}
NON_NEGATIVE = {'type': ['integer', 'string'], 'pattern': '^[0-9]+$', 'minimum': 0,
                'minLength': 1}
POSITIVE = {'type': ['integer', 'string'], 'pattern': '^0*[1-9][0-9]*$', 'minimum': 1}
UUID = {'type': 'string', 'format': 'uuid'}
ANYTHING = {}
OBJECT = {'type': 'object'}
NULL = {'type': 'null'}
#: A name of printable characters without blanks around them.
NAME = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'format': 'name'}
STRINGS = {'type': 'array', 'items': STRING}
#: Names of somebody's choice, each with a text.
STRING_MAP = {'type': 'object', 'additionalProperties': STRING}
#: A moment, in either of the ways Nova writes it.
TIME = {'type': 'string', 'pattern': r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$'}
TIME_OR_NULL = TIME | {'type': ['string', 'null']}
#: Names of things, each in an object of its own.
NAMES = {'type': 'array', 'items': {
    'type': 'object', 'properties': {'name': STRING}, 'required': ['name'],
    'additionalProperties': False}}
LINKS = {'type': 'array', 'items': {
    'type': 'object', 'properties': {'rel': STRING, 'href': STRING, 'type': STRING},
    'required': ['rel', 'href'], 'additionalProperties': False}}
#: The name of a host, as DNS and some who never asked it know them.
HOST = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'pattern': '^[a-zA-Z0-9-._]*$'}
METADATA = {
    'type': 'object', 'additionalProperties': False,
    'patternProperties': {'^[a-zA-Z0-9-_:. ]{1,255}$': {'type': 'string', 'maxLength': 255}},
}


def array(items, **more):
    return {'type': 'array', 'items': items, **more}


def boolean(value):
    """What a BOOLEAN_LIKE value means."""
    return strutils.bool_from_string(value, strict=True)


def moment(text):
    """A time in ISO 8601, as naive UTC; raises Invalid."""
    try:
        return timeutils.normalize_time(timeutils.parse_isotime(text))
    except (ValueError, OverflowError):
        raise errors.Invalid(f'Invalid time {text!r}: write it as 2026-01-31T12:00:00Z') from None


@dataclasses.dataclass(frozen=True, eq=False)
class Field:
    """One key of a body, a query or a view."""

    name: str
    schema: dict
    #: In a view: (thing, req) -> value. Absent in requests.
    of: Callable | None = None
    since: V = MIN
    until: V = MAX
    #: In a request: it must be there.
    required: bool = False
    #: In a request: what the handler gets is ``parse(value)``.
    parse: Callable | None = None
    #: In a view: shown only to whom this policy rule admits.
    rule: str | None = None
    #: In a query: may be given several times; the handler gets a list.
    many: bool = False
    #: In a view: not always there (what has a ``rule`` never is).
    optional: bool = False
    #: In a query: may not be given several times. With neither, the last one counts.
    once: bool = False

    def at(self, version):
        return self.since <= version <= self.until

    def property(self, version):
        """Its JSON schema at a version, marked with when it is there, and for whom."""
        marks = marked(self.since, self.until, self.rule)
        return resolved(self.schema, version) | marks


def marked(since, until, rule=None):
    """The mark of what is not in every version, or not for everybody, as OpenStack writes it."""
    marks = {}
    if since > MIN:
        marks['min-ver'] = str(since)
    if until < MAX:
        marks['max-ver'] = str(until)
    if rule:
        marks['policy'] = f'os_compute_api:{rule}'
    return {'x-openstack': marks} if marks else {}


def fields_at(fields, version):
    return [field for field in fields if field.at(version)]


def clipped(fields, since=MIN, until=MAX):
    """These fields, as far as they are there in these versions."""
    return tuple(dataclasses.replace(f, since=max(f.since, since), until=min(f.until, until))
                 for f in fields if f.since <= until and f.until >= since)


class Shown(dict):
    """Stands in a schema for an object that a view of these fields makes."""

    def __init__(self, fields):
        self.fields = tuple(fields)

    def __or__(self, other):
        raise TypeError('A view has no keywords of its own: put it under oneOf.')


def resolved(schema, version):
    """The schema with every ``Shown`` in it written out as it is at a version."""
    if isinstance(schema, Shown):
        return shown_schema(schema.fields, version)
    if isinstance(schema, dict):
        return {key: resolved(value, version) for key, value in schema.items()}
    if isinstance(schema, list):
        return [resolved(value, version) for value in schema]
    return schema


def object_schema(fields, version, extra=False):
    """The JSON schema of an object that may be sent with these fields at a version."""
    present = fields_at(fields, version)
    return {
        'type': 'object',
        'properties': {f.name: f.property(version) for f in present},
        'required': [f.name for f in present if f.required],
        'additionalProperties': extra,
    }


def shown_schema(fields, version):
    """The JSON schema of what a view of these fields shows at a version."""
    present = fields_at(fields, version)
    return {
        'type': 'object',
        'properties': {f.name: f.property(version) for f in present},
        'required': [f.name for f in present if f.rule is None and not f.optional],
        'additionalProperties': False,
    }


# Views

#: What a field's ``of`` answers when the key is not there this time.
ABSENT = object()


def view(fields, req, thing):
    """What the API shows of ``thing`` to this request."""
    return views(fields, req, (thing,))[0]


def views(fields, req, things):
    shown = _shown(fields, req)
    return [{name: value for name, of in shown if (value := of(thing, req)) is not ABSENT}
            for thing in things]


def _shown(fields, req):
    return [(name, of) for name, of, rule in _columns(fields, req.version)
            if rule is None or req.may(rule)]


@functools.lru_cache(maxsize=4096)
def _columns(fields, version):
    return [(f.name, f.of, f.rule) for f in fields_at(fields, version)]


# Checks

_FORMATS = jsonschema.FormatChecker(formats=())


#: How nearly everybody writes a UUID: to take one apart is slow.
_PLAIN_UUID = re.compile('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')


@_FORMATS.checks('uuid')
def _uuid(value):
    return not isinstance(value, str) or bool(
        _PLAIN_UUID.fullmatch(value) or uuidutils.is_uuid_like(value))


@_FORMATS.checks('ipv4', raises=ValueError)
def _ipv4(value):
    return not isinstance(value, str) or netutils.is_valid_ipv4(value)


@_FORMATS.checks('ipv6', raises=ValueError)
def _ipv6(value):
    return not isinstance(value, str) or netutils.is_valid_ipv6(value)


@_FORMATS.checks('regex')
def _regex(value):
    try:
        return not isinstance(value, str) or bool(value and regex.compile(value))
    except (regex.error, OverflowError, RecursionError):
        return False


def _printable(value, *more):
    """Whether the text has no control characters; blanks of any width are fine."""
    return all(char in more or char.isprintable() or unicodedata.category(char) == 'Zs'
               for char in value)


@_FORMATS.checks('text')
def _text(value):
    return not isinstance(value, str) or _printable(value, '\n', '\r')


@_FORMATS.checks('name', raises=ValueError)
def _name(value):
    if isinstance(value, str) and not (_printable(value) and value == value.strip()):
        raise ValueError('It must have printable characters only, and no blanks around them.')
    return True


@_FORMATS.checks('base64')
def _base64(value):
    if not isinstance(value, str):
        return True
    try:
        base64.b64decode(value, validate=False)
    except (ValueError, binascii.Error):
        return False
    return True


class Checker:
    """Holds values against a JSON schema.

    Nearly all that comes is right, which ``passes`` says quickly. It is the stricter one: what
    it does not let through may still be right, and jsonschema, which is slow, has the last word
    and knows where and why.
    """

    def __init__(self, shape):
        self._shape = shape
        self._thorough = jsonschema.Draft7Validator(shape, format_checker=_FORMATS)

    @functools.cached_property
    def passes(self):
        """value -> whether it is as the schema says, for certain."""
        check = fastjsonschema.compile(_typed(self._shape), formats={
            name: functools.partial(lambda name, value: _FORMATS.conforms(value, name), name)
            for name in _FORMATS.checkers}, use_default=False, detailed_exceptions=False)

        def passes(value):
            try:
                check(value)
            except fastjsonschema.JsonSchemaValueException:
                return False
            return True
        return passes

    def error(self, value):
        """The first thing that is wrong, as jsonschema has it; None if all is right."""
        return next(self._thorough.iter_errors(value), None)

    def complaint(self, value):
        """Where a value is not as the schema says, and why; None if it is."""
        error = self.error(value)
        return error and f'{error.json_path}: {_brief(str(error.cause or error.message))}'


def checker(shape):
    """The ``Checker`` of a schema: one for all versions in which it is the same."""
    return _checker(json.dumps(shape))


@functools.lru_cache(maxsize=4096)
def _checker(text):
    return Checker(json.loads(text))


_TYPES = {str: 'string', bool: 'boolean', int: 'integer', type(None): 'null'}


def _typed(shape):
    """The same schema, for who would take 1 and true for one value of an enum."""
    if isinstance(shape, list):
        return [_typed(value) for value in shape]
    if not isinstance(shape, dict):
        return shape
    typed = {key: _typed(value) for key, value in shape.items()}
    if isinstance(shape.get('enum'), list):
        typed.setdefault('type', sorted({_TYPES[type(value)] for value in shape['enum']}))
    return typed


@functools.lru_cache(maxsize=4096)
def _body_checker(root, fields, beside, version, extra):
    return checker(body_schema(root, fields, version, beside, extra))


def body_schema(root, fields, version, beside=(), extra=False):
    """The JSON schema of a body that ``check_body`` lets through."""
    inner = object_schema(fields, version, extra)
    if root is None:
        return inner
    outer = object_schema(beside, version)
    outer['properties'][root] = inner
    outer['required'].append(root)
    return outer


def check_body(body, version, root, fields, beside=(), extra=False):
    """``body[root]`` as the handler gets it: checked, with ``parse`` applied.

    ``beside`` are keys next to the root (scheduler hints). Raises Invalid with
    Nova's sentence, which names the field.
    """
    refuse(_body_checker(root, tuple(fields), tuple(beside), version, extra), body)
    if root is None:
        return _parsed(fields, version, body)
    return _parsed(fields, version, body[root]) | {
        field.name: body[field.name] for field in beside if field.name in body}


def check_value(schema, value):
    """Raise Invalid unless ``value`` has this schema."""
    refuse(checker(schema), value)


def _parsed(fields, version, values):
    known = {f.name: f for f in fields_at(fields, version) if f.parse}
    return {name: value if name not in known or value is None else _parse(known[name], value)
            for name, value in values.items()}


def _parse(field, value):
    """``field.parse(value)``, whose ValueError says what is wrong with the value."""
    try:
        return field.parse(value)
    except ValueError as exc:
        raise errors.InvalidField(
            name=field.name, value=_brief(str(value)), reason=_brief(str(exc))) from None


def refuse(checker, value, error_class=errors.InvalidField):
    """Raise what Nova says of the first thing that is wrong with ``value``, if any is."""
    if checker.passes(value):
        return
    error = checker.error(value)
    if error is None:
        return
    reason = str(error.cause) if error.cause else error.message
    if not error.path:
        raise errors.Invalid(_brief(reason))
    shown = error.instance
    if isinstance(shown, dict):
        shown = strutils.mask_dict_password(shown)
    raise error_class(
        name=error.path[-1], value=_brief(str(shown)), reason=_brief(reason))


def _brief(text, size=1024):
    """Nobody reads a message of a hundred kilobytes, and a log should not keep it."""
    return text if len(text) <= size else f'{text[:size]}…'


def check_query(pairs, version, fields, strict=False):
    """The query as the handler gets it: a dict of the last values, lists where ``many``.

    Unknown parameters are dropped, or refused where ``strict``.
    """
    known = {f.name: f for f in fields_at(fields, version)}
    given = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    unknown = [name for name in given if name not in known]
    if unknown and strict:
        raise errors.Invalid(
            'Additional properties are not allowed ({} {} unexpected)'.format(
                ', '.join(map(repr, sorted(unknown))), 'was' if len(unknown) == 1 else 'were'))
    query = {}
    for name, values in given.items():
        field = known.get(name)
        if field is None:
            continue
        parsed = [_parameter(field, value) for value in values]
        if field.once and len(values) > 1:
            raise errors.InvalidParameter(name=name, value=_brief(str(values)),
                                          reason=f'{_brief(str(values))} is too long')
        query[name] = parsed if field.many else parsed[-1]
    return query


@functools.lru_cache(maxsize=1024)
def _parameter_checker(field):
    return checker({'type': 'object', 'properties': {field.name: field.schema}})


def _parameter(field, value):
    """What the handler gets of it; raises InvalidParameter."""
    try:
        refuse(_parameter_checker(field), {field.name: value}, errors.InvalidParameter)
        return field.parse(value) if field.parse else value
    except ValueError as exc:
        raise errors.InvalidParameter(
            name=field.name, value=_brief(value), reason=_brief(str(exc))) from None


#: Paging, as most lists take it.
LIMIT = Field('limit', NON_NEGATIVE, parse=int)
MARKER = Field('marker', STRING)
#: No list is longer than this, and databases take no larger number.
OFFSET = Field('offset', NON_NEGATIVE, parse=lambda value: min(int(value), 2 ** 31 - 1))


# What a handler declares of itself

def accepts(root, *fields, beside=(), extra=False):
    """The handler takes a JSON body: ``req.body`` is what is under ``root``."""
    def declare(handler):
        handler.accepts = (root, fields, beside, extra)
        return handler
    return declare


def query(*fields, strict_since=V(2, 102)):
    """The handler takes these query parameters: ``req.query`` is a dict of them.

    From ``strict_since`` on, unknown ones are refused.
    """
    def declare(handler):
        handler.query = (fields, strict_since)
        return handler
    return declare


#: What a handler takes that declares nothing: if it reads, no parameters.
NO_QUERY = ((), V(2, 102))
#: What others do with parameters, and some that read: they look at none.
ANY_QUERY = ((), V(MAX.major, MAX.minor + 1))


def query_of(handler, method):
    """The parameters a handler takes, and since when it refuses others."""
    return getattr(handler, 'query', NO_QUERY if method == 'GET' else ANY_QUERY)


def ignores_query(handler):
    """The handler reads, and lets parameters be that it does not know, in every version."""
    handler.query = ANY_QUERY
    return handler


@dataclasses.dataclass(frozen=True, eq=False)
class Returns:
    """What a handler answers: its statuses and its body, by version."""

    codes: dict
    root: str | None = None
    fields: 'tuple | dict | ByVersion | None' = None
    many: bool = False
    #: Keys next to the root, such as the links of a list that comes in pages.
    beside: tuple = ()
    #: Other statuses of success, which the handler sets itself; the body is the same.
    also: tuple = ()
    #: Statuses of failure beside those that follow from the route and from what it accepts.
    fails: tuple = ()

    def status(self, version):
        """The status of success, unless the handler says another."""
        return self.codes[max(since for since in self.codes if since <= version)]

    def statuses(self, version):
        return (self.status(version), *self.also)

    def body(self, version):
        """The JSON schema of the body; None where there is none."""
        shape = self.fields
        if isinstance(shape, ByVersion):
            shape = shape.at(version)
        if isinstance(shape, tuple):
            if self.root is None and not fields_at(shape, version):
                return None
            shape = shown_schema(shape, version)
        if self.root is None:
            return None if shape is None else resolved(shape, version)
        outer = shown_schema(self.beside, version)
        outer['properties'][self.root] = array(shape) if self.many else resolved(shape, version)
        outer['required'].append(self.root)
        return outer


@dataclasses.dataclass(frozen=True)
class ByVersion:
    """Fields, or a JSON schema, that another takes the place of: ``{since: it}``."""

    shapes: dict

    def at(self, version):
        return self.shapes[max(since for since in self.shapes if since <= version)]


def returns(code, root=None, fields=None, many=False, beside=(), also=(), fails=()):
    """What the handler answers: the status, or ``{since: status}`` by version, and the body.

    The body has ``root``, an object of these fields or a list of such where ``many``, with the
    fields of ``beside`` next to it. Without a root the fields are the whole body; if none of
    them is there in a version, there is no body. ``fields`` may be a JSON schema instead.
    """
    def declare(handler):
        handler.returns = Returns(code if isinstance(code, dict) else {MIN: code}, root, fields,
                                  many, beside, also, fails)
        return handler
    return declare


def paging(name, since=MIN):
    """The links of a list that comes in pages, to stand ``beside`` it."""
    return Field(name, LINKS, since=since, optional=True)


def verbs(known):
    """The handler takes one of these verbs, which say themselves what they take and answer."""
    def declare(handler):
        handler.verbs = known
        return handler
    return declare


def between(since=MIN, until=MAX):
    """The handler is there in these versions; outside them its route is a 404."""
    def declare(handler):
        handler.between = (since, until)
        return handler
    return declare


def ended(handler, until):
    """The same handler for a route that ended with this version."""
    @functools.wraps(handler)
    def clone(req, **names):
        return handler(req, **names)
    since, last = getattr(handler, 'between', (MIN, MAX))
    return between(since, min(last, until))(clone)
