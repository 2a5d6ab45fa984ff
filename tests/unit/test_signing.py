"""With keys, a message of the bus counts only if somebody who has one of them has signed it."""

import datetime

from oslo_config import cfg
import pytest

from novalite import context
from novalite import errors
from novalite import runtime
from novalite.bus import signing
from novalite.bus import transport

OURS, NEW, THEIRS = 'o' * 32, 'n' * 32, 't' * 32


class Desk:
    target = transport.version('1.1')

    def __init__(self):
        self.heard = []

    @transport.expose
    def write(self, ctxt, value):
        self.heard.append(value)
        return [value, ctxt.request_id, ctxt.hops]

    @transport.expose
    def lose(self, ctxt):
        raise errors.ServerNotFound(uuid='u-1')

    @transport.expose
    def stumble(self, ctxt):
        raise LookupError('a stone')


class Office:
    """A desk that has some keys, and clients that have others, on one bus."""

    def __init__(self):
        self.desk, self._closing = Desk(), []

    def opens(self, *keys, **settings):
        connection = self._connect(keys, settings)
        server = transport.serve(connection, 'desk', 'a', [self.desk], runtime.Runtime())
        server.start()
        self._closing += [server.stop, server.wait]

    def asks(self, *keys, name='write', version='1.0', settings=(), **arguments):
        connection = self._connect(keys, dict(settings))
        client = transport.client(connection, 'desk', timeout=5).prepare(version=version)
        ctxt = context.RequestContext(request_id='req-1', hops=['api.write'])
        return client.call(ctxt, name, **arguments)

    def _connect(self, keys, settings):
        connection = transport.connect(configured(*keys, **settings), 'local:///signing')
        self._closing.append(connection.cleanup)
        return connection

    def close(self):
        for close in self._closing:
            close()


def configured(*keys, **settings):
    conf = cfg.ConfigOpts()
    transport.register_opts(conf)
    conf([], default_config_files=[])
    for name, value in (settings | {'signing_keys': list(keys)}).items():
        conf.set_override(name, value, group='rpc')
    return conf


@pytest.fixture
def office():
    office = Office()
    yield office
    office.close()


def test_whoever_has_the_key_is_answered(office):
    office.opens(OURS)
    assert office.asks(OURS, value={'n': [1]}) == [{'n': [1]}, 'req-1', ['api.write']]


@pytest.mark.parametrize('keys', [(), (THEIRS,)], ids=['unsigned', 'another key'])
def test_whoever_has_not_is_refused_and_nothing_is_done_nor_told(office, keys, caplog):
    office.opens(OURS)
    with pytest.raises(errors.Untrusted):
        office.asks(*keys, value='BURN-ALL')
    assert office.desk.heard == []
    assert 'A message to desk.a is refused.' in caplog.text
    assert 'BURN-ALL' not in caplog.text


def test_an_answer_without_a_signature_is_none(office):
    office.opens()
    with pytest.raises(errors.Untrusted, match='The answer is not signed'):
        office.asks(OURS, value=1)
    with pytest.raises(errors.Untrusted, match='The answer is not signed'):
        office.asks(OURS, name='lose')


def test_errors_come_back_as_they_would_without_keys(office):
    office.opens(OURS)
    with pytest.raises(errors.ServerNotFound, match='Instance u-1 could not be found'):
        office.asks(OURS, name='lose')
    with pytest.raises(transport.messaging.RemoteError, match='LookupError: a stone'):
        office.asks(OURS, name='stumble')


def test_keys_can_be_changed_one_daemon_after_the_other(office):
    """All learn the new key; then all sign with it; then the old one goes."""
    office.opens(NEW, OURS)
    assert office.asks(OURS, NEW, value=1)[0] == 1
    assert office.asks(NEW, OURS, value=2)[0] == 2
    assert office.asks(NEW, value=3)[0] == 3


def test_keys_can_be_introduced_one_daemon_after_the_other(office):
    office.opens(OURS, accept_unsigned=True)
    assert office.asks(value=1)[0] == 1
    assert office.asks(OURS, value=2)[0] == 2
    with pytest.raises(errors.Untrusted):
        office.asks(THEIRS, value=3)


def test_whoever_has_no_key_yet_reads_what_others_sign(office):
    office.opens()
    asked = office.asks(OURS, settings={'accept_unsigned': True}, value=1)
    assert asked == [1, 'req-1', ['api.write']]


