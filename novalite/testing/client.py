"""A cloud as its clients see it: openstacksdk, raw requests, and the words of a story."""

import pprint

import openstack
import requests

from novalite import clouds
from novalite.faults import rules
from novalite.runtime import Runtime

#: Who a test may be, and which cloud of clouds.yaml that is.
PEOPLE = {'demo': 'novalite', 'admin': 'novalite-admin', 'other': 'novalite-other'}
NEWEST = 'latest'
#: Seconds to wait for what takes one on a quiet machine.
PATIENCE = 60


class Client:
    """Talks to the cloud at ``url`` as demo, admin or other; ``conf`` has its passwords.

    ``around`` is the address of another cloud, where that has its identity, images, networks
    and volumes.
    """

    def __init__(self, conf, url=None, around=None):
        self.conf, self.url, self.around = conf, url, around
        self.runtime = Runtime()
        self._http = requests.Session()
        self._tokens, self._connections = {}, {}

    def close(self):
        for connection in self._connections.values():
            connection.close()
        self._http.close()

    # Clients

    def connection(self, who='demo', **more):
        """An openstacksdk connection as demo, admin or other."""
        key = (who, *sorted(more.items()))
        if key not in self._connections:
            entry = clouds.entry(self.around or self.url, PEOPLE[who], self.conf)
            if self.around:
                entry['compute_endpoint_override'] = f'{self.url}/compute/v2.1'
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
        assert answer.status_code in (200, 202, 204), answer.text
        self.settle(server)
        return answer.headers['X-Openstack-Request-Id']

    def ask(self, server, verb, value=None, who='demo', version=NEWEST):
        return self.request('POST', f'/servers/{server}/action', {verb: value}, who=who,
                            version=version)

    def show(self, server, who='admin', version=NEWEST):
        return self.get(f'/servers/{server}', who=who, version=version)['server']

    def settle(self, server, seconds=PATIENCE):
        """Wait until no action is in charge of the server; its id. A failure tells its trace."""
        self.wait(lambda: not self.busy(server), seconds, lambda: self.trace(server))
        return server

    def wait(self, reached, seconds=PATIENCE, tell=lambda: ''):
        """Wait until ``reached()`` is true; fails with what ``tell()`` says."""
        end, over = self.runtime.monotonic() + seconds, False
        while not (value := reached()):
            assert not over, f'not within {seconds} s: {tell()}'
            # Asked once more after the end: the machine itself may have stood still.
            over = self.runtime.monotonic() > end
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

    def wipe(self):
        """Delete every server of every project, and then every share, snapshot and volume."""
        servers = [server for query in ('', '&status=SOFT_DELETED') for server in self.get(
            f'/servers?all_tenants=1{query}', who='admin')['servers']]
        for server in servers:
            self.ask(server['id'], 'forceDelete', who='admin')
        for server in servers:
            self.settle(server['id'])
        if 'shares' in self.conf.neighbours.enabled:
            for share in self.connection('admin').shared_file_system.shares(all_projects=True):
                self.connection('admin').shared_file_system.delete_share(share)
        if 'volumes' not in self.conf.neighbours.enabled:
            return
        storage = self.connection('admin').block_storage
        for snapshot in storage.snapshots(all_projects=True):
            storage.delete_snapshot(snapshot)
        for volume in storage.volumes(all_projects=True):
            storage.delete_volume(volume, force=True)

    def busy(self, server):
        """Whether an action on the server has not ended yet."""
        path = f'/servers/{server}/os-instance-actions'
        newest = self.get(path, who='admin')['instanceActions'][0]
        # One request may have made many servers: each has its own action.
        return any(action['finish_time'] is None for action in self.traced(newest['request_id'])
                   if action['server'] == server)

    def trace(self, server):
        """All that is written down about a server's actions, to read when a test fails."""
        return pprint.pformat([self.traced(action['request_id']) for action in self.get(
            f'/servers/{server}/os-instance-actions', who='admin')['instanceActions']])

    def traced(self, request_id, who='admin'):
        """What GET /trace tells of a request."""
        answer = self._http.get(f'{self.url}/trace/{request_id}', timeout=30,
                                headers={'X-Auth-Token': self.token(who)})
        assert answer.status_code == 200, answer.text
        return answer.json()['actions']
