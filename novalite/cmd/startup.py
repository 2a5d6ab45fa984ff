"""How every command starts: its configuration, its log, and waiting for what it needs."""

from oslo_config import cfg
from oslo_log import log as logging

from novalite import __version__
from novalite import conf as options
from novalite import errors
from novalite.bus import broker
from novalite.cmd import exposure
from novalite.db import engine
from novalite.db import outages
from novalite.db import schema

LOG = logging.getLogger(__name__)

#: Libraries that tell more than a reader of our log wants to know.
_QUIET = ['amqp=WARN', 'oslo_messaging=INFO', 'oslo.messaging=INFO', 'sqlalchemy=WARN',
          'stevedore=WARN', 'urllib3=WARN', 'waitress=INFO', 'keystonemiddleware=WARN',
          'alembic=WARN', 'oslo_policy=WARN', 'dogpile=WARN']


def configured(arguments, program, cli_options=(), files=None, prints=False):
    """``cfg.CONF`` from the configuration files and the command line; the log goes its way.

    That of a command that ``prints`` what it was asked does not go there, but to stderr.
    """
    conf = cfg.CONF
    logging.register_options(conf)
    options.register_opts(conf)
    conf.register_cli_opts(cli_options)
    conf.set_default('use_stderr', prints)
    logging.set_defaults(default_log_levels=_QUIET)
    try:
        conf(arguments, project='novalite', prog=program, version=__version__,
             default_config_files=files)
    except cfg.Error as exc:
        raise errors.CannotStart(str(exc)) from exc
    logging.setup(conf, 'novalite')
    exposure.warn_of_files(conf)
    return conf


def database(conf):
    """The database; raises CannotStart for a URL that is none."""
    if not conf.database.connection:
        raise errors.CannotStart('There is no [database] connection in the configuration.')
    try:
        return engine.Database(conf)
    except Exception as exc:
        # SQLAlchemy's word for a dialect or driver that is not there, or no URL at all.
        raise errors.CannotStart(f'[database] connection cannot be used: {exc}') from exc


def await_database(conf, db, runtime):
    """Wait until the database answers and has the newest schema."""
    def missing():
        try:
            found = schema.revision(db)
        except errors.Unavailable as exc:
            return f'the database at {_shown(db)} to answer ({outages.reason(exc)})'
        if found != schema.HEAD and schema.is_newer(found):
            LOG.warning('The database schema is at %s, which is newer than this version knows: it '
                        'goes on with it until it is upgraded too', found)
            return None
        if found != schema.HEAD:
            return (f'the database schema (it is at {found}, {schema.HEAD} is needed): run '
                    f'novalite-manage db sync')
        return None
    _await(conf, runtime, missing)


def await_broker(conf, runtime):
    """Wait until the broker takes connections."""
    exposure.warn_of_bus(conf)

    def missing():
        refusal = broker.refusal(conf)
        return refusal and f'the broker: {refusal}'
    _await(conf, runtime, missing)


def _await(conf, runtime, missing):
    end = runtime.monotonic() + conf.startup_timeout
    told = None
    while what := missing():
        if runtime.monotonic() >= end:
            raise errors.CannotStart(f'Waited {conf.startup_timeout} s in vain for {what}.')
        if what != told:
            LOG.warning('Waiting for %s', what)
            told = what
        runtime.sleep(0.5)


def _shown(db):
    return db.engine.url.render_as_string(hide_password=True)
