"""What Nova does where novalite recovers: ``[recovery] semantics = nova``.

All that is different in that world is here, but for these: a conductor has no sweep and
drives nothing that is handed back (``daemon``, ``runner``), a host that is gone is not
given up (``walk``), and a message is said once (``bus``).
"""

from novalite.db import history
from novalite.db import servers
from novalite.servers.states import Task
from novalite.servers.states import Vm

#: What Nova's compute service begins again when it starts, and finds it unfinished.
REDONE = frozenset({Task.DELETING, Task.POWERING_OFF, Task.POWERING_ON})
#: What it puts in ERROR, because nobody knows what there is on the host.
BROKEN = frozenset({Task.REBUILDING, Task.RESIZE_FINISH})


def is_forgetful(conf):
    return conf.recovery.semantics == 'nova'


def let_go(connection, names, now):
    """A compute service has started anew: put its servers in a state, as Nova's ``init_host`` does.

    No action ends, no event is finished and no fault is written. Returns those
    actions that are done again after all.
    """
    again = []
    for row in history.held_by(connection, names):
        server = servers.get(connection, row.server, lock=True)
        if server.owner != row.request_id:
            continue
        if server.task_state in REDONE:
            again.append(row)
            continue
        lost = server.vm_state == Vm.BUILDING or server.task_state in BROKEN
        servers.forget(connection, server.uuid, now, Vm.ERROR if lost else server.came_from)
    history.untake(connection, again)
    return again
