"""The cloud of one state directory: starting it, finding it, stopping it."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

from novalite import clouds
from novalite import errors
from novalite.runtime import Runtime

#: How long `down` waits for what is in hand to be finished, before it insists.
PATIENCE = 80


@dataclasses.dataclass(frozen=True)
class Running:
    """A cloud that runs: what it wrote into its lock file."""

    pid: int
    url: str
    hosts: int
    #: Seconds after which a host that was not heard of is down.
    down_time: int = 20


def default_state_dir():
    given = os.environ.get('NOVALITE_STATE_DIR')
    if given:
        return pathlib.Path(given)
    base = os.environ.get('XDG_STATE_HOME') or pathlib.Path.home() / '.local' / 'state'
    return pathlib.Path(base) / 'novalite'


def quoted(path):
    return shlex.quote(str(path))


# Finding

def running(state_dir):
    """The cloud of this directory, or None; a lock that nobody holds counts for nothing."""
    try:
        with (state_dir / 'lock').open() as file:
            if _take(file):
                return None
            return Running(**json.loads(file.read()))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def _take(file):
    """Whether the lock could be had (it is let go when the file is closed)."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def health(running):
    """'up', or what its API says instead."""
    try:
        with urllib.request.urlopen(f'{running.url}/compute/v2.1', timeout=5) as answer:
            return 'up' if answer.status == 200 else f'answering {answer.status}'
    except (urllib.error.URLError, OSError) as exc:
        return f'not answering ({exc})'


def waiting(running, state_dir):
    """What is being waited for in this cloud (``web.waiting``), read past it in its database.

    Raises Unavailable if that does not answer.
    """
    from oslo_config import cfg

    from novalite import conf as options
    from novalite.db import engine
    from novalite.web import waiting
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], project='novalite', default_config_files=[], default_config_dirs=[])
    conf.set_override('connection', _database_url(state_dir), group='database')
    conf.set_override('service_down_time', running.down_time, group='compute')
    with contextlib.closing(engine.Database(conf)) as db, db.read() as connection:
        return waiting.read(connection, conf, Runtime().now())


def _database_url(state_dir):
    return f'sqlite:///{state_dir}/novalite.db'


# Stopping

def down(state_dir):
    """Stop the cloud and wait until it has ended; its pid, or None if there was none."""
    found = running(state_dir)
    if not found:
        return None
    os.kill(found.pid, signal.SIGTERM)
    runtime = Runtime()
    end = runtime.monotonic() + PATIENCE
    while running(state_dir):
        if runtime.monotonic() > end:
            os.kill(found.pid, signal.SIGKILL)
        runtime.sleep(0.05)
    return found.pid


# Starting

