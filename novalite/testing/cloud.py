"""A whole cloud for a test: the all-in-one over HTTP, in a directory of its own."""

import contextlib
import pathlib
import tempfile

import openstack
from oslo_config import cfg
import requests

from novalite import assembly
from novalite import clouds
from novalite import conf as options
from novalite.db import schema
from novalite.db import seed
from novalite.faults import rules
from novalite.runtime import Runtime

#: Who a test may be, and which cloud of clouds.yaml that is.
PEOPLE = {'demo': 'novalite', 'admin': 'novalite-admin', 'other': 'novalite-other'}
NEWEST = 'latest'


class Cloud:
    """``with Cloud() as cloud:`` a cloud listens on ``cloud.url`` until the block ends.

    Options are given as ``group__name=value``; ``state_dir`` keeps the cloud
    beyond its end, so that another ``Cloud`` can go on with it.
    """

    def __init__(self, hosts=4, state_dir=None, transport_url=None, **settings):
        self._cleanup = contextlib.ExitStack()
        if state_dir is None:
            state_dir = self._cleanup.enter_context(
                tempfile.TemporaryDirectory(prefix='novalite-'))
        self.state_dir = pathlib.Path(state_dir)
        self.runtime = Runtime()
        self._transport_url = transport_url or f'local:///{self.runtime.uuid()}'
        self.conf = self._configured({'compute__hosts': hosts} | settings)
        self._http = requests.Session()
        self._tokens, self._connections = {}, {}

    def _configured(self, settings):
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        conf([], project='novalite', default_config_files=[], default_config_dirs=[])
        values = {
            'state_dir': str(self.state_dir), 'host': 'cloud',
            'database__connection': f'sqlite:///{self.state_dir}/novalite.db',
            'api__port': 0, 'neighbours__enabled': ['identity', 'images', 'networks'],
        } | settings
        for name, value in values.items():
            group, _, option = name.rpartition('__')
            conf.set_override(option, value, group=group or None)
        return conf

    def start(self):
        self.services = assembly.AllInOne(self.conf, self.runtime, self._transport_url)
        schema.sync(self.services.db)
        with self.services.db.write() as connection:
            seed.seed(connection, self.conf, self.runtime)
        self.services.start()
        self.url = self.services.url
        return self

    def stop(self):
        for connection in self._connections.values():
            connection.close()
        self._http.close()
        self.services.stop()
        self._cleanup.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # Clients

    def connection(self, who='demo', **more):
        """An openstacksdk connection as demo, admin or other."""
        key = (who, *sorted(more.items()))
        if key not in self._connections:
            entry = clouds.entry(self.url, PEOPLE[who], self.conf)
            self._connections[key] = openstack.connect(
                load_yaml_config=False, load_envvars=False, **entry, **more)
        return self._connections[key]

    def request(self, method, path, json=None, who='demo', version=NEWEST, headers=None, **more):
        """A raw request to the compute API; ``path`` begins after /v2.1."""
        return self._http.request(
            method, f'{self.url}/compute/v2.1{path}', json=json, timeout=30, **more, headers={
                'X-Auth-Token': self.token(who), 'OpenStack-API-Version': f'compute {version}',
                **(headers or {})})

    def get(self, path, **more):
        """The body of a GET that must succeed."""
        answer = self.request('GET', path, **more)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        return answer.json()

    def token(self, who='demo'):
        if who not in self._tokens:
            self._tokens[who] = self.connection(who).session.get_token()
        return self._tokens[who]

    # Stories

    def create(self, name='web', flavor='42', who='demo', version=NEWEST, **more):
        """Ask for a server; returns the answer."""
        image = next(self.connection(who).image.images(name='cirros-0.6.2-x86_64-disk')).id
        body = {'name': name, 'flavorRef': flavor, 'imageRef': image, 'networks': 'auto'} | more
        if 'fault' in body:
            body['metadata'] = body.get('metadata', {}) | {rules.METADATA_KEY: body.pop('fault')}
        return self.request('POST', '/servers', {'server': body}, who=who, version=version)

    def boot(self, *args, **more):
        """A server that has come to rest; its id."""
        answer = self.create(*args, **more)
        assert answer.status_code == 202, answer.text
        return self.settle(answer.json()['server']['id'])

    def act(self, server, verb, value=None, who='demo', version=NEWEST):
        """Ask an action of a server, and wait until it rests; the request id."""
        answer = self.ask(server, verb, value, who, version)
        assert answer.status_code in (202, 204), answer.text
        self.settle(server)
        return answer.headers['X-Openstack-Request-Id']

    def ask(self, server, verb, value=None, who='demo', version=NEWEST):
        return self.request('POST', f'/servers/{server}/action', {verb: value}, who=who,
                            version=version)

    def show(self, server, who='admin', version=NEWEST):
        return self.get(f'/servers/{server}', who=who, version=version)['server']

    def settle(self, server, seconds=20):
        """Wait until no action is in charge of the server; its id. A failure tells its trace."""
        self.wait(lambda: not self._busy(server), seconds, lambda: self.trace(server))
        return server

    def wait(self, reached, seconds=20, tell=lambda: ''):
        """Wait until ``reached()`` is true; fails with what ``tell()`` says."""
        end = self.runtime.monotonic() + seconds
        while not (value := reached()):
            assert self.runtime.monotonic() < end, f'not within {seconds} s: {tell()}'
            self.runtime.sleep(0.01)
        return value

    def actions(self, server, who='admin'):
        """(action, message) of every action of a server, oldest first."""
        found = self.get(f'/servers/{server}/os-instance-actions', who=who)['instanceActions']
        return [(action['action'], action['message']) for action in reversed(found)]

    def events(self, server, request_id, who='admin'):
        """(event, result) of one action, oldest first."""
        return [(event['event'], event['result'])
                for event in reversed(self.action(server, request_id, who)['events'])]

    def action(self, server, request_id, who='admin'):
        path = f'/servers/{server}/os-instance-actions/{request_id}'
        return self.get(path, who=who)['instanceAction']

    def guests(self):
        """Where guests are: host -> uuid -> power_state; only hosts that have one."""
        found = {host: {uuid: guest['power_state'] for uuid, guest in driver.guests().items()}
                 for host, driver in self.services.worker.drivers.items()}
        return {host: guests for host, guests in found.items() if guests}

    def trace(self, server):
        """All that is written down about a server's actions, to read when a test fails."""
        from novalite.db import history
        with self.services.db.read() as connection:
            rows = history.actions_of(connection, server)
            events = history.events_of(connection, [row.id for row in rows])
            faults = history.faults_of(connection, server)
        return '\n'.join(map(str, [*rows, *events, *faults]))

    # Misbehaviour

    def fail(self, verb, host='*', message=None, times=1):
        """The next ``times`` calls of a driver's verb fail."""
        self._add(rules.Rule(verb=verb, then='fail', message=message, times=times,
                             when={'host': host}))

    def stall(self, verb, host='*', times=1):
        """The next ``times`` calls of a driver's verb wait until ``behave``."""
        self._add(rules.Rule(verb=verb, then='stall', times=times, when={'host': host}))

    def behave(self):
        """No more faults; who stalled goes on."""
        self.services.worker.injector.clear()

    def wipe(self):
        """Delete every server of every project, and wait until they are gone."""
        servers = self.get('/servers?all_tenants=1', who='admin')['servers']
        for server in servers:
            self.request('DELETE', f'/servers/{server["id"]}', who='admin')
        for server in servers:
            self.settle(server['id'])

    def _add(self, rule):
        self.services.worker.injector.add(rule)

    def _busy(self, server):
        from novalite.db import servers
        with self.services.db.read() as connection:
            return servers.get(connection, server).owner is not None
