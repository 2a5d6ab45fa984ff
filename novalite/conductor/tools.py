"""What a step that runs in the conductor may use: hosts, addresses and images.

All of it goes through the one transaction that also records the step.
"""

import dataclasses

from novalite import errors
from novalite.db import aggregates
from novalite.db import hosts
from novalite.db import images
from novalite.db import networks
from novalite.db import quotas
from novalite.db import server_groups
from novalite.db import servers
from novalite.db import volumes
from novalite.scheduler import filters
from novalite.scheduler import place
from novalite.scheduler import weighers
from novalite.servers import devices
from novalite.servers import model


@dataclasses.dataclass(frozen=True)
class Tools:
    connection: object
    runtime: object
    conf: object
    #: What went wrong, on the way back.
    fault: dict | None = None
    #: Names of the hosts that have failed this action already.
    tried: tuple = ()
    #: Hosts last seen before this are down.
    alive_since: object = None

    def place(self, server, flavor, role='server', zone=None, avoid=(), host=None):
        """Find a host with room (``host``, if that one is wanted), take it, and return its row.

        Raises NoValidHost, with each host's reason for administrators.
        """
        wanted = self._wanted(server, flavor, zone, (*avoid, *self.tried), host)
        only, never = filters.narrowed(wanted)
        near = tuple(wanted.group.members) if wanted.group else ()
        soft = wanted.group and wanted.group.policy
        for candidates in hosts.with_room(
                self.connection, wanted.size, wanted.alive_since, zone, only, never,
                self.conf.scheduler.candidates, first=near if soft == 'soft-affinity' else (),
                last=near if soft == 'soft-anti-affinity' else ()):
            wanted = self._with_aggregates(wanted, candidates)
            for host in place.ranked(wanted, candidates, self.runtime.random):
                if hosts.claim(self.connection, server.uuid, host.name, host.zone, wanted.size,
                               role):
                    return host
        every = hosts.listed(self.connection)
        raise errors.NoValidHost(
            reasons=place.reasons(self._with_aggregates(wanted, every), every))

    def _wanted(self, server, flavor, zone, avoid, host):
        row, conf = servers.get(self.connection, server.uuid), self.conf.filter_scheduler
        hints = row.scheduler_hints or {}
        return filters.Wanted(
            size=model.size(flavor, server.volumes), zone=zone, avoid=avoid, host=host,
            alive_since=self.alive_since,
            extra_specs=flavor.get('extra_specs') or {}, image_properties=row.image_properties,
            same_host=self._hosts_of(row, hints.get('same_host')),
            different_host=self._hosts_of(row, hints.get('different_host')),
            group=self._group(row), filters=tuple(conf.enabled_filters),
            max_instances_per_host=conf.max_instances_per_host,
            multipliers={name: conf[name] for name in weighers.WEIGHERS})

    def _hosts_of(self, row, uuids):
        """Where the servers are that a hint names, one or several; None if it names none."""
        if not uuids:
            return None
        uuids = [uuids] if isinstance(uuids, str) else uuids
        return server_groups.hosts_of(self.connection, uuids, row.project_id)

    def _group(self, row):
        """The server's group, which nobody else places a server of until the commit."""
        group = row.server_group and server_groups.get(
            self.connection, row.server_group, lock=True)
        return filters.Group(
            policy=group.policy, rules=group.rules,
            members=server_groups.hosts(self.connection, group.uuid, but=row.uuid),
        ) if group else None

    def _with_aggregates(self, wanted, rows):
        if 'AggregateInstanceExtraSpecsFilter' not in wanted.filters or not wanted.extra_specs:
            return wanted
        return dataclasses.replace(wanted, aggregates=aggregates.of_hosts(
            self.connection, [row.name for row in rows]))

    def fence(self, host):
        """The host must put its guests right before it is trusted again."""
        hosts.fence(self.connection, host)

    def release(self, server, role=None):
        hosts.release(self.connection, server.uuid, role)

    def stranded(self, place):
        """Whether the way back could not clear the host that is the server's ``place``."""
        return place in self.fault.get('stranded', ())

    def hand_over(self, server, role, to):
        hosts.hand_over(self.connection, server.uuid, role, to)

    def plug(self, server):
        """Give the server its ports; returns its nics."""
        if server.networks in (None, 'none') or not self._networked:
            return []
        return [networks.plug(
            self.connection, self.runtime, server=server.uuid, project_id=server.project_id,
            host=server.host, zone=server.availability_zone,
            security_groups=server.security_groups or None, **wanted)
            for wanted in server.networks]

    def unplug(self, server):
        if self._networked:
            networks.unplug(self.connection, self.runtime, server.uuid)

    def unplug_port(self, server, port_id):
        if self._networked:
            networks.unplug(self.connection, self.runtime, server.uuid, port_id)

    def rebind(self, server, host):
        """The server's ports and volumes are on another host now; returns that host's zone."""
        volumes.rebind(self.connection, server.uuid, host)
        if self._networked:
            networks.rebind(self.connection, server.uuid, host)
        return hosts.get(self.connection, host).zone

    def unbind(self, server):
        """The server's ports stay its own, but are on no host."""
        if self._networked:
            networks.rebind(self.connection, server.uuid, '')

    # Volumes: nothing is done where there are none, for then no server has any

    def make_volumes(self, server):
        """Make the volumes that a server is to have, and set them all aside; returns its records.

        Raises BuildAborted where the project may not have so many.
        """
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
            self.volume_attaching(device['attachment_id'])
            return device
        volume_id = device['volume_id'] or volumes.create(
            self.connection, self.runtime, project_id=server.project_id, user_id=server.user_id,
            size=device['size'], **volumes.made_of(
                self.connection, device['source'], device['source_id']))
        return device | {'volume_id': volume_id, 'attachment_id': volumes.reserve(
            self.connection, self.runtime, volume_id, server.uuid, status='attaching')}

    def unmake_volumes(self, server):
        """What was made for a server is deleted, the rest is free; returns its records."""
        return [self._unmade(device) for device in server.volumes]

    def _unmade(self, device):
        if device['attachment_id']:
            self.release_volume(device['attachment_id'])
        made = device['source'] != 'volume'
        if made and device['volume_id']:
            volumes.delete_unused(self.connection, device['volume_id'])
        return device | {'attachment_id': None} | ({'volume_id': None} if made else {})

    def volume_attaching(self, attachment_id):
        """Raise VolumeAttachmentNotFound if somebody has taken the attachment away."""
        volumes.edit_attachment(self.connection, self.runtime, attachment_id, status='attaching')

    def volume_attached(self, server, device):
        volumes.attach(self.connection, self.runtime, device['attachment_id'], server.host,
                       device['device'])

    def volume_detaching(self, volume_id):
        volumes.change(self.connection, self.runtime, volumes.volumes, volume_id,
                       status='detaching')

    def settle_volume(self, volume_id):
        """A volume is what its attachments make of it; fine if it is gone."""
        volumes.settle(self.connection, self.runtime, volume_id)

    def release_volume(self, attachment_id):
        """A volume is not the server's any more; fine if it never was."""
        volumes.detach(self.connection, self.runtime, attachment_id)

    def forget_device(self, server, device):
        """The same for a server that another action is in charge of."""
        self.release_volume(device['attachment_id'])
        servers.edit(self.connection, server.uuid, self.runtime.now(),
                     volumes=devices.without(server.volumes, device))

    def release_volumes(self, server):
        """A server gives back its volumes; those that were to end with it are deleted."""
        for row in volumes.attached_to(self.connection, server.uuid):
            self.release_volume(row.id)
        for device in devices.attached(server.volumes):
            if device['delete_on_termination']:
                volumes.delete_unused(self.connection, device['volume_id'])

    def image_of_volumes(self, server, image_id):
        """Give an image snapshots of all volumes of a server; fine if its owner has deleted it.

        Raises OverQuota where the project may not have so many.
        """
        image = images.get(self.connection, image_id)
        if image is None:
            return
        quotas.hold(self.connection, server.project_id)
        had = devices.attached(server.volumes)
        rows = [volumes.get(self.connection, device['volume_id']) for device in had]
        volumes.refuse_excess(self.connection, server.project_id, [row.size for row in rows],
                              'snapshots')
        mapping = [devices.in_image(device, row.size, volumes.insert(
            self.connection, self.runtime, volumes.snapshots, project_id=server.project_id,
            user_id=server.user_id, size=row.size, volume_id=row.id, status='available',
            name=f'snapshot for {image.name}', description=row.description))
            for device, row in zip(had, rows, strict=True)]
        self.image(image_id, status='active', progress=100, size=0, properties={
            **image.properties, **devices.image_properties(mapping)})

    def reimage(self, volume_id, image_id):
        """A volume begins anew as a copy of an image."""
        volumes.change(self.connection, self.runtime, volumes.volumes, volume_id,
                       **volumes.made_of(self.connection, 'image', image_id))

    def require_image(self, image_id):
        """Raise ImageNotFound if it has been deleted; where images are elsewhere it is trusted."""
        if 'images' in self.conf.neighbours.enabled and \
                images.get(self.connection, image_id) is None:
            raise errors.ImageNotFound(id=image_id)

    def delete_image(self, image_id):
        """Delete an image that was only made for the server; fine if it is gone."""
        if image_id and 'images' in self.conf.neighbours.enabled:
            images.delete(self.connection, image_id)

    def rotate_backups(self, server, backup_type, rotation):
        """Delete all but the newest ``rotation`` backups of this type."""
        for image in images.backups(self.connection, server.uuid, backup_type)[rotation:]:
            images.delete(self.connection, image.id)

    def image(self, image_id, data=None, **columns):
        """Change an image that is being made; it is fine if its owner has deleted it."""
        if 'images' not in self.conf.neighbours.enabled:
            return
        if data is not None and images.get(self.connection, image_id):
            images.store(self.connection, self.runtime, image_id, [data.encode()], before='saving')
        images.update(self.connection, self.runtime, image_id, **columns)

    @property
    def _networked(self):
        return 'networks' in self.conf.neighbours.enabled
