"""Images, networks and volumes, whoever keeps them.

Each is kept by our own tables, where its neighbour is enabled; by a real service, where its
section of the configuration says how to ask it; or by nobody. Whoever uses one cannot tell.

What changes our own tables goes through the transaction that also makes the promise or
records the step. A real service is asked outside of any transaction: ``asks_outside`` tells.
"""

import types

from novalite.services import nowhere
from novalite.services import own

NAMES = ('images', 'networks', 'volumes')


class Services:
    """Where images, networks and volumes are, by this configuration."""

    def __init__(self, conf, db, runtime):
        self._db, self._runtime = db, runtime
        self._own = frozenset(conf.neighbours.enabled).intersection(NAMES)

    def has(self, name):
        """Whether there is such a service at all."""
        return name in self._own

    def asks_outside(self, names):
        """Whether one of these is not to be asked within a transaction."""
        return False

    def for_steps(self, connection):
        """What a step of the conductor uses: ``images``, ``networks`` and ``volumes``."""
        return types.SimpleNamespace(
            images=self._kept(own.Images, nowhere.Images, 'images', connection),
            networks=self._kept(own.Networks, nowhere.Networks, 'networks', connection),
            # Where there are none, no server has any: nothing is done, and nothing is found.
            volumes=own.Volumes(connection, self._runtime))

    def _kept(self, here, there, name, connection):
        return here(connection, self._runtime) if name in self._own else there()
