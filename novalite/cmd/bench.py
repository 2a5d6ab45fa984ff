"""Measure a cloud that runs, through its API, and say beside it what Nova takes."""

import contextlib
import json
import statistics

import rich.box
import rich.table

from novalite import errors
from novalite.cmd import connecting
from novalite.cmd import local
from novalite.cmd import processes
from novalite.cmd import rest
from novalite.runtime import Runtime

VERSION = '2.96'
FLAVOR, IMAGE = 'm1.nano', 'cirros-0.6.2-x86_64-disk'
#: So many servers are there when lists are read.
PAGE = 50
#: The most seconds and requests that one kind of read is measured for.
READ_SECONDS, READS = 2, 200
#: Seconds that servers may take to come to rest.
PATIENCE = 120
_UNLIMITED = {'instances': -1, 'cores': -1, 'ram': -1}

#: What is measured, how it is written, and what Nova 34 with its fake driver took on a machine
#: of the same kind (2 cores): RabbitMQ, MariaDB, 2 API workers, 10 computes unless it says 1.
ROWS = (
    ('boot_median_ms', 'One boot to ACTIVE, median', 'ms', '600-750, 1 compute'),
    ('boot_p95_ms', 'One boot to ACTIVE, 95th percentile', 'ms', ''),
    ('boots_per_second', 'Boots, {clients} clients', '/s', '0.9-1.3'),
    ('post_median_ms', 'POST /servers, {clients} clients, median', 'ms', '3,000-4,000, 10 clients'),
    ('cpu_ms_per_boot', 'CPU of the cloud for each of these boots', 'ms', '800'),
    ('show_p50_ms', 'GET a server, median', 'ms', '43'),
    ('show_per_second', 'GET a server, 1 client', '/s', '21'),
    ('list_p50_ms', 'List {page} servers, median', 'ms', '70'),
    ('list_per_second', 'List {page} servers, 1 client', '/s', '13.5'),
    ('detail_p50_ms', 'List {page} servers in detail, median', 'ms', '234'),
    ('detail_per_second', 'List {page} servers in detail, 1 client', '/s', '3.5'),
    ('deletes_per_second', 'Deletes, {clients} clients', '/s', '2.0-2.6'),
    ('resident_mb', 'Resident memory of the cloud', 'MB', '2,000, 1 compute; 3,400, 10'),
    ('idle_cpu_percent', 'CPU of the cloud when idle', '% of a core', '18'),
)


def measure(options, console):
    """Measure, tell, and leave the cloud as it was; 0 if every server came up and went."""
    runtime = Runtime()
    connection = connecting.connect('novalite-admin', VERSION)
    pids = processes.of_cloud(options.state_dir, local.running(options.state_dir))
    with _quota_lifted(connection):
        bench = _Bench(connection, runtime, pids)
        try:
            figures = bench.run(options.servers, options.clients)
        finally:
            bench.clean_up(options.clients)
    figures['failed'] = bench.failed
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        _show(figures, console)
    return 1 if bench.failed else 0


def _show(figures, console):
    table = rich.table.Table(title='novalite bench', title_justify='left', title_style='bold',
                             box=rich.box.SIMPLE_HEAD)
    table.add_column('what')
    table.add_column('here', justify='right', style='bold')
    table.add_column('')
    table.add_column('Nova, measured elsewhere', justify='right', style='dim')
    for name, label, unit, novas in ROWS:
        if figures.get(name) is not None:
            table.add_row(label.format(**figures), _three_digits(figures[name]), unit, novas)
    console.print(table)
    if figures['failed']:
        console.print(f'[bold red]{figures["failed"]} servers did not become ACTIVE.[/]')


def _three_digits(value):
    return f'{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}'


@contextlib.contextmanager
def _quota_lifted(connection):
    """No limits for the admin's project while it lasts."""
    project = connection.current_project_id
    path = f'/os-quota-sets/{project}'
    had = connection.compute.get(path).json()['quota_set']
    usual = connection.compute.get(f'{path}/defaults').json()['quota_set']
    connection.compute.put(path, json={'quota_set': _UNLIMITED})
    try:
        yield
    finally:
        connection.compute.delete(path)
        own = {name: value for name, value in had.items()
               if name != 'id' and value != usual[name]}
        if own:
            connection.compute.put(path, json={'quota_set': own | {'force': True}})


