"""Keypairs: the public halves that users have left here."""

import sqlalchemy as sa

from novalite.db import paging
from novalite.db import seeds
from novalite.db.models import keypairs


def get(connection, user_id, name):
    """The user's keypair of this name, or None."""
    return connection.execute(
        sa.select(keypairs).where(keypairs.c.user_id == user_id, keypairs.c.name == name)
    ).one_or_none()


def listed(connection, user_id, marker=None, limit=None):
    """A user's keypairs by name, those after the one called ``marker``."""
    query = sa.select(keypairs).where(keypairs.c.user_id == user_id)
    rows = connection.execute(paging.ordered(query, keypairs, [('name', 'asc')]))
    return paging.page(rows, marker, limit, key='name')


def count(connection, user_id):
    return connection.scalar(
        sa.select(sa.func.count()).select_from(keypairs).where(keypairs.c.user_id == user_id))


def create(connection, **columns):
    """False if the user has one of this name."""
    return seeds.insert(connection, keypairs, **columns)


def delete(connection, user_id, name):
    """False if there was none."""
    return connection.execute(sa.delete(keypairs).where(
        keypairs.c.user_id == user_id, keypairs.c.name == name)).rowcount == 1
