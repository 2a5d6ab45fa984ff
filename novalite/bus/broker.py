"""What the configuration says of the broker, read before anything is sent there."""

import ssl

import kombu

from novalite.bus import transport
from novalite.bus.transport import common

_GROUP = 'oslo_messaging_rabbit'


def refusal(conf):
    """Why the broker that ``[DEFAULT] transport_url`` names cannot be used now; None if it can.

    oslo.messaging itself would try for ever, and say so only in the log.
    """
    return _refusal_at(transport.address(conf), conf)


def refusal_by(bus, conf):
    """The same of the broker of a transport that is in use."""
    return _refusal_at(bus._driver._url, conf)


def _refusal_at(url, conf):
    if not _is_rabbit(url):
        return None
    refusals = [_refusal(host, url.virtual_host or '/', tls(conf)) for host in url.hosts]
    return None if None in refusals else '; '.join(refusals)


def away(conf):
    """The first broker that other machines reach, or None."""
    url = transport.address(conf)
    if not _is_rabbit(url):
        return None
    return next((host.hostname for host in url.hosts
                 if host.hostname not in ('localhost', '::1')
                 and not str(host.hostname).startswith('127.')), None)


def tls(conf):
    """How to connect by TLS, in kombu's words: False, or what is to be checked."""
    url = transport.address(conf)
    if not _is_rabbit(url):
        return False
    from oslo_messaging._drivers import impl_rabbit
    conf.register_opts(impl_rabbit.rabbit_opts, group=_GROUP)
    options = common.ConfigOptsProxy(conf, url, _GROUP)[_GROUP]
    if not options.ssl:
        return False
    files = {'keyfile': options.ssl_key_file, 'certfile': options.ssl_cert_file,
             'ca_certs': options.ssl_ca_file}
    given = {name: file for name, file in files.items() if file}
    if options.ssl_ca_file:
        given |= {'cert_reqs': ssl.CERT_REQUIRED, 'server_hostname': None}
    return given or True


def _is_rabbit(url):
    return url.transport.startswith(('rabbit', 'kombu'))


def _refusal(host, virtual_host, tls):
    where = f'{host.hostname}:{host.port or 5672}'
    connection = kombu.Connection(
        hostname=host.hostname, port=host.port or 5672, userid=host.username,
        password=host.password, virtual_host=virtual_host, connect_timeout=3, transport='amqp',
        ssl=tls)
    try:
        connection.connect()
    except (OSError, *connection.connection_errors) as exc:
        return f'RabbitMQ at {where} does not answer ({exc})'
    finally:
        connection.release()
    return None
