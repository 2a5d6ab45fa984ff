"""The JSON body of a request: read with its limits, the same for every API on the port."""

import json
import re

from novalite import errors

#: NUL and half a surrogate pair are JSON, but no database keeps them.
_UNKEEPABLE = re.compile('[\0\ud800-\udfff]')
#: No body is deeper than a handful; what is must not exhaust the stack.
_DEEPEST = 32


def read(http, limit):
    """The value a falcon request carries; raises TooLarge, BadMediaType or Invalid.

    It may be read again: each time it is another value, which is the caller's.
    """
    if (http.content_length or 0) > limit:
        raise errors.TooLarge(limit=limit)
    kind = (http.content_type or 'application/json').split(';')[0].strip()
    if 'json' not in kind:      # vendors' kinds and json-patch are JSON too
        raise errors.BadMediaType()
    data = getattr(http.context, 'data', None)
    if data is None:
        # One byte more than is allowed tells a body that lied about its length.
        data = http.context.data = http.bounded_stream.read(limit + 1)
    if len(data) > limit:
        raise errors.TooLarge(limit=limit)
    try:
        value = json.loads(data.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise errors.Invalid('Malformed request body') from None
    _refuse_unkeepable(value)
    return value


def _refuse_unkeepable(value):
    """Raise Invalid for text that no database keeps, naming the field, and for deep nesting."""
    level = [('body', value)]
    for _ in range(_DEEPEST):
        level = [part for named in level for part in _parts(*named)]
        for name, part in level:
            if isinstance(part, str) and _UNKEEPABLE.search(part):
                raise errors.InvalidField(
                    name=ascii(name)[1:-1], value=ascii(part),
                    reason='Text may not have \\u0000 or half of a surrogate pair.')
        if not level:
            return
    name, part = level[0]
    raise errors.InvalidField(name=ascii(name)[1:-1], value=ascii(part)[:64],
                              reason=f'It is nested deeper than {_DEEPEST} levels.')


def _parts(name, value):
    """What is in an object or list, by the name it has there; the names are text too."""
    if isinstance(value, dict):
        return [(name, key) for key in value] + list(value.items())
    return [(name, item) for item in value] if isinstance(value, list) else []


def _no_constant(name):
    raise ValueError(f'{name} is not JSON')
