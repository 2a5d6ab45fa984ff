"""The schema: brought to the newest form with alembic, one revision at a time."""

import pathlib

import sqlalchemy as sa

# Every module that has tables, so that the metadata knows them all.
from novalite.db import consoles    # noqa: F401
from novalite.db import floating    # noqa: F401
from novalite.db import identity    # noqa: F401
from novalite.db import images      # noqa: F401
from novalite.db import networks    # noqa: F401
from novalite.db import quotas      # noqa: F401
from novalite.db import server_groups   # noqa: F401
from novalite.db import server_tags     # noqa: F401
from novalite.db import network_quotas  # noqa: F401
from novalite.db import shares      # noqa: F401
from novalite.db import trunks      # noqa: F401
from novalite.db import usage_audits    # noqa: F401
from novalite.db import volumes     # noqa: F401

MIGRATIONS = pathlib.Path(__file__).parent / 'migrations'

#: The newest revision; a test compares it with alembic's.
HEAD = 'free_memory'


def revision(db):
    """The revision the database is at; None for one that is empty."""
    with db.read() as connection:
        if not sa.inspect(connection).has_table('alembic_version'):
            return None
        return connection.exec_driver_sql('SELECT version_num FROM alembic_version').scalar()


def is_newer(found):
    """Whether a later version has made this revision: it has all that ours needs, and more.

    A migration only adds to what daemons of the version before use, so they go on with it.
    """
    from alembic import script
    known = script.ScriptDirectory.from_config(_settings()).walk_revisions()
    return found is not None and found not in {one.revision for one in known}


def sync(db):
    """Bring the database to the newest revision; True if there was anything to do."""
    found = revision(db)
    if found == HEAD or is_newer(found):
        return False
    from alembic import command
    settings = _settings()
    with db.write() as connection:
        settings.attributes['connection'] = connection
        command.upgrade(settings, 'head')
    return True


def _settings():
    # Only now, as all of alembic: it takes half a second to import.
    from alembic import config
    settings = config.Config()
    settings.set_main_option('script_location', str(MIGRATIONS))
    return settings
