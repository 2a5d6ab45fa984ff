"""What is to be seen of a cloud from outside: in its database, and in the hosts' own files."""

import pathlib

from novalite.db import facts
from novalite.hypervisor import simulated


def look(db, directory, accepted=(), now=None):
    """The facts for ``invariants``; ``directory`` is the state directory of the hosts.

    The hosts first: what is written afterwards may be newer, and is looked at again.
    """
    there = guests(directory)
    with db.read() as connection:
        return facts.whole(connection, there, accepted, now)


def guests(directory):
    """What the simulated hosts of a state directory have: host -> uuid -> power_state.

    Read as the hosts' own files tell it, without asking anybody.
    """
    there = {}
    for file in sorted(pathlib.Path(directory, 'guests').glob('*.jsonl')):
        there |= simulated.on_shelf(file)       # a host is one worker's
    return {host: {uuid: guest['power_state'] for uuid, guest in found.items()}
            for host, found in there.items()}


def longest_silence(found, deaths):
    """Seconds from the death of a worker to the end of the last event it had in hand; or None.

    ``deaths`` are (time, prefix of the names of its hosts). Which a recovery has ended, by a
    fault or by a new placement, or the worker when it was back.
    """
    seconds = [(event.finish_time - time).total_seconds()
               for time, prefix in deaths for event in found.events
               if event.host and event.host.startswith(prefix) and event.start_time <= time
               and event.finish_time and event.finish_time > time]
    return max(seconds, default=None)
