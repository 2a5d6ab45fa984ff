"""Instance actions, their events, and faults: added and closed, never changed."""

import datetime

import sqlalchemy as sa

from novalite import errors
from novalite.db import statements
from novalite.db.models import actions
from novalite.db.models import events
from novalite.db.models import faults
from novalite.db.models import hosts
from novalite.db.models import servers
from novalite.servers import machine

#: The form of the actions' rows: which columns say where an action is, what its parameters are,
#: and what the steps are called. A change that a conductor of the version before could not drive
#: takes the next number: it then leaves such rows to the conductors that are newer.
FORMAT = 1


# Actions

def open_action(connection, ctxt, uuid, action, params, now, seconds=None):
    """Write an action down with its first step to be taken: from here on it is a promise.

    It is to end within ``seconds``; those of the machine's row unless others are configured.
    """
    deadline = now + datetime.timedelta(seconds=seconds or action.deadline)
    statements.insert(connection, actions, dict(
        server=uuid, request_id=ctxt.request_id, user_id=ctxt.user_id,
        project_id=ctxt.project_id, name=action.name, verb=action.verb, params=params,
        context=ctxt.to_dict(), start_time=now, updated_at=now, step=action.steps[0].name,
        back=False, attempt=0, deadline=deadline, format=FORMAT))


def note_action(connection, ctxt, uuid, name, now):
    """Write down an action that was done within the request itself."""
    statements.insert(connection, actions, dict(
        server=uuid, request_id=ctxt.request_id, user_id=ctxt.user_id,
        project_id=ctxt.project_id, name=name, verb=name, params={}, context=ctxt.to_dict(),
        start_time=now, updated_at=now, finish_time=now, back=False, attempt=0))


def action(connection, uuid, request_id, lock=False):
    """One action's row, or None."""
    return statements.select(actions, 'server', 'request_id', lock=lock).row(
        connection, {'server': uuid, 'request_id': request_id})


def update_action(connection, row, **values):
    statements.update(connection, actions, {'id': row.id}, values)


def cancel(connection, uuid, request_id, by):
    """Have an action turn back, if it is still on its way forward; whether it is."""
    return connection.execute(sa.update(actions).where(
        actions.c.server == uuid, actions.c.request_id == request_id,
        actions.c.finish_time.is_(None), actions.c.back.is_(False),
    ).values(cancelled_by=by)).rowcount == 1


def actions_of(connection, uuid, limit=None, marker=None, since=None, before=None):
    """A server's actions, newest first, in pages that begin after a request id."""
    query = sa.select(actions).where(actions.c.server == uuid)
    if marker is not None:
        last = action(connection, uuid, marker)
        if last is None:
            raise errors.MarkerNotFound(marker=marker)
        query = query.where(actions.c.id < last.id)
    if since is not None:
        query = query.where(actions.c.updated_at >= since)
    if before is not None:
        query = query.where(actions.c.updated_at <= before)
    return connection.execute(query.order_by(actions.c.id.desc()).limit(limit)).all()


def actions_with(connection, request_id):
    """Every action of one request: one for each server it was about."""
    return connection.execute(
        sa.select(actions).where(actions.c.request_id == request_id)
        .order_by(actions.c.id)).all()


def untaken(connection, before, now, leased_until, gone, most):
    """Actions that wait in vain, the oldest first: one query, over those that have not ended.

    Nobody has taken them up since ``before``, or the lease of whoever did has ended by
    ``leased_until``, or its host is ``gone`` (a condition), or the deadline of the way forward
    is over. An errand of a conductor, which no host holds, waits for nobody to be heard of.
    """
    in_vain = (
        actions.c.lease_until.is_(None) & (actions.c.updated_at < before)
        | (actions.c.lease_until < leased_until)
        | actions.c.held_by.is_(None) & (actions.c.lease_until < now)
        | (actions.c.held_by.is_not(None) & gone)
        | ((actions.c.deadline < now) | actions.c.cancelled_by.is_not(None))
        & actions.c.back.is_(False))
    return connection.execute(
        sa.select(actions).join(hosts, hosts.c.name == actions.c.held_by, isouter=True)
        .where(actions.c.finish_time.is_(None), actions.c.format <= FORMAT, in_vain)
        .order_by(actions.c.id).limit(most)).all()


def newer(connection):
    """How many actions under way are of a newer form than ours."""
    return connection.execute(sa.select(sa.func.count()).where(
        actions.c.finish_time.is_(None), actions.c.format > FORMAT)).scalar()


def under_way(connection, most):
    """Actions that have not ended, the oldest first, with ``server_name``, ``vm_state`` and
    ``task_state`` of their servers."""
    return connection.execute(
        sa.select(actions, servers.c.name.label('server_name'), servers.c.vm_state,
                  servers.c.task_state)
        .join(servers, servers.c.uuid == actions.c.server)
        .where(actions.c.finish_time.is_(None)).order_by(actions.c.id).limit(most)).all()


