"""Lists of images: filters, order and pages."""

import datetime
import urllib.parse

from novalite import errors
from novalite.db import images
from novalite.neighbours.images import records
from novalite.neighbours.images import schema

PAGE = 25
SORT_KEYS = ('name', 'status', 'container_format', 'disk_format', 'size', 'id', 'visibility',
             'owner', 'min_disk', 'min_ram', 'created_at', 'updated_at')


def index(call):
    filters = _filters(call)
    limit = call.limit(PAGE)
    with call.db.read() as connection:
        # One more than asked for says whether there is a next page.
        rows = images.listed(
            connection, call.ctxt, sort=call.sort(SORT_KEYS, [('created_at', 'desc')], 'desc'),
            marker=call.param('marker'), limit=limit + 1, **filters)
    query = [(name, value) for name, value in call.params() if name != 'marker']
    body = {'images': [records.view(row) for row in rows[:limit]], 'schema': '/v2/schemas/images',
            'first': _page_link(query)}
    if limit and len(rows) > limit:
        body['next'] = _page_link([*query, ('marker', rows[limit - 1].id)])
    return body


def _page_link(query):
    # Without the prefix, as Glance: clients put such a path behind their endpoint.
    return '/v2/images' + (f'?{urllib.parse.urlencode(query)}' if query else '')


NOT_FILTERS = {'limit', 'marker', 'sort', 'sort_key', 'sort_dir'}


def _filters(call):
    found = {'filters': {'os_hidden': False}, 'properties': {}, 'tags': []}
    for name, value in call.params():
        if name == 'tag':
            found['tags'].append(value)
        elif name in ('visibility', 'member_status'):
            found[name] = _one_of(name, value)
        elif name in ('size_min', 'size_max') or name in FILTERS:
            found['filters'][name] = _filter(name, value)
        elif name not in NOT_FILTERS:
            found['properties'][name] = value
    return found


def _one_of(name, value):
    allowed = {'visibility': ['all', *schema.VISIBILITIES],
               'member_status': ['all', 'pending', 'accepted', 'rejected']}[name]
    if value not in allowed:
        raise errors.Invalid(f"Invalid {name} '{value}': one of {', '.join(allowed)}.")
    return value


def _boolean(text):
    if text.lower() not in ('true', 'false', '1', '0'):
        raise ValueError(text)
    return text.lower() in ('true', '1')


def _number(text):
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number


def _moment(text):
    moment = datetime.datetime.fromisoformat(text)
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


FILTERS = {
    **dict.fromkeys(('id', 'name', 'status', 'owner', 'container_format', 'disk_format',
                     'checksum', 'os_hash_algo', 'os_hash_value'), str),
    **dict.fromkeys(('min_disk', 'min_ram', 'size', 'size_min', 'size_max'), _number),
    **dict.fromkeys(('protected', 'os_hidden'), _boolean),
    **dict.fromkeys(('created_at', 'updated_at'), _moment),
}


def _filter(name, text):
    """A value, or what ``in:a,b`` and ``gte:2026-01-01T00:00:00Z`` mean."""
    convert = FILTERS[name]
    try:
        operator, colon, operand = text.partition(':')
        if convert is str:
            return operand.split(',') if colon and operator == 'in' else text
        if convert is _moment and colon and operator in images.COMPARISONS:
            return operator, convert(operand)
        return convert(text)
    except (ValueError, OverflowError):
        raise errors.Invalid(f"Invalid value '{text}' for the filter '{name}'.") from None
