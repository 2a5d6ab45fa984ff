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
from novalite.db import volumes     # noqa: F401

MIGRATIONS = pathlib.Path(__file__).parent / 'migrations'

#: The newest revision; a test compares it with alembic's.
HEAD = 'server_tags'


def revision(db):
    """The revision the database is at; None for one that is empty."""
    with db.read() as connection:
        if not sa.inspect(connection).has_table('alembic_version'):
            return None
        return connection.exec_driver_sql('SELECT version_num FROM alembic_version').scalar()


def sync(db):
    """Bring the database to the newest revision; True if there was anything to do."""
    if revision(db) == HEAD:
        return False
    # Only now: alembic takes half a second to import.
    from alembic import command
    from alembic import config
    settings = config.Config()
    settings.set_main_option('script_location', str(MIGRATIONS))
    with db.write() as connection:
        settings.attributes['connection'] = connection
        command.upgrade(settings, 'head')
    return True
