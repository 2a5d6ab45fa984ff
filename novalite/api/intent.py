"""Write down what the user wants, then tell the conductor."""

import functools

from novalite import context
from novalite import errors
from novalite.db import history
from novalite.db import server_tags
from novalite.db import servers
from novalite.notify import events
from novalite.notify import payloads
from novalite.servers import machine


def act(req, server, verb, params=None, **values):
    """Put an action in charge of a server: from the commit on it is a promise.

    ``values`` are columns that change in the same statement. Raises
    ActionNotAllowed or ServerLocked, and nothing has changed then.
    """
    action = machine.VERBS[verb]
    refuse_locked(req, server)
    with req.db.write() as connection:
        begin(req, connection, server.uuid, action, params or {}, **values)
    tell(req, server.uuid, action, server)


def begin(req, connection, uuid, action, params, **values):
    now = req.runtime.now()
    servers.begin(connection, req.context, uuid, action, now, **values)
    write(req, connection, uuid, action, params, now)


def write(req, connection, uuid, action, params, now):
    """The action itself, for a server that is in its charge already."""
    history.open_action(connection, req.context.hop(f'api.{action.name}'), uuid, action, params,
                        now, req.conf.conductor.deadlines.get(action.name))


def note(req, server, name, **values):
    """Change a server within the request, and write down that it was asked for."""
    now = req.runtime.now()
    with req.db.write() as connection:
        servers.edit(connection, server.uuid, now, **values)
        history.note_action(connection, req.context, server.uuid, name, now)
    changed(req, server.uuid, server)


def cancel(req, server, request_id, name):
    """Have an action turn back that is under way, and write down that it was asked for."""
    now = req.runtime.now()
    with req.db.write() as connection:
        if not history.cancel(connection, server.uuid, request_id, req.context.request_id):
            raise errors.Conflict(f'It is too late: action {request_id} of instance '
                                  f'{server.uuid} is ending already.')
        history.note_action(connection, req.context, server.uuid, name, now)
        row = history.action(connection, server.uuid, request_id)
    req.service.conductor.run(context.RequestContext.from_dict(row.context), server.uuid)


def tell(req, uuid, action, before=None):
    """Commit first, then cast: the other order loses work. ``before`` is its row till now."""
    changed(req, uuid, before)
    req.service.conductor.run(req.context.hop(f'api.{action.name}'), uuid)


def told(req, uuid, name):
    """Tell other programs, after the commit, that ``name`` was done to a server in the request."""
    if req.service.notifier.enabled:
        server, facts = _facts(req, uuid)
        req.service.notifier.tell(req.context, [
            events.instance(name, None, f'nova-api:{req.conf.host}', facts(server=server))])


def told_by_host(req, server, name):
    """The same of what Nova's compute service does, and tells from start to end.

    ``server`` is its row as it was then: what was asked for may be done already.
    """
    if req.service.notifier.enabled:
        _, facts = _facts(req, server.uuid)
        req.service.notifier.tell(req.context, [
            events.instance(name, phase, f'nova-compute:{server.host}', facts(server=server))
            for phase in (events.START, events.END)])


def changed(req, uuid, before=None):
    """Tell other programs, if they want to know, that a server has other states or another name.

    ``before`` is its row as it was; by default, at rest where the action in charge found it.
    """
    wanted = req.conf.notifications.notify_on_state_change
    if not wanted or not req.service.notifier.enabled:
        return
    server, facts = _facts(req, uuid)
    states = (before.vm_state, before.task_state) if before else (server.came_from, None)
    old_name = before.name if before and before.name != server.name else None
    if old_name or events.changed(wanted, states, (server.vm_state, server.task_state)):
        req.service.notifier.tell(req.context, [
            events.update(req.conf.host, facts(server=server, before=states, old_name=old_name))])


def tagged(req, uuid):
    """Tell other programs, after the commit, that a server has other tags."""
    if req.service.notifier.enabled:
        server, facts = _facts(req, uuid)
        before = server.vm_state, server.task_state
        req.service.notifier.tell(req.context, [
            events.tagged(req.conf.host, facts(server=server, before=before))])


def _facts(req, uuid):
    with req.db.read() as connection:
        server = servers.get(connection, uuid)
        words = server_tags.of(connection, [uuid]).get(uuid, ())
    return server, functools.partial(
        payloads.Facts, ctxt=req.context, tags=words, now=req.runtime.now(),
        shows_volumes=req.conf.notifications.bdms_in_notifications)


def linger(req, uuid, seconds=1):
    """Give the action that was just told a moment to end.

    For what clients know to be done when they are answered: the next thing they ask for may not
    find it under way. If it takes longer they meet a 409, as with every other action.
    """
    until = req.runtime.monotonic() + seconds
    while req.runtime.monotonic() < until:
        with req.db.read() as connection:
            if history.action(connection, uuid, req.context.request_id).finish_time:
                return
        req.runtime.sleep(0.02)


def refuse_wrong_state(req, server, verb):
    """Raise what ``act`` would, before what else is asked for is looked at, as Nova does."""
    refuse_locked(req, server)
    servers.refuse_wrong_state(server, machine.VERBS[verb])


def refuse_locked(req, server):
    """A locked server is left alone by all but administrators."""
    if server.locked and not req.is_admin:
        raise errors.ServerLocked(uuid=server.uuid)
