"""Options of what other programs are told; how it is sent is [oslo_messaging_notifications]."""

from oslo_config import cfg

GROUP = 'notifications'

OPTS = [
    cfg.StrOpt(
        'notification_format', default='versioned', choices=['versioned'],
        help='The form of what is told. Only versioned notifications are made.'),
    cfg.ListOpt(
        'versioned_notifications_topics', default=['versioned_notifications'],
        help='The topics that every notification goes to; each program that listens may want one '
             'of its own.'),
    cfg.StrOpt(
        'notify_on_state_change', choices=['vm_state', 'vm_and_task_state'],
        help='Tell `instance.update` when the vm_state of a server changes, or its task_state too. '
             'When it is not set, nobody is told.'),
    cfg.BoolOpt(
        'bdms_in_notifications', default=False,
        help='Whether what is told of a server says which volumes it has. Of a create and its '
             'volumes it is always said.'),
    cfg.StrOpt(
        'default_level', default='INFO', choices=['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'],
        help='The priority of everything that is no error; errors have ERROR.'),
]
