"""A simulated cloud with the words of a story: the client of every other test, in virtual time."""

import types

from keystoneauth1 import session as keystone
from keystoneauth1.identity import v3
import openstack
import requests

from novalite import clouds
from novalite.simulation import checks
from novalite.simulation import http
from novalite.simulation import world
from novalite.testing import client


class SimulatedCloud(client.Client):
    """``with SimulatedCloud(seed) as cloud: cloud.tell(story)``; ``story(cloud)`` is a task."""

    def __init__(self, seed=1, **more):
        self.world = world.World(seed, **{
            'quota__instances': -1, 'quota__cores': -1, 'quota__ram': -1} | more)
        self.checks = checks.Checks(self.world)
        super().__init__(self.world.of_kind('api')[0].conf, http.URL)
        self.runtime = self.world.outside
        self._http = http.session(self.world)

    def __enter__(self):
        self.world.start()
        return self

    def __exit__(self, *_):
        self.close()
        self.world.close()

    def connection(self, who='demo'):
        # keystoneauth's own locks know threads, not tasks: each task has a connection.
        key = who, self.world.timeline.current
        if key not in self._connections:
            auth = clouds.entry(self.url, client.PEOPLE[who], self.conf)['auth']
            # keystoneauth reads the real clock, by which a token ends before it is given: it would
            # log in for each request.
            auth = v3.Password(**auth, reauthenticate=False)
            self._connections[key] = openstack.connection.Connection(
                session=keystone.Session(auth, session=http.session(self.world)),
                region_name=self.conf.region)
        return self._connections[key]

    def request(self, method, path, *args, **more):
        """As always; what only reads is asked again while nobody answers."""
        while True:
            try:
                answer = super().request(method, path, *args, **more)
            except requests.ConnectionError:
                if method != 'GET':
                    raise
            else:
                if method != 'GET' or answer.status_code < 500:
                    return answer
            self.runtime.sleep(1)

    def wait(self, reached, seconds=20, tell=lambda: ''):
        """Virtual seconds cost nothing: recovery may take its time."""
        end = self.runtime.monotonic() + 40 * seconds
        while not (value := reached()):
            assert self.runtime.monotonic() < end, f'not within {40 * seconds} s: {tell()}'
            self.runtime.sleep(0.2)
        return value

    @property
    def services(self):
        """The compute workers that there are now, for stories that meddle with them."""
        reconciler = types.SimpleNamespace(leftovers=self._leftovers)
        return types.SimpleNamespace(worker=types.SimpleNamespace(reconciler=reconciler))

    def _leftovers(self):
        for machine in self.world.of_kind('compute'):
            if machine.service is not None:
                machine.service.reconciler.leftovers()

    def tell(self, story, *args, within=600):
        """Let a story run in virtual time; what it returns. What it raises is raised."""
        outcome = []
        self.world.spawn('story', lambda: outcome.append(story(self, *args)))
        assert self.world.run_until(lambda: outcome, within), 'the story has no end'
        return outcome[0]

    def rest(self, within=900):
        """Let time pass until nothing is under way, and check every promise."""
        self.world.calm()
        # Who was frozen goes on only now; and what is periodic shall have come round.
        self.world.run(30)
        self.world.run_until(lambda: not self.checks.resting(), within, step=5)
        assert not (broken := self.checks.resting()), '\n'.join(map(str, broken))
