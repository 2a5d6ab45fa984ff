"""How a daemon lives, from its start to its end: what SIGTERM, SIGINT and SIGHUP make of it."""

import os
import signal
import sys

from oslo_log import log as logging

from novalite.cmd import reloading

LOG = logging.getLogger(__name__)

#: Seconds beyond the grace time that connections and threads get to end in order.
MARGIN = 10


def serve(service, conf, runtime, name, *afterwards):
    """Start a service and keep it until SIGTERM or SIGINT.

    What it has in hand gets ``[DEFAULT] graceful_shutdown_timeout`` seconds; then it ``stop``s,
    and each of ``afterwards`` is called. Returns within that time and a margin: what hangs even
    then, because a broker or a database is away, is left behind. A second signal ends it at once.
    SIGHUP reads the configuration again, and has the service ``reload`` if it can.
    """
    said = runtime.queue()
    ending = runtime.event()

    def end(number, _frame):
        if ending.is_set():
            _leave(name, 'ended at once by a second signal', 1)
        ending.set()
        if hasattr(service, 'cancel'):
            service.cancel()
        said.put(signal.Signals(number))

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, lambda *_: said.put(signal.SIGHUP))
    service.start()
    LOG.info('%s is ready', name)
    while (number := said.get()) is signal.SIGHUP:
        reloading.reload(conf, service)
    grace = conf.graceful_shutdown_timeout
    LOG.info('%s was told to end (%s); it takes no more work, and finishes what it has in hand '
             'within %d s', name, number.name, grace)
    done = runtime.event()
    runtime.spawn('end', _end, service, afterwards, done)
    if not done.wait(grace + MARGIN):
        _leave(name, 'did not wait any longer for what it is connected to', 0)
    LOG.info('%s has ended', name)


def _end(service, afterwards, done):
    try:
        service.stop()
        for work in afterwards:
            work()
    except Exception:
        # Nobody else is there to hear of it, and what is written down is driven on anyway.
        LOG.exception('The end was not in order')
    done.set()


def _leave(name, why, status):
    """End the process, without waiting for its threads."""
    print(f'{name} {why}.', file=sys.stderr, flush=True)
    os._exit(status)
