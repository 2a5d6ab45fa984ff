"""``/healthcheck``: whether this API can do its work, and what is away if not.

It is oslo.middleware's: 200 or 503, as text, HTML or JSON, with the checks that
``[healthcheck] backends`` names beside ours.
"""

import types

from oslo_middleware import healthcheck
from oslo_middleware.healthcheck import pluginbase

from novalite import errors
from novalite.bus import broker


class _Database(pluginbase.HealthcheckBaseExtension):
    def __init__(self, db):
        self._db = db

    def healthcheck(self, server_port):
        try:
            with self._db.read() as connection:
                connection.exec_driver_sql('SELECT 1')
        except errors.Unavailable:
            return pluginbase.HealthcheckResult(
                False, 'The database does not answer: requests get 503 until it is back.')
        return pluginbase.HealthcheckResult(True, 'OK')


class _Broker(pluginbase.HealthcheckBaseExtension):
    def __init__(self, bus, conf):
        self._bus, self._conf = bus, conf

    def healthcheck(self, server_port):
        refusal = broker.refusal_by(self._bus, self._conf)
        if refusal:
            return pluginbase.HealthcheckResult(
                False, 'The broker does not answer: requests are taken, and what they ask for is '
                       'done when it is back.', refusal)
        return pluginbase.HealthcheckResult(True, 'OK')


class Health(healthcheck.Healthcheck):
    """The WSGI application."""

    def __init__(self, conf, db, bus):
        super().__init__(None, conf)
        ours = [types.SimpleNamespace(obj=check) for check in (_Database(db), _Broker(bus, conf))]
        self._backends = [*self._backends, *ours]
