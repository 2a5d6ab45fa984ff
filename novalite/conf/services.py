"""How the real services around compute are asked, where they are used instead of neighbours."""

import types

from keystoneauth1 import loading
from oslo_config import cfg

#: Section -> the type of its service in the catalogue.
SERVICES = {'glance': 'image', 'neutron': 'network', 'cinder': 'block-storage'}

#: One more try than these, before a service counts as one that does not answer.
_DEFAULTS = {'connect_retries': 2, 'status_code_retries': 2,
             'valid_interfaces': ['internal', 'public']}


def _options(service_type):
    """keystoneauth's own, for the user novalite asks as, the connection and the endpoint."""
    given = [*loading.get_auth_common_conf_options(), *loading.get_session_conf_options(),
             *loading.get_adapter_conf_options(include_deprecated=False)]
    for option in given:
        option.help = f'{option.help.strip().rstrip(".")}.'
        option.default = _DEFAULTS.get(option.dest, option.default)
        if option.dest == 'service_type':
            option.default = service_type
    return given


def _group(name, service_type):
    return types.SimpleNamespace(GROUP=name, OPTS=_options(service_type))


GROUPS = [_group(name, service_type) for name, service_type in SERVICES.items()]
GROUPS[-1].OPTS.append(cfg.IntOpt(
    'creation_timeout', default=600, min=1,
    help='Seconds that a server waits for a volume that is made for it.'))
