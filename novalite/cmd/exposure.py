"""What an operator has left open, said in the log when a daemon starts."""

import pathlib
import shlex
import stat

from oslo_config import cfg
from oslo_db import options as db_options
from oslo_log import log as logging

from novalite import conf as options
from novalite.bus import broker
from novalite.bus import transport
from novalite.conf import services

LOG = logging.getLogger(__name__)

#: Secrets of keystoneauth's plug-ins, and of a library that may not be installed: known only
#: once they are loaded.
_MORE = {(group, name) for group in ('keystone_authtoken', *services.SERVICES)
         for name in ('password', 'token', 'application_credential_secret', 'oauth2_client_secret',
                      'memcache_secret_key')}


def warn_of_files(conf):
    """Warn of each configuration file that has secrets and that everybody may read."""
    for path in files(conf):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue        # it was there a moment ago: nobody can read it now
        if not mode & stat.S_IROTH:
            continue
        names = secrets_in(path)
        if names:
            LOG.warning(
                'Everybody on this machine can read %s, which has secrets (%s): chmod o-rwx %s',
                path, ', '.join(f'[{group}] {name}' for group, name in names),
                shlex.quote(str(path)))


def warn_of_bus(conf):
    """Warn of a broker whose users command the hosts, and of TLS that checks nothing.

    What only this machine reaches is left alone.
    """
    host = broker.away(conf)
    if host is None:
        return
    if not conf.rpc.signing_keys:
        LOG.warning(
            '[rpc] signing_keys is not set: whoever can log in at the broker at %s commands the '
            'hosts. See doc/security.md', host)
    if broker.tls(conf) is True:
        LOG.warning(
            '[oslo_messaging_rabbit] ssl without ssl_ca_file takes whoever answers at %s for the '
            'broker. See doc/security.md', host)


def files(conf):
    """The configuration files that were read, as paths."""
    read = [pathlib.Path(name) for name in conf.config_file or ()]
    for directory in conf.config_dir or ():
        read += sorted(pathlib.Path(directory).glob('*.conf'))
    return read


def secrets_in(path):
    """The options in a file that are secret, as (group, name), in the order of the file."""
    sections = {}
    cfg.ConfigParser(str(path), sections).parse()
    secret = _secret()
    return [(group, name) for group, values in sections.items() for name, given in values.items()
            if (group, name) in secret and any(_tells(name, value) for value in given)]


def _tells(name, value):
    """An address is a secret only if a password is in it."""
    return '@' in value if name in ('connection', 'slave_connection', 'transport_url') else value


def _secret():
    every = [*options.list_opts(), *transport.list_opts(), *db_options.list_opts()]
    return _MORE | {
        (getattr(group, 'name', group) or 'DEFAULT', name)
        for group, opts in every for option in opts if option.secret
        for name in (option.name, option.dest)}
