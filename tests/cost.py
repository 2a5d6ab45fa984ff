"""What negotiation and validation take of GET /servers/{id}: ``python -m tests.cost``.

The parts are timed alone, with what such a request gives them, and compared with the whole
application (without the HTTP server, which would make their share smaller). It is CPU time, so
that it does not matter what else the machine does.
"""

import io
import statistics
import time
import types

import falcon

from novalite import assembly
from novalite.api import answers
from novalite.api import microversion
from novalite.api import schema
from novalite.api.resources import servers
from novalite.testing import Cloud

VERSION = 'compute 2.104'
ROUNDS, TIMES = 40, 50


def measure():
    """Seconds of a whole request, and of each part by name: the median round."""
    with Cloud() as cloud:
        server = cloud.boot(metadata={'a': 'b'}, tags=['blue'])
        body = {'server': cloud.show(server, who='demo')}
        conf = cloud.conf
        conf.set_override('response_validation', 'warn', group='api')
        application = assembly.application(
            conf, cloud.services.db, cloud.services.bus, cloud.runtime, cloud.services.notifier)
        environ = {
            'REQUEST_METHOD': 'GET', 'PATH_INFO': f'/compute/v2.1/servers/{server}',
            'SCRIPT_NAME': '', 'QUERY_STRING': '', 'SERVER_NAME': 'x', 'SERVER_PORT': '80',
            'SERVER_PROTOCOL': 'HTTP/1.1', 'wsgi.url_scheme': 'http', 'REMOTE_ADDR': '127.0.0.1',
            'HTTP_HOST': 'x', 'HTTP_X_AUTH_TOKEN': cloud.token(),
            'wsgi.errors': None, 'HTTP_OPENSTACK_API_VERSION': VERSION}

        def whole():
            statuses = []
            answer = application(environ | {'wsgi.input': io.BytesIO()},
                                 lambda status, headers, *_: statuses.append(status))
            list(answer)
            assert statuses == ['200 OK'], statuses
        checker = answers.Checker('warn')
        operation = answers.Operation('GET', '/v2.1/servers/{id}', servers.show)
        version = microversion.MAX
        asked = types.SimpleNamespace(returns=servers.show.returns, verb=None, version=version)
        http = falcon.Request(environ | {'wsgi.input': io.BytesIO()})
        assert microversion.negotiate(http.get_header) == version
        fields, strict_since = schema.query_of(servers.show, 'GET')
        parts = {
            'negotiation': lambda: microversion.negotiate(http.get_header),
            'request': lambda: schema.check_query([], version, fields,
                                                  strict=version >= strict_since),
            'answer': lambda: checker.check(operation, asked, 200, body)}
        return _median(whole), {name: _median(part) for name, part in parts.items()}


def _median(work):
    work()
    took = []
    for _ in range(ROUNDS):
        begin = time.thread_time()
        for _ in range(TIMES):
            work()
        took.append((time.thread_time() - begin) / TIMES)
    return statistics.median(took)


def main():
    whole, parts = measure()
    print(f'GET /servers/{{id}} at {VERSION}: {whole * 1e6:.0f} µs')
    for name, seconds in parts.items():
        print(f'  {name}: {seconds * 1e6:.0f} µs, {seconds / whole:.1%}')
    print(f'  together: {sum(parts.values()) / whole:.1%}')


if __name__ == '__main__':
    main()
