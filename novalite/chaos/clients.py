"""The clients: each has servers of its own, asks things of them, and notes what it was told."""

import collections
import contextlib
import dataclasses
import http.client
import json

from novalite import asks

VERSION = '2.96'
_COMPUTE = '/compute/v2.1'
#: Seconds that an answer may take before a client thinks it lost; what only reads asks again.
PATIENCE, READING = 30, 4
#: So many servers each client likes to have.
SERVERS = 3


#: What is asked for, and how often: what takes a server out of where it rests, so that all is met.
WEIGHTS = {
    'delete': 12, 'os-stop': 5, 'os-start': 12, 'reboot': 3, 'reboot.hard': 3, 'pause': 4,
    'unpause': 10, 'suspend': 4, 'resume': 12, 'rescue': 3, 'unrescue': 12, 'rebuild': 4,
    'resize': 6, 'migrate': 5, 'confirmResize': 20, 'revertResize': 15, 'os-migrateLive': 6,
    'evacuate': 1, 'shelve': 5, 'shelveOffload': 8, 'unshelve': 15, 'createImage': 3,
    'createBackup': 2, 'changePassword': 2, 'trigger_crash_dump': 2, 'attach_volume': 6,
    'detach_volume': 5, 'swap_volume': 2, 'attach_interface': 4, 'detach_interface': 4}
#: What may be asked for at any time.
INTERRUPTING = frozenset({'delete', 'evacuate'})


@dataclasses.dataclass(frozen=True)
class Given:
    """What there is to work with: ids of an image and a network, and flavors, id -> name."""

    image: str
    network: str
    flavors: dict


@dataclasses.dataclass
class Operation:
    """What was asked, and how it was answered; times are seconds since the start."""

    verb: str
    client: int
    asked: float
    answered: float | None = None
    #: The HTTP status; None if there was no answer, so that nobody knows what became of it.
    code: int | None = None
    server: str | None = None
    request_id: str | None = None
    message: str = ''

    @property
    def accepted(self):
        return self.code is not None and self.code < 300


@dataclasses.dataclass(frozen=True)
class Answer:
    code: int
    body: dict
    headers: object


class Web:
    """Asks the APIs at these ports in turn; ``Silence`` is raised where none answers.

    ``blundered`` is told of each answer of 500 and more that does not say that it passes (503).
    """

    def __init__(self, ports, over, blundered=lambda sentence: None):
        self._ports, self._over = collections.deque(ports), over
        self._blundered = blundered
        self._connections, self._token = {}, None

    def log_in(self, password):
        """As the administrator, in a project of his own."""
        domain = {'id': 'default'}
        answer = self.ask('POST', '/identity/v3/auth/tokens', {'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': 'admin', 'domain': domain, 'password': password}}},
            'scope': {'project': {'name': 'admin', 'domain': domain}}}})
        self._token = answer.headers['X-Subject-Token']
        return answer.body['token']['project']['id']

    def ask(self, method, path, body=None):
        """One request to the next API that can be reached; raises ``Silence`` if that is not
        answered, or if none can be."""
        headers = {'OpenStack-API-Version': f'compute {VERSION}, volume 3.70',
                   'Content-Type': 'application/json'}
        if self._token:
            headers['X-Auth-Token'] = self._token
        connection = self._connected()
        connection.sock.settimeout(READING if method == 'GET' else PATIENCE)
        try:
            connection.request(method, path, body and json.dumps(body).encode(), headers)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            raise Silence(f'{type(exc).__name__}: {exc}') from exc
        if answer.status >= 500 and answer.status != 503:
            self._blundered(f'{method} {path} was answered with {answer.status}: '
                            f'{data.decode(errors="replace")[:200]}')
        return Answer(answer.status, _body(data), answer.headers)

    def _connected(self):
        """A connection to the first API that takes one; nothing has been asked of the others."""
        for _ in range(len(self._ports)):
            self._ports.rotate(-1)
            port = self._ports[0]
            connection = self._connections.setdefault(
                port, http.client.HTTPConnection('127.0.0.1', port, timeout=PATIENCE))
            if connection.sock is not None:
                return connection
            with contextlib.suppress(OSError):
                connection.connect()
                return connection
        raise Unreached('No API can be reached.')

    def read(self, path):
        """A GET, tried until somebody answers it; ``Silence`` when all is over."""
        while not self._over.is_set():
            try:
                answer = self.ask('GET', path)
            except Silence:
                answer = None
            if answer is not None and answer.code in (200, 404):
                return answer
            self._over.wait(0.3)
        raise Silence('It is over.')

    def close(self):
        for connection in self._connections.values():
            connection.close()