def test_a_message_of_another_major_version_is_refused_in_a_sentence(office, caplog):
    office.opens(OURS)
    with pytest.raises(transport.Failed):
        office.asks(OURS, version='2.0', value=1)
    with pytest.raises(transport.Failed):
        office.asks(OURS, version='1.2', value=1)
    assert office.asks(OURS, version='1.1', value=2)[0] == 2
    assert office.desk.heard == [2]
    assert ("'write' came to desk.a in version 2.0 of its messages, and nothing was done: this "
            'daemon knows 1.1.') in caplog.text
    assert 'Traceback' not in caplog.text


# One message, looked at closely

class Clock(runtime.Runtime):
    """Stands still, unless it is put forward."""

    def __init__(self):
        super().__init__()
        self.time = datetime.datetime(2026, 1, 1)

    def now(self):
        return self.time

    def forward(self, seconds):
        self.time += datetime.timedelta(seconds=seconds)


H1 = transport.messaging.Target(topic='compute', server='h1')


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def signer(clock):
    return signing.Signer(configured(OURS, signature_lifetime=60), clock)


def _sealed(signer, target=H1):
    return signer.seal(target, 'novalite', {'user': 'u'}, {
        'method': 'perform', 'args': {'verb': 'delete'}, 'version': '1.0'})[0]


def test_it_is_read_as_it_was_sent(signer):
    sealed = _sealed(signer)
    ctxt, message, signature = signer.open(H1, 'novalite', {}, sealed)
    assert ctxt == {'user': 'u'}
    assert message == {'method': 'perform', 'args': {'verb': 'delete'}, 'version': '1.0'}
    assert signature == sealed['signature']


@pytest.mark.parametrize('change', [
    {'sealed': '{}'}, {'signature': '00'}, {'signature': None}, {'signature': '\N{SNOWMAN}\ud800'},
    {'sealed': '\ud800'}], ids=str)
def test_nothing_of_it_can_be_changed(signer, change):
    with pytest.raises(errors.Untrusted, match='not signed with a key of ours'):
        signer.open(H1, 'novalite', {}, _sealed(signer) | change)


def test_what_stands_beside_the_seal_counts_for_nothing(signer):
    ctxt, message, _ = signer.open(H1, 'novalite', {'user': 'admin'}, _sealed(signer) | {
        'method': 'undo', 'args': {'verb': 'create'}, 'version': '9.9'})
    assert (ctxt['user'], message['method'], message['args']) == (
        'u', 'perform', {'verb': 'delete'})


def test_it_cannot_be_sent_on_to_somebody_else(signer):
    for target, exchange in ((H1(server='h2'), 'novalite'), (H1(topic='conductor'), 'novalite'),
                             (H1, 'other')):
        with pytest.raises(errors.Untrusted, match='sent to somebody else'):
            signer.open(target, exchange, {}, _sealed(signer))
    signer.open(H1, 'novalite', {}, _sealed(signer, H1(server=None)))     # one of them all


def test_it_cannot_be_sent_twice(signer):
    sealed = _sealed(signer)
    signer.open(H1, 'novalite', {}, sealed)
    with pytest.raises(errors.Untrusted, match='has come before'):
        signer.open(H1, 'novalite', {}, sealed)
    signer.open(H1, 'novalite', {}, _sealed(signer))


def test_it_is_good_for_a_while_and_then_forgotten(signer, clock):
    sealed = _sealed(signer)
    signer.open(H1, 'novalite', {}, sealed)
    clock.forward(61)
    with pytest.raises(errors.Untrusted, match='signed 61 s ago'):
        signer.open(H1, 'novalite', {}, sealed)
    late = _sealed(signer)
    clock.forward(59)
    signer.open(H1, 'novalite', {}, late)
    assert len(signer._seen) == 1       # it must not grow without end
    ahead = _sealed(signer)
    clock.forward(-61)
    with pytest.raises(errors.Untrusted, match='-61 s ago'):
        signer.open(H1, 'novalite', {}, ahead)


def test_an_answer_is_one_to_its_question_only(signer):
    answer = signer.seal_answer('q-1', {'result': True})
    assert signer.open_answer('q-1', answer) == {'result': True}
    with pytest.raises(errors.Untrusted):
        signer.open_answer('q-2', answer)
    sealed = _sealed(signer)
    with pytest.raises(errors.Untrusted):
        signer.open_answer(sealed['signature'], sealed)


def test_a_key_that_can_be_guessed_is_none(clock):
    with pytest.raises(errors.CannotStart, match='fewer than 32 characters') as raised:
        signing.Signer(configured(OURS, 'hunter2'), clock)
    assert 'hunter2' not in str(raised.value)
