"""Wires to a server that can be cut, held and mended: what a network does to daemons."""

import contextlib
import socket
import threading


class Wire:
    """Listens on ``port`` and passes on all that comes, both ways, to a server on 127.0.0.1."""

    def __init__(self, server_port):
        self._server_port = server_port
        self._lock = threading.Lock()
        self._open = []
        self._flows = threading.Event()
        self._listener = None
        self.port = None
        self.mend()

    def mend(self):
        """All is well: who connects gets through."""
        self._flows.set()
        if self._listener is None:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(('127.0.0.1', self.port or 0))
            listener.listen(128)
            self.port = listener.getsockname()[1]
            self._listener = listener
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self):
        """The server is away: who is connected is not any more, and nobody gets in."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.drop()

    def drop(self):
        """Whoever is connected is not any more, and may connect anew."""
        with self._lock:
            ends, self._open = self._open, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._flows.set()

    def hold(self):
        """Nothing is refused and nothing gets through: a server that is frozen."""
        self._flows.clear()

    def close(self):
        self.cut()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(('127.0.0.1', self._server_port))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
