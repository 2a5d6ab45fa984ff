"""Any life of any servers: whatever is asked and whatever fails, at rest all is as promised.

Hypothesis writes the stories: actions on whatever state there is, several clients at once,
verbs of the hypervisor that fail or stall, a worker that is restarted. After each story
everything has to settle, and what is written down, what the hosts have and what is allotted
must agree. The stories are always the same ones; what the threads make of them is not. More,
and other, stories:

    NOVALITE_LIVES=1000 pytest tests/functional/test_any_life.py

A failure tells the story with all answers, and what is written down about its servers.
"""

import concurrent.futures
import os

import hypothesis
from hypothesis import stateful
from hypothesis import strategies as st
import pytest

from novalite import invariants
from novalite.compute import daemon
from novalite.faults import rules
from novalite.servers import machine
from novalite.testing import Cloud
from tests.functional import at_rest
from tests.functional import rows

WANTED = int(os.environ.get('NOVALITE_LIVES', 0))
SETTINGS = hypothesis.settings(
    max_examples=WANTED or 60, stateful_step_count=30, deadline=None, derandomize=not WANTED,
    database=None, phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck))

#: Rows that need more than a server: what they need is a story of its own.
ASKED = tuple(verb for verb in rows.VERBS if not rows.row(verb).given)
#: Shelved servers keep their host; deleted ones can be had back.
OPTIONS = {'shelved_offload_time': -1, 'reclaim_instance_interval': 3600}
#: What an action may be answered: never a failure of ours. 207 is for events nobody waits for.
ANSWERS = {200, 201, 202, 204, 207, 400, 404, 409}
PROMISES = {200, 201, 202, 204}
SERVERS = 3
SOMEBODY = stateful.precondition(lambda life: life.servers)


