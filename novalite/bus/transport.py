"""oslo.messaging, with our context and our errors on the wire."""

import sys
import warnings

from kombu import exceptions as kombu_exceptions
from oslo_log import log as logging
from oslo_service import backend

from novalite import context
from novalite import errors
from novalite.bus import signing
from novalite.conf import recovery
from novalite.conf import rpc as options
from novalite.runtime import Runtime

# Threads, unless the process we are a guest in has chosen: oslo.service would
# take eventlet by itself, and its import tells users what only we can change.
backend.register_backend_default_hook(lambda: backend.BackendType.THREADING)
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    import oslo_messaging as messaging
    from oslo_messaging import transport as oslo_transport
    from oslo_messaging._drivers import common
    from oslo_messaging._metrics import client as metrics
    from oslo_messaging._tracing import client as tracing
    from oslo_messaging.rpc import dispatcher as rpc_dispatcher
    from oslo_messaging.rpc import server as rpc

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
#: whoever did had lost its database, met a bug (what is raised on purpose
#: arrives as what it is), could not prove who it is, or is too old for it.
Failed = (*Unreachable, errors.Unavailable, errors.Untrusted, messaging.RemoteError,
          messaging.RPCVersionCapError)


class Serializer(messaging.NoOpSerializer):
    """Our context to and from the wire; arguments and answers as JSON has them.

    The driver writes the JSON, so what JSON cannot carry raises at the sender.
    """

    def serialize_context(self, ctxt):
        return ctxt.to_dict()

    def deserialize_context(self, ctxt):
        return context.RequestContext.from_dict(ctxt)


class Transport(oslo_transport.RPCTransport):
    """A transport that signs what it sends, and checks the answers."""

    def __init__(self, driver, signer):
        super().__init__(driver)
        self.signer = signer

    def _send(self, target, ctxt, message, wait_for_reply=None, **options):
        if not self.signer.signs:
            return super()._send(target, ctxt, message, wait_for_reply=wait_for_reply, **options)
        sealed, signature = self.signer.seal(target, self.conf.control_exchange, ctxt, message)
        try:
            answer = super()._send(target, {}, sealed, wait_for_reply=wait_for_reply, **options)
        except Exception as exc:
            if isinstance(exc, _OF_THE_DRIVER) and not _is_remote(exc):
                raise
            raise self.signer.open_failure(exc) from None
        if not wait_for_reply:
            return None
        answer = self.signer.open_answer(signature, answer)
        if 'failure' in answer:
            raise common.deserialize_remote_exception(answer['failure'], [errors.__name__])
        return answer['result']


#: What the driver raises by itself, and not because an answer said so.
_OF_THE_DRIVER = (messaging.MessagingException, *Unreachable)


def _is_remote(exc):
    return isinstance(exc, messaging.RemoteError) \
        or type(exc).__module__.endswith(common._REMOTE_POSTFIX)


class Dispatcher(rpc_dispatcher.RPCDispatcher):
    """Calls an endpoint's method for each message that may be trusted, and signs its answer."""

    def __init__(self, endpoints, signer, target, exchange):
        super().__init__(endpoints, Serializer(), messaging.ExplicitRPCAccessPolicy)
        self._signer, self._target, self._exchange = signer, target, exchange

    def dispatch(self, incoming):
        try:
            incoming.ctxt, incoming.message, signature = self._signer.open(
                self._target, self._exchange, incoming.ctxt, incoming.message)
        except errors.Untrusted as exc:
            # Nothing of what it says: that may be anything.
            LOG.error('A message to %s.%s is refused. %s', self._target.topic,
                      self._target.server, exc)
            raise rpc_dispatcher.ExpectedException() from exc
        if signature is None or not self._signer.signs:
            return self._do(incoming)
        return self._signer.seal_answer(signature, self._outcome(incoming))

    def _outcome(self, incoming):
        """What becomes of it, failures too, to be signed as a whole."""
        try:
            return {'result': self._do(incoming)}
        except rpc_dispatcher.ExpectedException as exc:
            failure = exc.exc_info
        except Exception:
            LOG.exception('Exception during message handling')
            failure = sys.exc_info()
        return {'failure': common.serialize_remote_exception(failure)}

    def _do(self, incoming):
        try:
            return self._call(incoming)
        except rpc_dispatcher.UnsupportedVersion as exc:
            LOG.error(
                '%r came to %s.%s in version %s of its messages, and nothing was done: this '
                'daemon knows %s. The compute workers are upgraded last, or [upgrade_levels] says '
                'what they know.', exc.method, self._target.topic, self._target.server,
                exc.version, ' and '.join(one.target.version for one in self.endpoints))
            raise rpc_dispatcher.ExpectedException() from exc
        except errors.Unavailable as exc:
            # Whoever asked is told, and asks again. Of the database it has been said already.
            LOG.log(logging.DEBUG if isinstance(exc, errors.DatabaseAway) else logging.WARNING,
                    '%r is to be asked again: %s', incoming.message.get('method'), exc)
            LOG.debug('Why', exc_info=exc)
            raise rpc_dispatcher.ExpectedException() from exc
        except Exception as exc:
            if type(exc).__module__ != 'builtins':
                raise
            raise Stumbled(f'{type(exc).__name__}: {exc}') from exc

    def _call(self, incoming):
        """What oslo.messaging's ``dispatch`` does, without the thread that it makes for each
        message to tell a caller who asks for it that the call still runs: none of ours does.
        """
        message = incoming.message
        method, version = message.get('method'), message.get('version', '1.0')
        known = [one for one in self.endpoints if self._knows(
            getattr(one, 'target', self._default_target), message.get('namespace'), version)]
        for endpoint in known:
            if self.access_policy.is_allowed(endpoint, method):
                return self._do_dispatch(endpoint, method, incoming.ctxt, message.get('args', {}))
        if known:
            raise rpc_dispatcher.NoSuchMethod(method)
        raise rpc_dispatcher.UnsupportedVersion(version, method=method)

    def _knows(self, target, namespace, version):
        return self._is_namespace(target, namespace) and self._is_compatible(target, version)