class _Bench:
    """Servers that are booted, read and deleted; their names tell them from others."""

    def __init__(self, connection, runtime, pids):
        self._runtime, self._pids = runtime, pids
        self._prefix = f'bench-{runtime.secret(3)}'
        self._url, self._token = connecting.endpoint(connection), connection.auth_token
        self._http = self._client()
        self._server = {
            'flavorRef': connection.compute.find_flavor(FLAVOR, ignore_missing=False).id,
            'imageRef': connection.image.find_image(IMAGE, ignore_missing=False).id,
            'networks': 'none'}
        self.failed = 0

    def run(self, servers, clients):
        idle = self._idle()
        single = self._one_by_one(servers)
        together = self._together(max(servers, PAGE - servers), clients)
        return {'servers': servers, 'clients': clients, 'page': PAGE} | idle | single | together \
            | self._reads() | {'resident_mb': processes.resident_mb(self._pids)} \
            | self._delete(clients)

    def _idle(self):
        if not self._pids:
            return {}
        before = processes.cpu_seconds(self._pids)
        self._runtime.sleep(2)
        return {'idle_cpu_percent': (processes.cpu_seconds(self._pids) - before) / 2 * 100}

    # Boots

    def _one_by_one(self, count):
        self._boot('warm')      # the first request of its kind fills caches
        took = []
        for number in range(count):
            begin = self._now()
            self._boot(f'single-{number}')
            took.append((self._now() - begin) * 1000)
        return {'boot_median_ms': statistics.median(took), 'boot_p95_ms': _percentile(took, 95)}

    def _boot(self, name):
        """One server, looked at without pause until it is ACTIVE."""
        server = self._create(self._http, name)
        end = self._now() + PATIENCE
        while (status := self._http.get(f'/servers/{server}')['server']['status']) == 'BUILD':
            if self._now() > end:
                break
        self.failed += status != 'ACTIVE'

    def _create(self, http, name):
        server = self._server | {'name': f'{self._prefix}-{name}'}
        return http.post('/servers', {'server': server})['server']['id']

    def _together(self, count, clients):
        took = []

        def client(numbers):
            http = self._client()
            for number in numbers:
                begin = self._now()
                self._create(http, f'together-{number}')
                took.append((self._now() - begin) * 1000)

        cpu, begin = processes.cpu_seconds(self._pids), self._now()
        self._side_by_side(client, count, clients)
        self._await(lambda: not self._list('together', status='BUILD'))
        seconds = self._now() - begin
        active = len(self._list('together', status='ACTIVE'))
        self.failed += count - active
        figures = {'boots_per_second': active / seconds, 'post_median_ms': statistics.median(took)}
        if self._pids:
            used = processes.cpu_seconds(self._pids) - cpu
            figures['cpu_ms_per_boot'] = used / count * 1000
        return figures

    def _side_by_side(self, work, count, clients):
        """Share numbers among threads; what goes wrong in one of them is raised here."""
        results = self._runtime.queue()

        def run(numbers):
            try:
                results.put(work(numbers))
            except Exception as exc:
                results.put(exc)

        for number in range(clients):
            self._runtime.spawn(f'client {number}', run, range(number, count, clients))
        for result in [results.get() for _ in range(clients)]:
            if isinstance(result, Exception):
                raise result

    # Reads

    def _reads(self):
        one = self._list('')[0]['id']
        paths = {'show': f'/servers/{one}', 'list': f'/servers?limit={PAGE}',
                 'detail': f'/servers/detail?limit={PAGE}'}
        figures = {}
        for name, path in paths.items():
            took = self._read(path)
            figures |= {f'{name}_p50_ms': statistics.median(took) * 1000,
                        f'{name}_per_second': len(took) / sum(took)}
        return figures

    def _read(self, path):
        self._http.get(path)
        took, end = [], self._now() + READ_SECONDS
        while len(took) < READS and self._now() < end:
            begin = self._now()
            self._http.get(path)
            took.append(self._now() - begin)
        return took

    # The end

    def _delete(self, clients):
        servers = [server['id'] for server in self._list('')]

        def client(numbers):
            http = self._client()
            for number in numbers:
                http.delete(f'/servers/{servers[number]}')

        begin = self._now()
        self._side_by_side(client, len(servers), clients)
        self._await(lambda: not self._list(''))
        return {'deletes_per_second': len(servers) / (self._now() - begin)}

    def clean_up(self, clients):
        if self._list(''):
            self._delete(clients)

    def _list(self, round_, status=None):
        query = f'name=^{self._prefix}-{round_}' + (f'&status={status}' if status else '')
        found, page = [], self._http.get(f'/servers?limit=1000&{query}')['servers']
        while page:
            found += page
            page = self._http.get(
                f'/servers?limit=1000&{query}&marker={page[-1]["id"]}')['servers']
        return found

    def _await(self, reached):
        end = self._now() + PATIENCE
        while not reached():
            if self._now() > end:
                raise errors.CannotStart(f'The servers did not come to rest within {PATIENCE} s.')
            self._runtime.sleep(0.01)

    def _client(self):
        return rest.Client(self._url, self._token, VERSION)

    def _now(self):
        return self._runtime.monotonic()


def _percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
