"""Create an image of a server: the guest's disk becomes an image that others boot from."""

from novalite.servers import devices


def begin(task):
    task.tools.images.change(task.params['image_id'], status='saving', progress=50)


def fail(task):
    """The image stays, in ERROR, with what went wrong: in Nova it would just vanish."""
    task.tools.images.change(task.params['image_id'], status='killed', progress=0,
                             fault=task.tools.fault)


def snapshot_volumes(task):
    """Of a server that boots from a volume the image has no data, but snapshots of its volumes.

    A real Cinder has made them for the request: then the image tells of them already.
    """
    image_id = task.params['image_id']
    if task.params.get('mapped'):
        return task.tools.images.change(image_id, status='active', progress=100, size=0)
    image = task.tools.images.get(image_id)
    if image is None:
        return None     # its owner has deleted it
    mapping = task.tools.volumes.snapshots(task.server, f'snapshot for {image.name}')
    return task.tools.images.change(image_id, status='active', progress=100, size=0, properties={
        **image.properties, **devices.image_properties(mapping)})


def snapshot(task):
    task.driver.snapshot(task.server.uuid, task.params['image_id'])


def discard(task):
    task.driver.discard_snapshot(task.server.uuid, task.params['image_id'])


def to_upload(task):
    task.tools.images.change(task.params['image_id'], progress=75)


def upload(task):
    return {'image': task.driver.upload_snapshot(task.server.uuid, task.params['image_id'])}


def rotate(task):
    """Of the backups of one type only the newest are kept."""
    task.tools.images.rotate_backups(
        task.server, task.params['backup_type'], task.params['rotation'])


def activate(task):
    """What the host has uploaded was put into the parameters when it said so."""
    task.tools.images.change(
        task.params['image_id'], status='active', progress=100, **task.params['uploaded'])
