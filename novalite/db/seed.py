"""What a fresh cloud has, under DevStack's names; made once, and never made again."""

import sqlalchemy as sa

from novalite.db import flavors
from novalite.db import identity
from novalite.db import images
from novalite.db import models
from novalite.db import networks


def is_fresh(connection):
    """Whether nothing was made yet: a cloud without a single flavor is of no use."""
    return connection.execute(sa.select(models.flavors.c.id).limit(1)).first() is None


def seed(connection, conf, runtime):
    """Flavors, and what the enabled neighbours need; fine to call again."""
    flavors.seed(connection, runtime)
    enabled = conf.neighbours.enabled
    projects = {}
    if 'identity' in enabled:
        identity.seed(connection, runtime, conf.neighbours.admin_password)
        projects = {row.name: row.id for row in identity.rows(connection, identity.projects)}
    if 'images' in enabled:
        images.seed(connection, runtime, projects.get('admin', 'admin'))
    if 'networks' in enabled:
        networks.seed(connection, runtime, projects)
