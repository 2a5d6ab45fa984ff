"""Placement, to read: what our own hosts have, and what servers hold of it.

Nothing is kept here. Each answer is made of the rows of hosts and allocations, which are what
the scheduler goes by; they change when servers are booted, moved and deleted.
"""

import http
import types

from novalite import errors
from novalite.neighbours import microversion
from novalite.neighbours import request
from novalite.neighbours.placement import candidates
from novalite.neighbours.placement import consumers
from novalite.neighbours.placement import names
from novalite.neighbours.placement import providers
from novalite.neighbours.placement import version


def app(conf, db, runtime):
    service = types.SimpleNamespace(conf=conf, db=db, runtime=runtime)
    return request.application(service, ROUTES, {'/', ''}, _error)


def _error(exc, code, message):
    said = {'status': code, 'title': http.HTTPStatus(code).phrase, 'detail': message,
            'code': 'placement.undefined_code'}
    if isinstance(exc, errors.NotAcceptable):
        said |= {'min_version': microversion.text(version.VERSIONS.first),
                 'max_version': microversion.text(version.VERSIONS.last)}
    return {'errors': [said]}


_PROVIDER = '/resource_providers/{id}'

#: Path, the version it came with, and what reads it.
READ = (
    ('/resource_providers', (1, 0), providers.index),
    (_PROVIDER, (1, 0), providers.show),
    (f'{_PROVIDER}/inventories', (1, 0), providers.inventories),
    (f'{_PROVIDER}/inventories/{{resource_class}}', (1, 0), providers.inventory),
    (f'{_PROVIDER}/usages', (1, 0), providers.usages),
    (f'{_PROVIDER}/aggregates', (1, 1), providers.aggregates),
    (f'{_PROVIDER}/allocations', (1, 0), providers.allocations),
    (f'{_PROVIDER}/traits', (1, 6), providers.traits),
    ('/allocations/{consumer}', (1, 0), consumers.allocations),
    ('/allocation_candidates', (1, 10), candidates.index),
    ('/resource_classes', (1, 2), names.resource_classes),
    ('/resource_classes/{name}', (1, 2), names.resource_class),
    ('/traits', (1, 6), names.traits),
)

#: What Placement lets its callers write, and we do not.
WRITTEN = (
    ('/resource_providers', ('POST',)),
    (_PROVIDER, ('PUT', 'DELETE')),
    (f'{_PROVIDER}/inventories', ('POST', 'PUT', 'DELETE')),
    (f'{_PROVIDER}/inventories/{{resource_class}}', ('PUT', 'DELETE')),
    (f'{_PROVIDER}/aggregates', ('PUT',)),
    (f'{_PROVIDER}/traits', ('PUT', 'DELETE')),
    ('/allocations', ('POST',)),
    ('/allocations/{consumer}', ('PUT', 'DELETE')),
    ('/resource_classes', ('POST',)),
    ('/resource_classes/{name}', ('PUT', 'DELETE')),
    ('/traits/{name}', ('PUT', 'DELETE')),
    ('/reshaper', ('POST',)),
)

ROUTES = (
    ('GET', '/', 200, version.index),
    *(('GET', path, 200, version.served(handler, *since)) for path, since, handler in READ),
    ('GET', '/traits/{name}', 204, version.served(names.trait, 1, 6)),
    # A project may know what it uses itself.
    ('GET', '/usages', 200, version.served(consumers.usages, 1, 9, everybody=True)),
    *((method, path, 200, version.refuse) for path, methods in WRITTEN for method in methods),
)
