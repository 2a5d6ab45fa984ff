"""The catalogue: what is served beside identity, and where."""

import hashlib

from novalite import errors

#: Type, name, path under the cloud's address, and the neighbour it is served by.
_SERVICES = (
    ('compute', 'nova', '/compute/v2.1', None),
    ('identity', 'keystone', '/identity', 'identity'),
    ('image', 'glance', '/image', 'images'),
    ('network', 'neutron', '/networking', 'networks'),
    # By its name of old, and by the one that is used today.
    ('volumev3', 'cinder', '/volume/v3', 'volumes'),
    ('block-storage', 'cinder', '/volume/v3', 'volumes'),
    ('shared-file-system', 'manila', '/share/v2', 'shares'),
    ('placement', 'placement', '/placement', 'placement'),
)
_INTERFACES = ('public', 'internal', 'admin')


def catalog(call):
    """As tokens carry it."""
    return [
        {'id': _id(kind), 'type': kind, 'name': name, 'endpoints': [
            {'id': _id(kind, interface), 'interface': interface, 'url': call.base + path,
             'region': call.conf.region, 'region_id': call.conf.region}
            for interface in _INTERFACES]}
        for kind, name, path in _served(call.conf)]


def services(call):
    """GET /v3/services"""
    return call.page('services', _matching(call, _services(call), 'type', 'name'))


def service(call, id):
    """GET /v3/services/{id}"""
    return {'service': _one(_services(call), 'service', id)}


def endpoints(call):
    """GET /v3/endpoints"""
    found = _matching(call, _endpoints(call), 'interface', 'service_id', 'region_id')
    return call.page('endpoints', found)


def endpoint(call, id):
    """GET /v3/endpoints/{id}"""
    return {'endpoint': _one(_endpoints(call), 'endpoint', id)}


def groups(call):
    """GET /v3/groups: users are not grouped here."""
    return call.page('groups', [])


def regions(call):
    """GET /v3/regions"""
    return call.page('regions', _regions(call))


def region(call, id):
    """GET /v3/regions/{id}"""
    return {'region': _one(_regions(call), 'region', id)}


def _served(conf):
    return [(kind, name, path) for kind, name, path, neighbour in _SERVICES
            if neighbour is None or neighbour in conf.neighbours.enabled]


def _id(*words):
    """An id that every process gives to the same thing, without a row for it."""
    return hashlib.sha256(' '.join(words).encode()).hexdigest()[:32]


def _services(call):
    return [
        {'id': _id(kind), 'type': kind, 'name': name, 'description': '', 'enabled': True,
         'links': {'self': call.link('services', _id(kind))}}
        for kind, name, _ in _served(call.conf)]


def _endpoints(call):
    return [
        each | {'service_id': served['id'], 'enabled': True,
                'links': {'self': call.link('endpoints', each['id'])}}
        for served in catalog(call) for each in served['endpoints']]


def _regions(call):
    return [{'id': call.conf.region, 'description': '', 'parent_region_id': None,
             'links': {'self': call.link('regions', call.conf.region)}}]


def _matching(call, views, *filters):
    for name in filters:
        wanted = call.query(name)
        views = [view for view in views if wanted in (None, view[name])]
    return views


def _one(views, noun, id):
    for view in views:
        if view['id'] == id:
            return view
    raise errors.NotFound(f'Could not find {noun}: {id}.')
