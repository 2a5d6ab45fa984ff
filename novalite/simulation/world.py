"""A whole cloud in one thread and virtual time, made of the daemons' own code.

``World(seed)`` has APIs (through WSGI), conductors, compute workers, a broker and a database.
Nothing in it depends on anything but its arguments and the seed: two worlds with the same
ones write the same trace, to the byte.
"""

import dataclasses
import functools
import gc
import io
import json
import pathlib
import sys
import tempfile
import urllib.parse

from oslo_config import cfg

from novalite import assembly
from novalite import conf as options
from novalite.bus import notifier
from novalite.compute import daemon as compute_daemon
from novalite.conductor import daemon as conductor_daemon
from novalite.db import engine
from novalite.db import schema
from novalite.db import seed as seeds
from novalite.simulation import bus
from novalite.simulation import database
from novalite.simulation import runtime

#: Seconds between a client and an API, on average.
NETWORK = 0.001
#: An HTTP client gives up after so many seconds.
PATIENCE = 60

_NEIGHBOURS = ['identity', 'images', 'networks', 'shares', 'volumes']


class NoAnswer(Exception):
    """The API did not answer: nobody knows what became of the request."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def request_id(self):
        return self.headers.get('x-compute-request-id')


class Machine:
    """Where one daemon runs; it may be started, killed and started again.

    ``service`` is what runs on it now: None before ``start`` and while it is down.
    """

    def __init__(self, world, kind, name, conf):
        self.world, self.kind, self.name, self.conf = world, kind, name, conf
        self.process = self.service = None
        #: The hypervisors of a worker's hosts by name: they outlive it.
        self.drivers = {}
        self.starts = 0
        self._stopping = self._again = False
        self.cut = self.no_database = False
        self.jump = 0.0
        self.open_requests = {}

    @property
    def up(self):
        return self.process is not None and not self.process.dead

    def start(self):
        """Start it; if it is about to end, as soon as it has."""
        if self.up:
            self._again = self._stopping
            return
        self.starts += 1
        self._stopping = self._again = False
        self.process = process = runtime.Process(self.world.timeline, self.name, self.starts)
        process.cut, process.no_database, process.jump = self.cut, self.no_database, self.jump
        self.world.timeline.note('start', self.name)
        process.spawn('main', self._main, process)

    def _main(self, process):
        transport = bus.connect(self.conf, self.world.broker, process)
        db = database.Database(self.world.store, process)
        quiet = notifier.Notifier(self.conf, process)
        if self.kind == 'api':
            self.service = assembly.application(self.conf, db, transport, process, quiet)
            return
        if self.kind == 'conductor':
            self.service = conductor_daemon.Conductor(self.conf, db, transport, process, quiet)
        else:
            self.service = compute_daemon.Worker(self.conf, transport, process)
            self.drivers = self.service.drivers
            self.service.injector.seen = self.world.changed_by_itself
        self.world.started(self)
        self.service.start()

    def kill(self):
        """As by kill -9."""
        if not self.up:
            return
        self.world.timeline.note('kill', self.name)
        self.process.kill()
        self.world.broker.forget(self.process)
        self.service = None
        for task, ticket in self.open_requests.values():
            task.process.wake(task, ticket, NoAnswer(f'{self.name} was killed'))
        self.open_requests.clear()

    def stop(self):
        """As by SIGTERM; returns at once, the process ends when it has done what it had in hand."""
        if self.up:
            self.world.timeline.note('stop', self.name)
            self._stopping, self._again = True, False
            self.process.spawn('stop', self._stop, self.process)

    def _stop(self, process):
        if self.kind != 'api' and self.service is not None:
            self.service.stop()
        self.world.timeline.later(0, self._gone, process)

    def _gone(self, process):
        if process is self.process:
            again = self._again
            self.kill()
            if again:
                self.start()

    def freeze(self):
        if self.up:
            self.world.timeline.note('freeze', self.name)
            self.process.freeze()

    def thaw(self):
        if self.up and self.process.frozen:
            self.world.timeline.note('thaw', self.name)
            self.process.thaw()

    def cut_off(self, cut):
        """Cut, or mend, its connection to the broker."""
        self.cut = cut
        if self.up:
            self.world.timeline.note('cut' if cut else 'mend', self.name)
            self.process.cut = cut
        if not cut:
            self.world.broker.mended()

    def part_from_database(self, parted):
        self.no_database = parted
        if self.up:
            self.process.no_database = parted

    def lose_answer(self, when):
        """Its connection to the database breaks before a commit is answered, and is there again.

        ``when``: 'next', the next commit, which may have been made or not; 'now', for who is at
        a point: at 'before commit' it is not made, at 'after commit' it is; None: not any more.
        """
        if self.up:
            self.process.doubt = when

    def turn_clock(self, seconds):
        """The machine's wall clock is wrong by so much from now on."""
        self.jump = seconds
        if self.up:
            self.process.jump = seconds