def detach(options, console):
    """Start the cloud as a process of its own and come back when it is ready."""
    reader, writer = os.pipe()
    arguments = ['up', '--hosts', str(options.hosts), '--host', options.host,
                 '--port', str(options.port), '--state-dir', str(options.state_dir),
                 '--ready-fd', str(writer)]
    if options.fresh:
        arguments.append('--fresh')
    if options.config_file:
        arguments += ['--config-file', options.config_file]
    if options.timings is not None:
        arguments += ['--timings', options.timings]
    _make(options.state_dir)
    with open(options.state_dir / 'novalite.out', 'wb') as output:
        child = subprocess.Popen(
            [sys.executable, '-m', 'novalite.cmd.novalite', *arguments], pass_fds=[writer],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read().strip()
    if said != 'ready':
        child.wait()        # only then has it said all it has to say
        reason = said or (options.state_dir / 'novalite.out').read_text().strip()
        raise errors.CannotStart(reason.partition(': ')[2] or reason or 'It ended at once.')
    _tell(running(options.state_dir), options.state_dir, console)
    console.print('It runs in the background; [bold]novalite down[/] stops it.')


def up(options, console):
    """Be the cloud until a signal ends it."""
    _make(options.state_dir)
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(_locked(options.state_dir))
        if options.fresh:
            _forget(options.state_dir)
        ready = stack.enter_context(os.fdopen(options.ready_fd, 'w')) if options.ready_fd else None
        _serve(options, lock, console, ready)


def _make(state_dir):
    try:
        # User data and tokens' digests are in there.
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (state_dir / '.writable').touch()
        (state_dir / '.writable').unlink()
    except OSError as exc:
        raise errors.CannotStart(
            f'The state directory {state_dir} cannot be used: {exc.strerror}.') from exc


@contextlib.contextmanager
def _locked(state_dir):
    """Hold the lock file; what it says is for ``running``."""
    with (state_dir / 'lock').open('a+') as file:
        if not _take(file):
            raise errors.CannotStart(f'Another cloud is starting in {state_dir}.')
        file.truncate(0)
        yield file


def _forget(state_dir):
    for name in ('novalite.db', 'novalite.db-wal', 'novalite.db-shm', 'clouds.yaml'):
        (state_dir / name).unlink(missing_ok=True)
    shutil.rmtree(state_dir / 'guests', ignore_errors=True)


def _serve(options, lock, console, ready):
    from novalite import assembly
    from novalite.cmd import signals
    from novalite.db import schema
    from novalite.db import seed
    runtime = Runtime()
    conf = _configured(options)
    cloud = assembly.AllInOne(conf, runtime, 'local://')
    schema.sync(cloud.db)
    with cloud.db.write() as connection:
        if seed.is_fresh(connection):
            seed.seed(connection, conf, runtime)
    clouds.write(options.state_dir / 'clouds.yaml', cloud.url, conf)

    def tell():
        found = Running(os.getpid(), cloud.url, options.hosts, conf.compute.service_down_time)
        lock.write(json.dumps(dataclasses.asdict(found)))
        lock.flush()
        if ready:
            ready.write('ready\n')
            ready.close()
        else:
            _tell(found, options.state_dir, console)

    signals.serve(_Telling(cloud, tell), conf, runtime, 'novalite')


def _configured(options):
    from novalite.cmd import startup
    state_dir = options.state_dir
    arguments = ['--config-file', options.config_file] if options.config_file else []
    arguments += ['--log-file', str(state_dir / 'novalite.log')]
    conf = startup.configured(arguments, 'novalite up', files=[])
    # Not the machine's name, which changes: guests and services would be another's then.
    conf.set_default('host', 'novalite')
    for group, name, value in (
            (None, 'state_dir', str(state_dir)),
            ('database', 'connection', _database_url(state_dir)),
            ('api', 'listen', options.host), ('api', 'port', options.port),
            ('compute', 'hosts', options.hosts)):
        conf.set_override(name, value, group=group)
    # All of them, unless the configuration file points at real ones.
    conf.set_default('enabled', ['identity', 'images', 'networks', 'placement', 'shares',
                                'volumes'],
                     group='neighbours')
    if options.timings is not None:
        conf.set_override('timings', options.timings, group='simulated')
    return conf


@dataclasses.dataclass
class _Telling:
    """A cloud that tells when it has started."""

    cloud: object
    tell: object

    def start(self):
        self.cloud.start()
        self.tell()

    def stop(self):
        self.cloud.stop()

    def reload(self):
        self.cloud.reload()


def _tell(found, state_dir, console):
    if '//127.' not in found.url and '//[::1]' not in found.url:
        console.print('[bold yellow]Others can reach it[/]: its passwords are in clouds.yaml; set '
                      '[[neighbours] admin_password with --config-file before the first start.')
    console.print(f'[bold green]novalite[/] listens on [bold]{found.url}[/] with {found.hosts} '
                  f'hosts. Talk to it:')
    console.print(f'  eval "$(novalite env{_option(state_dir)})"')
    console.print('  openstack server create --flavor m1.tiny '
                  '--image cirros-0.6.2-x86_64-disk --wait my-server', soft_wrap=True)
    console.print(f'  novalite demo{_option(state_dir)}')


def _option(state_dir):
    return '' if state_dir == default_state_dir() else f' --state-dir {quoted(state_dir)}'
