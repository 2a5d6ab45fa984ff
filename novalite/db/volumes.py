"""The tables of the volume neighbour, and every statement on them.

A volume's status follows from its attachments: only ``detaching``, ``error`` and
what is being made are said of it directly. What is deleted is a row that is gone.
"""

import sqlalchemy as sa

from novalite import errors
from novalite.db import images
from novalite.db import models
from novalite.db import paging
from novalite.db import seeds


def _described():
    """The columns that volumes and snapshots have alike."""
    return (
        models.uuid_column('id', primary_key=True),
        models.project_column(index=True),
        sa.Column('user_id', sa.String(64)),
        sa.Column('name', sa.String(255)),
        sa.Column('description', sa.String(255)),
        sa.Column('status', sa.String(32), nullable=False),
        sa.Column('size', sa.Integer, nullable=False),      # GiB
        sa.Column('metadata', sa.JSON, nullable=False, default={}),
        sa.Column('created_at', models.Time, nullable=False),
        sa.Column('updated_at', models.Time, nullable=False),
    )


volumes = sa.Table(
    'volumes', models.metadata, *_described(),
    sa.Column('availability_zone', sa.String(255), nullable=False),
    sa.Column('volume_type', sa.String(255), nullable=False),
    sa.Column('bootable', sa.Boolean, nullable=False, default=False),
    sa.Column('multiattach', sa.Boolean, nullable=False, default=False),
    sa.Column('readonly', sa.Boolean, nullable=False, default=False),
    # What it was made of, and what is known of that image.
    sa.Column('snapshot_id', sa.String(36)),
    sa.Column('source_volid', sa.String(36)),
    sa.Column('image_metadata', models.Json),
)

snapshots = sa.Table(
    'volume_snapshots', models.metadata, *_described(),
    sa.Column('volume_id', sa.String(36), sa.ForeignKey('volumes.id'), nullable=False,
              index=True),
)

attachments = sa.Table(
    'volume_attachments', models.metadata,
    models.uuid_column('id', primary_key=True),
    sa.Column('volume_id', sa.String(36), sa.ForeignKey('volumes.id'), nullable=False,
              index=True),
    models.project_column(index=True),
    sa.Column('server', sa.String(36), nullable=False, index=True),
    sa.Column('status', sa.String(32), nullable=False),     # reserved, attaching, attached
    sa.Column('mode', sa.String(2), nullable=False, default='rw'),
    sa.Column('device', sa.String(255)),
    sa.Column('host', sa.String(255)),
    sa.Column('connector', models.Json),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('attached_at', models.Time),
)

quotas = sa.Table(
    'volume_quotas', models.metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    models.project_column(),
    sa.Column('resource', sa.String(64), nullable=False),
    sa.Column('limit', sa.Integer, nullable=False),
    sa.UniqueConstraint('project_id', 'resource'),
)

#: The one type there is, as DevStack calls it.
TYPE = 'lvmdriver-1'
TYPE_ID = seeds.stable_id('volume type', TYPE)

#: Cinder's limits of a project that nobody has set any for; -1 is none.
LIMITS = {'volumes': 10, 'snapshots': 10, 'gigabytes': 1000, 'per_volume_gigabytes': -1,
          'backups': 10, 'backup_gigabytes': 1000, 'groups': 10}


# Any table

def find(connection, table, row_id, ctxt=None, lock=False):
    """The row or None: of ``ctxt`` only what the caller may see.

    With ``lock``, nobody else changes it until the transaction ends.
    """
    statement = table.select().where(table.c.id == row_id, _reach(table, ctxt))
    return connection.execute(statement.with_for_update() if lock else statement).first()


def _reach(table, ctxt):
    if ctxt is None or 'admin' in ctxt.roles:
        return sa.true()
    return table.c.project_id == ctxt.project_id


def listed(connection, table, conditions=(), sort=(('created_at', 'desc'),), marker=None,
           limit=None, metadata=None):
    """A page of the rows that fulfil the conditions and have this metadata."""
    rows = connection.execute(paging.ordered(table.select().where(*conditions), table, sort))
    wanted = (metadata or {}).items()
    return paging.page(
        (row for row in rows if not wanted or wanted <= row.metadata.items()), marker, limit)


def insert(connection, runtime, table, **columns):
    """A new row's id."""
    now = runtime.now()
    columns = {'id': runtime.uuid(), 'created_at': now, 'updated_at': now} | columns
    connection.execute(table.insert().values(**columns))
    return columns['id']


