"""Tells other programs what has happened, over oslo.messaging, and never keeps anybody waiting."""

from concurrent import futures

from oslo_log import log as logging

from novalite.bus import transport
from novalite.bus.transport import messaging

LOG = logging.getLogger(__name__)

#: So many may wait while a broker is tried again; what comes then is lost, and the log says so.
WAITING = 10000
#: Seconds that a process that ends still gives to what waits.
PATIENCE = 3


def register_opts(conf):
    """[oslo_messaging_notifications]: oslo.messaging itself knows it only once it sends."""
    transport.register_opts(conf)
    conf.register_opts(
        messaging.notify.notifier._notifier_opts, group='oslo_messaging_notifications')


class Notifier:
    """Sends in order, from a thread of its own, which is made when there is something to send.

    What cannot be sent is logged: the work that is told of has been done. While
    ``enabled`` is False, which it is when no driver is configured, nothing needs be told.
    """

    def __init__(self, conf, runtime, url=None):
        register_opts(conf)
        options = conf.oslo_messaging_notifications
        self.enabled = any(driver != 'noop' for driver in options.driver)
        self.conf = conf.notifications
        self._runtime = runtime
        self._waiting, self._lock, self._thread = runtime.queue(), runtime.lock(), None
        self._ended = runtime.event()
        if self.enabled:
            self._transport = messaging.get_notification_transport(
                conf, options.transport_url or url)
            self._oslo = messaging.Notifier(
                self._transport, serializer=transport.Serializer(),
                topics=self.conf.versioned_notifications_topics)

    def tell(self, ctxt, notifications):
        """Send these on behalf of this request; returns at once."""
        if not self.enabled or not notifications:
            return
        with self._lock:
            if self._thread is None:
                self._thread = self._runtime.spawn('notifier', self._run)
            if self._waiting.qsize() >= WAITING:
                LOG.error('%d notifications wait for the broker already; these are lost: %s',
                          WAITING, ', '.join(one.event_type for one in notifications))
                return
            self._waiting.put((ctxt, notifications))

    def close(self):
        """Send what waits, unless that takes long."""
        if not self.enabled:
            return
        with self._lock:
            self._waiting.put(None)
            started = self._thread is not None
        if started and not self._ended.wait(PATIENCE):
            LOG.warning('About %d notifications could not be sent any more',
                        self._waiting.qsize())
        self._transport.cleanup()

    def _run(self):
        while (told := self._waiting.get()) is not None:
            ctxt, notifications = told
            for one in notifications:
                try:
                    self._send(ctxt, one)
                except Exception:
                    # Whatever is wrong with one must not keep the others back.
                    LOG.exception('%s could not be told', one.event_type)
        self._ended.set()

    def _send(self, ctxt, one):
        level = 'error' if one.is_error else self.conf.default_level.lower()
        say = getattr(self._oslo.prepare(publisher_id=one.publisher_id), level)
        say(ctxt, one.event_type, one.make())


# Listening

class Listener:
    """Hears what is told on ``topics``: ``heard`` is called with each as a dictionary."""

    def __init__(self, conf, topics, heard, url=None):
        register_opts(conf)
        self._transport = messaging.get_notification_transport(
            conf, url or conf.oslo_messaging_notifications.transport_url)
        self._server = messaging.get_notification_listener(
            self._transport, [messaging.Target(topic=topic) for topic in topics],
            [_Endpoint(heard)], serializer=transport.Serializer())
        self._server._executor_cls = futures.ThreadPoolExecutor

    def start(self):
        # One thread: what was told first is heard first.
        self._server.start(override_pool_size=1)

    def stop(self):
        self._server.stop()
        self._server.wait()
        self._transport.cleanup()


class _Endpoint:
    """oslo.messaging calls a method for each priority."""

    def __init__(self, heard):
        def hear(priority):
            def method(ctxt, publisher_id, event_type, payload, metadata):
                heard({'event_type': event_type, 'priority': priority.upper(),
                       'publisher_id': publisher_id, 'payload': payload,
                       'request_id': ctxt.request_id, 'hops': ctxt.hops, **metadata})
            return method
        for priority in ('debug', 'info', 'warn', 'error', 'critical'):
            setattr(self, priority, hear(priority))
