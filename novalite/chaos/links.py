"""The connections of each daemon to broker and database, through a proxy that can cut them."""

import asyncio
import enum

from novalite import errors

HOST = '127.0.0.1'


class Way(enum.StrEnum):
    """How a connection misbehaves."""

    DROP = 'drop'           #: those there are end at once; new ones may be made
    REFUSE = 'refuse'       #: those there are end, and no new ones can be made
    STALL = 'stall'         #: nothing comes through, and nobody is told


class Links:
    """One link for each (daemon, server), all carried by one thread."""

    def __init__(self, runtime):
        self._loop = asyncio.new_event_loop()
        self._links = {}
        self._thread = runtime.spawn('links', self._loop.run_forever)

    def add(self, name, port, target):
        """Listen on ``port`` from now on, and pass on to ``target``, a port of this machine too."""
        self._links[name] = _Link(self._loop, port, target)
        self._run(self._links[name].open())

    def cut(self, name, way):
        self._run(self._links[name].cut(Way(way)))

    def mend(self, name):
        self._run(self._links[name].mend())

    def close(self):
        for link in self._links.values():
            self._run(link.cut(Way.REFUSE))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)


class _Link:
    def __init__(self, loop, port, target):
        self.loop, self._port, self.target = loop, port, target
        self._listener, self._stalled = None, False
        self.ends = {}      # a dictionary keeps the order in which they came

    async def open(self):
        try:
            self._listener = await self.loop.create_server(
                lambda: _Near(self), HOST, self._port)
        except OSError as exc:
            raise errors.CannotStart(f'Port {self._port} cannot be listened on: {exc}') from exc

    async def cut(self, way):
        if way is Way.STALL:
            self._stalled = True
            for end in list(self.ends):
                end.transport.pause_reading()
            return
        if way is Way.REFUSE and self._listener:
            self._listener.close()
            self._listener = None
        for end in list(self.ends):
            end.transport.abort()

    async def mend(self):
        if self._listener is None:
            await self.open()
        self._stalled = False
        for end in list(self.ends):
            end.go_on()

    def flows(self):
        return not self._stalled


class _End(asyncio.Protocol):
    """One end of a connection: what it reads the other one writes."""

    def __init__(self, link):
        self.link, self.transport, self.other = link, None, None
        self._blocked = False

    def connection_made(self, transport):
        self.transport = transport
        self.link.ends[self] = True
        transport.pause_reading()

    def go_on(self):
        """Read, unless there is nobody to write it, or not as fast, or the link is stalled."""
        if self.other and not self._blocked and self.link.flows() \
                and not self.transport.is_closing():
            self.transport.resume_reading()

    def data_received(self, data):
        self.other.transport.write(data)

    def pause_writing(self):
        self.other.block(True)

    def resume_writing(self):
        self.other.block(False)

    def block(self, blocked):
        self._blocked = blocked
        if blocked and not self.transport.is_closing():
            self.transport.pause_reading()
        self.go_on()

    def connection_lost(self, exc):
        self.link.ends.pop(self, None)
        if self.other:
            self.other.transport.close()


class _Near(_End):
    """A daemon has come: it is connected to the server it wants."""

    def connection_made(self, transport):
        super().connection_made(transport)
        self._connecting = self.link.loop.create_task(self._connect())

    async def _connect(self):
        try:
            _, far = await self.link.loop.create_connection(
                lambda: _End(self.link), HOST, self.link.target)
        except OSError:
            self.transport.abort()      # the server is down: so are we
            return
        self.other, far.other = far, self
        if self.transport.is_closing():
            far.transport.abort()
        self.go_on()
        far.go_on()
