"""Options of the scheduler."""

from oslo_config import cfg

GROUP = 'scheduler'

OPTS = [
    cfg.IntOpt(
        'candidates', default=20, min=1,
        help='How many hosts with room are read and weighed to place one server.'),
]
