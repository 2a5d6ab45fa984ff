"""The trace of a request: what it asked, the steps it took where, and how they ended.

``GET /trace/{request id}`` for whose project it was and for administrators;
``novalite-manage trace`` shows the same.
"""

import hashlib

import falcon

from novalite import context
from novalite import errors
from novalite.db import history
from novalite.db import hosts
from novalite.db import servers


def read(connection, request_id):
    """The actions of a request, each with its server, events and faults, oldest first."""
    return [_action(connection, row) for row in history.actions_with(connection, request_id)]


def _action(connection, row):
    events = history.events_of(connection, [row.id])
    faults = [fault for fault in history.faults_of(connection, row.server)
              if fault.request_id == row.request_id]
    return {
        'request_id': row.request_id, 'action': row.name, 'server': row.server,
        'name': servers.get(connection, row.server).name,
        'project_id': row.project_id, 'user_id': row.user_id,
        'global_request_id': row.context.get('global_request_id'),
        'start_time': _time(row.start_time), 'finish_time': _time(row.finish_time),
        'message': row.message, 'step': row.step, 'attempt': row.attempt,
        'held_by': row.held_by, 'waits_for': _waits_for(connection, row),
        'hops': _hops(row, events),
        'events': [{
            'event': event.name, 'step': event.step, 'attempt': event.attempt,
            'host': event.host, 'hops': event.hops, 'start_time': _time(event.start_time),
            'finish_time': _time(event.finish_time), 'result': event.result,
            'details': event.details,
        } for event in reversed(events)],
        'faults': [{
            'code': fault.code, 'message': fault.message, 'created': _time(fault.created),
            'details': fault.details,
        } for fault in faults],
    }


def _waits_for(connection, row):
    """Whose turn it is, and when that one was heard of last; None for what has ended."""
    if row.finish_time is not None:
        return None
    host = row.held_by and hosts.get(connection, row.held_by)
    if host:
        return {'who': 'host', 'host': host.name, 'last_seen': _time(host.last_seen)}
    seen = hosts.daemon_last_seen(connection, 'nova-conductor')
    return {'who': 'conductor', 'host': None, 'last_seen': _time(seen)}


def _hops(row, events):
    """The way the request has gone so far: that of its latest event."""
    return events[0].hops if events else row.context.get('hops', [])


def _time(time):
    return time and time.isoformat(timespec='microseconds') + 'Z'


def app(db):
    """The WSGI application, to be mounted at ``/trace`` behind the authentication."""
    application = falcon.App()
    application.add_route('/{request_id}', _Trace(db))
    application.add_error_handler(errors.Unavailable, _unavailable)
    return application


def _unavailable(_req, _resp, exc, _params):
    raise falcon.HTTPServiceUnavailable(description=str(exc), retry_after=5)


class _Trace:
    def __init__(self, db):
        self._db = db

    def on_get(self, req, resp, request_id):
        ctxt = context.RequestContext.from_environ(req.env)
        status = req.env.get('HTTP_X_IDENTITY_STATUS')
        if status == 'Unavailable':
            raise errors.Unavailable()
        if status != 'Confirmed':
            raise falcon.HTTPUnauthorized
        if '\0' in request_id:
            raise falcon.HTTPNotFound       # no id has one, and databases choke on it
        with self._db.read() as connection:
            actions = read(connection, request_id)
        admin = 'admin' in ctxt.roles
        seen = [_for(action, admin) for action in actions
                if admin or action['project_id'] == ctxt.project_id]
        if not seen:
            raise falcon.HTTPNotFound(description=f'Nothing is known of request {request_id}.')
        resp.media = {'actions': seen}


def _for(action, admin):
    """Names of hosts and details are for administrators, as in the compute API.

    Others see each host under the same word as long as the request lasts, so
    that the way can still be followed.
    """
    if admin:
        return action
    words = {event['host']: _word(action, event['host']) for event in action['events']}
    waits_for = action['waits_for'] and action['waits_for'] | {
        'host': action['held_by'] and _word(action, action['held_by'])}
    return _without(action, 'held_by') | {
        'waits_for': waits_for,
        'hops': _reworded(action['hops'], words),
        'events': [_without(event, 'details') | {
            'host': words[event['host']], 'hops': _reworded(event['hops'], words),
        } for event in action['events']],
        'faults': [_without(fault, 'details') for fault in action['faults']]}


def _without(thing, name):
    return {key: value for key, value in thing.items() if key != name}


def _word(action, host):
    """The beginning of what the compute API shows a tenant as ``hostId``."""
    return hashlib.sha224(f'{action["project_id"]}{host}'.encode()).hexdigest()[:8]


def _reworded(hops, words):
    return ['.'.join((words.get(host, host), step))
            for host, _, step in (hop.rpartition('.') for hop in hops)]
