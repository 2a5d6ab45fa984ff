"""What requests are checked for, and how things are shown, whatever they are about."""

import json
import re

from novalite import errors


def text(body, name, size=255):
    """The text under ``name``, or None; raises Invalid."""
    value = body.get(name)
    if value is not None and not (isinstance(value, str) and len(value) <= size):
        _refuse(name, value, f'It must be a text of at most {size} characters.')
    return value


def named(body):
    """Name and description, which old clients call display_name and display_description."""
    return {name: text(body, name) if name in body else text(body, f'display_{name}')
            for name in ('name', 'description')
            if name in body or f'display_{name}' in body}


def size(body, name='size'):
    """How many GiB, or None; raises Invalid."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not re.fullmatch('0*[1-9][0-9]{0,8}', str(value)):
        _refuse(name, value, 'It must be a whole number of GiB, 1 or more.')
    return int(value)


def flag(body, name, default=None):
    """A boolean, however it is written; raises Invalid."""
    value = body.get(name, default)
    if value is None or isinstance(value, bool):
        return value
    if str(value).lower() not in ('true', 'false', '1', '0'):
        _refuse(name, value, 'It must be a boolean.')
    return str(value).lower() in ('true', '1')


def metadata(value):
    """Metadata as it is kept; raises Invalid."""
    if not isinstance(value, dict) or not all(
            0 < len(key) <= 255 and isinstance(item, str) and len(item) <= 255
            for key, item in value.items()):
        _refuse('metadata', value, 'It must be an object of texts of at most 255 characters.')
    return value


def _refuse(name, value, reason):
    raise errors.InvalidField(name=name, value=str(value)[:255], reason=reason)


def moment(time):
    """A time as Cinder shows it."""
    return time and time.strftime('%Y-%m-%dT%H:%M:%S.%f')


def page(call, table, filters):
    """Conditions, order and page of a list, as ``db.volumes.listed`` takes them.

    ``filters`` are the columns that may be asked for; anything else is ignored, as in Cinder.
    """
    conditions = []
    everyone = call.admin and (call.param('all_tenants') or '').lower() in ('1', 'true')
    if not everyone:
        conditions.append(table.c.project_id == call.ctxt.project_id)
    elif project := call.param('project_id'):
        conditions.append(table.c.project_id == project)
    for name in filters:
        value = call.param(name)
        if value is not None:
            conditions.append(table.c[name] == flag({name: value}, name)
                              if table.c[name].type.python_type is bool
                              else table.c[name] == value)
    keys = ('id', 'name', 'status', 'size', 'created_at', 'updated_at', 'availability_zone',
            'volume_id')
    return {
        'conditions': conditions, 'marker': call.param('marker'), 'limit': call.limit(),
        'sort': call.sort([key for key in keys if key in table.c], [('created_at', 'desc')],
                          'desc'),
        'metadata': _metadata_filter(call.param('metadata'))}


def _metadata_filter(text):
    if text is None:
        return None
    try:
        # Clients send Python's way of writing it, in single quotes.
        return metadata(json.loads(text.replace("'", '"')))
    except (ValueError, RecursionError):
        _refuse('metadata', text, 'It must be an object.')
