"""``local://``: a message bus inside one process, as an oslo.messaging driver.

It carries what RabbitMQ would carry, JSON included, and loses what RabbitMQ
would lose; it only has no wire. Nothing polls: the sender's thread hands a
message to the executor of the server that listens.
"""

import collections
import itertools
import queue

from oslo_log import log as logging
from oslo_messaging import exceptions
from oslo_messaging._drivers import base
from oslo_messaging._drivers import common
from oslo_serialization import jsonutils

from novalite import runtime

LOG = logging.getLogger(__name__)


class Hub:
    """What a broker is to one virtual host: routes to queues, and who listens to each.

    ``_routes`` is {routing key: {queue name: listeners}}. A message goes to every
    queue its key leads to, and from a queue to one listener, each in turn.
    """

    def __init__(self, lock):
        self.drivers = set()
        self._lock = lock
        self._routes = {}
        self._numbers = itertools.count(1)

    def subscribe(self, listener, bindings):
        with self._lock:
            for key, name in bindings:
                queues = self._routes.setdefault(key, {})
                queues.setdefault(name, collections.deque()).append(listener)

    def unsubscribe(self, listener, bindings):
        with self._lock:
            for key, name in bindings:
                queues = self._routes[key]
                queues[name].remove(listener)
                if not queues[name]:
                    del queues[name]
                if not queues:
                    del self._routes[key]

    def publish(self, key, wire, answers=None):
        # The lock is held while messages change hands, so that a listener that
        # has unsubscribed is never called again. Handing over only queues work.
        with self._lock:
            queues = self._routes.get(key, {})
            for listeners in queues.values():
                message = Incoming(wire, next(self._numbers), answers)
                listeners[0].on_incoming_callback([message])
                listeners.rotate(-1)
        if not queues:
            LOG.debug('Nobody listens to %s; the message is lost', key)


class Incoming(base.RpcIncomingMessage):
    """A message as the server sees it: out of JSON, its answer back into JSON."""

    def __init__(self, wire, number, answers):
        super().__init__(*jsonutils.loads(wire), msg_id=number)
        self._answers = answers

    def reply(self, reply=None, failure=None):
        if self._answers:
            failure = failure and common.serialize_remote_exception(failure)
            self._answers.put(jsonutils.dumps([reply, failure]))

    def requeue(self):
        """Never called: the driver says that it cannot."""

    def heartbeat(self):
        """Nothing to keep alive: who waits here cannot lose the connection."""


class Listener(base.Listener):
    """Messages reach the server's callback in the thread of whoever sends them."""

    def __init__(self, hub, bindings):
        super().__init__(batch_size=1, batch_timeout=None)
        self._hub, self._bindings = hub, bindings

    def start(self, on_incoming_callback):
        super().start(on_incoming_callback)
        self._hub.subscribe(self, self._bindings)

    def stop(self):
        self._hub.unsubscribe(self, self._bindings)
        super().stop()

    def cleanup(self):
        """Nothing is held once it has stopped."""


class LocalDriver(base.BaseDriver):
    """Drivers with one URL share one hub; another virtual host is another world."""

    _guard = runtime.Runtime().lock()
    _hubs = {}

    def __init__(self, conf, url, default_exchange=None, allowed_remote_exmods=None):
        super().__init__(conf, url, default_exchange, allowed_remote_exmods)
        self._runtime = runtime.Runtime()
        with self._guard:
            self._hub = self._hubs.setdefault(str(url), Hub(self._runtime.lock()))
            self._hub.drivers.add(self)

    def send(self, target, ctxt, message, wait_for_reply=None, timeout=None,
             call_monitor_timeout=None, retry=None, transport_options=None):
        wire = jsonutils.dumps([ctxt, message])
        if not wait_for_reply:
            self._hub.publish(self._key(target), wire)
            return None
        answers = self._runtime.queue()
        self._hub.publish(self._key(target), wire, answers)
        try:
            reply, failure = jsonutils.loads(answers.get(timeout=timeout))
        except queue.Empty:
            raise exceptions.MessagingTimeout(
                f"No answer to {message.get('method')} from {target} "
                f'within {timeout} s') from None
        if failure:
            raise common.deserialize_remote_exception(failure, self._allowed_remote_exmods)
        return reply

    def send_notification(self, target, ctxt, message, version, retry=None):
        self._hub.publish(self._key(target), jsonutils.dumps([ctxt, message]))

    def listen(self, target, batch_size, batch_timeout):
        exchange = target.exchange or self._default_exchange
        named = f'{target.topic}.{target.server}'
        return Listener(self._hub, [
            ((exchange, target.topic), target.topic),
            ((exchange, named), named),
            (fanout(target.topic), object()),     # a queue of its own
        ])

    def listen_for_notifications(self, targets_and_priorities, pool, batch_size, batch_timeout):
        topics = [(target.exchange or self._default_exchange, f'{target.topic}.{priority}')
                  for target, priority in targets_and_priorities]
        return Listener(self._hub, [(key, pool or key[1]) for key in topics])

    def cleanup(self):
        with self._guard:
            self._hub.drivers.discard(self)
            if not self._hub.drivers and self._hubs.get(str(self._url)) is self._hub:
                del self._hubs[str(self._url)]

    def _key(self, target):
        if target.fanout:
            return fanout(target.topic)
        topic = f'{target.topic}.{target.server}' if target.server else target.topic
        return target.exchange or self._default_exchange, topic


def fanout(topic):
    """The routing key of a fanout: as on RabbitMQ, the exchange plays no part in it."""
    return f'{topic}_fanout', topic
