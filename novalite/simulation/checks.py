"""The promises I1 to I8 (``novalite.invariants``), held against a world.

``running`` may be asked at any moment, ``resting`` when the faults are off and nothing is under
way any more. Both answer violations, which is what a simulation looks for.
"""

import dataclasses
import datetime

from novalite import invariants
from novalite.db import facts
from novalite.db import history
from novalite.simulation import runtime


class Checks:
    """``accepted`` is what clients were promised: {request id: the server's uuid}."""

    def __init__(self, world):
        self._world = world
        self.accepted = {}
        self._before = invariants.Facts()

    def running(self):
        """What is broken though all may still be under way."""
        with self._world.read() as connection:
            found = facts.so_far(connection, self._promised(), self._now())
        return self._broken(found, invariants.ALWAYS)

    def resting(self):
        """What is broken once everything has had the time to come to its end."""
        with self._world.read() as connection:
            found = dataclasses.replace(
                facts.whole(connection, self._guests(), self._promised(), self._now()),
                vanished=frozenset(self._world.vanished))
        return self._broken(found)

    def under_way(self):
        """How many actions have not ended."""
        with self._world.read() as connection:
            return history.count_under_way(connection)

    def _broken(self, found, *checks):
        before, self._before = self._before, found
        return [*invariants.forgotten(before, found), *invariants.violations(found, *checks)]

    def _promised(self):
        return [(request_id, server, 'a request')
                for request_id, server in self.accepted.items()]

    def _now(self):
        return runtime.BEGINNING + datetime.timedelta(seconds=self._world.timeline.now)

    def _guests(self):
        return {host: {uuid: guest['power_state'] for uuid, guest in guests.items()}
                for host, guests in self._world.guests().items()}
