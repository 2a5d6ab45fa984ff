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
    cfg.IntOpt(
        'graceful_shutdown_timeout', default=60, min=0, mutable=True,
        help='Seconds that a daemon which was told to end gives to what it has in hand: requests, '
             'steps of actions. What has not ended by then is handed back, and others do it.'),
    cfg.IntOpt(
        'reclaim_instance_interval', default=0, mutable=True, min=0,
        help='Seconds that a deleted server can still be restored. 0: a delete is final.'),
    cfg.IntOpt(
        'shelved_offload_time', default=0, mutable=True, min=-1,
        help='Seconds after which a shelved server leaves its host. 0: at once; -1: never.'),
    cfg.IntOpt(
        'resize_confirm_window', default=0, mutable=True, min=0,
        help='Seconds after which a resize that waits for it is confirmed. 0: never.'),
    cfg.IntOpt(
        'rescue_timeout', default=0, mutable=True, min=0,
        help='Seconds after which a rescued server is unrescued. 0: never.'),
    cfg.BoolOpt(
        'instance_usage_audit', default=False,
        help='Tell `instance.exists` of every server when a period of usage is over, and write '
             'down for which hosts that was done.'),
    cfg.StrOpt(
        'instance_usage_audit_period', default='month',
        regex=r'^(hour(@[0-5]?\d)?|day(@([01]?\d|2[0-3]))?|month(@(0?[1-9]|[12]\d|3[01]))?'
              r'|year(@(0?[1-9]|1[0-2]))?)$',
        help='The periods of usage: hour, day, month or year. With an offset they begin at another '
             'minute, hour, day or month than the first.'),
    cfg.StrOpt(
        'region', default='RegionOne',
        help='The region that the identity neighbour puts in its catalogue.'),
    cfg.IntOpt(
        'sync_power_state_interval', default=600, min=-1,
        help='Seconds between two looks of a compute worker at the power states of its guests. A '
             'guest that was stopped or started behind our back is then stopped for good, as a '
             'server action that shows in its list of events. -1 and 0 turn it off.'),
    cfg.StrOpt(
        'running_deleted_instance_action', default='reap', choices=['reap', 'log', 'noop'],
        help='What a compute worker does with a guest that nobody will ever want, because its '
             'server is deleted, or is on another host now: destroy it, say so in the log, or '
             'not even look.'),
    cfg.IntOpt(
        'running_deleted_instance_poll_interval', default=1800, min=-1,
        help='Seconds between two looks of a compute worker for such guests; it also looks when '
             'it starts. -1 and 0 turn it off.'),
]
