"""Write down what the user wants, then tell the conductor."""

from novalite import errors
from novalite.db import history
from novalite.db import servers
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
    tell(req, server.uuid, action)


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


def tell(req, uuid, action):
    """Commit first, then cast: the other order loses work."""
    req.service.conductor.run(req.context.hop(f'api.{action.name}'), uuid)


def refuse_locked(req, server):
    """A locked server is left alone by all but administrators."""
    if server.locked and not req.is_admin:
        raise errors.ServerLocked(uuid=server.uuid)
