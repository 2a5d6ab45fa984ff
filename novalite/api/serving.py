"""The HTTP server: waitress in a thread of its own, that ends when it is told to."""

import logging
import socket

import waitress.server

from novalite import errors


class HttpServer:
    """Serves a WSGI application; ``port`` is the one it got. Raises CannotStart.

    A body of more than ``largest`` bytes is refused before anybody looks at it;
    the applications have limits of their own below that. So is an address with
    headers of more than ``largest_head``.
    """

    def __init__(self, application, host, port, threads, runtime, largest=2 ** 30,
                 largest_head=65536):
        self._runtime = runtime
        logging.getLogger('waitress.queue').setLevel(logging.ERROR)
        try:
            self._server = waitress.server.create_server(
                application, sockets=[_bound(host, port)], threads=threads, ident='novalite',
                max_request_body_size=largest, max_request_header_size=largest_head,
                channel_timeout=300, connection_limit=1000,
                clear_untrusted_proxy_headers=True)
        except OSError as exc:
            raise errors.CannotStart(
                f'Cannot listen on {host} port {port}: {exc.strerror or exc}.') from exc
        self.host, self.port = host, int(self._server.effective_port)
        self._thread = None

    def start(self):
        self._thread = self._runtime.spawn('http', self._server.run)

    def stop(self, grace=5):
        """No new connection; what is being answered has ``grace`` seconds."""
        if self._thread is None:
            self._server.close()
            return
        # The loop's own data may be touched only in the loop's thread.
        self._server.trigger.pull_trigger(self._stop_listening)
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=grace)
        self._server.trigger.pull_trigger(self._hang_up)
        self._thread.join()
        self._server.trigger.close()

    def _stop_listening(self):
        self._server.del_channel()
        self._server.socket.close()

    def _hang_up(self):
        for channel in list(self._server.active_channels.values()):
            channel.will_close = True       # once all is sent
        # Only forgotten here, not closed: whoever has pulled it may still be writing to it.
        self._server.trigger.del_channel()


def _bound(host, port):
    """A listening socket; bound here because waitress would share a port that is taken."""
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