class World:
    """``hosts`` are shared out among ``computes`` workers; ``settings`` are options (group__name).

    Use it as a context manager: its guests' files lie in a temporary directory.
    """

    def __init__(self, seed=1, apis=1, conductors=1, computes=1, hosts=4, order='random',
                 trace=None, **settings):
        # A world makes many objects that last, and few circles: to look for those as often as
        # Python does by default would be a seventh of the time.
        self._collects = gc.get_threshold()
        gc.set_threshold(100_000, 20, 20)
        self.seed = seed
        self._settings = settings
        self._directory = tempfile.TemporaryDirectory(prefix='novalite-simulation-', dir=_quick())
        self.timeline = runtime.Timeline(seed, order, trace)
        self.timeline.at_point = self._at_point
        self.broker = bus.Broker(self.timeline)
        self.store = database.Store(
            self._conf('store', database__connection='sqlite:///file:novalite?mode=memory&uri=true'),
            template(), self.timeline)
        #: Called with (machine, what) at every point where a process may die: 'before commit',
        #: 'after commit', 'send' and 'reply' of messages, 'answer' to a client, 'during' a wait
        #: of who works on a message.
        self.points = []
        #: (server, host) of the guests that have vanished by themselves.
        self.vanished = set()
        self.machines = {}
        for number in range(1, apis + 1):
            self.add('api', f'api{number}')
        for number in range(1, conductors + 1):
            self.add('conductor', f'conductor{number}')
        for number in range(1, computes + 1):
            share = hosts // computes + (number <= hosts % computes)
            if share:
                self.add('compute', f'compute{number}', compute__hosts=share,
                         compute__host_prefix='h' if computes == 1 else f'h{number}-')
        self.outside = runtime.Process(self.timeline, 'outside')
        self._balancer = self.timeline.stream('balancer')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for machine in self.machines.values():
            if machine.up:
                machine.process.kill()
        self.outside.kill()
        # Until they have ended, what waits in them keeps the whole world in memory.
        self.run(0)
        self.store.close()
        self._directory.cleanup()
        gc.set_threshold(*self._collects)

    def add(self, kind, name, **settings):
        """A machine for another daemon; it is not started."""
        machine = self.machines[name] = Machine(self, kind, name, self._conf(name, **settings))
        return machine

    def of_kind(self, kind):
        return [machine for machine in self.machines.values() if machine.kind == kind]

    def start(self):
        """Start all there is, and let time pass until the hosts are there."""
        for machine in self.machines.values():
            machine.start()
            self.run(0.1)       # a worker asks for a conductor at once
        self.run(1.0)

    def run(self, seconds):
        """Let so many seconds pass."""
        self.timeline.run(self.timeline.now + seconds)

    def run_until(self, true, within, step=0.25):
        """Let time pass until ``true()``; whether it was within so many seconds."""
        end = self.timeline.now + within
        while not true():
            if self.timeline.now >= end:
                return False
            self.run(step)
        return True

    def started(self, machine):
        """A daemon has been made, and is about to start; tests may change it."""

    def changed_by_itself(self, what, host, uuid):
        """A fault rule has changed a guest, and nobody has been told."""
        self.timeline.note('guest', host, server=uuid, did=what)
        if what == 'vanish':
            self.vanished.add((uuid, host))

    def calm(self):
        """End every accident: what is down is started, what is cut off is mended."""
        broker = self.broker
        broker.lose = broker.duplicate = broker.reorder = broker.slow = 0.0
        if broker.down:
            broker.start()
        self.store.down, self.store.deadlocks, self.store.doubts = False, 0.0, 0.0
        for machine in self.machines.values():
            machine.lose_answer(None)
            machine.turn_clock(0.0)
            machine.part_from_database(False)
            machine.cut_off(False)
            machine.thaw()
            machine.start()

    def spawn(self, name, work, *args):
        """A client's thread: outside of the cloud, nothing kills it."""
        return self.outside.spawn(name, work, *args)

    def drivers(self):
        """Every host's hypervisor, by name; also those of workers that are down now."""
        found = {}
        for machine in self.of_kind('compute'):
            found |= machine.drivers
        return found

    def guests(self):
        """Where guests are: host -> uuid -> guest; only hosts that have one."""
        found = {host: driver.guests() for host, driver in self.drivers().items()}
        return {host: guests for host, guests in found.items() if guests}

    def read(self):
        """A connection to the database, to look from outside."""
        return self.store.database.read()

    # HTTP

    def request(self, method, path, body=None, token=None, version=None, service='compute'):
        """What an API answers to JSON; raises NoAnswer. For tasks of ``spawn`` only."""
        headers = {}
        data = b''
        if body is not None:
            headers['Content-Type'] = 'application/json'
            data = json.dumps(body).encode()
        if token:
            headers['X-Auth-Token'] = token
        if version:
            headers['OpenStack-API-Version'] = f'compute {version}'
        return self.forward(method, f'/{service}{path}', headers, data)

    def forward(self, method, path, headers, body):
        """What an API answers, whichever one gets it; raises NoAnswer."""
        outside, timeline = self.outside, self.timeline
        outside.pause(NETWORK)
        machine = self._pick()
        if machine is None:
            outside.pause(0.5)
            raise NoAnswer('no API listens')
        entry = (timeline.current, outside.waits())
        key = id(entry)
        machine.open_requests[key] = entry
        machine.process.spawn(
            'http', self._serve, machine, _environ(method, path, headers, body), key, entry)
        answer = outside.wait(PATIENCE)
        machine.open_requests.pop(key, None)
        if answer is None:
            raise NoAnswer(f'{machine.name} did not answer within {PATIENCE} s')
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def _pick(self):
        listening = [machine for machine in self.of_kind('api')
                     if machine.up and machine.service is not None]
        return self._balancer.choice(listening) if listening else None

    def _serve(self, machine, environ, key, entry):
        head = []
        parts = machine.service(environ, lambda status, headers, _exc=None: head.append(
            (int(status[:3]), {name.lower(): value for name, value in headers})))
        answer = Answer(*head[-1], b''.join(parts))
        machine.process.point('answer')
        if machine.open_requests.pop(key, None):
            task, ticket = entry
            task.process.wake(task, ticket, answer, delay=self.timeline.latency(NETWORK))

    # Accidents

    def _at_point(self, process, what):
        machine = self.machines.get(process.name)
        if machine is not None:
            for call in tuple(self.points):
                call(machine, what)

    # Configuration

    def _conf(self, name, **settings):
        conf = _options()
        values = {
            'state_dir': self._directory.name, 'host': name,
            'database__connection': 'sqlite://', 'neighbours__enabled': _NEIGHBOURS,
            'oslo_messaging_notifications__driver': ['noop'],
        } | self._settings | settings
        for key, value in values.items():
            group, _, option = key.rpartition('__')
            conf.set_override(option, value, group=group or None)
        return conf


