"""What the daemons say to one another is what the golden files say, for others are older or newer.

``NOVALITE_WRITE_SAMPLES=1`` writes the files anew; tests/samples/rpc/README.md says what a change
takes.
"""

import datetime
import inspect
import json

import pytest

from novalite import context
from novalite import errors
from novalite import runtime
from novalite.bus import compute as compute_bus
from novalite.bus import conductor as conductor_bus
from novalite.bus import signing
from novalite.bus import transport
from novalite.compute import service as compute_service
from novalite.conductor import service as conductor_service
from novalite.hypervisor import loader
from novalite.servers import model
from novalite.testing.cloud import Cloud
from tests import samples

SERVER = {name: f'<{name}>' for name in model.FIELDS}
FAULT = errors.fault(errors.NoValidHost()) | {'details': '<traceback>'}
STEP = {'server': '<uuid>', 'step': 'spawn', 'attempt': 1}
ORDER = {'worker': 'test-h', 'host': 'h1', 'server': SERVER, 'verb': 'create', 'step': 'spawn',
         'attempt': 1, 'params': {'name': 'value'}, 'lost': None}
GUEST = {'server': '<uuid>', 'host': 'h1'}
ASKED = {
    'compute': {
        'perform': ORDER, 'undo': ORDER, 'hasten': GUEST | {'worker': 'test-h'},
        'look': GUEST | {'worker': 'test-h', 'server': SERVER, 'what': 'diagnostics',
                         'seconds': 8},
    },
    'conductor': {
        'run': {'server': '<uuid>'},
        'look': {'server': '<uuid>', 'what': 'diagnostics'},
        'hasten': {'server': '<uuid>', 'request_id': '<request id>'},
        'started': STEP | {'host': 'h1', 'back': False},
        'finished': STEP | {'changes': {'name': 'value'}},
        'failed': STEP | {'fault': FAULT},
        'undone': STEP | {'changes': {'name': 'value'}, 'fault': FAULT},
        'beat': {'worker': 'test-h', 'incarnation': '<uuid>',
                 'in_hand': [['<uuid>', '<request id>', 1]]},
        'silence': {'worker': 'test-h', 'incarnation': '<uuid>'},
        'leaves': {'worker': 'test-h', 'incarnation': '<uuid>'},
        'servers_of': {'worker': 'test-h'},
        'noticed': {'changed': [GUEST | {'power_state': 4, 'updated_at': '<time>'}]},
        'is_leftover': GUEST, 'cleared': GUEST,
    },
}


class Wire:
    """A driver that keeps what it is to send."""

    def __init__(self, conf):
        self.conf, self.sent = conf, []
        self._url = transport.messaging.TransportURL.parse(conf, 'local://')

    def send(self, target, ctxt, message, wait_for_reply=None, **_):
        self.sent.append({
            'to': {'topic': target.topic, 'server': target.server},
            'answered': bool(wait_for_reply), 'context': ctxt, 'message': message})
        return {'value': '<value>'}


@pytest.fixture
def wire(tmp_path):
    conf = Cloud(state_dir=tmp_path).conf
    transport.connect(conf, 'local:///wire').cleanup()      # registers what a transport reads
    return Wire(conf)


@pytest.fixture
def endpoints(wire):
    real = runtime.Runtime()
    bus = transport.Transport(wire, signing.Signer(wire.conf, real))
    return {'compute': (compute_bus, compute_bus.Compute(bus, real), compute_service.Endpoint),
            'conductor': (conductor_bus, conductor_bus.Conductor(bus, real),
                          conductor_service.Endpoint)}


def _context():
    return context.RequestContext(
        request_id='<request id>', user_id='<user>', project_id='<project>', roles=['member'],
        auth_token='<token>', hops=['api.create', 'conductor.run'])


def _registration(wire):
    (driver,) = loader.load('simulated')(['h1'], wire.conf, runtime.Runtime(), 'h').values()
    return {'worker': 'test-h', 'incarnation': '<uuid>', 'inventories': [driver.inventory()],
            'knows': '1.0'}


@pytest.mark.parametrize('topic, method', [
    *((topic, method) for topic, methods in ASKED.items() for method in methods),
    ('conductor', 'register'), ('conductor', 'own_beat')])
def test_a_message_is_what_others_expect(wire, endpoints, topic, method):
    module, client, endpoint = endpoints[topic]
    if method == 'own_beat':
        conductor_bus.Itself(client._rpc.transport, 'test', runtime.Runtime()).beat(_context())
    else:
        arguments = ASKED[topic].get(method) or _registration(wire)
        getattr(client, method)(_context(), **arguments)
    (said,) = wire.sent
    inspect.signature(getattr(endpoint, method)).bind(None, None, **said['message']['args'])
    version = said['message']['version']
    assert method in module.VERSIONS[version], f'{method} did not come with {version}'
    assert '<token>' not in json.dumps(said)
    samples.check(f'rpc/{topic}-{method}.json', said)


def test_every_message_has_a_golden_file(endpoints):
    exposed = {f'{topic}-{name}' for topic, (_, _, endpoint) in endpoints.items()
               for name, method in inspect.getmembers(endpoint, inspect.isfunction)
               if getattr(method, 'exposed', False)}
    assert {file.stem for file in (samples.HERE / 'rpc').glob('*-*.json')} == exposed


def test_a_worker_takes_what_it_knows_of_a_server():
    assert model.Server.received(SERVER | {'newer': 1}).to_dict() == SERVER


def test_versions_count_on(endpoints):
    for module, _, endpoint in endpoints.values():
        assert list(module.VERSIONS)[-1] == module.VERSION == endpoint.target.version
        numbers = [int(version.split('.')[1]) for version in module.VERSIONS]
        assert numbers == list(range(len(numbers)))


def test_a_signed_message_and_its_answer_are_what_others_expect(wire):
    wire.conf.set_override('signing_keys', ['k' * 32], group='rpc')
    signer = signing.Signer(wire.conf, _Still())
    sealed, signature = signer.seal(
        transport.messaging.Target(topic='compute', server='test-h'), 'openstack',
        {'request_id': '<request id>'}, {'method': 'hasten', 'args': {'n': 1}, 'version': '1.0'})
    samples.check('rpc/signed.json', {
        'request': sealed, 'answer': signer.seal_answer(signature, {'result': True})})


class _Still(runtime.Runtime):
    """Always the same moment and the same chance."""

    def now(self):
        return datetime.datetime(2026, 1, 1)

    def secret(self, size=32):
        return '0' * 2 * size
