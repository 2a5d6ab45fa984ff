"""``novalite.wsgi:application`` for any WSGI server.

The configuration is read from the file that ``NOVALITE_CONFIG_FILE`` names, or
from where oslo.config looks for novalite.conf (/etc/novalite, ~/.novalite).
"""

import os

from novalite import assembly
from novalite.bus import notifier
from novalite.bus import transport
from novalite.cmd import startup
from novalite.runtime import Runtime


def _application():
    file = os.environ.get('NOVALITE_CONFIG_FILE')
    conf = startup.configured([], 'novalite-api', files=[file] if file else None)
    db = startup.database(conf)
    runtime = Runtime()
    return assembly.application(
        conf, db, transport.connect(conf), runtime, notifier.Notifier(conf, runtime))


application = _application()