class Stumbled(Exception):
    """A bug at the other end, for the driver to bring as a RemoteError.

    It would raise a built-in exception at the caller as if it were the caller's own.
    """


def register_opts(conf):
    """What is read from the conf we are given: oslo.messaging registers some on the global one."""
    for module in (options, recovery):
        conf.register_opts(module.OPTS, group=module.GROUP)
    conf.register_opts(metrics.oslo_messaging_metrics, group='oslo_messaging_metrics')
    conf.register_opts(tracing.oslo_messaging_tracing, group='oslo_messaging_tracing')


def connect(conf, url=None, runtime=None):
    """The transport of this process; ``[DEFAULT] transport_url`` when there is no ``url``."""
    register_opts(conf)
    signer = signing.Signer(conf, runtime or Runtime())
    return messaging.get_rpc_transport(
        conf, address(conf, url), allowed_remote_exmods=[errors.__name__],
        transport_cls=lambda driver: Transport(driver, signer))


def address(conf, url=None):
    """``url``, or ``[DEFAULT] transport_url``, taken apart; raises CannotStart."""
    try:
        return messaging.TransportURL.parse(conf, url)
    except (messaging.InvalidTransportURL, ValueError):
        # Nothing of what it says, nor where it stumbled: a password may be in there.
        raise errors.CannotStart(
            '[DEFAULT] transport_url is no URL of a bus, like rabbit://USER:PASSWORD@HOST:5672/'
        ) from None


def version(number):
    """What the ``target`` of every endpoint says: the newest messages it knows."""
    return messaging.Target(version=number)


def serve(transport, topic, server, endpoints, runtime):
    """A server that answers to ``@expose``d names only; it is up to the caller to start it.

    It works on ``[DEFAULT] executor_thread_pool_size`` messages at once, in threads of the
    runtime's: those of futurist, oslo.messaging's choice, look for work once a second, so to
    stop takes that second, and each of the first 64 messages starts a thread.
    """
    target = messaging.Target(topic=topic, server=server)
    made = rpc.RPCServer(transport, target, Dispatcher(
        endpoints, transport.signer, target, transport.conf.control_exchange))
    made._executor_cls = runtime.executor
    return made


def over_a_broker(transport):
    """Whether who speaks may have to wait for somebody else's process."""
    return transport._driver._url.transport.startswith(('rabbit', 'kombu'))


def at_most_once(transport):
    """Whether a message that was not taken is not said again: see ``[recovery] semantics``."""
    return transport.conf.recovery.semantics == 'nova'


def client(transport, topic, server=None, timeout=None, retry=2, newest=None):
    """Whoever listens to ``topic``; ``timeout`` is how long a call waits for its answer.

    A broker that refuses is tried again after 1 s and 3 s, then it is ``Unreachable``;
    left to itself oslo.messaging would never come back. The first call of a transport
    still waits for the broker without end, because the queue for its answers does:
    ``Answers`` makes that queue where nobody waits.
    A message is sent as version 1.0, or as the one it is prepared with; nothing newer
    than ``newest`` is.
    """
    # Prepared here: oslo.messaging's client prepares anew for each message.
    return messaging.get_rpc_client(
        transport, messaging.Target(topic=topic, server=server, version='1.0'),
        serializer=Serializer(), timeout=timeout, retry=retry, version_cap=newest).prepare()


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


def list_opts():
    """Every option of oslo.messaging, by group."""
    from oslo_messaging import opts
    return opts.list_opts()
