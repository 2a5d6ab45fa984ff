"""A broker in virtual time, as an oslo.messaging driver: client and dispatcher are the real ones.

It does what RabbitMQ does with oslo.messaging's queues: a queue is there from its first
listener on and keeps what comes while nobody listens; a message is gone as soon as it has been
handed over, whether or not it was worked on; a broker that restarts has lost it all.
"""

import collections
import itertools

from oslo_messaging import exceptions
from oslo_messaging._drivers import base
from oslo_messaging._drivers import common
from oslo_serialization import jsonutils

from novalite.bus import signing
from novalite.bus import transport
from novalite.bus.transport import messaging

#: Seconds on the way, on average.
LATENCY = 0.0005
#: How long a sender tries a broker that refuses it (`bus.transport.client`: after 1 s and 3 s).
REFUSED = 4.0


class Broker:
    """Queues by name, each with what waits in it and who listens.

    ``lose``, ``duplicate``, ``reorder`` are probabilities for each message; ``slow`` is a number
    of seconds that each may be late, ``reorder`` the share of those that are.
    """

    def __init__(self, timeline):
        self.timeline = timeline
        self.down = False
        self.lose = self.duplicate = self.reorder = self.slow = 0.0
        self.sent = self.lost = 0
        self._random = timeline.stream('broker')
        self._queues = {}
        self._listeners = []
        self.numbers = itertools.count(1)

    def waiting(self):
        """How many messages nobody has taken yet."""
        return sum(len(queue.messages) for queue in self._queues.values())

    # Outages

    def stop(self):
        """The broker is killed: what was in its queues is lost."""
        self.down = True
        for queue in self._queues.values():
            self.lost += len(queue.messages)
        self._queues.clear()

    def start(self):
        """It is back; whoever listened connects again within a second or two."""
        self.down = False
        for listener in list(self._listeners):
            self.timeline.later(self._random.uniform(0.5, 2.0), self._again, listener)

    def _again(self, listener):
        if listener in self._listeners and not self.down:
            self._bind(listener)

    def reaches(self, process):
        return not self.down and not process.cut

    def mended(self):
        """A connection is whole again: who is behind it gets what has waited."""
        for queue in list(self._queues.values()):
            queue.hand_over()

    # Messages

    def publish(self, name, message):
        """A message is on its way to a queue; there it may get lost, late, or come twice."""
        self.sent += 1
        if self.lose and self._random.random() < self.lose:
            self.lost += 1
            self.timeline.note('lose', 'broker', queue=name)
            return
        copies = 2 if self.duplicate and self._random.random() < self.duplicate else 1
        for _ in range(copies):
            delay = self.timeline.latency(LATENCY)
            if self.slow and self._random.random() < (self.reorder or 1.0):
                delay += self._random.uniform(0, self.slow)
            self.timeline.later(delay, self._arrive, name, message)

    def _arrive(self, name, message):
        queue = self._queues.get(name)
        if queue is None or self.down:
            self.lost += 1
            return
        queue.messages.append(message)
        queue.hand_over()

    def fan_out(self, topic, message):
        for listener in list(self._listeners):
            if listener.topic == topic:
                self.publish(listener.own, message)

    def subscribe(self, listener):
        self._listeners.append(listener)
        if not self.down:
            self._bind(listener)

    def _bind(self, listener):
        for name in listener.queues:
            queue = self._queues.setdefault(name, _Queue(self))
            if listener not in queue.listeners:
                queue.listeners.append(listener)
            queue.hand_over()

    def forget(self, process):
        """A process is gone, and its connections with it."""
        for listener in [one for one in self._listeners if one.process is process]:
            self.unsubscribe(listener)

    def unsubscribe(self, listener):
        if listener in self._listeners:
            self._listeners.remove(listener)
        for queue in self._queues.values():
            if listener in queue.listeners:
                queue.listeners.remove(listener)


class _Queue:
    def __init__(self, broker):
        self._broker = broker
        self.messages = collections.deque()
        self.listeners = collections.deque()

    def hand_over(self):
        """To each listener in turn, past those whose connection is cut."""
        while self.messages:
            for _ in range(len(self.listeners)):
                listener = self.listeners[0]
                self.listeners.rotate(-1)
                if self._broker.reaches(listener.process):
                    break
            else:
                return
            listener.take(self.messages.popleft())