def change(connection, runtime, table, row_id, **columns):
    connection.execute(table.update().where(table.c.id == row_id).values(
        updated_at=runtime.now(), **columns))


def remove(connection, table, row_id):
    connection.execute(table.delete().where(table.c.id == row_id))


# Volumes

def create(connection, runtime, *, project_id, size, **columns):
    """A new volume's id: there is nothing to wait for, so it is available at once."""
    return insert(
        connection, runtime, volumes, project_id=project_id, size=size, status='available',
        **{'availability_zone': 'nova', 'volume_type': TYPE, 'name': '', **columns})


def made_of(connection, source, source_id):
    """The columns that a volume has of what it is made of: an image, a snapshot or a volume."""
    if source == 'image':
        image = images.get(connection, source_id)
        return {'bootable': True, 'image_metadata': image and image_metadata(image)}
    if source == 'snapshot':
        snapshot = find(connection, snapshots, source_id)
        if snapshot is None:
            raise errors.SnapshotNotFound(id=source_id)
        return made_of(connection, 'volume', snapshot.volume_id) | {
            'source_volid': None, 'snapshot_id': source_id}
    if source == 'volume':
        row = get(connection, source_id)
        return {'bootable': row.bootable, 'image_metadata': row.image_metadata,
                'source_volid': source_id}
    return {}


def image_metadata(image):
    """What a volume made of an image remembers of it; Cinder keeps it all as text."""
    kept = ('checksum', 'container_format', 'disk_format', 'min_disk', 'min_ram', 'size')
    return image.properties | {name: str(getattr(image, name)) for name in kept} | {
        'image_id': image.id, 'image_name': image.name}


def get(connection, volume_id, lock=False):
    """The volume; raises VolumeNotFound."""
    row = find(connection, volumes, volume_id, lock=lock)
    if row is None:
        raise errors.VolumeNotFound(id=volume_id)
    return row


def delete(connection, volume_id):
    """Delete a volume with its attachments; raises Invalid if it has snapshots."""
    if _has_snapshots(connection, volume_id):
        raise errors.Invalid(
            'Invalid volume: Volume status must be available or error or error_restoring or '
            'error_extending or error_managing and must not be migrating, attached, belong to '
            'a group, have snapshots, awaiting a transfer, or be disassociated from snapshots '
            'after volume transfer.')
    connection.execute(attachments.delete().where(attachments.c.volume_id == volume_id))
    remove(connection, volumes, volume_id)


def delete_unused(connection, volume_id):
    """Delete a volume, unless somebody needs it; fine if it is gone."""
    if not attachments_of(connection, [volume_id])[volume_id] \
            and not _has_snapshots(connection, volume_id):
        remove(connection, volumes, volume_id)


def _has_snapshots(connection, volume_id):
    return connection.execute(snapshots.select().where(
        snapshots.c.volume_id == volume_id).limit(1)).first() is not None


def usage(connection, project_id):
    """What a project has: {'volumes', 'snapshots', 'gigabytes'}."""
    counts = {}
    for table, name in ((volumes, 'volumes'), (snapshots, 'snapshots')):
        row = connection.execute(sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.size), 0)).where(
                table.c.project_id == project_id)).one()
        counts[name], counts['gigabytes'] = row[0], counts.get('gigabytes', 0) + int(row[1])
    return counts


# Attachments

def attachments_of(connection, volume_ids):
    """Volume id -> its attachments, for many volumes at once."""
    found = {volume_id: [] for volume_id in volume_ids}
    statement = attachments.select().where(attachments.c.volume_id.in_(volume_ids)).order_by(
        attachments.c.created_at, attachments.c.id)
    for row in connection.execute(statement):
        found[row.volume_id].append(row)
    return found


def attached_to(connection, server):
    """Every attachment of a server."""
    return connection.execute(attachments.select().where(
        attachments.c.server == server).order_by(attachments.c.id)).all()


def reserve(connection, runtime, volume_id, server, status='reserved', again=False, **columns):
    """Set a volume aside for a server; the attachment's id. Raises Invalid if others have it.

    With ``again`` a server that has it may have it twice, while it moves to another host.
    """
    volume = get(connection, volume_id, lock=True)
    free = ('available', 'in-use', 'reserved') if volume.multiattach else ('available',)
    has_it = again and server and volume.status == 'in-use' and server in {
        row.server for row in attachments_of(connection, [volume_id])[volume_id]}
    if volume.status not in free and not has_it:
        raise errors.VolumeNotAvailable(
            id=volume_id, wanted=' or '.join((*free[:2], 'downloading')), status=volume.status)
    mine = runtime.uuid()
    connection.execute(attachments.insert().values(
        id=mine, volume_id=volume_id, project_id=volume.project_id, server=server,
        status=status, created_at=runtime.now(), **columns))
    settle(connection, runtime, volume_id)
    return mine