def _options():
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    notifier.register_opts(conf)
    conf([], project='novalite', default_config_files=[], default_config_dirs=[])
    return conf


def _quick():
    """A directory in memory, where there is one."""
    shared = pathlib.Path('/dev/shm')
    return str(shared) if shared.is_dir() else None


@functools.cache
def template():
    """A fresh cloud's database, as SQLite has it: made once for a process."""
    with tempfile.TemporaryDirectory(prefix='novalite-template-') as directory:
        conf = _options()
        conf.set_override('connection', f'sqlite:///{directory}/novalite.db', group='database')
        conf.set_override('enabled', _NEIGHBOURS, group='neighbours')
        fresh = engine.Database(conf)
        timeline = runtime.Timeline('template')
        schema.sync(fresh)
        with fresh.write() as connection:
            seeds.seed(connection, conf, runtime.Process(timeline, 'seed'))
        connection = fresh.engine.raw_connection()
        try:
            connection.driver_connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            connection.driver_connection.execute('PRAGMA journal_mode=DELETE')
            data = connection.driver_connection.serialize()
        finally:
            connection.close()
        fresh.close()
        return data


def _environ(method, path, headers, body):
    path, _, query = path.partition('?')
    environ = {
        'REQUEST_METHOD': method, 'SCRIPT_NAME': '', 'QUERY_STRING': query,
        'PATH_INFO': urllib.parse.unquote(path), 'SERVER_NAME': 'cloud',
        'SERVER_PORT': '80', 'SERVER_PROTOCOL': 'HTTP/1.1', 'HTTP_HOST': 'cloud',
        'REMOTE_ADDR': '127.0.0.1', 'wsgi.version': (1, 0), 'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(body), 'wsgi.errors': sys.stderr, 'wsgi.multithread': True,
        'wsgi.multiprocess': True, 'wsgi.run_once': False, 'CONTENT_LENGTH': str(len(body)),
    }
    for name, value in headers.items():
        name = name.upper().replace('-', '_')
        if name == 'CONTENT_TYPE':
            environ[name] = value
        elif name != 'CONTENT_LENGTH':
            environ[f'HTTP_{name}'] = value
    return environ
