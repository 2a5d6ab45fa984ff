"""How every step on a host leaves a trace of itself."""

import contextlib

from oslo_log import log as logging

from novalite import errors

LOG = logging.getLogger(__name__)


@contextlib.contextmanager
def recorded(report, what):
    """Do a step's work in here and its event is written, whatever happens.

    ``report`` carries ``finished`` and ``failed`` to the conductor. An exception
    becomes a finished event, a fault on the server and the start of the way
    back; it does not leave the block. One of the three places that catch all.
    """
    changes = {}
    try:
        yield changes
    except errors.HandedBack as exc:
        LOG.info('%s: %s', what, exc)       # neither done nor failed: it is driven anew
    except Exception as exc:
        LOG.exception('%s failed', what)
        report.failed(errors.fault(exc))
    else:
        report.finished(changes)
