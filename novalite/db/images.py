"""The tables of the image neighbour, and every statement on them.

A deleted image is a row that is gone, so nothing can change one.
"""

import hashlib

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from novalite.db import models
from novalite.db import paging
from novalite.db import seeds
from novalite.db import statements

CHUNK = 1024 * 1024

images = sa.Table(
    'images', models.metadata,
    models.uuid_column('id', primary_key=True),
    sa.Column('name', sa.String(255)),
    sa.Column('status', sa.String(32), nullable=False),
    sa.Column('visibility', sa.String(16), nullable=False),
    sa.Column('owner', sa.String(64)),
    sa.Column('container_format', sa.String(32)),
    sa.Column('disk_format', sa.String(32)),
    sa.Column('size', sa.BigInteger),
    sa.Column('virtual_size', sa.BigInteger),
    sa.Column('checksum', sa.String(32)),
    sa.Column('os_hash_algo', sa.String(32)),
    sa.Column('os_hash_value', sa.String(128)),
    sa.Column('min_disk', sa.Integer, nullable=False, default=0),
    sa.Column('min_ram', sa.Integer, nullable=False, default=0),
    sa.Column('protected', sa.Boolean, nullable=False, default=False),
    sa.Column('os_hidden', sa.Boolean, nullable=False, default=False),
    sa.Column('tags', sa.JSON, nullable=False, default=[]),
    sa.Column('properties', sa.JSON, nullable=False, default={}),
    # Project id -> {status, created_at, updated_at}: with whom it is shared.
    sa.Column('members', sa.JSON, nullable=False, default={}),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('updated_at', models.Time, nullable=False),
    # A snapshot's: of which server, how far it has got, what went wrong.
    sa.Column('server', sa.String(36)),
    sa.Column('progress', sa.Integer, nullable=False, default=0),
    sa.Column('fault', sa.JSON(none_as_null=True)),
    sa.Index(None, 'owner'),
    sa.Index(None, 'visibility'),
    sa.Index(None, 'server'),
)

image_chunks = sa.Table(
    'image_chunks', models.metadata,
    sa.Column('image', sa.String(36), sa.ForeignKey('images.id', ondelete='CASCADE'),
              primary_key=True),
    sa.Column('number', sa.Integer, primary_key=True, autoincrement=False),
    # MySQL's BLOB ends at 64 KiB.
    sa.Column('data', sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), 'mysql', 'mariadb'),
              nullable=False),
)


# One image

def get(connection, image_id, lock=False):
    """The image or None; with ``lock``, nobody else changes it until the transaction ends."""
    return statements.select(images, 'id', lock=lock).row(connection, {'id': image_id})


def create(connection, runtime, *, owner, name, image_id=None, status='queued',
           visibility='private', **columns):
    """A new image's id, or None if ``image_id`` is already taken."""
    columns = {name: value for name, value in columns.items() if value is not None}
    now = runtime.now()
    image_id = image_id or runtime.uuid()
    made = seeds.insert(
        connection, images, id=image_id, owner=owner, name=name, status=status,
        visibility=visibility, created_at=now, updated_at=now, **columns)
    return image_id if made else None


def update(connection, runtime, image_id, **columns):
    """Change an image; False if it has been deleted meanwhile."""
    statement = images.update().where(images.c.id == image_id)
    return connection.execute(
        statement.values(updated_at=runtime.now(), **columns)).rowcount == 1


def move(connection, runtime, image_id, before, after):
    """Change the status, if it is still ``before``."""
    statement = images.update().where(images.c.id == image_id, images.c.status == before)
    return connection.execute(
        statement.values(updated_at=runtime.now(), status=after)).rowcount == 1


def delete(connection, image_id):
    """Delete an image with its data; False if it is protected or gone."""
    statement = images.delete().where(images.c.id == image_id, ~images.c.protected)
    return connection.execute(statement).rowcount == 1


def backups(connection, server, backup_type):
    """The active backups of one type of a server, newest first."""
    rows = connection.execute(
        images.select().where(images.c.server == server, images.c.status == 'active')
        .order_by(images.c.created_at.desc(), images.c.id))
    return [row for row in rows if row.properties.get('image_type') == 'backup'
            and row.properties.get('backup_type') == backup_type]


# Data

def store(connection, runtime, image_id, chunks, before='queued'):
    """Give an image its data, which makes it active; False if its status is not ``before``.

    ``chunks`` are bytes of at most ``CHUNK``; MySQL takes no row of 16 MiB.
    """
    if not move(connection, runtime, image_id, before, 'active'):
        return False
    size, md5, sha512 = 0, hashlib.md5(usedforsecurity=False), hashlib.sha512()
    for number, data in enumerate(chunks):
        connection.execute(image_chunks.insert().values(image=image_id, number=number, data=data))
        size += len(data)
        md5.update(data)
        sha512.update(data)
    return update(
        connection, runtime, image_id, size=size, checksum=md5.hexdigest(), progress=100,
        os_hash_algo='sha512', os_hash_value=sha512.hexdigest())


