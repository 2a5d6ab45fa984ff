"""Options of the messages between the daemons."""

from oslo_config import cfg

GROUP = 'rpc'

OPTS = [
    cfg.ListOpt(
        'signing_keys', default=[], secret=True,
        help='The secrets that messages between the daemons are signed with, each of 32 '
             'characters or more. The first signs; every one of them is good to check with, so '
             'that keys can be changed while the cloud runs. Every daemon of a cloud needs them. '
             'Without any, whoever reaches the broker commands the hosts.'),
    cfg.BoolOpt(
        'accept_unsigned', default=False,
        help='Take messages that are not signed in spite of `signing_keys`: only while the keys '
             'are handed out to the daemons, one after the other.'),
    cfg.IntOpt(
        'signature_lifetime', default=120, min=5,
        help='Seconds from when a message was signed to when it is refused, on clocks that may '
             'differ by as much. What is refused is sent anew by the sweep.'),
]
