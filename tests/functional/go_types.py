"""Whether Go's JSON decoder takes a value: what gophercloud's structs ask of an answer.

A field that is missing or null stays at its zero value, one of another type ends the decoding, and
names match in any case. A type here is a function that says where a value does not fit, or nothing.
"""

import re

#: Numbers pass through a float64 on their way: beyond this they change.
EXACT = 2 ** 53
_SECONDS = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'
_ZONED = re.compile(rf'{_SECONDS}(\.\d+)?(Z|[+-]\d\d:\d\d)')
_BARE = re.compile(rf'{_SECONDS}(\.\d+)?')


def _scalar(name, fits):
    def check(value, where):
        if value is not None and not fits(value):
            yield f'{where}: {value!r} is no {name}'
    return check


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


string = _scalar('string', lambda value: isinstance(value, str))
boolean = _scalar('bool', lambda value: isinstance(value, bool))
integer = _scalar('int', lambda value: _number(value) and value == int(value)
                  and abs(value) < EXACT)
number = _scalar('float64', _number)
#: A flavor's swap: a number, or an empty string for none.
swap = _scalar('int or empty string', lambda value: value == '' or _number(value))
anything = _scalar('value', lambda _: True)
#: ``time.Time``: RFC 3339 with its zone; an empty string is no time.
time = _scalar('RFC 3339 time', lambda value: isinstance(value, str) and _ZONED.fullmatch(value))
#: A time without a zone; here an empty string is none.
bare_time = _scalar('time without a zone', lambda value: value == '' or (
    isinstance(value, str) and _BARE.fullmatch(value)))
#: Neutron's times: with a zone or without.
either_time = _scalar('time', lambda value: isinstance(value, str) and (
    _ZONED.fullmatch(value) or _BARE.fullmatch(value)))
#: The end of a token: always in UTC.
token_time = _scalar('time that ends in Z', lambda value: isinstance(value, str)
                     and _BARE.fullmatch(value[:-1]) and value.endswith('Z'))


def many(kind):
    def check(value, where):
        if value is None:
            return
        if not isinstance(value, list):
            yield f'{where}: {value!r} is no array'
            return
        for place, one in enumerate(value):
            yield from kind(one, f'{where}[{place}]')
    return check


def mapping(kind):
    def check(value, where):
        if value is None:
            return
        if not isinstance(value, dict):
            yield f'{where}: {value!r} is no object'
            return
        for name, one in value.items():
            yield from kind(one, f'{where}.{name}')
    return check


def struct(needs=(), **fields):
    """An object; what it ``needs`` must be there, because the caller builds on it."""
    known = {name.lower(): kind for name, kind in fields.items()}

    def check(value, where):
        if value is None:
            return
        if not isinstance(value, dict):
            yield f'{where}: {value!r} is no object'
            return
        for name in needs:
            if value.get(name) in (None, ''):
                yield f'{where}: no {name}'
        for name, one in value.items():
            if kind := known.get(name.lower()):
                yield from kind(one, f'{where}.{name}')
    return check


def misfits(kind, value):
    return list(kind(value, 'answer'))
