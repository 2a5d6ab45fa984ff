"""What happened to one server, as text: what was asked, step by step, and what befell whom."""

import datetime

import sqlalchemy as sa

from novalite.db import history
from novalite.db import models
from novalite.simulation import runtime

#: So long before what is told, an accident may have had to do with it: in seconds.
NEAR = 60.0


def tell(connection, accidents, server, request_id=None):
    """The causal tree of a server's actions and events, with the accidents near them.

    ``accidents`` are [from, until, what, whom]. With a request id: of that action, and of those
    that were begun since.
    """
    actions = connection.execute(
        sa.select(models.actions).where(models.actions.c.server == server)
        .order_by(models.actions.c.id)).all()
    wanted = next((row.id for row in actions if row.request_id == request_id), None)
    if wanted is not None:
        # The one before says from what state it came.
        before = [row.id for row in actions if row.id < wanted]
        actions = [row for row in actions if row.id >= (before[-1] if before else wanted)]
    if not actions:
        return f'Nothing is written of server {server}.\n'
    begin = _seconds(actions[0].start_time)
    end = max(_seconds(row.finish_time or row.updated_at) for row in actions)
    lines = [_line(begin, 0, f'server {server}')]
    for row in actions:
        lines.extend(_action(connection, row))
    lines.extend(
        _line(at, 0, f'!! {what}{_of(whom, what)}'
                     f'{"" if until is None else f", mended at {until:.3f}"}')
        for at, until, what, whom in accidents
        if at <= end and (until is None or until >= begin - NEAR))
    server_row = connection.execute(
        sa.select(models.servers).where(models.servers.c.uuid == server)).one_or_none()
    lines.sort(key=lambda line: line[0])
    found = [f'{at:10.3f}  {"  " * depth}{text}' for at, depth, text in lines]
    if server_row is not None:
        found.append(f'       now  {server_row.vm_state}/{server_row.task_state}, '
                     f'host {server_row.host}, destination {server_row.destination}, '
                     f'origin {server_row.origin}, owner {server_row.owner}')
    return '\n'.join(found) + '\n'


def _of(whom, what):
    return '' if what.endswith(whom) else f' ({whom})'


def _action(connection, row):
    yield _line(_seconds(row.start_time), 0, f'{row.name} is accepted ({row.request_id})')
    events = connection.execute(
        sa.select(models.events).where(models.events.c.action_id == row.id)
        .order_by(models.events.c.id)).all()
    for event in events:
        where = f' on {event.host}' if event.host else ''
        yield _line(_seconds(event.start_time), 1,
                    f'{event.name}{where} begins, attempt {event.attempt}: '
                    f'{" > ".join(event.hops)}')
        if event.finish_time is not None:
            said = f': {event.details}' if event.details else ''
            yield _line(_seconds(event.finish_time), 1, f'{event.name}{where} ends, '
                        f'{event.result}{said}')
    for fault in history.faults_of(connection, row.server):
        if fault.request_id == row.request_id:
            yield _line(_seconds(fault.created), 1, f'fault {fault.code}: {fault.message}')
    if row.finish_time is not None:
        yield _line(_seconds(row.finish_time), 0, f'{row.name} ends'
                    f'{" with an error" if row.message else ""} ({row.request_id})')
    else:
        yield _line(_seconds(row.updated_at), 0,
                    f'{row.name} has not ended: step {row.step}, attempt {row.attempt}, '
                    f'held by {row.held_by} until {row.lease_until} ({row.request_id})')


def _line(at, depth, text):
    return at, depth, text


def _seconds(moment):
    return (moment - runtime.BEGINNING) / datetime.timedelta(seconds=1)
