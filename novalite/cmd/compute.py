"""novalite-compute: a worker that carries simulated hypervisors."""

import sys

from oslo_config import cfg

from novalite.bus import transport
from novalite.cmd import program
from novalite.cmd import signals
from novalite.cmd import startup
from novalite.compute import daemon
from novalite.runtime import Runtime

_HOSTS = cfg.IntOpt('hosts', min=1, metavar='N',
                    help='How many hosts this worker carries; goes before [compute] hosts.')


def _main():
    conf = startup.configured(sys.argv[1:], 'novalite-compute', [_HOSTS])
    if conf.hosts:
        conf.set_override('hosts', conf.hosts, group='compute')
    runtime = Runtime()
    startup.await_broker(conf, runtime)
    bus = transport.connect(conf)
    signals.serve(daemon.Worker(conf, bus, runtime), conf, runtime, 'novalite-compute',
                  bus.cleanup)


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
