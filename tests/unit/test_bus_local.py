"""``local://`` behaves as RabbitMQ does, and errors and contexts survive the way."""

from oslo_config import cfg
import pytest

from novalite import context
from novalite import errors
from novalite import runtime
from novalite.bus import transport

SOON = 5                    # more than any of this takes
NEVER = 0.05                # enough to see that nothing comes


class Foreign(Exception):
    """An error of somebody else's module."""


class Desk:
    """An endpoint that notes what reaches it."""

    def __init__(self, name, notes):
        self.name, self._notes = name, notes

    @transport.expose
    def who(self, ctxt):
        return self.name

    @transport.expose
    def echo(self, ctxt, value):
        return value

    @transport.expose
    def note(self, ctxt, value):
        self._notes.put((self.name, value))

    @transport.expose
    def asked_by(self, ctxt):
        return {'request_id': ctxt.request_id, 'hops': list(ctxt.hops), 'project': ctxt.project_id,
                'token': ctxt.auth_token}

    @transport.expose
    def lose(self, ctxt, uuid):
        raise errors.ServerNotFound(uuid=uuid)

    @transport.expose
    def stumble(self, ctxt):
        raise Foreign('over a stone')

    @transport.expose
    def trip(self, ctxt):
        raise LookupError('a step')

    @transport.expose
    def hold(self, ctxt, value, gate):
        self.gates[gate].wait(SOON)
        self.note(ctxt, value)

    def helper(self, ctxt):
        return 'nobody may see this'


class Bus:
    """Servers that are stopped, and transports that are closed, when the test ends."""

    def __init__(self):
        self.notes = runtime.Runtime().queue()
        self._transports, self._servers = [], []

    def connect(self, url='local:///test'):
        self._transports.append(transport.connect(private_conf(), url))
        return self._transports[-1]

    def serve(self, connection, name, topic='desk'):
        desk = Desk(name, self.notes)
        server = transport.serve(connection, topic, name, [desk], runtime.Runtime())
        server.start()
        self._servers.append(server)
        return desk, server

    def noted(self, count):
        return sorted(self.notes.get(timeout=SOON) for _ in range(count))

    def close(self):
        for server in self._servers:
            server.stop()
            server.wait()
        for connection in self._transports:
            connection.cleanup()


def private_conf():
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
    return conf


@pytest.fixture
def bus():
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def ctxt():
    return context.RequestContext(
        request_id='req-1', project_id='p', auth_token='secret', hops=['api.resize'])


