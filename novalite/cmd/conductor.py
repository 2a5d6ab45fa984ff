"""novalite-conductor: drives the actions."""

import sys

from novalite.bus import notifier as notifiers
from novalite.bus import transport
from novalite.cmd import program
from novalite.cmd import signals
from novalite.cmd import startup
from novalite.conductor import daemon
from novalite.runtime import Runtime


def _main():
    conf = startup.configured(sys.argv[1:], 'novalite-conductor')
    runtime = Runtime()
    db = startup.database(conf)
    startup.await_database(conf, db, runtime)
    startup.await_broker(conf, runtime)
    bus = transport.connect(conf)
    notifier = notifiers.Notifier(conf, runtime)
    signals.serve(daemon.Conductor(conf, db, bus, runtime, notifier), conf, runtime,
                  'novalite-conductor', notifier.close, bus.cleanup, db.close)


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
