"""Whether anything is recovered at all."""

from oslo_config import cfg

GROUP = 'recovery'

OPTS = [
    cfg.StrOpt(
        'semantics', default='durable', choices=[
            ('durable', 'what was accepted is driven to its end'),
            ('nova', 'what a death or a lost message has interrupted stays as Nova leaves it')],
        help='What becomes of an action when a message or a daemon is lost. The same for every '
             'daemon of a cloud. With nova it is lost as in Nova, for those who write clients that '
             'have to live with that: doc/recovery.md compares the two.'),
]
