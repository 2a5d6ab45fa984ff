"""Options of an upgrade that goes on: which messages the older daemons know."""

from oslo_config import cfg

GROUP = 'upgrade_levels'

OPTS = [
    cfg.StrOpt(
        'compute', regex=r'^1\.[0-9]+$',
        help='The newest version of messages that every compute worker knows, as in 1.0: while '
             'some are older than the conductors, nothing newer is sent to any of them. When it '
             'is not set, they are as new as the conductors.'),
]