def count_under_way(connection):
    """How many actions have not ended."""
    return connection.execute(sa.select(sa.func.count()).select_from(actions).where(
        actions.c.finish_time.is_(None))).scalar()


def begun(connection, action_ids):
    """Since when the steps are at work that these actions are at: action's id -> time.

    Without those of which nobody has said that they have begun, and steps that show no event.
    """
    return dict(connection.execute(
        sa.select(events.c.action_id, sa.func.max(events.c.start_time))
        .where(events.c.action_id.in_(action_ids), events.c.finish_time.is_(None))
        .group_by(events.c.action_id)).all())


def renew(connection, in_hand, lease_until):
    """A worker has these steps in hand: (server, request id, attempt) of each."""
    if in_hand:
        this = sa.tuple_(actions.c.server, actions.c.request_id, actions.c.attempt)
        connection.execute(
            sa.update(actions).where(this.in_([tuple(held) for held in in_hand]),
                                     actions.c.lease_until.is_not(None))
            .values(lease_until=lease_until))


def held_by(connection, names):
    """What these hosts have in hand, the oldest first."""
    return connection.execute(sa.select(actions).where(
        actions.c.finish_time.is_(None), actions.c.held_by.in_(names))
        .order_by(actions.c.id)).all()


def let_go(connection, names):
    """Take back the steps that these hosts had in hand; those we know are driven anew."""
    rows = held_by(connection, names)
    untake(connection, rows)
    return [row for row in rows if row.format <= FORMAT]


def untake(connection, rows):
    """Nobody holds these actions any more."""
    if rows:
        connection.execute(
            sa.update(actions).where(actions.c.id.in_([row.id for row in rows]))
            .values(held_by=None, lease_until=None))


# Events

_CLOSE = statements.Prepared(sa.update(events).where(
    events.c.action_id == sa.bindparam('of'), events.c.step == sa.bindparam('at'),
    events.c.attempt == sa.bindparam('on'), events.c.finish_time.is_(None),
).values({name: sa.bindparam(name)
          for name in ('finish_time', 'result', 'details', 'traceback')}))


def open_events(connection, row, step, attempt, ctxt, host, now):
    """Begin a step's events; a report that comes twice begins them once."""
    if step.shows and not _begun(connection, row, step, attempt):
        for name in step.shows:
            statements.insert(connection, events, {
                'action_id': row.id, 'name': name, 'step': step.name, 'attempt': attempt,
                'host': host, 'hops': list(ctxt.hops), 'start_time': now})


def _begun(connection, row, step, attempt):
    return bool(statements.select(events, 'action_id', 'step', 'attempt').rows(
        connection, {'action_id': row.id, 'step': step.name, 'attempt': attempt}))


def close_events(connection, row, step, attempt, now, fault=None):
    """Finish a step's events, each once: Success, or Error with what the fault says."""
    if not step.shows:
        return
    _CLOSE.run(connection, {
        'of': row.id, 'at': step.name, 'on': attempt, 'finish_time': now,
        'result': 'Error' if fault else 'Success',
        'details': fault['message'] if fault else None,
        'traceback': fault['details'] if fault else None})


def close_lost_events(connection, row, now, reason):
    """Finish every event of an action that is still open: whoever had it will not."""
    connection.execute(
        sa.update(events).where(events.c.action_id == row.id, events.c.finish_time.is_(None))
        .values(finish_time=now, result='Error', details=reason))


def events_of(connection, action_ids):
    """The events of some actions, newest first as Nova shows them."""
    return connection.execute(
        sa.select(events).where(events.c.action_id.in_(action_ids))
        .order_by(events.c.id.desc())).all()


# Faults

def add_fault(connection, uuid, request_id, fault, now):
    statements.insert(connection, faults, dict(
        server=uuid, request_id=request_id, code=fault['code'], message=fault['message'],
        details=fault['details'], created=now))


def latest_faults(connection, uuids):
    """The newest fault of each server, by uuid."""
    newest = (sa.select(sa.func.max(faults.c.id)).where(faults.c.server.in_(uuids))
              .group_by(faults.c.server))
    rows = connection.execute(sa.select(faults).where(faults.c.id.in_(newest))).all()
    return {row.server: row for row in rows}


def faults_of(connection, uuid):
    """Every fault a server has had, oldest first."""
    return connection.execute(
        sa.select(faults).where(faults.c.server == uuid).order_by(faults.c.id)).all()


def row_of(action_row):
    """The machine's row an action was begun by."""
    return machine.VERBS[action_row.verb]
