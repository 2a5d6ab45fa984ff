"""The process that runs a step dies before, in and after its work, and the action still ends."""

import os
import subprocess

import pytest
import yaml

from novalite import invariants
from novalite.chaos import outside
from novalite.faults import crashes
from novalite.faults.crashes import Moment
from novalite.servers import machine
from tests.functional import rows

pytestmark = pytest.mark.daemons

#: What the suite tries: on a host and in the conductor, at each moment. At night it is every step
#: of every row at every moment: NOVALITE_CRASHES=1.
SAMPLE = {'create': (('spawn', Moment.AFTER),),
          'resize': (('choose_host', Moment.DURING), ('send_disk', Moment.DURING))}

#: What the daemons must be told so that a row can be asked for.
SETTINGS = {
    'shelve': {'shelved_offload_time': -1}, 'shelveOffload': {'shelved_offload_time': -1},
    'unshelve.in_place': {'shelved_offload_time': -1},
    'delete.soft': {'reclaim_instance_interval': 3600},
    'restore': {'reclaim_instance_interval': 3600}}
#: The hosts look at their guests while the promises are checked.
LOOKS = {'sync_power_state_interval': 2, 'running_deleted_instance_poll_interval': 2}


def _rows():
    return list(machine.VERBS) if os.environ.get('NOVALITE_CRASHES') else list(SAMPLE)


def _points(verb):
    if os.environ.get('NOVALITE_CRASHES'):
        return [(step.name, moment) for step in machine.VERBS[verb].steps for moment in Moment]
    return SAMPLE[verb]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize('verb', _rows())
def test_whoever_dies_in_the_middle_of_a_step_the_action_ends(daemons, verb):
    daemons.configure('conductor', sweep_interval=1)
    daemons.configure('DEFAULT', **LOOKS | SETTINGS.get(verb, {}))
    victims = Victims(daemons)
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    action = machine.VERBS[verb]
    for name, moment in _points(verb):
        step = action.step(name)
        server = None if verb == 'create' else rows.prepared(daemons, verb)
        if verb == 'evacuate':
            rows.dead(daemons, server)
        died = victims.arm(action, step, moment)
        answer = rows.send(daemons, server, verb) if server else daemons.create()
        assert answer.status_code < 300, answer.text
        server = server or answer.json()['server']['id']
        if not victims.bury(died, server):
            # It is passed over: this server has nothing there.
            assert step.at in (machine.At.DESTINATION, machine.At.ORIGIN, machine.At.HOST)
        daemons.settle(server, seconds=60)
        (traced,) = daemons.traced(answer.headers['X-Openstack-Request-Id'])
        assert (traced['message'], bool(traced['finish_time'])) == (None, True), traced
        victims.check()
        daemons.wipe()


class Victims:
    """Daemons that read their crashes from a file; whoever has died is started again without."""

    def __init__(self, daemons):
        self.daemons = daemons
        self.rules = daemons.directory / 'crashes.yaml'
        self.rules.write_text('[]')
        daemons.file.write_text(
            daemons.file.read_text() + f'\n[simulated]\nfaults_file = {self.rules}\n'
            '\n[faults]\ncrashes = true\n')

    def arm(self, action, step, moment):
        """Whoever runs this step is to die at this moment: which daemon that is."""
        name = 'conductor' if step.at is machine.At.CONDUCTOR else 'compute'
        self.rules.write_text(yaml.safe_dump([
            {'step': crashes.named(action, step), 'moment': moment.value, 'then': 'crash'}]))
        self.daemons.end(name)
        self._start(name)
        self.rules.write_text('[]')
        return name

    def bury(self, name, server):
        """Wait until it has died, and start it again; False if the server rests without that."""
        process = self.daemons.processes[name]
        self.daemons.wait(lambda: process.poll() is not None or not self.daemons.busy(server), 60)
        try:
            # The end may be seen a moment before the death that follows it.
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            return False
        assert self.daemons.processes.pop(name).returncode == -9
        self._start(name)
        return True

    def check(self):
        """All that is promised of a cloud at rest, once the hosts have looked at their guests."""
        database = self.daemons.database()
        try:
            self.daemons.wait(lambda: not self._broken(database), 60,
                              tell=lambda: '\n'.join(map(str, self._broken(database))))
        finally:
            database.close()

    def _broken(self, database):
        return invariants.violations(outside.look(
            database, self.daemons.directory, now=self.daemons.runtime.now()))

    def _start(self, name):
        self.daemons.log(name).unlink(missing_ok=True)
        self.daemons.start(name)
        self.daemons.await_log(name, f'novalite-{name} is ready')
