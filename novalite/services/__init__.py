"""Images, networks and volumes, whoever keeps them.

Each is kept by our own tables, where its neighbour is enabled; by a real service, where its
section of the configuration says how to ask it; or by nobody. Whoever uses one cannot tell.

What changes our own tables goes through the transaction that also makes the promise or
records the step. A real service is asked outside of any transaction: ``asks_outside`` tells
the conductor, and ``asked`` says how a request of the API does it.
"""

import functools
import types

from novalite import errors
from novalite.services import apart
from novalite.services import asked
from novalite.services import cinder
from novalite.services import glance
from novalite.services import neutron
from novalite.services import nowhere
from novalite.services import own
from novalite.services import remote

#: What is kept, and the section that says how to ask the real service.
SECTIONS = {'images': 'glance', 'networks': 'neutron', 'volumes': 'cinder'}


class Services:
    """Where images, networks and volumes are, by this configuration."""

    def __init__(self, conf, db, runtime):
        self._conf, self._db, self._runtime = conf, db, runtime
        self._own = frozenset(conf.neighbours.enabled).intersection(SECTIONS)
        self._real = {name: remote.Service(conf, section) for name, section in SECTIONS.items()
                      if name not in self._own and remote.is_configured(conf, section)}
        if self._real and 'identity' in conf.neighbours.enabled:
            raise errors.CannotStart(
                f'[{SECTIONS[min(self._real)]}] names a real service, which takes no tokens of '
                'our own: leave identity out of [neighbours] enabled too.')

    def has(self, name):
        """Whether there is such a service at all."""
        return name in self._own or name in self._real

    def is_real(self, name):
        return name in self._real

    def asks_outside(self, names):
        """Whether one of these is not to be asked within a transaction."""
        return any(name in self._real for name in names)

    def for_steps(self, connection):
        """What a step of the conductor uses: ``images``, ``networks`` and ``volumes``.

        A step outside of any transaction gives no connection.
        """
        return types.SimpleNamespace(
            images=self._of_steps('images', own.Images, nowhere.Images, connection),
            networks=self._of_steps('networks', own.Networks, nowhere.Networks, connection),
            # Where there are none, no server has any: nothing is done, and nothing is found.
            volumes=self._of_steps('volumes', own.Volumes, None, connection))

    def _of_steps(self, name, here, there, connection):
        if name in self._real:
            return self._steps[name](self._real[name])
        if name not in self._own and there is not None:
            return there()
        make = functools.partial(here, runtime=self._runtime)
        return make(connection) if connection is not None else apart.Apart(make, self._db)

    @property
    def _steps(self):
        return {'images': glance.Images, 'networks': neutron.Networks,
                'volumes': lambda service: cinder.Volumes(service, self._conf, self._runtime)}

    def for_request(self, ctxt, user_auth, answers):
        """The same of a request of the API, see ``asked``."""
        real = {name: service.as_user(user_auth) for name, service in self._real.items()}
        return types.SimpleNamespace(
            images=glance.Asked(real['images'], answers) if 'images' in real
            else asked.Images(self._runtime, ctxt),
            networks=neutron.Asked(self._real['networks'], real['networks'], answers,
                                   self._runtime, ctxt) if 'networks' in real
            else asked.Networks(self._runtime, ctxt),
            volumes=cinder.Asked(real['volumes'], answers) if 'volumes' in real
            else asked.Volumes(self._runtime, ctxt))
