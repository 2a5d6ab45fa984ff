"""What real services insist on, as it was seen with them (doc/operator-guide.md has the versions).

Another novalite does not insist on it; a few answers on a port do, in the words of the real ones.
"""

import contextlib
import http.server
import json
import threading
import types

from oslo_config import cfg
import pytest

from novalite import errors
from novalite.conf import services as options
from novalite.services import cinder
from novalite.services import neutron
from novalite.services import remote


_VERSIONS = {'neutron': 'v2.0', 'cinder': 'v3.0'}


class _Told(http.server.BaseHTTPRequestHandler):
    """Answers what the test has given it, by method and path; keeps what was asked."""

    def _answer(self):
        length = int(self.headers.get('Content-Length') or 0)
        body = json.loads(self.rfile.read(length) or 'null')
        if self.path != '/':
            self.server.asked.append((self.command, self.path))
        answer = self.server.answers[self.command, self.path.partition('?')[0]]
        status, said = answer(self.headers, body) if callable(answer) else answer
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_args):
        pass


@contextlib.contextmanager
def serving(answers):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), _Told)
    server.answers, server.asked = answers, []
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def service(tmp_path):
    """That port as a real service; the token of whoever asks is made up."""
    def made(server, section):
        conf, url = cfg.ConfigOpts(), f'http://127.0.0.1:{server.server_port}'
        server.answers['GET', '/'] = 200, {'versions': [{
            'id': _VERSIONS[section], 'status': 'CURRENT',
            'links': [{'rel': 'self', 'href': url}]}]}
        for group in options.GROUPS:
            conf.register_opts(group.OPTS, group.GROUP)
        file = tmp_path / 'novalite.conf'
        file.write_text(f'[{section}]\nauth_type = admin_token\nendpoint = {url}\n'
                        f'token = of-the-service\nendpoint_override = {url}\n')
        conf([], default_config_files=[str(file)])
        return remote.Service(conf, section)
    return made


def test_an_attachment_of_a_server_is_given_back_by_a_service_only(service):
    """Cinder since CVE-2023-2088: whoever sends no service's token is told to ask compute."""
    def delete(headers, _body):
        if headers.get('X-Service-Token') == 'of-the-service':
            return 200, {'attachments': []}
        return 409, {'conflictingRequest': {'code': 409, 'message': (
            'ConflictNovaUsingAttachment: Detach volume from instance s1 using the Compute API')}}

    with serving({('DELETE', '/attachments/a1'): delete}) as server:
        cinder.Volumes(service(server, 'cinder'), None, None).release('a1')
    assert server.asked == [('DELETE', '/attachments/a1')]


def test_a_volume_is_connected_to_one_host_at_a_time(service):
    """Cinder refuses to connect an attachment while another one of the volume is connected."""
    there = {'a1'}

    def create(_headers, _body):
        there.add('a2')
        return 200, {'attachment': {'id': 'a2'}}

    def connect(_headers, _body):
        if 'a1' in there:
            return 409, {'conflictingRequest': {'code': 409, 'message': (
                'Resource conflict: duplicate connectors detected on volume v1')}}
        return 200, {'attachment': {'id': 'a2'}}

    def end(_headers, _body):
        there.discard('a1')
        return 200, {'attachments': []}

    moved = {'volume_id': 'v1', 'attachment_id': 'a1', 'device': '/dev/vdb'}
    with serving({
            ('GET', '/attachments'): lambda _headers, _body: (200, {'attachments': [
                {'id': id, 'volume_id': 'v1'} for id in sorted(there)]}),
            ('POST', '/attachments'): create, ('PUT', '/attachments/a2'): connect,
            ('DELETE', '/attachments/a1'): end,
            ('POST', '/attachments/a2/action'): (204, None)}) as server:
        volumes = cinder.Volumes(service(server, 'cinder'), None, None)
        assert volumes.rebind(types.SimpleNamespace(uuid='s1', volumes=[moved]), 'h2') == [
            moved | {'attachment_id': 'a2'}]
    assert there == {'a2'}


_PORT = {'id': 'p1', 'network_id': 'n1', 'mac_address': 'fa:16:3e:00:00:01', 'device_id': '',
         'fixed_ips': [], 'security_groups': [], 'binding:vif_type': 'binding_failed'}
_SERVER = types.SimpleNamespace(
    uuid='s1', host='h1', availability_zone='nova', project_id='t1', security_groups=None,
    networks=[{'network_id': 'n1'}], nics=[])


def test_a_port_that_cannot_be_bound_is_no_port(service):
    """Neutron answers 201 although no agent of the host can plug it."""
    with serving({
            ('GET', '/ports'): (200, {'ports': []}),
            ('GET', '/security-groups'): (200, {'security_groups': [
                {'id': 'g1', 'name': 'default'}]}),
            ('POST', '/ports'): (201, {'port': _PORT}),
            ('DELETE', '/ports/p1'): (204, None)}) as server:
        networks = neutron.Networks(service(server, 'neutron'))
        with pytest.raises(errors.PortBindingFailed, match='Binding failed for port p1'):
            networks.plug(_SERVER)
    assert server.asked[-1] == ('DELETE', '/ports/p1')


def test_a_server_does_not_move_where_its_ports_cannot_be(service):
    bound = _PORT | {'binding:vif_type': 'ovs'}
    with serving({
            ('GET', '/ports'): (200, {'ports': [bound, bound | {'id': 'p2'}]}),
            ('PUT', '/ports/p1'): (200, {'port': _PORT}),
            ('PUT', '/ports/p2'): (200, {'port': bound | {'id': 'p2'}})}) as server:
        networks = neutron.Networks(service(server, 'neutron'))
        with pytest.raises(errors.PortBindingFailed):
            networks.rebind(_SERVER, 'h2')
    assert server.asked[-1] == ('PUT', '/ports/p2')
