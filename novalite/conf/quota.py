"""What a project may have unless it was told otherwise; -1 is no limit."""

from oslo_config import cfg

GROUP = 'quota'


def _limit(name, default, what):
    return cfg.IntOpt(name, default=default, min=-1, mutable=True, help=f'{what}; -1 for no limit.')


OPTS = [
    _limit('instances', 10, 'The most servers of a project'),
    _limit('cores', 20, 'The most virtual CPUs of the servers of a project'),
    _limit('ram', 50 * 1024, 'The most memory in MiB of the servers of a project'),
    _limit('metadata_items', 128, 'The most metadata items of one server'),
    _limit('key_pairs', 100, 'The most keypairs of a user'),
    _limit('server_groups', 10, 'The most server groups of a project'),
    _limit('server_group_members', 10, 'The most servers in a server group'),
    _limit('injected_files', 5, 'The most files given with one request'),
    _limit('injected_file_content_bytes', 10 * 1024, 'The most bytes of a file given with a '
           'request'),
    _limit('injected_file_path_length', 255, 'The most characters of such a file\'s path'),
]