class Incoming(base.RpcIncomingMessage):
    """A message as the server sees it: out of JSON, its answer back into JSON."""

    def __init__(self, wire, driver, answer):
        super().__init__(*jsonutils.loads(wire), msg_id=next(driver.broker.numbers))
        self._driver, self._answer = driver, answer

    def reply(self, reply=None, failure=None):
        if self._answer:
            failure = failure and common.serialize_remote_exception(failure)
            self._driver.answer(self._answer, jsonutils.dumps([reply, failure]))

    def requeue(self):
        """Never: oslo.messaging acknowledges before it dispatches."""

    def heartbeat(self):
        """Calls have deadlines instead."""


class Listener(base.Listener):
    def __init__(self, driver, topic, server):
        super().__init__(batch_size=1, batch_timeout=None)
        self._driver, self.topic = driver, topic
        self.process = driver.process
        #: The queue of its own that a fanout reaches.
        self.own = f'{topic}_fanout_{server}'
        self.queues = (topic, f'{topic}.{server}', self.own)

    def start(self, on_incoming_callback):
        super().start(on_incoming_callback)
        self._driver.broker.subscribe(self)

    def stop(self):
        self._driver.broker.unsubscribe(self)
        super().stop()

    def take(self, message):
        wire, answer = message
        self.on_incoming_callback([Incoming(wire, self._driver, answer)])

    def cleanup(self):
        """Nothing is held once it has stopped."""


class Driver(base.BaseDriver):
    """The connection of one process to the broker."""

    def __init__(self, conf, broker, process):
        super().__init__(conf, messaging.TransportURL.parse(conf, 'fake://'),
                         default_exchange='novalite',
                         allowed_remote_exmods=[transport.errors.__name__])
        self.broker, self.process = broker, process

    def send(self, target, ctxt, message, wait_for_reply=None, timeout=None,
             call_monitor_timeout=None, retry=None, transport_options=None):
        process, timeline = self.process, self.broker.timeline
        wire = jsonutils.dumps([ctxt, message])
        name = f'{target.topic}.{target.server}' if target.server else target.topic
        process.alive()
        process.point('send')
        if not self.broker.reaches(process):
            process.pause(REFUSED)
            if not self.broker.reaches(process):
                raise exceptions.MessageDeliveryFailure('The broker cannot be reached.')
        timeline.note('send', process.name, to=name, wire=wire)
        answer = (timeline.current, process.waits(), process) if wait_for_reply else None
        if target.fanout:
            self.broker.fan_out(target.topic, (wire, answer))
        else:
            self.broker.publish(name, (wire, answer))
        if not wait_for_reply:
            return None
        said = process.wait(timeout)
        if said is None:
            raise exceptions.MessagingTimeout(
                f"No answer to {message.get('method')} from {name} within {timeout} s")
        reply, failure = jsonutils.loads(said)
        if failure:
            raise common.deserialize_remote_exception(failure, self._allowed_remote_exmods)
        return reply

    def answer(self, to, wire):
        """Send an answer back: lost if a broker that is away, or bad luck, has it so."""
        broker = self.broker
        task, ticket, process = to
        self.process.alive()
        self.process.point('reply')
        broker.timeline.note('reply', self.process.name, to=process.name, wire=wire)
        broker.sent += 1
        if not broker.reaches(self.process) or not broker.reaches(process) or (
                broker.lose and broker._random.random() < broker.lose):
            broker.lost += 1
            return
        process.wake(task, ticket, wire, delay=broker.timeline.latency(LATENCY))

    def send_notification(self, target, ctxt, message, version, retry=None):
        """Nobody listens in a simulation; see ``World``, which has them off."""

    def listen(self, target, batch_size, batch_timeout):
        return Listener(self, target.topic, target.server)

    def listen_for_notifications(self, targets_and_priorities, pool, batch_size, batch_timeout):
        raise exceptions.MessagingException('There are no notifications in a simulation.')

    def cleanup(self):
        """The broker is the world's."""


def connect(conf, broker, process):
    """The transport of a process of the simulation."""
    return transport.Transport(Driver(conf, broker, process), signing.Signer(conf, process))
