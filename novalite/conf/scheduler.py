"""Options of the scheduler."""

from oslo_config import cfg

GROUP = 'scheduler'

OPTS = [
    cfg.IntOpt(
        'max_attempts', default=3, mutable=True, min=1,
        help='On how many hosts a create, a resize or a migration is tried before it is given up.'),
    cfg.IntOpt(
        'candidates', default=20, mutable=True, min=1,
        help='How many hosts with room are read and weighed to place one server.'),
]
