"""Any actions, and any failures among them: hypothesis writes the stories, and shortens those
that break a promise. More of them:

    NOVALITE_FAILURES=1000 pytest tests/simulation/test_any_failure.py
"""

import os

import hypothesis
from hypothesis import strategies as st
from keystoneauth1 import exceptions
import pytest
import requests

from novalite.servers import machine
from novalite.servers.states import Vm
from tests.functional import rows
from tests.simulation.cloud import SimulatedCloud

WANTED = int(os.environ.get('NOVALITE_FAILURES', 0))
SETTINGS = hypothesis.settings(
    max_examples=WANTED or 25, deadline=None, derandomize=not WANTED, database=None,
    suppress_health_check=list(hypothesis.HealthCheck))

ASKED = tuple(verb for verb in rows.VERBS if not rows.row(verb).given)
MACHINES = ('api1', 'conductor1', 'conductor2', 'compute1', 'compute2')
SERVERS = 3

STEP = st.one_of(
    st.tuples(st.just('ask'), st.integers(0, SERVERS - 1), st.integers(0, 99)),
    st.tuples(st.just('ask'), st.integers(0, SERVERS - 1), st.integers(0, 99)),
    st.tuples(st.just('wait'), st.sampled_from((0.0005, 0.01, 0.5, 2, 8, 30)), st.just(0)),
    st.tuples(st.sampled_from(('kill', 'stop', 'start', 'freeze', 'thaw', 'cut', 'mend')),
              st.sampled_from(MACHINES), st.just(0)),
    st.tuples(st.sampled_from(('broker', 'database')), st.booleans(), st.just(0)),
    st.tuples(st.just('lossy'), st.sampled_from((0.0, 0.1, 0.5)), st.booleans()),
)


class Story:
    def __init__(self, cloud):
        self.cloud, self.world = cloud, cloud.world
        self.servers = [None] * SERVERS

    def tell(self, steps):
        for step, what, more in steps:
            getattr(self, step)(what, more)

    def ask(self, which, number):
        """Something the table allows in the state the server was last seen in; in a task."""
        self.world.spawn('client', self._ask, which, number)

    def _ask(self, which, number):
        try:
            server = self.servers[which]
            if server is None:
                answer = self.cloud.create(name=f's{which}')
                if answer.status_code == 202:
                    self.servers[which] = answer.json()['server']['id']
            else:
                shown = self.cloud.request('GET', f'/servers/{server}', who='admin')
                if shown.status_code == 404:
                    return      # somebody else's delete was quicker
                state = Vm(shown.json()['server']['OS-EXT-STS:vm_state'])
                allowed = [verb for verb in ASKED if state in machine.VERBS[verb].allowed]
                answer = rows.send(self.cloud, server, allowed[number % len(allowed)])
                if allowed[number % len(allowed)] == 'delete' and answer.status_code == 204:
                    self.servers[which] = None
            assert answer.status_code != 500, answer.text
            if answer.status_code in (202, 204) and (server or self.servers[which]):
                self.cloud.checks.accepted[answer.headers['X-Openstack-Request-Id']] = server
        except (requests.ConnectionError, exceptions.ConnectFailure, exceptions.HttpError):
            pass        # the API was killed, or its database away: nobody was promised anything

    def wait(self, seconds, _):
        self.cloud.runtime.sleep(seconds)

    def kill(self, name, _):
        self.world.machines[name].kill()

    def stop(self, name, _):
        self.world.machines[name].stop()

    def start(self, name, _):
        self.world.machines[name].start()

    def freeze(self, name, _):
        self.world.machines[name].freeze()

    def thaw(self, name, _):
        self.world.machines[name].thaw()

    def cut(self, name, _):
        self.world.machines[name].cut_off(True)

    def mend(self, name, _):
        self.world.machines[name].cut_off(False)

    def broker(self, up, _):
        if up != self.world.broker.down:
            return
        (self.world.broker.start if up else self.world.broker.stop)()

    def database(self, up, _):
        self.world.store.down = not up

    def lossy(self, share, twice):
        self.world.broker.lose, self.world.broker.duplicate = share, 0.2 if twice else 0.0


@pytest.mark.parametrize('order', ['random', 'pct'])
@SETTINGS
@hypothesis.given(seed=st.integers(0, 99), steps=st.lists(STEP, min_size=5, max_size=40))
def test_every_promise_is_kept(order, seed, steps):
    with SimulatedCloud(seed, order=order, conductors=2, computes=2, hosts=4,
                        simulated__timings='*=uniform(0,3)') as cloud:
        story = Story(cloud)
        cloud.tell(lambda cloud: (story.tell(steps), True), within=9000)
        cloud.rest()
