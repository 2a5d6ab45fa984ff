"""Cinder v3, as much of it as stock clients need to give servers volumes."""

import functools
import types

from novalite import errors
from novalite.db import volumes as db
from novalite.neighbours import request
from novalite.neighbours.volumes import actions
from novalite.neighbours.volumes import attachments
from novalite.neighbours.volumes import limits
from novalite.neighbours.volumes import snapshots
from novalite.neighbours.volumes import version
from novalite.neighbours.volumes import volumes


def app(conf, db, runtime):
    service = types.SimpleNamespace(conf=conf, db=db, runtime=runtime)
    return request.application(service, ROUTES, {'/', '/v3'}, _error)


#: Root of an error's body, by status.
ROOTS = {400: 'badRequest', 401: 'unauthorized', 403: 'forbidden', 404: 'itemNotFound',
         405: 'badMethod', 406: 'notAcceptable', 409: 'conflictingRequest', 413: 'overLimit',
         415: 'badMediaType', 503: 'serviceUnavailable'}


def _error(_exc, code, message):
    return {ROOTS.get(code, 'computeFault'): {'code': code, 'message': message}}


def _type(call):
    return {'id': db.TYPE_ID, 'name': db.TYPE, 'description': None, 'is_public': True,
            'os-volume-type-access:is_public': True, 'qos_specs_id': None,
            'extra_specs': {'volume_backend_name': db.TYPE} if call.admin else {}}


def volume_types(call):
    return {'volume_types': [_type(call)]}


def volume_type(call, id):
    if id not in (db.TYPE_ID, db.TYPE, 'default'):
        raise errors.VolumeTypeNotFound(id=id)
    return {'volume_type': _type(call)}


def type_specs(call, id):
    return {'extra_specs': volume_type(call, id)['volume_type']['extra_specs']}


def zones(_call):
    return {'availabilityZoneInfo': [{'zoneName': 'nova', 'zoneState': {'available': True}}]}


def services(call):
    """Both are this very process, so they are up whenever somebody can ask."""
    if not call.admin:
        raise errors.Forbidden("Policy doesn't allow volume_extension:services:index to be "
                               'performed.')
    host = call.conf.host
    now = call.runtime.now().strftime('%Y-%m-%dT%H:%M:%S.%f')
    return {'services': [
        {'binary': binary, 'host': name, 'zone': 'nova', 'status': 'enabled', 'state': 'up',
         'updated_at': now, 'disabled_reason': None}
        for binary, name in (('cinder-scheduler', host), ('cinder-volume', f'{host}@{db.TYPE}'))]}


def pools(call):
    """The one pool there is, which has no end."""
    if not call.admin:
        raise errors.Forbidden("Policy doesn't allow scheduler_extension:scheduler_stats:get_pools "
                               'to be performed.')
    return {'pools': [{'name': f'{call.conf.host}@{db.TYPE}#{db.TYPE}', 'capabilities': {
        'volume_backend_name': db.TYPE, 'storage_protocol': 'fake', 'driver_version': '1.0',
        'total_capacity_gb': 'infinite', 'free_capacity_gb': 'infinite'}}]}


def nothing(plural):
    """A list that is always empty, for clients that look before they act."""
    return lambda _call: {plural: []}


#: Paths are relative to /v3, and to /v3/{project_id}.
NOUNS = (
    ('GET', '/volumes', 200, volumes.index),
    ('POST', '/volumes', 202, volumes.create),
    ('GET', '/volumes/detail', 200, volumes.detail),
    ('GET', '/volumes/summary', 200, volumes.summary),
    ('GET', '/volumes/{id}', 200, volumes.show),
    ('PUT', '/volumes/{id}', 200, volumes.update),
    ('DELETE', '/volumes/{id}', 202, volumes.delete),
    ('POST', '/volumes/{id}/action', 202, actions.act),
    ('GET', '/volumes/{id}/metadata', 200, volumes.METADATA.show),
    ('POST', '/volumes/{id}/metadata', 200, volumes.METADATA.update),
    ('PUT', '/volumes/{id}/metadata', 200, volumes.METADATA.replace),
    ('GET', '/volumes/{id}/metadata/{key}', 200, volumes.METADATA.show_item),
    ('PUT', '/volumes/{id}/metadata/{key}', 200, volumes.METADATA.set_item),
    ('DELETE', '/volumes/{id}/metadata/{key}', 200, volumes.METADATA.delete_item),
    ('GET', '/snapshots', 200, snapshots.index),
    ('POST', '/snapshots', 202, snapshots.create),
    ('GET', '/snapshots/detail', 200, snapshots.detail),
    ('GET', '/snapshots/{id}', 200, snapshots.show),
    ('PUT', '/snapshots/{id}', 200, snapshots.update),
    ('DELETE', '/snapshots/{id}', 202, snapshots.delete),
    ('GET', '/snapshots/{id}/metadata', 200, snapshots.METADATA.show),
    ('POST', '/snapshots/{id}/metadata', 200, snapshots.METADATA.update),
    ('PUT', '/snapshots/{id}/metadata', 200, snapshots.METADATA.replace),
    ('DELETE', '/snapshots/{id}/metadata/{key}', 200, snapshots.METADATA.delete_item),
    ('GET', '/attachments', 200, attachments.index),
    ('POST', '/attachments', 200, attachments.create),
    ('GET', '/attachments/detail', 200, attachments.detail),
    ('GET', '/attachments/{id}', 200, attachments.show),
    ('PUT', '/attachments/{id}', 200, attachments.update),
    ('DELETE', '/attachments/{id}', 200, attachments.delete),
    ('POST', '/attachments/{id}/action', 204, attachments.act),
    ('GET', '/types', 200, volume_types),
    ('GET', '/types/{id}', 200, volume_type),
    ('GET', '/types/{id}/extra_specs', 200, type_specs),
    ('GET', '/limits', 200, limits.index),
    ('GET', '/os-quota-sets/{target}', 200, limits.quota_set),
    ('PUT', '/os-quota-sets/{target}', 200, limits.update),
    ('DELETE', '/os-quota-sets/{target}', 200, limits.reset),
    ('GET', '/os-quota-sets/{target}/defaults', 200, limits.defaults),
    ('GET', '/os-availability-zone', 200, zones),
    ('GET', '/os-services', 200, services),
    *(('GET', f'/{plural}{more}', 200, nothing(plural)) for plural in
      ('backups', 'groups', 'consistencygroups', 'messages') for more in ('', '/detail')),
    ('GET', '/extensions', 200, nothing('extensions')),
    ('GET', '/qos-specs', 200, nothing('qos_specs')),
    ('GET', '/volume-transfers', 200, nothing('transfers')),
    ('GET', '/volume-transfers/detail', 200, nothing('transfers')),
    ('GET', '/scheduler-stats/get_pools', 200, pools),
)


def _for_project(handler, call, project_id, **names):
    """Cinder takes the caller's own project in the path, and anybody's from an administrator."""
    if project_id != call.ctxt.project_id and not call.admin:
        raise errors.Invalid('Malformed request url')
    return handler(call, **names)


ROUTES = (
    ('GET', '/', 300, version.index),
    ('GET', '/v3', 200, version.index),
    *((method, f'/v3{path}', status, functools.partial(version.served, handler))
      for method, path, status, handler in NOUNS),
    *((method, f'/v3/{{project_id}}{path}', status,
       functools.partial(version.served, functools.partial(_for_project, handler)))
      for method, path, status, handler in NOUNS),
)
