"""Options of the consoles of servers: where their pages are, and how long a token is good for."""

import types

from oslo_config import cfg

#: What the pages of a kind are called: group, option, default.
_PAGES = (
    ('vnc', 'novncproxy_base_url', 'http://127.0.0.1:6080/vnc_auto.html'),
    ('spice', 'html5proxy_base_url', 'http://127.0.0.1:6082/spice_auto.html'),
    ('spice', 'spice_direct_proxy_base_url', 'http://127.0.0.1:13002/nova'),
    ('rdp', 'html5_proxy_base_url', 'http://127.0.0.1:6083/'),
    ('serial_console', 'base_url', 'ws://127.0.0.1:6083/'),
    ('mks', 'mksproxy_base_url', 'http://127.0.0.1:6090/'),
)


def _group(name, *opts):
    return types.SimpleNamespace(GROUP=name, OPTS=list(opts))


GROUPS = (
    _group(
        'consoleauth',
        cfg.IntOpt('token_ttl', default=600, min=0,
                   help='Seconds that the token in the address of a console is good for.'),
        cfg.ListOpt('types', default=['novnc', 'spice-html5', 'spice-direct', 'serial', 'webmks'],
                    help='The types of console there are; others are refused. Nova has known '
                         'rdp-html5 too.')),
    *(_group(group, *(
        cfg.URIOpt(option, default=default,
                   help='The address of the page or proxy that shows such a console; the token '
                        'is added to it. novalite has no proxies of its own.')
        for wanted, option, default in _PAGES if wanted == group))
        for group in dict.fromkeys(group for group, _, _ in _PAGES)),
)
