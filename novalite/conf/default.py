"""Options of every daemon."""

import socket

from oslo_config import cfg

GROUP = 'DEFAULT'

OPTS = [
    cfg.StrOpt(
        'host', default=socket.gethostname(), sample_default='<this machine>',
        help='The name this daemon has on the bus and in the list of services. Two daemons of '
             'one kind on one machine need different names.'),
    cfg.StrOpt(
        'state_dir', default='/var/lib/novalite',
        help='Where a daemon keeps what must survive it: the simulated guests of a compute '
             'worker, lock files.'),
    cfg.StrOpt(
        'region', default='RegionOne',
        help='The region that the identity neighbour puts in its catalogue.'),
]
