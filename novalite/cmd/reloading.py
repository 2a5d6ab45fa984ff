"""SIGHUP: the configuration is read again, and what may change while a daemon runs changes.

That is what is marked as mutable, the levels of the log, and what the service
itself reads, such as the file of fault rules. A file that is broken changes nothing.
"""

import logging as python_logging

from oslo_config import cfg
from oslo_log import log as logging

from novalite import conf as options
from novalite import errors

LOG = logging.getLogger(__name__)


def reload(conf, service):
    """Never fails: what is wrong is in the log, and then all stays as it was."""
    try:
        fresh = _read(conf)
    except (cfg.Error, OSError, ValueError) as exc:
        LOG.error('The configuration stays as it was, for this is wrong: %s', exc)
        return
    conf.mutate_config_files()
    _set_levels(fresh)
    if hasattr(service, 'reload'):
        try:
            service.reload()
        except errors.CannotStart as exc:
            LOG.error('What it says stays as it was: %s', exc)
            return
    LOG.info('The configuration was read again')


def _read(conf):
    """What the files say now, with every value looked at: a wrong one would be met later."""
    fresh = cfg.ConfigOpts()
    logging.register_options(fresh)
    options.register_opts(fresh)
    fresh([], project='novalite', default_config_files=conf.config_file,
          default_config_dirs=conf.config_dir)
    for module in options.GROUPS:
        group = fresh if module is options.default else fresh[module.GROUP]
        for option in module.OPTS:
            getattr(group, option.dest)
    return fresh


def _set_levels(fresh):
    """``debug`` is oslo.log's to change; the levels of single loggers are not."""
    for pair in fresh.default_log_levels:
        name, _, level = pair.partition('=')
        python_logging.getLogger(name).setLevel(level)
