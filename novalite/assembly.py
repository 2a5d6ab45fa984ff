"""Puts the services together: what each is made of, and nothing else."""

import functools

from oslo_log import log as logging

from novalite import errors
from novalite.api import app as compute_api
from novalite.api import mounts
from novalite.api import serving
from novalite.api import throttle
from novalite.bus import conductor as conductor_bus
from novalite.bus import notifier as notifiers
from novalite.bus import transport
from novalite.compute import daemon as compute_daemon
from novalite.conductor import daemon as conductor_daemon
from novalite.db import engine
from novalite.web import trace

LOG = logging.getLogger(__name__)


def application(conf, db, bus, runtime, notifier):
    """The WSGI application: the compute API and the neighbours that are enabled."""
    conductor = conductor_bus.Conductor(bus, runtime)
    enabled = conf.neighbours.enabled
    applications = {'compute': compute_api.make(conf, db, conductor, runtime, notifier),
                    'trace': trace.app(db)}
    if 'images' in enabled:
        from novalite.neighbours import images
        applications['image'] = images.app(conf, db, runtime)
    if 'networks' in enabled:
        from novalite.neighbours import networks
        applications['networking'] = networks.app(conf, db, runtime)
    if 'volumes' in enabled:
        from novalite.neighbours import volumes
        applications['volume'] = volumes.app(conf, db, runtime)
    if 'shares' in enabled:
        from novalite.neighbours import shares
        applications['share'] = shares.app(conf, db, runtime)
    if 'placement' in enabled:
        from novalite.neighbours import placement
        applications['placement'] = placement.app(conf, db, runtime)
    limited = throttle.Throttle(conf.api.max_rate, conf.api.max_concurrent, runtime)
    if limited.limits:
        applications = {name: throttle.Throttled(app, limited, runtime)
                        for name, app in applications.items()}
    authenticated = {name: _authenticated(app, conf, db, runtime)
                     for name, app in applications.items()}
    if 'identity' in enabled:
        from novalite.neighbours import identity
        authenticated['identity'] = identity.app(conf, db, runtime)
    authenticated['healthcheck'] = _healthcheck(conf, db, bus)
    return mounts.Mounts(authenticated, conf.api.public_url)


def _healthcheck(conf, db, bus):
    """For anybody; what it is made of is loaded when somebody asks: it takes half a second."""
    @functools.cache
    def health():
        from novalite.web import health
        return health.Health(conf, db, bus)
    return lambda environ, start_response: health()(environ, start_response)


def _authenticated(app, conf, db, runtime):
    """The application behind whoever knows the users: our neighbour, or a real Keystone."""
    if 'identity' in conf.neighbours.enabled:
        from novalite.neighbours import identity
        return identity.TokenAuth(app, db, runtime)
    try:
        from keystonemiddleware import auth_token
    except ImportError:
        raise errors.CannotStart(
            'Without the identity neighbour ([neighbours] enabled) the API asks a Keystone, which '
            'takes the package keystonemiddleware: pip install novalite[keystone].') from None
    return auth_token.AuthProtocol(
        app, {'oslo_config_config': conf, 'delay_auth_decision': True})


class AllInOne:
    """API, conductor and a compute worker in one process, on ``local://``.

    ``start`` returns when everything answers; ``url`` is then where.
    """

    def __init__(self, conf, runtime, transport_url=None):
        self.conf, self.runtime = conf, runtime
        self.db = engine.Database(conf)
        self.bus = transport.connect(conf, transport_url)
        self.notifier = notifiers.Notifier(conf, runtime, transport_url)
        self.conductor = conductor_daemon.Conductor(
            conf, self.db, self.bus, runtime, self.notifier)
        self.worker = compute_daemon.Worker(conf, self.bus, runtime)
        self.http = serving.HttpServer(
            application(conf, self.db, self.bus, runtime, self.notifier), conf.api.listen,
            conf.api.port, conf.api.threads, runtime, largest_head=conf.api.max_header_size)

    @property
    def url(self):
        host = f'[{self.http.host}]' if ':' in self.http.host else self.http.host
        return f'http://{host}:{self.http.port}'

    def start(self):
        self.conductor.start()
        self.worker.start()
        self.http.start()

    def reload(self):
        """The configuration has changed."""
        self.worker.reload()

    def stop(self):
        """In the order in which work flows, so that what is accepted still finds its way."""
        self.http.stop(max(5, self.conf.graceful_shutdown_timeout))
        self.worker.stop()
        self.conductor.stop()
        self.notifier.close()
        self.bus.cleanup()
        self.db.close()