def chunk(connection, image_id, number):
    """One piece of an image's data, or None after the last."""
    return connection.scalar(sa.select(image_chunks.c.data).where(
        image_chunks.c.image == image_id, image_chunks.c.number == number))


# Who sees which

def visible(row, ctxt):
    """Whether the caller may see the image and boot from it."""
    return ('admin' in ctxt.roles or row.visibility in ('public', 'community')
            or _owned(row, ctxt) or _membership(row, ctxt) is not None)


def _owned(row, ctxt):
    return row.owner is not None and row.owner == ctxt.project_id


def _membership(row, ctxt):
    return row.members.get(ctxt.project_id) if row.visibility == 'shared' else None


def _shown(row, ctxt, visibility, member_status):
    """Whether a list names the image: what others offer must be asked for, or accepted."""
    if visibility not in (None, 'all', row.visibility) or not visible(row, ctxt):
        return False
    if 'admin' in ctxt.roles or _owned(row, ctxt) or row.visibility == 'public':
        return True
    if row.visibility == 'community':
        return visibility is not None
    return member_status in ('all', _membership(row, ctxt)['status'])


def listed(connection, ctxt, filters=None, properties=None, tags=(), visibility=None,
           member_status='accepted', sort=(('created_at', 'desc'),), marker=None, limit=None):
    """The images the caller may see and asked for.

    ``filters`` maps a column to its value, to a list of values, or to a pair of
    a comparison (``eq neq gt gte lt lte``) and a value; ``size_min`` and
    ``size_max`` are known too. ``properties`` are matched by equality.
    """
    wanted = (properties or {}).items()
    statement = images.select().where(*_conditions(filters or {}))
    if 'admin' not in ctxt.roles:
        statement = statement.where(
            (images.c.owner == ctxt.project_id) | (images.c.visibility != 'private'))
    rows = connection.execute(paging.ordered(statement, images, sort))
    # JSON columns are compared here: no two databases agree on how to do it there.
    return paging.page(
        (row for row in rows
         if _shown(row, ctxt, visibility, member_status)
         and all(row.properties.get(name) == value for name, value in wanted)
         and set(tags) <= set(row.tags)),
        marker, limit)


COMPARISONS = {
    'eq': lambda column, value: column == value,
    'neq': lambda column, value: column != value,
    'gt': lambda column, value: column > value,
    'gte': lambda column, value: column >= value,
    'lt': lambda column, value: column < value,
    'lte': lambda column, value: column <= value,
}


def _conditions(filters):
    for name, value in filters.items():
        if name in ('size_min', 'size_max'):
            yield COMPARISONS['gte' if name == 'size_min' else 'lte'](images.c.size, value)
        elif isinstance(value, list):
            yield images.c[name].in_(value)
        elif isinstance(value, tuple):
            yield COMPARISONS[value[0]](images.c[name], value[1])
        else:
            yield images.c[name] == value


# A fresh cloud

CIRROS = 'cirros-0.6.2-x86_64'

#: Name, disk format, container format, first bytes, virtual size, properties.
SEEDS = (
    (f'{CIRROS}-disk', 'qcow2', 'bare', b'QFI\xfb\x00\x00\x00\x03', 117440512,
     {'hw_rng_model': 'virtio'}),
    (f'{CIRROS}-uec-kernel', 'aki', 'aki', b'MZ', None, {}),
    (f'{CIRROS}-uec-ramdisk', 'ari', 'ari', b'\x1f\x8b', None, {}),
    (f'{CIRROS}-uec', 'ami', 'ami', b'', None,
     {'kernel_id': f'{CIRROS}-uec-kernel', 'ramdisk_id': f'{CIRROS}-uec-ramdisk'}),
)


def seed(connection, runtime, owner):
    """Make DevStack's images, each with a few bytes of data, unless they are there."""
    for name, disk_format, container_format, magic, virtual_size, properties in SEEDS:
        properties = {key: _seeded(value) or value for key, value in properties.items()}
        image_id = create(
            connection, runtime, image_id=_seeded(name), owner=owner, name=name,
            visibility='public', disk_format=disk_format, container_format=container_format,
            virtual_size=virtual_size, properties=properties)
        if image_id is not None:
            store(connection, runtime, image_id, [magic + name.encode() * 512])


def _seeded(name):
    return seeds.stable_id('image', name) if name.startswith(CIRROS) else None