def test_a_call_brings_its_answer(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    assert transport.client(connection, 'desk').call(ctxt, 'echo', value={'n': 1}) == {'n': 1}


def test_the_context_arrives_without_its_token(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    seen = transport.client(connection, 'desk').call(ctxt.hop('conductor.run'), 'asked_by')
    assert seen == {'request_id': 'req-1', 'hops': ['api.resize', 'conductor.run'],
                    'project': 'p', 'token': None}


def test_our_errors_arrive_as_themselves(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    with pytest.raises(errors.ServerNotFound) as raised:
        transport.client(connection, 'desk').call(ctxt, 'lose', uuid='u-1')
    assert raised.value.args == ('Instance u-1 could not be found.',)
    assert raised.value.code == 404


def test_an_error_of_anyone_else_arrives_as_a_remote_error(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    with pytest.raises(transport.messaging.RemoteError) as raised:
        transport.client(connection, 'desk').call(ctxt, 'stumble')
    assert (raised.value.exc_type, raised.value.value) == ('Foreign', 'over a stone')


def test_a_bug_at_the_other_end_is_not_mistaken_for_our_own(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    with pytest.raises(transport.messaging.RemoteError) as raised:
        transport.client(connection, 'desk').call(ctxt, 'trip')
    assert (raised.value.exc_type, raised.value.value) == ('Stumbled', 'LookupError: a step')


def test_what_is_not_exposed_is_refused(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    with pytest.raises(transport.messaging.RemoteError, match='NoSuchMethod'):
        transport.client(connection, 'desk').call(ctxt, 'helper')


def test_messages_and_answers_are_json(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    echoed = transport.client(connection, 'desk').call(ctxt, 'echo', value={1: ('x', 'y')})
    assert echoed == {'1': ['x', 'y']}


def test_what_json_cannot_carry_raises_at_the_sender(bus, ctxt):
    connection = bus.connect()
    bus.serve(connection, 'a')
    with pytest.raises(ValueError, match='primitive'):
        transport.client(connection, 'desk').cast(ctxt, 'note', value=object())
    assert bus.notes.empty()


def test_what_the_sender_changes_later_does_not_arrive(bus, ctxt):
    connection = bus.connect()
    desk, _ = bus.serve(connection, 'a')
    desk.gates = [runtime.Runtime().event()]
    value = ['as sent']
    transport.client(connection, 'desk').cast(ctxt, 'hold', value=value, gate=0)
    value.append('later')
    desk.gates[0].set()
    assert bus.noted(1) == [('a', ['as sent'])]


def test_a_server_is_reached_by_its_name(bus, ctxt):
    connection = bus.connect()
    for name in 'abc':
        bus.serve(connection, name)
    assert transport.client(connection, 'desk', server='b').call(ctxt, 'who') == 'b'
    transport.client(connection, 'desk').prepare(server='c').cast(ctxt, 'note', value=1)
    assert bus.noted(1) == [('c', 1)]


def test_a_topic_goes_to_its_servers_in_turn(bus, ctxt):
    connection = bus.connect()
    for name in 'abc':
        bus.serve(connection, name)
    client = transport.client(connection, 'desk')
    assert [client.call(ctxt, 'who') for _ in range(6)] == list('abcabc')


def test_a_fanout_reaches_all_once(bus, ctxt):
    connection = bus.connect()
    for name in 'abc':
        bus.serve(connection, name)
    bus.serve(connection, 'other', topic='elsewhere')
    transport.client(connection, 'desk').prepare(fanout=True).cast(ctxt, 'note', value=1)
    assert bus.noted(3) == [('a', 1), ('b', 1), ('c', 1)]
    assert bus.notes.empty()


def test_transports_with_one_url_meet(bus, ctxt):
    bus.serve(bus.connect('local://'), 'a')
    assert transport.client(bus.connect('local:///'), 'desk').call(ctxt, 'who') == 'a'


def test_two_virtual_hosts_do_not_meet(bus, ctxt):
    here, there = bus.connect('local:///here'), bus.connect('local:///there')
    bus.serve(here, 'h')
    bus.serve(there, 't')
    for connection, name in (here, 'h'), (there, 't'):
        client = transport.client(connection, 'desk')
        assert {client.call(ctxt, 'who') for _ in range(3)} == {name}
        client.prepare(fanout=True).cast(ctxt, 'note', value=1)
        assert bus.noted(1) == [(name, 1)]
    assert bus.notes.empty()


def test_a_call_to_nobody_ends_at_its_timeout(bus, ctxt):
    client = transport.client(bus.connect(), 'desk', timeout=NEVER)
    with pytest.raises(transport.Unreachable, match='No answer to who'):
        client.call(ctxt, 'who')


def test_a_late_answer_is_thrown_away(bus, ctxt):
    connection = bus.connect()
    desk, _ = bus.serve(connection, 'a')
    desk.gates = [runtime.Runtime().event()]
    with pytest.raises(transport.Unreachable):
        transport.client(connection, 'desk', timeout=NEVER).call(ctxt, 'hold', value=1, gate=0)
    desk.gates[0].set()
    assert bus.noted(1) == [('a', 1)]
    assert transport.client(connection, 'desk').call(ctxt, 'who') == 'a'


def test_a_cast_to_nobody_is_lost(bus, ctxt):
    connection = bus.connect()
    client = transport.client(connection, 'desk')
    client.cast(ctxt, 'note', value='too early')
    bus.serve(connection, 'a')
    client.cast(ctxt, 'note', value='in time')
    assert bus.noted(1) == [('a', 'in time')]


def test_stopping_loses_nothing_in_hand(bus, ctxt):
    connection = bus.connect()
    desk, server = bus.serve(connection, 'a')
    desk.gates = [runtime.Runtime().event()]
    client = transport.client(connection, 'desk')
    for value in range(100):        # more than the server has threads
        client.cast(ctxt, 'hold', value=value, gate=0)
    server.stop()
    client.cast(ctxt, 'note', value='after')
    desk.gates[0].set()
    server.wait()
    assert bus.noted(100) == [('a', value) for value in range(100)]
    assert bus.notes.empty()


def test_the_others_take_over_when_a_server_stops(bus, ctxt):
    connection = bus.connect()
    _, first = bus.serve(connection, 'a')
    bus.serve(connection, 'b')
    client = transport.client(connection, 'desk', timeout=SOON)
    first.stop()
    assert [client.call(ctxt, 'who') for _ in range(3)] == ['b', 'b', 'b']


def test_nobody_is_left_on_a_bus_whose_last_transport_is_closed(bus, ctxt):
    old = bus.connect()
    bus.serve(old, 'a')
    old.cleanup()
    new = bus.connect()
    with pytest.raises(transport.Unreachable):
        transport.client(new, 'desk', timeout=NEVER).call(ctxt, 'who')


def test_closing_a_transport_twice_leaves_its_successors_together(bus, ctxt):
    old = bus.connect()
    old.cleanup()
    bus.serve(bus.connect(), 'a')
    old.cleanup()
    assert transport.client(bus.connect(), 'desk').call(ctxt, 'who') == 'a'


def test_a_notification_reaches_every_pool_once(bus):
    conf = private_conf()
    connection = transport.messaging.get_notification_transport(conf, 'local:///notified')
    listeners = [
        transport.messaging.get_notification_listener(
            connection, [transport.messaging.Target(topic='versioned')],
            [Ear(name, bus.notes)], pool=pool)
        for name, pool in (('a', 'mail'), ('b', 'mail'), ('c', 'bill'))]
    notifier = transport.messaging.Notifier(
        connection, publisher_id='n', driver='messaging', topics=['versioned'])
    notifier.info({}, 'instance.create.end', {'lost': True})
    for listener in listeners:
        listener.start()
    for number in range(2):
        notifier.info({}, 'instance.create.end', {'number': number})
    assert bus.noted(4) == [('a', 0), ('b', 1), ('c', 0), ('c', 1)]
    for listener in listeners:
        listener.stop()
    connection.cleanup()


class Ear:
    def __init__(self, name, notes):
        self._name, self._notes = name, notes

    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        self._notes.put((self._name, payload['number']))


def test_the_url_comes_from_the_configuration(bus, ctxt):
    conf = private_conf()
    connection = transport.connect(conf, 'local:///configured')
    bus.serve(connection, 'a')
    conf.set_override('transport_url', 'local:///configured')
    again = transport.connect(conf)
    assert transport.client(again, 'desk').call(ctxt, 'who') == 'a'
    again.cleanup()
    connection.cleanup()


def test_a_broker_that_refuses_is_unreachable(ctxt):
    connection = transport.connect(private_conf(), 'rabbit://user:password@127.0.0.1:1/')
    with pytest.raises(transport.Unreachable):
        transport.client(connection, 'desk', retry=0).cast(ctxt, 'note', value=1)
    connection.cleanup()
