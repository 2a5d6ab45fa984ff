"""Our own images, networks and volumes, as steps of the conductor use them.

All of it goes through the one transaction that also records the step.
"""

import dataclasses

from novalite import errors
from novalite.db import images
from novalite.db import networks
from novalite.db import quotas
from novalite.db import volumes
from novalite.servers import devices


@dataclasses.dataclass(frozen=True)
class _Own:
    connection: object
    runtime: object


class Images(_Own):
    def get(self, image_id):
        """The image, or None."""
        return images.get(self.connection, image_id)

    def require(self, image_id):
        """Raise ImageNotFound if it has been deleted."""
        if self.get(image_id) is None:
            raise errors.ImageNotFound(id=image_id)

    def delete(self, image_id):
        """Delete an image that was only made for a server; fine if it is gone, or None."""
        if image_id:
            images.delete(self.connection, image_id)

    def rotate_backups(self, server, backup_type, rotation):
        """Delete all but the newest ``rotation`` backups of this type."""
        for image in images.backups(self.connection, server.uuid, backup_type)[rotation:]:
            images.delete(self.connection, image.id)

    def change(self, image_id, data=None, **columns):
        """Change an image that is being made; it is fine if its owner has deleted it."""
        if data is not None and self.get(image_id):
            images.store(self.connection, self.runtime, image_id, [data.encode()],
                         before='saving')
        images.update(self.connection, self.runtime, image_id, **columns)


class Networks(_Own):
    def plug(self, server):
        """Give a server the ports it is to have; returns its nics."""
        if server.networks in (None, 'none'):
            return []
        return [networks.plug(
            self.connection, self.runtime, server=server.uuid, project_id=server.project_id,
            host=server.host, zone=server.availability_zone,
            security_groups=server.security_groups or None, **wanted)
            for wanted in server.networks]

    def unplug(self, server, port_id=None):
        """Take all ports of a server away, or this one; those not made for it stay."""
        networks.unplug(self.connection, self.runtime, server.uuid, port_id)

    def rebind(self, server, host):
        """A server's ports are on another host now, or on none ('').

        A real Neutron raises PortBindingFailed where they cannot be on that host.
        """
        networks.rebind(self.connection, server.uuid, host)


class Volumes(_Own):
    def make(self, server):
        """Make the volumes that a server is to have, and set them all aside; returns its records.

        Raises BuildAborted where the project may not have so many.
        """
        if not server.volumes:
            return []
        new = [device for device in server.volumes if device['volume_id'] is None]
        if new:
            quotas.hold(self.connection, server.project_id)
        try:
            volumes.refuse_excess(
                self.connection, server.project_id, [device['size'] for device in new])
        except errors.OverQuota as exc:
            raise errors.BuildAborted(uuid=server.uuid, reason=str(exc)) from exc
        return [self._made(server, device) for device in server.volumes]

    def _made(self, server, device):
        if device['attachment_id']:
            self.attaching(server, device)
            return device
        volume_id = device['volume_id'] or volumes.create(
            self.connection, self.runtime, project_id=server.project_id, user_id=server.user_id,
            size=device['size'], **volumes.made_of(
                self.connection, device['source'], device['source_id']))
        return device | {'volume_id': volume_id, 'attachment_id': volumes.reserve(
            self.connection, self.runtime, volume_id, server.uuid, status='attaching')}

    def unmake(self, server):
        """What was made for a server is deleted, the rest is free; returns its records."""
        return [self._unmade(device) for device in server.volumes]

    def _unmade(self, device):
        if device['attachment_id']:
            self.release(device['attachment_id'])
        made = device['source'] != 'volume'
        if made and device['volume_id']:
            volumes.delete_unused(self.connection, device['volume_id'])
        return device | {'attachment_id': None} | ({'volume_id': None} if made else {})

    def attaching(self, server, device):
        """Raise VolumeAttachmentNotFound if somebody has taken the attachment away."""
        volumes.edit_attachment(
            self.connection, self.runtime, device['attachment_id'], status='attaching')

    def attached(self, server, device):
        """A server has a volume that was set aside for it."""
        volumes.attach(self.connection, self.runtime, device['attachment_id'], server.host,
                       device['device'])

    def detaching(self, volume_id):
        """A volume is about to be taken from a server."""
        volumes.change(self.connection, self.runtime, volumes.volumes, volume_id,
                       status='detaching')

    def settle(self, volume_id):
        """A volume is what its attachments make of it; fine if it is gone."""
        volumes.settle(self.connection, self.runtime, volume_id)

    def release(self, attachment_id):
        """A volume is not the server's any more; fine if it never was."""
        volumes.detach(self.connection, self.runtime, attachment_id)

    def snapshots(self, server, name):
        """Snapshots of all volumes of a server: what an image of it says of each.

        Raises OverQuota where the project may not have so many.
        """
        quotas.hold(self.connection, server.project_id)
        had = devices.attached(server.volumes)
        rows = [volumes.get(self.connection, device['volume_id']) for device in had]
        volumes.refuse_excess(self.connection, server.project_id, [row.size for row in rows],
                              'snapshots')
        return [devices.in_image(device, row.size, volumes.insert(
            self.connection, self.runtime, volumes.snapshots, project_id=server.project_id,
            user_id=server.user_id, size=row.size, volume_id=row.id, status='available',
            name=name, description=row.description))
            for device, row in zip(had, rows, strict=True)]

    def reimage(self, server, volume_id, image_id):
        """A server's volume begins anew as a copy of an image; returns the server's records.

        A real Cinder raises VolumeNotReimaged where it cannot.
        """
        volumes.change(self.connection, self.runtime, volumes.volumes, volume_id,
                       **volumes.made_of(self.connection, 'image', image_id))
        return server.volumes

    def rebind(self, server, host):
        """A server's volumes are on another host now; returns its records."""
        volumes.rebind(self.connection, server.uuid, host)
        return server.volumes

    def release_all(self, server):
        """A server gives back its volumes; those that were to end with it are deleted."""
        for row in volumes.attached_to(self.connection, server.uuid):
            self.release(row.id)
        for device in devices.attached(server.volumes):
            if device['delete_on_termination']:
                volumes.delete_unused(self.connection, device['volume_id'])
