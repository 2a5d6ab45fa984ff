"""Clients of a simulated cloud: they ask over HTTP, wait as openstacksdk waits, and remember."""

import dataclasses

from novalite.simulation import world as worlds

#: openstacksdk looks every two seconds.
POLL = 2.0


class Refused(Exception):
    """The API said no: ``status`` and what it said."""

    def __init__(self, answer):
        super().__init__(f'{answer.status}: {answer.body.decode(errors="replace")[:300]}')
        self.status = answer.status


@dataclasses.dataclass
class Client:
    """One user. What it was promised is written into ``checks``; for tasks of ``world.spawn``."""

    world: object
    checks: object
    user: str = 'demo'
    project: str = 'demo'
    version: str = '2.96'
    poll: float = POLL

    def __post_init__(self):
        self._token = None
        self._image = self._flavors = self._admin = None

    def call(self, method, path, body=None, service='compute'):
        """The answer, whatever it is; a 401 has the client log in anew. Raises NoAnswer."""
        if self._token is None:
            self._log_in()
        version = self.version if service == 'compute' else None
        answer = self.world.request(method, path, body, self._token, version, service)
        if answer.status == 401:
            self._log_in()
            answer = self.world.request(method, path, body, self._token, version, service)
        return answer

    def read(self, path, service='compute'):
        """What is there: asked again while the cloud cannot answer. Raises Refused."""
        while True:
            try:
                answer = self.call('GET', path, service=service)
            except worlds.NoAnswer:
                answer = None
            if answer is not None and answer.status < 500:
                break
            self.world.outside.sleep(POLL)
        if answer.status >= 400:
            raise Refused(answer)
        return answer.json

    def ask(self, method, path, body=None, server=None):
        """Ask for something that changes the cloud: once. Raises Refused, or NoAnswer."""
        answer = self.call(method, path, body)
        if answer.status >= 400:
            raise Refused(answer)
        if server is None and answer.body:
            server = (answer.json.get('server') or {}).get('id')
        if answer.status in (200, 201, 202, 204) and server:
            self.checks.accepted[answer.request_id] = server
        return answer

    @property
    def admin(self):
        """An administrator of the same cloud."""
        if self._admin is None:
            self._admin = dataclasses.replace(self, user='admin', project='admin')
        return self._admin

    # Servers

    @property
    def image(self):
        if self._image is None:
            self._image = self.read('/v2/images', 'image')['images'][0]['id']
        return self._image

    @property
    def flavors(self):
        """The flavors: id -> name, the smallest first."""
        if self._flavors is None:
            found = self.read('/v2.1/flavors/detail')['flavors']
            self._flavors = {one['id']: one['name'] for one in sorted(
                found, key=lambda one: (one['ram'], one['disk'], one['id']))}
        return self._flavors

    def create(self, name, flavor=0, networks='none', **more):
        """Ask for a server: its uuid."""
        answer = self.ask('POST', '/v2.1/servers', {'server': {
            'name': name, 'flavorRef': list(self.flavors)[flavor], 'imageRef': self.image,
            'networks': networks, **more}})
        return answer.json['server']['id']

    def act(self, server, verb, value=None):
        """Ask for an action; its request id."""
        return self.ask('POST', f'/v2.1/servers/{server}/action', {verb: value}, server).request_id

    def delete(self, server):
        return self.ask('DELETE', f'/v2.1/servers/{server}', server=server).request_id

    def do(self, ask, view, random):
        """Ask for what an ``Ask`` makes of a server. Raises Refused, NoAnswer, or asks.NotNow."""
        request = ask.request(self, view, random)
        who = self.admin if ask.admin else self
        answer = who.ask(request.method, f'/v2.1{request.path}', request.body, view['id'])
        if answer.status == 207:
            raise Refused(answer)       # an event for nobody

    # What there is to ask with: see ``novalite.asks``

    def host_status(self, view):
        seen = self.admin.server(view['id'])
        return seen and seen['host_status']

    def ports(self, server):
        found = self.read(f'/v2.1/servers/{server}/os-interface')['interfaceAttachments']
        return [nic['port_id'] for nic in found]

    def shares(self, server):
        found = self.read(f'/v2.1/servers/{server}/shares')['shares']
        return [share['share_id'] for share in found]

    def volume(self):
        """The id of a volume that nobody has; made if there is none. Raises Refused, NoAnswer."""
        spare = self.read('/v3/volumes?status=available', 'volume')['volumes']
        if spare:
            return spare[0]['id']
        answer = self.call('POST', '/v3/volumes', {'volume': {'size': 1}}, 'volume')
        if answer.status >= 400:
            raise Refused(answer)
        return answer.json['volume']['id']

    def share(self):
        """The id of a share that any server may have; made if there is none."""
        found = self.read('/v2/shares', 'share')['shares']
        if found:
            return found[0]['id']
        answer = self.call('POST', '/v2/shares', {'share': {'size': 1, 'share_proto': 'NFS'}},
                           'share')
        if answer.status >= 400:
            raise Refused(answer)
        return answer.json['share']['id']

    def server(self, server):
        """Its view; None if it is not there (any more)."""
        try:
            return self.read(f'/v2.1/servers/{server}')['server']
        except Refused as exc:
            if exc.status == 404:
                return None
            raise

    def rest(self, server, patience=3600):
        """Poll until nothing is under way with it: its view then, None when it is gone.

        The view of a moment ``patience`` seconds from now if it never rests.
        """
        end = self.world.timeline.now + patience
        while True:
            seen = self.server(server)
            if seen is None or self.world.timeline.now >= end or (
                    seen['OS-EXT-STS:task_state'] is None and seen['status'] != 'BUILD'):
                return seen
            self.world.outside.sleep(self.poll)

    def _log_in(self):
        while True:
            try:
                answer = self.world.request('POST', '/v3/auth/tokens', {'auth': {
                    'identity': {'methods': ['password'], 'password': {'user': {
                        'name': self.user, 'password': 'secret', 'domain': {'id': 'default'}}}},
                    'scope': {'project': {'name': self.project, 'domain': {'id': 'default'}}},
                }}, service='identity')
            except worlds.NoAnswer:
                answer = None
            if answer is not None and answer.status == 201:
                self._token = answer.headers['x-subject-token']
                return
            self.world.outside.sleep(POLL)
