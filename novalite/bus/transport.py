"""oslo.messaging, with our context and our errors on the wire."""

import warnings

import kombu
from kombu import exceptions as kombu_exceptions
from oslo_log import log as logging
from oslo_service import backend

from novalite import context
from novalite import errors

# Threads, unless the process we are a guest in has chosen: oslo.service would
# take eventlet by itself, and its import tells users what only we can change.
backend.register_backend_default_hook(lambda: backend.BackendType.THREADING)
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    import oslo_messaging as messaging
    from oslo_messaging._metrics import client as metrics
    from oslo_messaging._tracing import client as tracing

LOG = logging.getLogger(__name__)

expose = messaging.expose

#: The broker or the peer did not answer; whether the message arrived is not known.
#: kombu's is what a broker that was never reached raises, past oslo.messaging.
Unreachable = (
    messaging.MessagingTimeout,
    messaging.MessageDeliveryFailure,
    messaging.MessageUndeliverable,
    kombu_exceptions.OperationalError,
)

#: A call that came to nothing, though it might next time: nobody answered, or
#: whoever did had lost its database or met a bug (what is raised on purpose
#: arrives as what it is).
Failed = (*Unreachable, errors.Unavailable, messaging.RemoteError)


class Serializer(messaging.NoOpSerializer):
    """Our context to and from the wire; arguments and answers as JSON has them.

    The driver writes the JSON, so what JSON cannot carry raises at the sender.
    """

    def serialize_context(self, ctxt):
        return ctxt.to_dict()

    def deserialize_context(self, ctxt):
        return context.RequestContext.from_dict(ctxt)


def register_opts(conf):
    """What oslo.messaging reads from the conf it is given, but registers only on the global one."""
    conf.register_opts(metrics.oslo_messaging_metrics, group='oslo_messaging_metrics')
    conf.register_opts(tracing.oslo_messaging_tracing, group='oslo_messaging_tracing')


def connect(conf, url=None):
    """The transport of this process; ``[DEFAULT] transport_url`` when there is no ``url``."""
    register_opts(conf)
    return messaging.get_rpc_transport(conf, url, allowed_remote_exmods=[errors.__name__])


def serve(transport, topic, server, endpoints, runtime):
    """A server that answers to ``@expose``d names only; it is up to the caller to start it.

    It works on ``[DEFAULT] executor_thread_pool_size`` messages at once, in threads of the
    runtime's: those of futurist, oslo.messaging's choice, look for work once a second, so to
    stop takes that second, and each of the first 64 messages starts a thread.
    """
    made = messaging.get_rpc_server(
        transport, messaging.Target(topic=topic, server=server), endpoints,
        serializer=Serializer(), access_policy=messaging.ExplicitRPCAccessPolicy)
    made._executor_cls = runtime.executor
    return made


def over_a_broker(transport):
    """Whether who speaks may have to wait for somebody else's process."""
    return transport._driver._url.transport.startswith(('rabbit', 'kombu'))


def client(transport, topic, server=None, timeout=None, retry=2):
    """Whoever listens to ``topic``; ``timeout`` is how long a call waits for its answer.

    A broker that refuses is tried again after 1 s and 3 s, then it is ``Unreachable``;
    left to itself oslo.messaging would never come back. The first call of a transport
    still waits for the broker without end, because the queue for its answers does:
    ``Answers`` makes that queue where nobody waits.
    """
    return messaging.get_rpc_client(
        transport, messaging.Target(topic=topic, server=server),
        serializer=Serializer(), timeout=timeout, retry=retry)


class Answers:
    """Whether calls can be answered yet: the queue for it is made by a thread of its own.

    ``wait(seconds)`` before the first call; raises MessagingTimeout while there is no broker.
    """

    def __init__(self, transport, runtime):
        self._transport, self._runtime = transport, runtime
        self._lock, self._asked, self._there = runtime.lock(), False, runtime.event()
        if not over_a_broker(transport):
            self._there.set()

    def wait(self, seconds):
        if self._there.is_set():
            return
        with self._lock:
            if not self._asked:
                self._runtime.spawn('queue for answers', self._make)
            self._asked = True
        if not self._there.wait(seconds):
            raise messaging.MessagingTimeout('The broker does not answer.')

    def _make(self):
        # Nobody has that topic, and nobody need answer: asking makes the queue.
        ctxt = context.RequestContext(request_id=self._runtime.request_id())
        while not self._there.is_set():
            try:
                client(self._transport, 'nobody', timeout=0.1).call(ctxt, 'nothing')
            except messaging.MessagingTimeout:
                self._there.set()
            except Unreachable as exc:
                LOG.warning('The broker does not answer (%s)', type(exc).__name__)
                self._runtime.sleep(1)


def refusal(conf):
    """Why the broker that ``[DEFAULT] transport_url`` names cannot be used now; None if it can.

    oslo.messaging itself would try for ever, and say so only in the log.
    """
    try:
        url = messaging.TransportURL.parse(conf)
    except messaging.InvalidTransportURL as exc:
        raise errors.CannotStart(f'[DEFAULT] transport_url is no URL of a bus: {exc}') from exc
    if not url.transport.startswith(('rabbit', 'kombu')):
        return None
    refusals = [_refusal(host, url.virtual_host or '/') for host in url.hosts]
    return None if None in refusals else '; '.join(refusals)


def _refusal(host, virtual_host):
    where = f'{host.hostname}:{host.port or 5672}'
    connection = kombu.Connection(
        hostname=host.hostname, port=host.port or 5672, userid=host.username,
        password=host.password, virtual_host=virtual_host, connect_timeout=3, transport='amqp')
    try:
        connection.connect()
    except (OSError, *connection.connection_errors) as exc:
        return f'RabbitMQ at {where} does not answer ({exc})'
    finally:
        connection.release()
    return None
