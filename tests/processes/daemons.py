"""novalite as it is deployed: real processes, over a real broker and a real database."""

import os
import pathlib
import signal
import socket
import subprocess
import sys

import sqlalchemy as sa

from novalite.db import engine
from novalite.testing import client
from novalite.testing.cloud import Cloud

BIN = pathlib.Path(sys.prefix) / 'bin'


class Daemons(client.Client):
    """novalite-api, -conductor and -compute in a directory of their own.

    ``database`` and ``broker`` are the URLs of servers where databases may be made;
    ``database_port`` is where the daemons find the database, if not there.
    """

    def __init__(self, directory, database, broker, database_port=None, **settings):
        self.directory, self._broker = pathlib.Path(directory), broker
        self.port = _free_port()
        self._server = sa.make_url(database)
        self._database_port = database_port or self._server.port
        self._name = f'novalite_{os.getpid()}_{self.port}'
        self.file = self.directory / 'novalite.conf'
        super().__init__(Cloud(state_dir=self.directory).conf, f'http://127.0.0.1:{self.port}')
        self._settings = settings
        self.processes = {}

    def __enter__(self):
        self._administer(f'CREATE DATABASE {self._name}')
        self._write()
        return self

    def __exit__(self, *_):
        self.close()
        for name in list(self.processes):
            self.end(name, signal.SIGKILL)
        self._administer(f'DROP DATABASE {self._name}')

    @property
    def database_url(self):
        """Where to look at what they have written, past them."""
        return self._server.set(database=self._name)

    def _administer(self, statement):
        engine = sa.create_engine(self._server, isolation_level='AUTOCOMMIT')
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _write(self):
        groups = {
            'DEFAULT': {'transport_url': self._broker, 'state_dir': self.directory,
                        'host': 'test', 'control_exchange': self._name},
            'database': {'connection': self._server.set(
                database=self._name, port=self._database_port).render_as_string(
                    hide_password=False)},
            'api': {'port': self.port}, 'compute': {'hosts': 3},
            'neighbours': {'enabled': 'identity,images,networks,placement,shares,volumes'},
        }
        for name, value in self._settings.items():
            group, _, option = name.partition('__')
            groups.setdefault(group, {})[option] = value
        self.file.write_text(''.join(
            f'[{group}]\n' + ''.join(f'{name} = {value}\n' for name, value in values.items())
            for group, values in groups.items()))

    def database(self):
        """Their database, to look at from outside; the caller closes it."""
        conf = Cloud(state_dir=self.directory).conf
        conf.set_override('connection', self._server.set(database=self._name).render_as_string(
            hide_password=False), group='database')
        return engine.Database(conf)

    def configure(self, group, **values):
        """Add options to the file: read by daemons that start from now on."""
        lines = ''.join(f'{name} = {value}\n' for name, value in values.items())
        text = self.file.read_text()
        if f'[{group}]\n' not in text:
            text += f'[{group}]\n'
        self.file.write_text(text.replace(f'[{group}]\n', f'[{group}]\n{lines}'))

    def append(self, group, **values):
        """A group that is not in the file yet."""
        with self.file.open('a') as file:
            file.write(f'[{group}]\n' + ''.join(
                f'{name} = {value}\n' for name, value in values.items()))

    # Processes

    def manage(self, *arguments):
        return subprocess.run(
            [BIN / 'novalite-manage', '--config-file', self.file, *arguments],
            capture_output=True, text=True, timeout=60)

    def prepare(self):
        """The schema, and what a fresh cloud has."""
        for command in (['db', 'sync'], ['bootstrap']):
            done = self.manage(*command)
            assert done.returncode == 0, done.stderr

    def start(self, *names):
        for name in names:
            with self.log(name).open('ab') as log:
                self.processes[name] = subprocess.Popen(
                    [BIN / f'novalite-{name}', '--config-file', self.file],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def start_another(self, name, kind, text):
        """A daemon of this kind by another name; ``text`` is what its configuration adds."""
        file = self.directory / f'{name}.conf'
        file.write_text(text)
        with self.log(name).open('ab') as log:
            self.processes[name] = subprocess.Popen(
                [BIN / f'novalite-{kind}', '--config-file', self.file, '--config-file', file],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.await_log(name, f'novalite-{kind} is ready')

    def send(self, name, number):
        """A signal to a daemon, which goes on."""
        self.processes[name].send_signal(number)

    def serve_with_waitress(self):
        """The API as ``novalite.wsgi:application`` under a server that is not ours."""
        with self.log('wsgi').open('ab') as log:
            self.processes['wsgi'] = subprocess.Popen(
                [BIN / 'waitress-serve', f'--listen=127.0.0.1:{self.port}',
                 'novalite.wsgi:application'], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=os.environ | {'NOVALITE_CONFIG_FILE': str(self.file)})

    def answers(self):
        """Whether somebody listens on the API's port."""
        with socket.socket() as client:
            return client.connect_ex(('127.0.0.1', self.port)) == 0

    def end(self, name, number=signal.SIGTERM):
        """End a daemon and wait for it; its exit status."""
        self.send(name, number)
        return self.ended(name)

    def ended(self, name):
        """The exit status of a daemon that was told to end."""
        return self.processes.pop(name).wait(timeout=60)

    def log(self, name):
        return self.directory / f'{name}.log'

    def await_log(self, name, words):
        self.wait(lambda: words in self.log(name).read_text(), 60,
                  lambda: self.log(name).read_text()[-3000:])

    def await_ready(self):
        """Wait until every daemon of ours says that it is ready."""
        for name in self.processes.keys() - {'wsgi'}:
            self.await_log(name, f'novalite-{name} is ready')


def _free_port():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]
