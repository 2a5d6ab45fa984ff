"""Manila v2, as much of it as clients need to give servers shares."""

import functools
import types

from novalite import errors
from novalite.db import seeds
from novalite.neighbours import microversion
from novalite.neighbours import request
from novalite.neighbours.shares import access
from novalite.neighbours.shares import shares

VERSIONS = microversion.Versions(('shared-file-system',), (2, 0), (2, 90))
#: Manila has its own name for the header.
HEADER = 'X-OpenStack-Manila-API-Version'

TYPE_ID = seeds.stable_id('share type', shares.TYPE)

ROOTS = {400: 'badRequest', 401: 'unauthorized', 403: 'forbidden', 404: 'itemNotFound',
         405: 'badMethod', 409: 'conflictingRequest', 413: 'overLimit', 415: 'badMediaType',
         503: 'serviceUnavailable'}


def app(conf, db, runtime):
    service = types.SimpleNamespace(conf=conf, db=db, runtime=runtime)
    return request.application(service, ROUTES, {'/', '/v2'}, _error)


def _error(_exc, code, message):
    return {ROOTS.get(code, 'computeFault'): {'code': code, 'message': message}}


def version(call):
    """The one version there is; clients may ask for it at both addresses."""
    return {'versions': [{
        'id': 'v2.0', 'status': 'CURRENT', 'version': microversion.text(VERSIONS.last),
        'min_version': microversion.text(VERSIONS.first), 'updated': '2015-08-27T11:33:21Z',
        'links': [{'rel': 'self', 'href': f'{call.req.prefix}/v2/'}],
        'media-types': [{'base': 'application/json',
                         'type': 'application/vnd.openstack.share+json;version=1'}]}]}


def _served(handler, call, **names):
    """Answers are the same in all versions; they say the one that was asked for."""
    asked = call.req.get_header(HEADER)
    call.resp.set_header(HEADER, asked or microversion.text(VERSIONS.first))
    call.resp.set_header('Vary', HEADER)
    return handler(call, **names)


def _type(_call):
    return {'id': TYPE_ID, 'name': shares.TYPE, 'description': None, 'is_default': True,
            'share_type_access:is_public': True, 'required_extra_specs': {
                'driver_handles_share_servers': 'False'},
            'extra_specs': {'driver_handles_share_servers': 'False'}}


def share_types(call):
    return {'share_types': [_type(call)]}


def share_type(call, id):
    if id not in (TYPE_ID, shares.TYPE):
        raise errors.NotFound(f'Share type {id} could not be found.')
    return {'share_type': _type(call)}


#: Paths are relative to /v2, and to /v2/{project_id}.
NOUNS = (
    ('GET', '/shares', 200, shares.index),
    ('GET', '/shares/detail', 200, shares.detail),
    ('POST', '/shares', 200, shares.create),
    ('GET', '/shares/{id}', 200, shares.show),
    ('PUT', '/shares/{id}', 200, shares.update),
    ('DELETE', '/shares/{id}', 202, shares.delete),
    ('POST', '/shares/{id}/action', 200, access.act),
    ('GET', '/shares/{id}/export_locations', 200, shares.export_locations),
    ('GET', '/shares/{id}/export_locations/{location}', 200, shares.export_location),
    ('GET', '/share-access-rules', 200, access.index),
    ('GET', '/share-access-rules/{id}', 200, access.show),
    ('GET', '/types', 200, share_types),
    ('GET', '/types/default', 200, lambda call: share_type(call, shares.TYPE)),
    ('GET', '/types/{id}', 200, share_type),
)


def _for_project(handler, call, project_id, **names):
    """The caller's own project may be in the path, and anybody's for an administrator."""
    if project_id != call.ctxt.project_id and not call.admin:
        raise errors.Invalid('Malformed request url')
    return handler(call, **names)


ROUTES = (
    ('GET', '/', 300, version),
    ('GET', '/v2', 200, version),
    *((method, f'/v2{path}', status, functools.partial(_served, handler))
      for method, path, status, handler in NOUNS),
    *((method, f'/v2/{{project_id}}{path}', status,
       functools.partial(_served, functools.partial(_for_project, handler)))
      for method, path, status, handler in NOUNS),
)
