"""Bindings of a port to hosts: one is active, others wait for a server that moves there."""

from novalite import errors
from novalite.db import networks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.port import PORT


def _view(host, vnic_type, profile, active):
    return {'host': host, 'vif_type': 'ovs', 'vif_details': {'port_filter': True},
            'vnic_type': vnic_type, 'profile': profile,
            'status': 'ACTIVE' if active else 'INACTIVE'}


def _all(row):
    """Host -> its binding as it is shown."""
    found = {row.host: _view(row.host, row.vnic_type, row.profile, True)} if row.host else {}
    return found | {host: _view(host, one['vnic_type'], one['profile'], False)
                    for host, one in (row.bindings or {}).items()}


def _port(call, connection, row_id, lock=False):
    if not call.admin:
        raise errors.Forbidden('rule:get_port_binding is disallowed by policy')
    return PORT.fetch(call, connection, row_id, lock=lock)


def index(call, row_id):
    """GET /ports/{id}/bindings"""
    with call.db.read() as connection:
        return {'bindings': list(_all(_port(call, connection, row_id)).values())}


def show(call, row_id, host):
    """GET /ports/{id}/bindings/{host}"""
    with call.db.read() as connection:
        return {'binding': _one(_port(call, connection, row_id), host)}


def _one(row, host):
    found = _all(row)
    if host not in found:
        raise errors.NotFound(f'Binding for port {row.id} for host {host} could not be found.')
    return found[host]


_GIVEN = nouns.record(host=nouns.text(least=1), vnic_type=nouns.text(64), profile=nouns.mapping)


def _given(call):
    try:
        return _GIVEN(call.root('binding'))
    except (ValueError, TypeError) as exc:
        raise errors.Invalid(f'Invalid input for binding. Reason: {exc}') from None


def create(call, row_id):
    """POST /ports/{id}/bindings: 201; active if it is the first."""
    given = _given(call)
    host = given.get('host')
    if host is None:
        raise errors.Invalid("Failed to parse request. Required attribute 'host' not specified")
    with call.db.write() as connection:
        row = _port(call, connection, row_id, lock=True)
        if host in _all(row):
            raise errors.Conflict(f'Binding for port {row_id} on host {host} already exists.')
        one = {'vnic_type': given.get('vnic_type', 'normal'), 'profile': given.get('profile', {})}
        if row.host:
            _set(call, connection, row, bindings=(row.bindings or {}) | {host: one})
        else:
            _set(call, connection, row, host=host, status='ACTIVE', **one)
        return {'binding': _one(PORT.fetch(call, connection, row_id), host)}


def _set(call, connection, row, **columns):
    networks.change(connection, call.runtime, networks.ports, row.id, **columns)


def update(call, row_id, host):
    """PUT /ports/{id}/bindings/{host}"""
    given = {name: value for name, value in _given(call).items() if name != 'host'}
    with call.db.write() as connection:
        row = _port(call, connection, row_id, lock=True)
        _one(row, host)
        if host == row.host:
            _set(call, connection, row, **given)
        else:
            _set(call, connection, row, bindings=row.bindings | {
                host: row.bindings[host] | given})
        return {'binding': _one(PORT.fetch(call, connection, row_id), host)}


def delete(call, row_id, host):
    """DELETE /ports/{id}/bindings/{host}: 204"""
    with call.db.write() as connection:
        row = _port(call, connection, row_id, lock=True)
        _one(row, host)
        if host == row.host:
            _set(call, connection, row, host='', profile={}, status='DOWN')
        else:
            _set(call, connection, row, bindings=_without(row, host))


def _without(row, host):
    return {name: one for name, one in row.bindings.items() if name != host}


def activate(call, row_id, host):
    """PUT /ports/{id}/bindings/{host}/activate: 200; the one that was active waits now."""
    with call.db.write() as connection:
        row = _port(call, connection, row_id, lock=True)
        _one(row, host)
        if host == row.host:
            raise errors.Conflict(f'Binding for port {row_id} on host {host} is already active.')
        others = _without(row, host) | (
            {row.host: {'vnic_type': row.vnic_type, 'profile': row.profile}} if row.host else {})
        _set(call, connection, row, host=host, status='ACTIVE', bindings=others,
             **row.bindings[host])
        return {'binding': _one(PORT.fetch(call, connection, row_id), host)}