class Life(stateful.RuleBasedStateMachine):
    """A story. ``which`` and ``nth`` are reduced to what there is when they are used."""

    def __init__(self, cloud):
        super().__init__()
        self.cloud = cloud
        self.servers = []           # those that nobody has deleted yet
        self.gone = []
        self.told = []
        self.promised = []          # (server, request id) of everything accepted

    # What people do

    @stateful.initialize()
    def begin(self):
        self.boot(wait=True)

    @stateful.rule(wait=st.booleans())
    @stateful.precondition(lambda life: len(life.servers) < SERVERS)
    def boot(self, wait):
        answer = self.cloud.create(name=f'life-{len(self.servers) + len(self.gone)}')
        assert answer.status_code == 202, answer.text
        server = answer.json()['server']['id']
        self.servers.append(server)
        self._note(server, 'create', answer)
        if wait:
            self._rest(server)

    @SOMEBODY
    @stateful.rule(which=st.integers(0, SERVERS - 1), nth=st.integers(0, 99), wait=st.booleans())
    def do_what_is_allowed(self, which, nth, wait):
        """Something the table allows in the state that the server shows."""
        server = self._server(which)
        state = self._state(server)
        allowed = [verb for verb in ASKED if state in machine.VERBS[verb].allowed
                   and verb != 'delete']
        if allowed:
            self._ask(server, allowed[nth % len(allowed)])
            if wait:
                self._rest(server)

    @stateful.rule(which=st.integers(0, 99), verb=st.sampled_from(ASKED))
    def ask_anything(self, which, verb):
        """Also of a server that is deleted, or being deleted."""
        every = self.servers + self.gone
        self._ask(every[which % len(every)], verb)

    @SOMEBODY
    @stateful.rule(which=st.integers(0, SERVERS - 1),
                   verbs=st.lists(st.sampled_from(ASKED), min_size=2, max_size=5))
    def ask_all_at_once(self, which, verbs):
        """Several clients; one at most may be told yes, unless one interrupts another."""
        server = self._server(which)
        with concurrent.futures.ThreadPoolExecutor(len(verbs)) as clients:
            list(clients.map(lambda verb: self._ask(server, verb), verbs))

    # What goes wrong

    @stateful.rule(verb=st.sampled_from(rules.VERBS), times=st.integers(1, 3))
    def fail(self, verb, times):
        self._say(f'{verb} will fail {times} times')
        self.cloud.fail(verb, times=times)

    @stateful.rule(verb=st.sampled_from(rules.VERBS))
    def stall(self, verb):
        self._say(f'{verb} will stall')
        self.cloud.stall(verb)

    @stateful.rule()
    def restart_the_worker(self):
        """It hands back what it has in hand, rules that nobody has met are forgotten."""
        self._say('the compute worker is restarted')
        services = self.cloud.services
        services.worker.stop()
        services.worker = daemon.Worker(services.conf, services.bus, services.runtime)
        services.worker.start()

    @stateful.rule(name=st.sampled_from(sorted(OPTIONS)), on=st.booleans())
    def configure(self, name, on):
        """The same request is another row then."""
        self._say(f'{name} is {"on" if on else "off"}')
        self.cloud.conf.clear_override(name)
        if on:
            self.cloud.conf.set_override(name, OPTIONS[name])

    @stateful.rule()
    def behave(self):
        self._say('the hypervisors behave')
        self.cloud.behave()

    # How it must end

    def teardown(self):
        try:
            self._settle()
            self._check()
            self._say('all are deleted')
            self.cloud.wipe()
            self._settle()
            assert self.cloud.guests() == {}
        except Exception as exc:
            exc.add_note('The story:\n  ' + '\n  '.join(self.told))
            exc.add_note('\n'.join(
                self.cloud.trace(server) for server in self.servers + self.gone))
            raise
        finally:
            for name in OPTIONS:
                self.cloud.conf.clear_override(name)
            self.cloud.behave()
            self.cloud.wipe()

    def _settle(self):
        self.cloud.behave()
        at_rest.ended(self.cloud)
        # What a way back has left, and what became of a guest that failed half way, is seen then.
        self.cloud.look()
        at_rest.ended(self.cloud)

    def _check(self):
        accepted = [(request_id, server, 'a request') for server, request_id in self.promised]
        assert not (broken := invariants.violations(at_rest.facts_of(self.cloud, accepted))), (
            '\n'.join(map(str, broken)))

    # Helpers

    def _server(self, which):
        return self.servers[which % len(self.servers)]

    def _state(self, server):
        answer = self.cloud.request('GET', f'/servers/{server}', who='admin')
        return answer.json()['server']['OS-EXT-STS:vm_state'] if answer.ok else None

    def _ask(self, server, verb):
        try:
            answer = rows.send(self.cloud, server, verb)
        except LookupError:
            return      # a row looks at the server first, and it has not what is asked about
        except AssertionError as exc:
            assert '404' in str(exc), exc       # so may whoever looks at one that is gone
            return
        assert answer.status_code in ANSWERS, (verb, answer.status_code, answer.text)
        self._note(server, verb, answer)

    def _note(self, server, verb, answer):
        request_id = answer.headers['X-Openstack-Request-Id']
        self._say(f'{verb} of {server}: {answer.status_code} {request_id} '
                  f'{answer.text if answer.status_code >= 400 else ""}')
        promised = answer.status_code in PROMISES
        if promised and verb == 'delete' and server in self.servers:
            self.servers.remove(server)
            self.gone.append(server)
        if promised:
            self.promised.append((server, request_id))

    def _rest(self, server):
        """Wait until it rests, or something stalls."""
        self.cloud.wait(lambda: self.cloud.services.worker.injector.waiting
                        or not self.cloud.busy(server))

    def _say(self, what):
        self.told.append(what)


@pytest.fixture(scope='module')
def eventful():
    with Cloud(quota__instances=1000, quota__cores=-1, quota__ram=-1) as cloud:
        yield cloud


@pytest.mark.timeout(max(600, 10 * WANTED))
def test_whatever_happens_all_is_as_promised_when_it_is_over(eventful):
    stateful.run_state_machine_as_test(lambda: Life(eventful), settings=SETTINGS)
