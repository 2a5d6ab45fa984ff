"""Options of the conductor."""

from oslo_config import cfg

GROUP = 'conductor'

OPTS = [
    cfg.IntOpt(
        'lease', default=60, min=1,
        help='Seconds that a step belongs to whoever took it, before it counts as given up.'),
    cfg.IntOpt(
        'sweep_interval', default=5, min=1,
        help='Seconds between two looks for actions that nobody has taken up.'),
    cfg.IntOpt(
        'report_interval', default=10, min=1,
        help='Seconds between two signs of life of a conductor.'),
]
