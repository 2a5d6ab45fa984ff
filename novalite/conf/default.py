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
    cfg.IntOpt(
        'startup_timeout', default=300, min=0,
        help='Seconds that a daemon waits at its start for the database, its schema and the '
             'broker. It says what it waits for; when they do not come it ends with status 1.'),
    cfg.StrOpt(
        'region', default='RegionOne',
        help='The region that the identity neighbour puts in its catalogue.'),
]
