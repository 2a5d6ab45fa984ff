"""What is being waited for: each action that has not ended, at which step, of whom, until when.

``novalite status`` and ``novalite-manage waiting`` show it.
"""

from novalite.db import history
from novalite.db import hosts

#: So many actions are told of, the oldest.
MOST = 1000


def read(connection, conf, now):
    """Who is quiet, and the actions under way, the oldest first; times as the API has them.

    ``turn`` of an action is 'host', 'conductor' (it has a step in hand, which asks the services
    around) or 'nobody' (a conductor is to take it up); ``at_work_since`` is None if nobody says
    that the step has begun.
    """
    alive_since = hosts.alive_since(conf, now)
    rows = history.under_way(connection, MOST)
    begun = history.begun(connection, [row.id for row in rows])
    found = hosts.named(connection, sorted({row.held_by for row in rows if row.held_by}))
    seen = hosts.daemon_last_seen(connection, 'nova-conductor')
    return {
        'now': _time(now), 'under_way': history.count_under_way(connection),
        'conductors': {'last_seen': _time(seen), 'quiet': seen is None or seen < alive_since},
        'waiting': [_action(row, begun.get(row.id), found.get(row.held_by), alive_since, now)
                    for row in rows]}


def _action(row, begun, host, alive_since, now):
    turn = 'host' if row.held_by else 'conductor' if row.lease_until else 'nobody'
    return {
        'server': row.server, 'name': row.server_name, 'vm_state': row.vm_state,
        'task_state': row.task_state, 'action': row.name, 'request_id': row.request_id,
        'step': row.step, 'way': 'back' if row.back else 'forward', 'attempt': row.attempt,
        'turn': turn, 'host': row.held_by, 'since': _time(row.updated_at),
        'at_work_since': _time(begun), 'lease_until': _time(row.lease_until),
        'deadline': _time(row.deadline), 'started': _time(row.start_time),
        'last_seen': _time(host.last_seen) if host else None,
        'quiet': row.held_by is not None and not hosts.up(host, alive_since),
        'lease_is_over': row.lease_until is not None and row.lease_until < now,
        'is_late': row.deadline is not None and row.deadline < now}


def _time(time):
    return time and time.isoformat(timespec='milliseconds') + 'Z'
