"""novalite-api: the API service."""

import sys

from novalite import assembly
from novalite.api import serving
from novalite.bus import notifier as notifiers
from novalite.bus import transport
from novalite.cmd import program
from novalite.cmd import signals
from novalite.cmd import startup
from novalite.runtime import Runtime


class Api:
    """The WSGI application on its port."""

    def __init__(self, conf, db, runtime):
        self._conf, self._db = conf, db
        self._bus = transport.connect(conf)
        self._notifier = notifiers.Notifier(conf, runtime)
        self._http = serving.HttpServer(
            assembly.application(conf, db, self._bus, runtime, self._notifier),
            conf.api.listen, conf.api.port, conf.api.threads, runtime,
            largest_head=conf.api.max_header_size)

    def start(self):
        self._http.start()

    def stop(self):
        self._http.stop(self._conf.graceful_shutdown_timeout)
        self._notifier.close()
        self._bus.cleanup()
        self._db.close()


def _main():
    conf = startup.configured(sys.argv[1:], 'novalite-api')
    runtime = Runtime()
    db = startup.database(conf)
    # Bound before anything is waited for: a port that is taken is said at once.
    service = Api(conf, db, runtime)
    startup.await_database(conf, db, runtime)
    signals.serve(service, conf, runtime, 'novalite-api')


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
