"""The processes: broker, database and daemons in a private directory, by devstack's own scripts."""

import os
import pathlib
import signal
import subprocess
import sys

import novalite
from novalite import errors

LIB = pathlib.Path(novalite.__file__).parent.parent / 'devstack' / 'lib'

_CALL = '''set -euo pipefail
for part in novalite rabbitmq postgresql mariadb; do . "$LIB/$part.sh"; done
VENV=$PREFIX
"$@"
'''

#: What befalls a machine, and so every process on it.
_OF_ALL = (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT)

#: The servers beside the daemons, as the faults name them.
BROKER, DATABASE = 'broker', 'database'


def refuse_without_scripts():
    """Raise CannotStart where there is nothing to start servers with."""
    if not LIB.is_dir():
        raise errors.CannotStart(
            f'There is no {LIB}: chaos starts its servers as devstack does, from a clone.')


class Stack:
    """Starts processes, sends them signals, and ends them all; each by its own process id.

    ``database`` is postgresql or mariadb. ``stop`` may be called at any time, and again.
    """

    def __init__(self, directory, database, runtime):
        self.directory, self.database = pathlib.Path(directory), database
        self._runtime = runtime
        self._lock, self._starting, self._closed = runtime.lock(), 0, False
        self._names = {BROKER: 'rabbitmq', DATABASE: database}

    def call(self, *words):
        """One of devstack's functions; what it prints. Raises CannotStart when it fails."""
        done = subprocess.run(
            ['bash', '-c', _CALL, 'novalite chaos', *map(str, words)], text=True,
            capture_output=True, stdin=subprocess.DEVNULL,
            env=os.environ | {'LIB': str(LIB), 'PREFIX': sys.prefix})
        if done.returncode:
            raise errors.CannotStart(
                f'{" ".join(map(str, words))} failed: {(done.stderr or done.stdout).strip()}')
        return done.stdout.strip()

    # Before anything is started

    def need(self):
        """Say what is missing before anything is begun."""
        for server in self._names.values():
            try:
                self.call(f'{server}_installed')
            except errors.CannotStart:
                raise errors.CannotStart(
                    f'{server} is not installed here; devstack/test.sh installs it.') from None

    def configure(self, hosts, settings):
        """Make the directory and the configuration that all daemons share."""
        self.call('private_dir', self.directory)
        self.call('novalite_configure', self.directory, self.url(BROKER), self.url(DATABASE),
                  hosts, '127.0.0.1', self.port('novalite-api'))
        self._write(self.directory / 'etc' / 'chaos.conf', settings)
        with (self.directory / 'etc' / 'novalite.conf').open('a') as file:
            file.write((self.directory / 'etc' / 'chaos.conf').read_text())

    def configure_daemon(self, name, settings):
        """What one daemon reads besides."""
        self._write(self.directory / 'etc' / f'{name}.conf', settings)

    def port(self, name):
        return self.ports(name)[0]

    def ports(self, *names):
        """The port of each of these, chosen once and remembered."""
        return [int(port) for port in self.call('ports_of', self.directory, *names).split()]

    def url(self, server):
        words = [f'{self._names[server]}_url', self.directory]
        return self.call(*words, *(['novalite'] if server == DATABASE else []))

    def server_port(self, server):
        return self.port(self._names[server])

    # Starting

    def start(self, name):
        """Start a server or a daemon, unless it runs; a server answers then."""
        with self._lock:
            if self._closed:
                return
            self._starting += 1
        try:
            if name in self._names:
                self.call(f'{self._names[name]}_start', self.directory)
            else:
                self.call('novalite_start', self.directory, name)
        finally:
            with self._lock:
                self._starting -= 1

    def prepare(self):
        """The schema, what a fresh cloud has, and clouds.yaml."""
        self.call(f'{self.database}_database', self.directory, 'novalite')
        self.call('novalite_prepare', self.directory)

    # Signals

    def pid(self, name):
        """The process that was started under this name; None if it is gone."""
        name = self._names.get(name, name)
        try:
            pid = int((self.directory / 'run' / f'{name}.pid').read_text())
            command = pathlib.Path('/proc', str(pid), 'cmdline').read_bytes()
            # Between two programs it has no command line; nor has a dead one that is not buried.
            ours = f'{self.directory}/'.encode() in command or (
                not command and ') Z ' not in pathlib.Path('/proc', str(pid), 'stat').read_text())
        except (OSError, ValueError):
            return None
        return pid if ours else None

    def signal(self, name, number):
        """Send a signal to a process, if it is there; to all that a server is made of, unless
        it is asked to end: then it tells them itself."""
        pid = self.pid(name)
        if pid is None:
            return
        whole = name in self._names and number in _OF_ALL
        for one in [pid, *(_children(pid) if whole else ())]:
            _send(one, number)

    def ask_to_end(self, name):
        """As an init system would; PostgreSQL's own word for that is another."""
        postgresql = self._names.get(name) == 'postgresql'
        self.signal(name, signal.SIGINT if postgresql else signal.SIGTERM)

    def stop(self):
        """End every process that was started in the directory; nothing is started any more."""
        with self._lock:
            self._closed = True
        self._end_all()
        while self._starting:
            # Whoever is just starting something has it die under its hands, or finds it dead.
            self._runtime.sleep(0.05)
            self._end_daemons()
        self._end_all()

    def _end_all(self):
        """Whoever asks before who answers."""
        self._end_daemons()
        for server in self._names:
            self.signal(server, signal.SIGCONT)
        for server in self._names.values():
            self.call(f'{server}_stop', self.directory)

    def _end_daemons(self):
        for file in (self.directory / 'run').glob('novalite-*.pid'):
            self.signal(file.stem, signal.SIGKILL)

    def _write(self, path, settings):
        """``settings`` is group -> option -> value; only the owner may read the passwords in it."""
        text = ''.join(
            f'\n[{group}]\n' + ''.join(f'{name} = {value}\n' for name, value in values.items())
            for group, values in settings.items())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
            file.write(text)


def _children(pid):
    """The processes that a process has made, and theirs, as far as they are alive."""
    parents = {}
    for status in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            fields = status.read_text().rpartition(')')[2].split()
        except OSError:
            continue        # it has just ended
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, ())
    return found[1:]


def _send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
