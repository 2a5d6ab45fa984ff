"""What clients ask of a simulated cloud: a plan's workload, each client a task.

Who asks for what is drawn from streams of its own, one for each turn of each client, so that
a fault changes answers and not what is asked.
"""

import collections
import fnmatch
import functools

from novalite import asks
from novalite.simulation import clients
from novalite.simulation import world as worlds


class Workload:
    """``start`` it; all clients end soon after ``until`` seconds.

    ``counts`` is how requests were answered: 'accepted', 'refused' (4xx), 'unavailable' (5xx)
    and 'no answer'; ``boots`` is [when it was asked, seconds until it was seen ACTIVE];
    ``broken`` is what no API may ever answer.
    """

    def __init__(self, world, checks, loads, until):
        self.counts = collections.Counter()
        self.asked = collections.Counter()
        self.boots, self.broken = [], []
        self.running = 0
        self._loads = [_Load(self, world, checks, load, f'load/{number}', until)
                       for number, load in enumerate(loads)]

    def start(self):
        for load in self._loads:
            load.start()


class _Load:
    """One entry of a plan's workload."""

    def __init__(self, whole, world, checks, load, name, until):
        self._whole, self._world, self._load, self._name = whole, world, load, name
        self._timeline = world.timeline
        self._until = min(until, load.until)
        self._user = clients.Client(world, checks, load.tenant, load.tenant,
                                    poll=load.poll)
        self._weights = {name: weight for name in asks.ACTIONS
                         if (weight := _weight(name, load.mix)) > 0}
        self._numbers = {}
        #: The servers of those that come at a rate, of bursts and of churn, the oldest first.
        self._servers = []

    def start(self):
        load = self._load
        for number in range(load.clients):
            self._spawn(load.after + load.ramp * number / load.clients, self._client, number)
        if load.rate:
            self._spawn(load.after, self._arrivals)
        for number, burst in enumerate(load.bursts):
            for which in range(burst.create):
                self._spawn(burst.at, self._turn, f'burst{number}-{which}', self._servers, True)
        if load.churn:
            self._spawn(load.after, self._churn)

    def _spawn(self, at, work, *args):
        """Have a task begin then, or now if that is over."""
        self._whole.running += 1
        self._timeline.later(max(0.0, at - self._timeline.now), self._world.spawn, 'client',
                             self._run, work, args)

    def _run(self, work, args):
        try:
            work(*args)
        finally:
            self._whole.running -= 1

    # Who asks

    def _client(self, number):
        """One thing after the other, with servers of its own."""
        servers, turn = [], 0
        while self._timeline.now < self._until:
            turn += 1
            random = self._turn(f'{number}-{turn}', servers)
            self._sleep(self._load.think.seconds(random))

    def _arrivals(self):
        """More and more of them until the ramp is over, whatever the others wait for."""
        random = self._timeline.stream(f'{self._name}/arrivals')
        load, number = self._load, 0
        while True:
            # A thinned stream: each may come, with the ramp's probability.
            self._sleep(random.expovariate(load.rate.per_second))
            if self._timeline.now >= self._until:
                return
            number += 1
            if random.random() * load.ramp <= self._timeline.now - load.after:
                self._spawn(0.0, self._turn, f'r{number}', self._servers)

    def _churn(self):
        """Servers are deleted, the oldest first, and others are made in their place."""
        random = self._timeline.stream(f'{self._name}/churn')
        number = 0
        while self._timeline.now < self._until:
            often = max(1, len(self._servers)) * self._load.churn.per_second
            self._sleep(random.expovariate(often))
            if self._servers and self._timeline.now < self._until:
                number += 1
                server = self._servers.pop(0)
                self._spawn(0.0, self._delete, server)
                self._spawn(0.0, self._turn, f'churn{number}', self._servers, True)

    def _delete(self, server):
        self._try('delete', functools.partial(self._user.delete, server))

    # What they ask

    def _turn(self, name, servers, create=False):
        """Ask for one thing, and wait until it is done; the random numbers of this turn."""
        random = self._timeline.stream(f'{self._name}/{name}')
        which, what, hasty = random.random(), random.random(), random.random()
        if create or not servers:
            self._create(name, servers, random, hasty)
            return random
        server = servers[int(which * len(servers))]
        view = self._user.server(server)
        if view is None:
            _forget(servers, server)
            return random
        action = self._draw(view, what, len(servers) < self._load.servers)
        if action == 'create':
            self._create(name, servers, random, hasty)
        elif action is not None:
            self._act(action, view, servers, random, hasty)
        return random

    def _draw(self, view, what, room):
        """One of the actions that may begin, by their weights; None if there is none."""
        found = [(name, weight) for name, weight in self._weights.items()
                 if (room if name == 'create' else asks.ACTIONS[name].may(view))]
        left = what * sum(weight for _, weight in found)
        for name, weight in found:
            left -= weight
            if left < 0:
                return name
        return found[-1][0] if found else None

    def _create(self, name, servers, random, hasty):
        flavor, began = random.randrange(self._load.flavors), self._timeline.now
        server = self._try('create', lambda: self._user.create(
            f'{self._load.tenant}-{name}', flavor, self._load.networks))
        if server is None:
            return
        servers.append(server)
        if hasty >= self._load.hasty:
            view = self._rest(server)
            if view is not None and view['status'] == 'ACTIVE':
                self._whole.boots.append([began, self._timeline.now - began])

    def _act(self, action, view, servers, random, hasty):
        self._try(action, lambda: self._user.do(asks.ACTIONS[action], view, random))
        if hasty >= self._load.hasty and self._rest(view['id']) is None:
            _forget(servers, view['id'])

    def _rest(self, server):
        return self._user.rest(server, patience=max(0.0, self._until - self._timeline.now))

    def _try(self, action, ask):
        """What it returned; None if it was not accepted."""
        counts = self._whole.counts
        try:
            found = ask()
        except asks.NotNow:
            return None
        except worlds.NoAnswer:
            counts['no answer'] += 1
            return None
        except clients.Refused as exc:
            counts['unavailable' if exc.status >= 500 else 'refused'] += 1
            if exc.status >= 500 and exc.status != 503:
                self._whole.broken.append(f'{action} was answered {exc}')
            return None
        counts['accepted'] += 1
        self._whole.asked[action] += 1
        return found

    def _sleep(self, seconds):
        self._world.outside.sleep(min(seconds, max(0.0, self._until - self._timeline.now) + 0.001))


def _weight(name, mix):
    """The weight of its own, or else of the first pattern that fits."""
    if name in mix:
        return mix[name]
    return next((weight for pattern, weight in mix.items()
                 if fnmatch.fnmatchcase(name, pattern)), 0.0)


def _forget(servers, server):
    if server in servers:
        servers.remove(server)
