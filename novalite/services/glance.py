"""Images that a real Glance keeps."""

import contextlib
import types

from novalite import errors
from novalite.services import remote

#: What an image has of its own; all else are properties.
_OWN = frozenset((
    'id', 'name', 'status', 'visibility', 'owner', 'container_format', 'disk_format', 'size',
    'virtual_size', 'checksum', 'os_hash_algo', 'os_hash_value', 'min_disk', 'min_ram',
    'protected', 'os_hidden', 'tags', 'created_at', 'updated_at', 'self', 'file', 'schema',
    'locations', 'direct_url', 'stores', 'owner_specified.openstack.md5'))


def _read(image):
    return types.SimpleNamespace(
        **{name: image.get(name) for name in _OWN if name.isidentifier()}, properties={
            name: value for name, value in image.items() if name not in _OWN})


class Images:
    """As steps of the conductor use them; see ``own.Images``."""

    def __init__(self, glance):
        self._glance = glance

    def get(self, image_id):
        found = remote.fine_if_gone(self._glance.get, f'/images/{image_id}')
        return found and _read(found)

    def require(self, image_id):
        self._glance.get(f'/images/{image_id}', missing=errors.ImageNotFound(id=image_id))

    def delete(self, image_id):
        if image_id:
            # A protected one stays, as it does in our own tables.
            with contextlib.suppress(errors.NotFound, errors.Forbidden):
                self._glance.ask('DELETE', f'/images/{image_id}')

    def rotate_backups(self, server, backup_type, rotation):
        found = self._glance.get(
            '/images', owner=server.project_id, status='active', image_type='backup',
            backup_type=backup_type, instance_uuid=server.uuid, sort='created_at:desc')
        for image in found['images'][rotation:]:
            self.delete(image['id'])

    def change(self, image_id, data=None, status=None, size=None, **_progress):
        """Glance sees itself how far an image has come; of one that failed nothing is left.

        One without data is active when it has been given none.
        """
        if status == 'killed':
            self.delete(image_id)
        elif data is not None or size == 0:
            image = self.get(image_id)
            if image and image.status in ('queued', 'saving'):
                self._glance.ask(
                    'PUT', f'/images/{image_id}/file', data=(data or '').encode(),
                    headers={'Content-Type': 'application/octet-stream'})


class Asked:
    """As a request of the API asks for them, with the token of whoever sent it."""

    def __init__(self, glance, answers):
        self._glance, self._answers = glance, answers

    def find(self, _connection, image_id):
        return self._answers.get(('image', image_id), lambda: Images(self._glance).get(image_id))

    def create(self, _connection, name, properties, server=None, progress=None, **columns):
        """It is queued until the conductor has its data, and is nobody else's business."""
        columns = {'disk_format': 'raw', 'container_format': 'bare'} | columns
        # A volume knows of its image also what Glance finds out by itself.
        texts = {key: str(value) for key, value in properties.items()
                 if value is not None and key not in _OWN}
        body = texts | {'name': name, 'visibility': 'private'} | columns
        return self._answers.get(
            ('new image', name), lambda: self._glance.ask('POST', '/images', body)['id'],
            Images(self._glance).delete)
