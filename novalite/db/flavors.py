"""Flavors: the sizes servers come in, and who may use which."""

import functools

import sqlalchemy as sa

from novalite.db import paging
from novalite.db import seeds
from novalite.db import statements
from novalite.db.models import flavor_projects
from novalite.db.models import flavors


# One flavor

def get(connection, flavor_id, ctxt, lock=False):
    """The flavor with this id of the API; None if there is none that the caller may use."""
    return _get(ctxt.is_admin, lock).row(connection, {
        'flavor_id': flavor_id} | ({} if ctxt.is_admin else {'by': ctxt.project_id}))


@functools.cache
def _get(whosever, lock):
    usable = () if whosever else (flavors.c.is_public.is_(True) | _given_to(sa.bindparam('by')),)
    query = sa.select(flavors).where(flavors.c.flavor_id == sa.bindparam('flavor_id'), *usable)
    return statements.Prepared(query.with_for_update() if lock else query)


def _given_to(project_id):
    return flavors.c.id.in_(sa.select(flavor_projects.c.flavor).where(
        flavor_projects.c.project_id == project_id))


def taken(connection, flavor_id, name):
    """Which of the two another flavor already has: 'flavor_id', 'name' or None."""
    rows = connection.execute(
        sa.select(flavors.c.flavor_id)
        .where((flavors.c.flavor_id == flavor_id) | (flavors.c.name == name))).all()
    if not rows:
        return None
    return 'flavor_id' if any(row.flavor_id == flavor_id for row in rows) else 'name'


def create(connection, now, **columns):
    """False if another flavor has this id or name."""
    return seeds.insert(connection, flavors, **{'extra_specs': {}} | columns, created_at=now)


def update(connection, now, key, **columns):
    connection.execute(
        sa.update(flavors).where(flavors.c.id == key).values(updated_at=now, **columns))


def delete(connection, key):
    """Servers keep their copy of it."""
    connection.execute(sa.delete(flavors).where(flavors.c.id == key))


def embedded(row):
    """What a server keeps of its flavor."""
    return {
        'id': row.flavor_id, 'name': row.name, 'vcpus': row.vcpus, 'ram': row.memory_mb,
        'disk': row.root_gb, 'ephemeral': row.ephemeral_gb, 'swap': row.swap,
        'rxtx_factor': row.rxtx_factor, 'extra_specs': row.extra_specs,
    }


def number(connection, flavor_id):
    """The number of a flavor's row; None if it has been deleted."""
    return connection.scalar(sa.select(flavors.c.id).where(flavors.c.flavor_id == flavor_id))


# Lists

def listed(connection, ctxt, is_public=True, min_ram=None, min_disk=None, name=None,
           sort=(('flavor_id', 'asc'),), marker=None, limit=None):
    """One page of the flavors; ``is_public`` of None means of both kinds.

    Public ones come with the private ones of the caller's project, as in Nova.
    """
    query = sa.select(flavors)
    if is_public is not None:
        kind = flavors.c.is_public.is_(is_public)
        query = query.where(kind | _given_to(ctxt.project_id) if is_public else kind)
    if not ctxt.is_admin:
        query = query.where(flavors.c.disabled.is_(False))
    if min_ram is not None:
        query = query.where(flavors.c.memory_mb >= min_ram)
    if min_disk is not None:
        query = query.where(flavors.c.root_gb >= min_disk)
    if name is not None:
        query = query.where(flavors.c.name == name)
    rows = connection.execute(paging.ordered(query, flavors, sort))
    return paging.page(rows, marker, limit, key='flavor_id')


# Who may use a private one

def projects(connection, key):
    return connection.scalars(
        sa.select(flavor_projects.c.project_id).where(flavor_projects.c.flavor == key)
        .order_by(flavor_projects.c.project_id)).all()


def give(connection, key, project_id):
    """False if the project had it already."""
    return seeds.insert(connection, flavor_projects, flavor=key, project_id=project_id)


def take(connection, key, project_id):
    """False if the project did not have it."""
    return connection.execute(sa.delete(flavor_projects).where(
        flavor_projects.c.flavor == key, flavor_projects.c.project_id == project_id)).rowcount == 1


# A fresh cloud

#: DevStack's: id, name, MiB of memory, GiB of disk, CPUs.
SEEDS = (
    ('1', 'm1.tiny', 512, 1, 1),
    ('2', 'm1.small', 2048, 20, 1),
    ('3', 'm1.medium', 4096, 40, 2),
    ('4', 'm1.large', 8192, 80, 4),
    ('5', 'm1.xlarge', 16384, 160, 8),
    ('42', 'm1.nano', 192, 1, 1),
    ('84', 'm1.micro', 256, 1, 1),
    ('c1', 'cirros256', 256, 1, 1),
    ('d1', 'ds512M', 512, 5, 1),
    ('d2', 'ds1G', 1024, 10, 1),
    ('d3', 'ds2G', 2048, 10, 2),
    ('d4', 'ds4G', 4096, 20, 4),
)


def seed(connection, runtime):
    """Make DevStack's flavors, unless they are there."""
    for flavor_id, name, memory_mb, root_gb, vcpus in SEEDS:
        create(connection, runtime.now(), flavor_id=flavor_id, name=name, memory_mb=memory_mb,
               root_gb=root_gb, vcpus=vcpus, extra_specs={'hw_rng:allowed': 'True'})
