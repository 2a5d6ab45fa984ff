"""How much of each thing a project may have: shown to it, set by administrators."""

import re

from novalite import errors
from novalite.db import network_quotas as quotas


def index(call):
    """GET /quotas: the projects that have limits of their own."""
    _administrators_only(call)
    with call.db.read() as connection:
        return {'quotas': [_with_project(connection, project_id)
                           for project_id in quotas.limited(connection)]}


def _with_project(connection, project_id):
    return quotas.limits(connection, project_id) | {
        'project_id': project_id, 'tenant_id': project_id}


def _administrators_only(call):
    if not call.admin:
        raise errors.Forbidden('rule:update_quota is disallowed by policy')


def show(call, project_id):
    """GET /quotas/{project_id}"""
    _refuse_others(call, project_id)
    with call.db.read() as connection:
        return {'quota': _with_project(connection, project_id)}


def _refuse_others(call, project_id):
    if not call.admin and project_id != call.ctxt.project_id:
        raise errors.Forbidden('rule:get_quota is disallowed by policy')


def defaults(call, project_id):
    """GET /quotas/{project_id}/default"""
    _refuse_others(call, project_id)
    return {'quota': quotas.LIMITS | {'project_id': project_id, 'tenant_id': project_id}}


def details(call, project_id):
    """GET /quotas/{project_id}/details: with what is used."""
    _refuse_others(call, project_id)
    with call.db.read() as connection:
        limits, used = quotas.limits(connection, project_id), quotas.used(connection, project_id)
    return {'quota': {name: {'limit': limit, 'used': used.get(name, 0), 'reserved': 0}
                      for name, limit in limits.items()}}


def update(call, project_id):
    """PUT /quotas/{project_id}: 200 with all limits; -1 is none."""
    _administrators_only(call)
    if len(project_id) > 64:
        raise errors.InvalidField(name='project_id', value=project_id[:255],
                                  reason='It has at most 64 characters.')
    given = {name: value for name, value in call.root('quota').items()
             if name not in ('project_id', 'tenant_id', 'force', 'check_limit')}
    for name, value in given.items():
        if name not in quotas.LIMITS:
            raise errors.Invalid(f"Unrecognized attribute(s) '{name}'")
        if isinstance(value, bool) or not re.fullmatch('-1|[0-9]{1,9}', str(value)):
            raise errors.Invalid(f"Invalid input for {name}. Reason: '{value}' is not an integer.")
    with call.db.write() as connection:
        for name, value in given.items():
            quotas.set_limit(connection, project_id, name, int(value))
        return {'quota': _with_project(connection, project_id)}


def reset(call, project_id):
    """DELETE /quotas/{project_id}: 204; the defaults again."""
    if not call.admin:
        raise errors.Forbidden('rule:delete_quota is disallowed by policy')
    with call.db.write() as connection:
        quotas.reset(connection, project_id)
