"""The migrations make just what the tables of the code say."""

from alembic import autogenerate
from alembic import config
from alembic import migration
from alembic import script
import pytest

from novalite.db import engine
from novalite.db import models
from novalite.db import schema
from novalite.testing.cloud import Cloud


@pytest.fixture
def db(tmp_path):
    db = engine.Database(Cloud(state_dir=tmp_path).conf)
    yield db
    db.close()


def test_an_empty_database_becomes_what_the_code_needs(db):
    assert schema.revision(db) is None
    assert schema.sync(db)
    assert schema.revision(db) == schema.HEAD
    assert not schema.sync(db)
    with db.read() as connection:
        context = migration.MigrationContext.configure(connection)
        assert autogenerate.compare_metadata(context, models.metadata) == []


def test_the_newest_revision_is_the_one_the_code_names():
    settings = config.Config()
    settings.set_main_option('script_location', str(schema.MIGRATIONS))
    assert script.ScriptDirectory.from_config(settings).get_heads() == [schema.HEAD]
