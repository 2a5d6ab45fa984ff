"""Every option there is: one module per group.

``register_opts(conf)`` makes a configuration ready to be read; ``list_opts``
is what oslo-config-generator writes the sample file from.
"""

from oslo_db import options as db_options

from novalite.conf import api
from novalite.conf import compute
from novalite.conf import conductor
from novalite.conf import consoles
from novalite.conf import default
from novalite.conf import faults
from novalite.conf import filter_scheduler
from novalite.conf import neighbours
from novalite.conf import notifications
from novalite.conf import quota
from novalite.conf import recovery
from novalite.conf import rpc
from novalite.conf import scheduler
from novalite.conf import services
from novalite.conf import simulated
from novalite.conf import upgrade_levels

GROUPS = (default, api, compute, conductor, faults, neighbours, notifications, quota, recovery,
          rpc, scheduler, simulated, upgrade_levels, filter_scheduler, *consoles.GROUPS,
          *services.GROUPS)


def register_opts(conf):
    for module in GROUPS:
        conf.register_opts(module.OPTS, group=None if module is default else module.GROUP)
    db_options.set_defaults(conf)


def list_opts():
    return [(module.GROUP, module.OPTS) for module in GROUPS]
