"""One run, from an empty directory to the verdict."""

import contextlib
import dataclasses
import datetime
import pathlib

from oslo_config import cfg
import yaml

from novalite import conf as options
from novalite import errors
from novalite import invariants
from novalite.chaos import clients
from novalite.chaos import links as proxies
from novalite.chaos import outside
from novalite.chaos import schedule
from novalite.chaos import stack as stacks
from novalite.chaos import torment
from novalite.chaos.schedule import What
from novalite.chaos.stack import BROKER
from novalite.chaos.stack import DATABASE
from novalite.db import engine
from novalite.faults import rules
from novalite.runtime import seeded

#: How many of each daemon there are, unless it is said.
DAEMONS = {'novalite-api': 3, 'novalite-conductor': 3, 'novalite-compute': 4}
#: How long the simulated hypervisors take: long enough to be killed in the middle of it.
TIMINGS = ('spawn=uniform(0.2,2), send_disk=uniform(0.2,2), live_migrate=uniform(0.2,2), '
           '*=uniform(0,0.4)')
#: How often hosts look at their guests: more than once while rest is waited for.
LOOKS = {'sync_power_state_interval': 30, 'running_deleted_instance_poll_interval': 30}


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is to be done: see ``novalite chaos --help``."""

    operations: int = 2000
    every: float = 2.0
    seed: int = 0
    clients: int = 8
    hosts: int = 12
    duration: float | None = None
    semantics: str = 'durable'
    database: str = 'postgresql'
    #: Seconds that everything may take to come to rest when the faults are over.
    patience: float = 300.0
    #: Faults to use in place of those that the seed draws, in the order of their times.
    faults: tuple | None = None
    #: Rules for the verbs of the workers' hypervisors; they hold to the very end.
    rules: tuple = ()
    daemons: dict = dataclasses.field(default_factory=lambda: DAEMONS)
    timings: str = TIMINGS
    #: Group -> option -> value: what the daemons are told besides.
    options: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Outcome:
    """What came of it; times are seconds since the start."""

    wanted: Wanted
    operations: list
    happened: list
    died: list
    findings: dict
    #: (server, request id) -> (seconds, message) of each action that has ended.
    ended: dict
    seconds: float
    rested: float | None
    longest_silence: float | None

    @property
    def broken(self):
        return sum(len(sentences) for sentences in self.findings.values()) + len(self.died)

    @property
    def accepted(self):
        return [one for one in self.operations if one.accepted]


class Chaos:
    """``with Chaos(...) as chaos: outcome = chaos.run(tell)``: nothing is left running after it.

    ``tell(phase, chaos)`` is called several times a second, to show how far it is.
    """

    def __init__(self, wanted, directory, runtime):
        self.wanted, self.directory, self._runtime = wanted, pathlib.Path(directory), runtime
        self.operations, self.findings, self._blunders = [], {}, []
        self._found, self._forgotten = invariants.Facts(), []
        self._stack = stacks.Stack(self.directory, wanted.database, runtime)
        self._over = runtime.event()
        self._cleanup = contextlib.ExitStack()
        self._began = runtime.monotonic()
        self._started = None
        self.tormentor = None

    def __enter__(self):
        self._cleanup.callback(self._stack.stop)
        return self

    def __exit__(self, *_):
        self._over.set()
        self._cleanup.close()

    def clock(self):
        """Seconds since the clients began."""
        return self._runtime.monotonic() - self._began

    def accepted(self):
        return sum(one.accepted for one in list(self.operations))

    def run(self, tell):
        names = self._start(tell)
        self._torment(names, tell)
        self._use(tell)
        tell('The faults are taken back', self)
        self.tormentor.stop()
        seconds = self.clock()
        self.tormentor.mend()
        self._db = self._database()
        rested = self._rest(tell)
        return self._judge(seconds, rested)

    # The beginning

    def _start(self, tell):
        stack = self._stack
        stack.need()
        tell('Broker and database start', self)
        self._configure()
        stack.start(DATABASE)
        stack.start(BROKER)
        stack.prepare()
        tell('Daemons start', self)
        names = self._configure_daemons()
        for name in names:
            stack.start(name)
        self._await_ready()
        return [*names, BROKER, DATABASE]

    def _configure(self):
        settings = {group: dict(values) for group, values in self.wanted.options.items()}
        settings.setdefault('simulated', {})['timings'] = self.wanted.timings
        settings['DEFAULT'] = LOOKS | settings.get('DEFAULT', {})
        if self.wanted.semantics != 'durable':
            settings.setdefault('recovery', {})['semantics'] = self.wanted.semantics
        if self.wanted.rules:
            file = self.directory / 'faults.yaml'
            file.write_text(yaml.safe_dump([rules.plain(rule) for rule in self.wanted.rules]))
            settings['simulated']['faults_file'] = file
        self._stack.configure(self.wanted.hosts, settings)

    def _configure_daemons(self):
        """Each has a name, and its own way to broker and database."""
        self._links = proxies.Links(self._runtime)
        self._cleanup.callback(self._links.close)
        names = [f'{kind}-{number}' for kind, count in self.wanted.daemons.items()
                 for number in range(1, count + 1)]
        ways = [(name, server) for name in names for server in (BROKER, DATABASE)]
        urls = dict(zip(ways, self._link(ways), strict=True))
        apis = [name for name in names if schedule.kind(name) == 'novalite-api']
        self._ports = self._stack.ports(*apis)
        for name in names:
            settings = {
                'DEFAULT': {'host': name.removeprefix('novalite-'),
                            'transport_url': urls[name, BROKER]},
                'database': {'connection': urls[name, DATABASE]}}
            if name in apis:
                settings['api'] = {'port': self._ports[apis.index(name)]}
            if schedule.kind(name) == 'novalite-compute':
                count = self.wanted.daemons['novalite-compute']
                settings['compute'] = {'host_prefix': _prefix(name),
                                       'hosts': max(1, self.wanted.hosts // count)}
            self._stack.configure_daemon(name, settings)
        return names

    def _link(self, ways):
        """For each (daemon, server) the URL of the server through a proxy of its own."""
        real = {server: (self._stack.url(server), self._stack.server_port(server))
                for server in (BROKER, DATABASE)}
        ports = self._stack.ports(*(f'{name}-{server}' for name, server in ways))
        for (name, server), port in zip(ways, ports, strict=True):
            url, target = real[server]
            self._links.add(f'{name}>{server}', port, target)
            yield url.replace(f':{target}/', f':{port}/')

    def _await_ready(self, patience=90):
        web = clients.Web(self._ports, self._over)
        end = self._runtime.monotonic() + patience
        hosts, workers = 0, self.wanted.daemons['novalite-compute']
        while hosts < max(1, self.wanted.hosts // workers) * workers:
            if self._runtime.monotonic() > end:
                raise errors.CannotStart(
                    f'The cloud did not come up within {patience} s; its logs are in '
                    f'{self.directory}/log.')
            self._runtime.sleep(0.3)
            try:
                hosts = self._look_round(web)
            except (clients.Silence, KeyError):
                continue
        web.close()

    def _look_round(self, web):
        """Log in, lift the quotas, and see what there is to work with; how many hosts are up."""
        project = web.log_in((self.directory / 'etc' / 'admin.secret').read_text().strip())
        none = {'quota_set': {'instances': -1, 'cores': -1, 'ram': -1}}
        web.ask('PUT', f'/compute/v2.1/os-quota-sets/{project}', none)
        web.ask('PUT', f'/volume/v3/os-quota-sets/{project}',
                {'quota_set': {'volumes': -1, 'gigabytes': -1}})
        images = web.ask('GET', '/image/v2/images').body['images']
        networks = web.ask('GET', '/networking/v2.0/networks?name=shared').body['networks']
        flavors = {one['name']: one['id'] for one in web.ask(
            'GET', '/compute/v2.1/flavors').body['flavors']}
        self._given = clients.Given(images[0]['id'], networks[0]['id'],
                                 {flavors[name]: name for name in ('m1.nano', 'm1.micro')})
        services = web.ask('GET', '/compute/v2.1/os-services?binary=nova-compute').body['services']
        return sum(one['state'] == 'up' for one in services)

    # The middle

    def _torment(self, names, tell):
        wanted = self.wanted
        faults = wanted.faults if wanted.faults is not None else schedule.drawn(
            seeded(f'faults {wanted.seed}'), names, wanted.every)
        self.tormentor = torment.Tormentor(
            self._stack, self._links, names, faults, self.clock, self._runtime)
        self._began, self._started = self._runtime.monotonic(), self._runtime.now()
        self.tormentor.start()
        self._cleanup.callback(self.tormentor.abandon)

    def _use(self, tell):
        ended = self._runtime.queue()
        password = (self.directory / 'etc' / 'admin.secret').read_text().strip()
        for number in range(1, self.wanted.clients + 1):
            self._runtime.spawn(f'client {number}', self._client, number, password, ended)
        working = self.wanted.clients
        while self.accepted() < self.wanted.operations and (
                self.wanted.duration is None or self.clock() < self.wanted.duration):
            self._runtime.sleep(0.2)
            self.tormentor.look()
            tell('Clients at work', self)
            if not ended.empty():
                raise ended.get()
        self._over.set()
        for _ in range(working):
            failure = ended.get()
            if failure:
                raise failure

    def _client(self, number, password, ended):
        """A client, until it is over; what goes wrong in it is raised where it was started."""
        web = clients.Web(self._ports, self._over, self._blunders.append)
        try:
            while not self._over.is_set():
                try:
                    web.log_in(password)
                    break
                except (clients.Silence, KeyError):
                    self._over.wait(0.5)
            clients.Client(number, web, self._given, seeded(f'client {number} {self.wanted.seed}'),
                           self.operations.append, self.clock, self._over).run()
        except Exception as exc:
            ended.put(exc)
        else:
            ended.put(None)
        finally:
            web.close()

    # The end

    def _database(self):
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        conf([], project='novalite', default_config_files=[], default_config_dirs=[])
        conf.set_override('connection', self._stack.url(DATABASE), group='database')
        return engine.Database(conf)

    def _rest(self, tell):
        """Wait until nothing is under way and all adds up; the seconds it took, or None."""
        began = self._runtime.monotonic()
        while True:
            self.tormentor.look()
            self._look()
            waited = self._runtime.monotonic() - began
            tell('Waiting for rest', self)
            if not self._unrest():
                return waited
            if waited > self.wanted.patience:
                return None
            self._runtime.sleep(1)

    def _look(self):
        accepted = [(one.request_id, one.server, one.verb)
                    for one in self.operations if one.accepted]
        before, self._found = self._found, outside.look(
            self._db, self.directory / 'data' / 'novalite', accepted, self._runtime.now())
        self._forgotten += invariants.forgotten(before, self._found)
        self._restless = invariants.broken(self._found)
        told = self._restless | {'written, and gone': self._forgotten}
        self.findings = {name: [str(one) for one in some] for name, some in told.items()} | {
            'answers that were a 500': list(self._blunders)}

    def _unrest(self):
        """Whether something is broken that may yet come right."""
        return any(self._restless.values())

    def _judge(self, seconds, rested):
        self._db.close()
        ended = {(row.server, row.request_id): (
            (row.finish_time - self._started).total_seconds(), row.message)
            for row in self._found.actions if row.finish_time}
        return Outcome(
            self.wanted, self.operations, self.tormentor.happened, self.tormentor.died,
            self.findings, ended, seconds, rested,
            outside.longest_silence(self._found, self._deaths()))

    def _deaths(self):
        """When a worker was killed, and how its hosts are called."""
        return [(self._started + datetime.timedelta(seconds=one.began), _prefix(one.fault.whom))
                for one in self.tormentor.happened
                if one.fault.what is What.KILL and one.fault.whom.startswith('novalite-compute')]


def _prefix(name):
    """The hosts of the second worker are b1, b2 and so on."""
    return chr(ord('a') + int(name.rpartition('-')[2]) - 1)
