"""Alembic's way in: it is given a connection that is in a transaction."""

from alembic import context

from novalite.db import schema      # noqa: F401
from novalite.db.models import metadata

context.configure(connection=context.config.attributes['connection'], target_metadata=metadata,
                  compare_type=True)
context.run_migrations()