def _body(data):
    """What was answered; nothing where that is no JSON, which only a blunder is not."""
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return {}


class Silence(Exception):
    """Nobody answered; what was asked may have been done, or not."""


class Unreached(Silence):
    """Nobody could even be asked."""


class Client:
    """Works on its own servers until ``over``; every operation goes to ``noted``."""

    def __init__(self, number, web, given, random, noted, clock, over):
        self.number, self.given = number, given
        self._web, self._random, self._noted = web, random, noted
        self._clock, self._over = clock, over
        self._volumes, self._names = [], 0

    def run(self):
        try:
            self._make_volumes()
            while not self._over.is_set():
                self._once()
        except Silence:
            return      # it was over while it waited

    # What there is to ask with: see ``novalite.asks``

    @property
    def image(self):
        return self.given.image

    @property
    def flavors(self):
        return self.given.flavors

    def host_status(self, view):
        return view['host_status']

    def volume(self):
        """One of its volumes that nobody has; raises NotNow."""
        for volume in self._volumes:
            answer = self._web.read(f'/volume/v3/volumes/{volume}')
            if answer.code == 200 and answer.body['volume']['status'] == 'available':
                return volume
        raise asks.NotNow

    def ports(self, server):
        answer = self._web.read(f'{_path(server)}/os-interface')
        return [one['port_id'] for one in answer.body.get('interfaceAttachments', ())]

    # In its thread

    def _make_volumes(self, count=2):
        while len(self._volumes) < count:
            try:
                answer = self._web.ask('POST', '/volume/v3/volumes', {'volume': {
                    'size': 1, 'name': f'chaos-{self.number}'}})
            except Silence:
                answer = None
            if answer is not None and answer.code < 300:
                self._volumes.append(answer.body['volume']['id'])
            elif self._over.wait(0.3):
                raise Silence('It is over.')

    def _once(self):
        servers = self._mine()
        if len(servers) < SERVERS and self._random.random() < 1 / (len(servers) + 1):
            server = self._create()
        else:
            server = self._random.choice(servers)
            self._act(server)
            server = server['id']
        # Most wait for what they have asked for; some ask for more, or do not look back.
        if server and self._random.random() < 0.85:
            self._settle(server)

    def _mine(self):
        """The servers of this client, as the API shows them."""
        answer = self._web.read(
            f'{_COMPUTE}/servers/detail?name=^chaos-{self.number}-&limit=100')
        return answer.body.get('servers', [])

    def _create(self):
        self._names += 1
        operation, answer = self._ask('create', 'POST', f'{_COMPUTE}/servers', {'server': {
            'name': f'chaos-{self.number}-{self._names}', 'flavorRef': next(iter(self.flavors)),
            'imageRef': self.image, 'networks': [{'uuid': self.given.network}]}})
        if operation.accepted:
            operation.server = answer.body['server']['id']
        return operation.server

    def _act(self, server):
        """Ask something that may begin; now and then also what interrupts."""
        ways = [name for name in WEIGHTS if asks.ACTIONS[name].may(server)]
        if INTERRUPTING.issuperset(ways) and self._random.random() < 0.7:
            # Nothing could be asked for that does not interrupt: most wait until it has ended.
            self._over.wait(0.2)
            return
        name = self._random.choices(ways, [WEIGHTS[way] for way in ways])[0]
        with contextlib.suppress(asks.NotNow):
            wanted = asks.ACTIONS[name].request(self, server, self._random)
            self._ask(name, wanted.method, _COMPUTE + wanted.path, wanted.body, server['id'])

    def _ask(self, verb, method, path, body, server=None):
        operation = Operation(verb, self.number, self._clock(), server=server)
        try:
            answer = self._web.ask(method, path, body)
        except Unreached:
            self._over.wait(0.2)
            return operation, None
        except Silence as exc:
            operation.message, answer = str(exc), None
        else:
            operation.code = answer.code
            operation.request_id = answer.headers['X-Openstack-Request-Id']
            if answer.code >= 400:
                operation.message = str(answer.body)[:300]
        operation.answered = self._clock()
        self._noted(operation)
        if not operation.accepted:
            self._over.wait(0.1)
        return operation, answer

    def _settle(self, server):
        """Wait until nothing is done to it any more."""
        while not self._over.is_set():
            answer = self._web.read(_path(server))
            if answer.code == 404 or answer.body['server']['OS-EXT-STS:task_state'] is None:
                return
            self._over.wait(0.15)


def _path(server):
    return f'{_COMPUTE}/servers/{server}'