def attach(connection, runtime, attachment_id, host, device):
    """The attachment is made; raises VolumeAttachmentNotFound."""
    edit_attachment(connection, runtime, attachment_id, status='attached', host=host,
                    device=device, attached_at=runtime.now())


def edit_attachment(connection, runtime, attachment_id, **columns):
    """Change an attachment, and with it the volume; raises VolumeAttachmentNotFound."""
    row = find(connection, attachments, attachment_id)
    if row is None:
        raise errors.VolumeAttachmentNotFound(id=attachment_id)
    connection.execute(attachments.update().where(
        attachments.c.id == attachment_id).values(**columns))
    settle(connection, runtime, row.volume_id)


def detach(connection, runtime, attachment_id):
    """The attachment is no more; fine if it never was."""
    row = find(connection, attachments, attachment_id)
    if row is not None:
        remove(connection, attachments, attachment_id)
        settle(connection, runtime, row.volume_id)


def begin_detaching(connection, runtime, volume_id):
    """A volume that is in use is about to be free; raises Invalid if it is not in use."""
    if not _move(connection, runtime, volume_id, 'in-use', 'detaching'):
        status = get(connection, volume_id).status
        raise errors.Invalid(f'Invalid volume: Volume {volume_id} status must be in-use, but '
                             f'current status is: {status}.')


def rebind(connection, server, host):
    """A server's volumes are on another host now."""
    connection.execute(attachments.update().where(
        attachments.c.server == server, attachments.c.status == 'attached').values(host=host))


def settle(connection, runtime, volume_id):
    """Give the volume the status that its attachments make."""
    states = {row.status for row in attachments_of(connection, [volume_id])[volume_id]}
    status = next((shown for state, shown in (
        ('attached', 'in-use'), ('attaching', 'attaching'), ('reserved', 'reserved'))
        if state in states), 'available')
    change(connection, runtime, volumes, volume_id, status=status)


def _move(connection, runtime, volume_id, before, after):
    return connection.execute(volumes.update().where(
        volumes.c.id == volume_id, volumes.c.status == before).values(
            status=after, updated_at=runtime.now())).rowcount == 1


# Quotas

def limits(connection, project_id):
    """The limits of a project; -1 is none."""
    rows = connection.execute(quotas.select().where(quotas.c.project_id == project_id))
    return LIMITS | {row.resource: row.limit for row in rows}


def set_limit(connection, project_id, resource, limit):
    mine = {'project_id': project_id, 'resource': resource}
    if not seeds.insert(connection, quotas, **mine, limit=limit):
        connection.execute(quotas.update().filter_by(**mine).values(limit=limit))


def reset(connection, project_id):
    """Back to the defaults."""
    connection.execute(quotas.delete().where(quotas.c.project_id == project_id))


def refuse_excess(connection, project_id, sizes, resource='volumes'):
    """Raise OverQuota if the project may not have things of these sizes beside what it has.

    The project's quotas are to be held, if this is to be true at the commit.
    """
    if not sizes:
        return
    most, used = limits(connection, project_id), usage(connection, project_id)
    if 0 <= most['per_volume_gigabytes'] < max(sizes):
        raise errors.OverQuota(
            f'VolumeSizeExceedsLimit: Requested volume size {max(sizes)}G is larger than maximum '
            f"allowed limit {most['per_volume_gigabytes']}G.")
    if 0 <= most[resource] < used[resource] + len(sizes):
        name = {'volumes': 'Volume', 'snapshots': 'Snapshot'}[resource]
        raise errors.OverQuota(
            f'{name}LimitExceeded: Maximum number of {resource} allowed ({most[resource]}) '
            f"exceeded for quota '{resource}'.")
    if 0 <= most['gigabytes'] < used['gigabytes'] + sum(sizes):
        raise errors.OverQuota(
            f'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed '
            f"gigabytes quota. Requested {sum(sizes)}G, quota is {most['gigabytes']}G and "
            f"{used['gigabytes']}G has been consumed.")
