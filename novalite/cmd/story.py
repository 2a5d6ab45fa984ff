"""How the demo asks and tells: requests to the cloud, tables and claims in the terminal."""

import contextlib
import datetime

import keystoneauth1.exceptions
import openstack
import openstack.compute.v2.server
import openstack.exceptions
import rich.markup
import rich.padding
import rich.progress
import rich.table

from novalite.cmd import connecting
from novalite.faults import rules

#: The first version that shows everything the story tells of.
VERSION = '2.96'
SMALL, IMAGE = 'm1.nano', 'cirros-0.6.2-x86_64-disk'
#: Seconds that anything in the story may take.
PATIENCE = 30

_FAILURES = (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException)
_COLOURS = {'ACTIVE': 'green', 'VERIFY_RESIZE': 'green', 'active': 'green', 'Success': 'green',
            'ERROR': 'red', 'Error': 'red'}


class NotInTime(Exception):
    """Something that was promised has not come."""


class Asking:
    """A request that was answered: the request id is what to ask about it later."""

    def __init__(self, method, path, answer, server):
        self.method, self.path, self.answer, self.server = method, path, answer, server
        self.request_id = answer.headers.get('X-Openstack-Request-Id', '')


class Story:
    """Who asks, what there is so far, and how it looks in the terminal."""

    def __init__(self, console, runtime):
        self._console, self._runtime = console, runtime
        self.prefix = f'demo-{runtime.secret(2)}'
        self._chapters = self._checked = self.failed = 0
        self.servers, self.broken = [], None
        self.demo, self.admin, self.other = (
            connecting.connect(name, VERSION)
            for name in ('novalite', 'novalite-admin', 'novalite-other'))
        self._start = runtime.monotonic()
        self.hosts = len([service for service in self.admin.compute.services(
            binary='nova-compute') if service.state == 'up'])
        self._root = connecting.endpoint(self.demo).rpartition('/compute')[0]
        console.print(f'[bold]novalite demo[/]  {self._root}, {self.hosts} '
                      f'{"host" if self.hosts == 1 else "hosts"}, by HTTP with openstacksdk')

    @contextlib.contextmanager
    def chapter(self, chapter):
        """What goes wrong in a chapter is told; the next one is told all the same."""
        self._chapters += 1
        title = rich.markup.escape(chapter.__doc__.strip().rstrip('.'))
        self._console.print(f'\n[bold cyan]{self._chapters}[/]  [bold]{title}[/]', soft_wrap=True)
        try:
            yield
        except (*_FAILURES, NotInTime, LookupError, ValueError) as exc:
            self._failure('This could not be told to its end', f'{type(exc).__name__}: {exc}')

    def end(self):
        seconds = self._runtime.monotonic() - self._start
        if self.failed:
            self._console.print(f'\n[bold red]{self.failed} of {self._checked} claims did not come '
                                f'out as told[/] ({seconds:.1f} s)')
        else:
            self._console.print(f'\n[bold green]All {self._checked} claims came out as told[/] '
                                f'({seconds:.1f} s)')

    def claim(self, text, found, expected):
        if found != expected:
            self._failure(text, f'expected {expected!r}, found {found!r}')
            return
        self._checked += 1
        self._console.print(f'   [green]ok[/]  {rich.markup.escape(text)}')

    def _failure(self, text, why):
        self._checked += 1
        self.failed += 1
        self._console.print(
            f'   [bold white on red]FAILED[/]  [bold]{rich.markup.escape(text)}[/]')
        self._show(f'[red]{rich.markup.escape(why)}[/]', 12)

    def note(self, text):
        self._show(rich.markup.escape(text))

    def said(self, asking):
        """The request, its status and its request id, in one line."""
        status = asking.answer.status_code
        colour = 'green' if status < 400 else 'yellow'
        self._console.print(
            f'   {asking.method:<4} {asking.path:<23} [{colour}]{status}[/]  '
            f'[magenta]{asking.request_id}[/]', soft_wrap=True)

    def rows(self, headings, rows):
        table = rich.table.Table(box=None, pad_edge=False, padding=(0, 3, 0, 0),
                                 header_style='dim')
        for heading in headings:
            table.add_column(heading)
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self._show(table)

    def draw(self, trace):
        """The hops of a request, and when each event of it began and ended."""
        self._show('[bold]' + ' [dim]>[/] '.join(trace['hops']) + '[/]')
        spans = [(event, *_span(trace, event)) for event in trace['events']]
        whole = max([end for _event, _begin, end in spans] or [1])
        table = rich.table.Table.grid(padding=(0, 2, 0, 0))
        for event, begin, end in spans:
            table.add_row(
                _cell(event['result']), event['event'], f'[dim]{event["host"]}[/]',
                f'[cyan]{_bar(begin / whole, end / whole)}[/]',
                f'[dim]{end - begin:.0f} ms[/]')
        self._show(table)

    def _show(self, what, indent=3):
        self._console.print(rich.padding.Padding(what, (0, 0, 0, indent), expand=False))

    @contextlib.contextmanager
    def progress(self, what, total):
        """A bar while it lasts, where somebody can see it move."""
        console = self._console
        still = console.record or not console.is_terminal
        with rich.progress.Progress(
                '  ', *rich.progress.Progress.get_default_columns(), console=console,
                transient=True, disable=still) as progress:
            task = progress.add_task(what, total=total)
            yield lambda: progress.advance(task)

    # What is asked of the cloud

    def create(self, name, metadata=None):
        server = {
            'name': f'{self.prefix}-{name}', 'flavorRef': self.flavor(SMALL),
            'imageRef': self.demo.image.find_image(IMAGE, ignore_missing=False).id,
            'networks': 'auto', 'metadata': metadata or {}}
        asking = self._post('/servers', '/servers', {'server': server})
        asking.server = asking.answer.json()['server']['id']
        return asking

    def ask(self, server, verb, value):
        return self._post(f'/servers/{server}/action', f'…/action {verb}', {verb: value}, server)

    def _post(self, path, shown, body, server=None):
        answer = self.demo.compute.post(path, json=body)
        openstack.exceptions.raise_from_response(answer)
        return Asking('POST', shown, answer, server)

    @contextlib.contextmanager
    def fault(self, server, rule):
        """The server's metadata asks for trouble until the block ends."""
        compute = self.demo.compute
        compute.set_server_metadata(server.id, **{rules.METADATA_KEY: rule})
        yield
        compute.delete_server_metadata(server.id, [rules.METADATA_KEY])

    def settled(self, server_id, leaving='BUILD'):
        """The server when nothing is being done to it any more, and it has left a status."""
        def at_rest():
            answer = self.demo.compute.get(f'/servers/{server_id}')
            openstack.exceptions.raise_from_response(answer)
            server = self._server(answer)
            return server if server.status != leaving and not server.task_state else None
        return self.await_(at_rest, f'server {server_id} to come to rest')

    def as_admin(self, server):
        return self._server(self.admin.compute.get(f'/servers/{server.id}'))

    def _server(self, answer):
        return openstack.compute.v2.server.Server(**answer.json()['server'])

    def host(self, server):
        return self.as_admin(server).compute_host

    def address(self, server):
        return next((address['addr'] for addresses in server.addresses.values()
                     for address in addresses), None)

    def flavor(self, name):
        return self.demo.compute.find_flavor(name, ignore_missing=False).id

    def action(self, asking):
        """The action of a request, with its events, as an administrator sees it."""
        action = self.admin.compute.get_server_action(
            asking.request_id, asking.server)
        self.note(f'GET …/os-instance-actions/{{request id}}, as an administrator: '
                  f'{action.action}, {action.message}')
        self.rows(('event', 'host', 'result', 'details'), [
            (event['event'], event['host'], event['result'], event['details'])
            for event in reversed(action.events)])
        return action

    def trace(self, asking):
        answer = self.admin.session.get(f'{self._root}/trace/{asking.request_id}')
        return answer.json()['actions'][0]

    def ours(self):
        return [server for server in self.demo.compute.servers(details=False)
                if server.name.startswith(f'{self.prefix}-')]

    def images(self):
        return list(self.demo.image.images(name=f'{self.prefix}-image'))

    def await_(self, reached, what):
        end = self._runtime.monotonic() + PATIENCE
        while not (value := reached()):
            if self._runtime.monotonic() > end:
                raise NotInTime(f'Waited {PATIENCE} s in vain for {what}.')
            self._runtime.sleep(0.03)
        return value


def failure(action):
    """The first event of an action that failed, and why."""
    return next(((event['event'], event['details']) for event in reversed(action.events)
                 if event['result'] == 'Error'), None)


def _cell(value):
    text = '[dim]-[/]' if value is None else rich.markup.escape(str(value))
    colour = _COLOURS.get(value)
    return f'[{colour}]{text}[/]' if colour else text


def _bar(begin, end, width=28):
    """A line from one part of the width to another; what is short is seen all the same."""
    first = min(int(begin * width), width - 1)
    return ' ' * first + '━' * max(round(end * width) - first, 1)


def _span(trace, event):
    """When an event began and ended, in ms since its action did."""
    start = _ms(trace['start_time'])
    return _ms(event['start_time']) - start, _ms(event['finish_time']) - start


def _ms(time):
    return datetime.datetime.fromisoformat(time).timestamp() * 1000
