"""The names of what hosts have: classes of resources that are counted, and traits.

All those that OpenStack agrees on, and of our own the traits that a host has.
"""

import os_resource_classes
import os_traits

from novalite import errors
from novalite.db import hosts

#: What a host is counted in -> how it is called in its row.
COUNTED = {'VCPU': 'vcpus', 'MEMORY_MB': 'memory_mb', 'DISK_GB': 'disk_gb'}
CLASSES = tuple(os_resource_classes.STANDARDS)
_STANDARD_TRAITS = frozenset(os_traits.get_traits())


def resource_classes(call):
    """GET /resource_classes"""
    return {'resource_classes': [_resource_class(call, name) for name in CLASSES]}


def resource_class(call, name):
    """GET /resource_classes/{name}"""
    if name not in CLASSES:
        raise errors.NotFound(f'No such resource class: {name}')
    return _resource_class(call, name)


def _resource_class(call, name):
    return {'name': name, 'links': [
        {'rel': 'self', 'href': f'{call.req.root_path}/resource_classes/{name}'}]}


def traits(call):
    """GET /traits, by ``name`` (``startswith:WORD`` or ``in:A,B``) and ``associated``."""
    with call.db.read() as connection:
        had = had_traits(connection)
    found = had | _STANDARD_TRAITS
    if (associated := call.param('associated')) is not None:
        found = had if _flag(associated) else found - had
    if wanted := call.param('name'):
        found = _matching(found, wanted)
    return {'traits': sorted(found)}


def _flag(text):
    if text.lower() not in ('true', 'false'):
        raise errors.Invalid(f'The query parameter associated only accepts true or false: {text}')
    return text.lower() == 'true'


def _matching(found, wanted):
    how, _, words = wanted.partition(':')
    if how == 'startswith':
        return {name for name in found if name.startswith(words)}
    if how == 'in':
        return found.intersection(words.split(','))
    raise errors.Invalid('Badly formatted name parameter. Expected name query string parameter '
                         'in form: ?name=[in|startswith]:[name1,name2|prefix]. '
                         f'Got: "{wanted}"')


def trait(call, name):
    """GET /traits/{name}: 204 if there is one of that name."""
    with call.db.read() as connection:
        if name not in _STANDARD_TRAITS | had_traits(connection):
            raise errors.NotFound(f'No such trait: {name}')


def had_traits(connection):
    """The traits that a host has."""
    return {trait for host in hosts.listed(connection) for trait in host.traits or ()}


def known_traits(connection, wanted):
    """Raise Invalid for one that nobody knows."""
    unknown = set(wanted) - _STANDARD_TRAITS
    if unknown := unknown - (had_traits(connection) if unknown else set()):
        raise errors.Invalid(f'No such trait(s): {", ".join(sorted(unknown))}.')

