"""Options of the conductor."""

from oslo_config import cfg
from oslo_config import types

GROUP = 'conductor'

OPTS = [
    cfg.IntOpt(
        'lease', default=60, mutable=True, min=1,
        help='Seconds that a step belongs to the host it was sent to. Each sign of life of a '
             'worker renews it for the steps it has in hand; a step whose lease has run out is '
             'sent again.'),
    cfg.Opt(
        'deadlines', type=types.Dict(value_type=types.Integer(min=1)), default={},
        mutable=True,
        help='Seconds from the acceptance of an action to when it is given up and undone, by the '
             'action\'s name, as in create:600,live-migration:7200. The machine\'s table has the '
             'others: an hour, as a rule.'),
    cfg.IntOpt(
        'sweep_interval', default=5, min=1,
        help='Seconds between two looks for actions that nobody has taken up, or whose host has '
             'gone quiet.'),
    cfg.IntOpt(
        'report_interval', default=10, min=1,
        help='Seconds between two signs of life of a conductor.'),
]
