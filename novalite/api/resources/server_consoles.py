"""Consoles of a server: what it has written, and the addresses to sit down at it."""

from collections.abc import Callable
import dataclasses
import re
import urllib.parse

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field
from novalite.db import consoles
from novalite.db import hosts

RULES = (
    policy.rule('os-console-output', policy.MEMBER, 'Read what a server has written.'),
    policy.rule('os-remote-consoles', policy.MEMBER, 'Get the address of a server\'s console.'),
    policy.rule('os-console-auth-tokens', policy.ADMIN, 'See where a console token leads.'),
)


# What it has written

#: -1 is all of it.
OUTPUT = (Field('length', {'type': ['integer', 'string', 'null'], 'pattern': '^-?[0-9]+$',
                           'minimum': -1}, parse=int),)

#: What no terminal shows: all but tabs and line ends.
_UNSHOWN = re.compile('[\x00-\x08\x0b-\x1f]')


OUTPUT_SHOWN = (Field('output', schema.STRING),)


def output(req, server):
    """The action os-getConsoleOutput: 200 with the last lines."""
    text = look(req, server, 'console_output')
    length = req.body.get('length')
    if length is not None and length >= 0:
        lines = text.split('\n')
        text = '\n'.join(lines[max(len(lines) - length, 0):])
    return {'output': _UNSHOWN.sub('', text)}


def look(req, server, what):
    """What the server's host shows of the guest now."""
    if server.host is None:
        raise errors.ServerNotReady(uuid=server.uuid)
    return req.service.conductor.look(req.context.hop(f'api.{what}'), server.uuid, what)


# Where to sit down at it

@dataclasses.dataclass(frozen=True)
class Console:
    """A type of console, as a client asks for it."""

    protocol: str
    type: str
    #: Where its page is: configuration -> address.
    page: Callable
    #: The first of the ports on the hosts.
    port: int
    since: V = V(2, 1)
    tls: bool = False


CONSOLES = {console.type: console for console in (
    Console('vnc', 'novnc', lambda conf: conf.vnc.novncproxy_base_url, 5900),
    Console('vnc', 'xvpvnc', lambda conf: conf.vnc.novncproxy_base_url, 5900),
    Console('spice', 'spice-html5', lambda conf: conf.spice.html5proxy_base_url, 15900),
    Console('spice', 'spice-direct', lambda conf: conf.spice.spice_direct_proxy_base_url, 15900,
            since=V(2, 99), tls=True),
    Console('rdp', 'rdp-html5', lambda conf: conf.rdp.html5_proxy_base_url, 3389),
    Console('serial', 'serial', lambda conf: conf.serial_console.base_url, 10000),
    Console('mks', 'webmks', lambda conf: conf.mks.mksproxy_base_url, 902, since=V(2, 8)),
)}


def types_of(protocol):
    """The field ``type`` of the actions of old, one for each protocol."""
    return (Field('type', {'enum': [
        console.type for console in CONSOLES.values()
        if console.protocol == protocol and console.since <= V(2, 5)]}, required=True),)


#: What such an action answers.
OPENED = (Field('console', schema.Shown((
    Field('type', schema.STRING), Field('url', schema.STRING)))),)


def opened(protocol):
    """The run of such an action: 200 with the address."""
    def run(req, server):
        return {'console': {'type': req.body['type'],
                            'url': _open(req, server, protocol, req.body['type'])}}
    return run


def _choices(name, since, until=None):
    known = [console for console in CONSOLES.values() if console.since <= since]
    names = dict.fromkeys(getattr(console, name) for console in known)
    return Field(name, {'enum': list(names)}, since=since, required=True,
                 **({'until': until} if until else {}))


ASKED = (
    _choices('protocol', V(2, 6), V(2, 7)), _choices('protocol', V(2, 8)),
    _choices('type', V(2, 6), V(2, 7)), _choices('type', V(2, 8), V(2, 98)),
    _choices('type', V(2, 99)),
)
REMOTE = (Field('protocol', schema.STRING, lambda it, r: it['protocol']),
          Field('type', schema.STRING, lambda it, r: it['type']),
          Field('url', schema.STRING, lambda it, r: it['url']))


@schema.between(V(2, 6))
@schema.accepts('remote_console', *ASKED)
@schema.returns(200, 'remote_console', REMOTE, fails=(409,))
def create(req, id):
    """POST …/remote-consoles: 200 with the address of a console, good for some minutes."""
    req.authorize('os-remote-consoles')
    url = _open(req, servers_resource.find(req, id), req.body['protocol'], req.body['type'])
    return {'remote_console': schema.view(REMOTE, req, req.body | {'url': url})}


def _open(req, server, protocol, type_):
    console = CONSOLES[type_]
    if server.host is None:
        raise errors.ServerNotReady(uuid=server.uuid)
    if server.task_state in ('deleting', 'migrating'):
        raise errors.ActionNotAllowed(action=f'get_{protocol}_console', uuid=server.uuid,
                                      attribute='task_state', state=server.task_state)
    if console.protocol != protocol:
        raise errors.ConsoleTypeInvalid(type=type_)
    if type_ not in req.conf.consoleauth.types:
        raise errors.ConsoleTypeUnavailable(type=type_)
    port = console.port + server.id % 1000
    with req.db.write() as connection:
        token = consoles.create(
            connection, req.runtime, req.conf.consoleauth.token_ttl, server=server.uuid,
            type=type_, host=server.host, address=hosts.get(connection, server.host).host_ip,
            port=port, tls_port=port + 1000 if console.tls else None)
    return _url(console.page(req.conf), type_, token)


def _url(page, type_, token):
    # noVNC hands its ``path`` on to the proxy.
    name, value = ('path', f'?token={token}') if type_ == 'novnc' else ('token', token)
    return f'{page}?{urllib.parse.urlencode({name: value})}'


LEADS_TO = (
    Field('instance_uuid', schema.UUID, lambda it, r: it.server),
    Field('host', schema.STRING, lambda it, r: it.address),
    Field('port', schema.INTEGER, lambda it, r: it.port),
    Field('tls_port', schema.INTEGER_OR_NULL, lambda it, r: it.tls_port, since=V(2, 99)),
    Field('internal_access_path', schema.STRING_OR_NULL, lambda it, r: it.internal_access_path),
)


@schema.query(strict_since=V(2, 99))
@schema.returns(200, 'console', LEADS_TO)
def show_token(req, token):
    """GET /os-console-auth-tokens/{token}: 200 with what a proxy is to connect to."""
    req.authorize('os-console-auth-tokens')
    with req.db.read() as connection:
        row = consoles.find(connection, req.runtime, token)
    if row is None:
        raise errors.NotFound('Token not found')
    if req.version < V(2, 31) and row.type != 'rdp-html5':
        raise errors.Unauthorized('The requested console type details are not accessible')
    return {'console': schema.view(LEADS_TO, req, row)}
