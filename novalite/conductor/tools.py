"""What a step that runs in the conductor may use: hosts, images, networks and volumes.

All of it goes through the one transaction that also records the step, unless a real service
is to be asked.
"""

import contextlib
import dataclasses
import functools

from novalite import errors
from novalite.db import aggregates
from novalite.db import hosts
from novalite.db import server_groups
from novalite.db import servers
from novalite.db import shares
from novalite.scheduler import filters
from novalite.scheduler import place
from novalite.scheduler import weighers
from novalite.servers import devices
from novalite.servers import model


@dataclasses.dataclass(frozen=True)
class Tools:
    connection: object      #: None for a step that asks a real service
    db: object
    runtime: object
    conf: object
    services: object
    #: The server's row; None where there is no connection.
    row: object
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
        row, conf = self.row, self.conf.filter_scheduler
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

    def zone_of(self, host):
        return hosts.get(self.connection, host).zone

    def forget_device(self, server, device):
        """A server that another action is in charge of does not have a volume after all."""
        self.volumes.release(device['attachment_id'])
        with self.writing() as connection:
            servers.edit(connection, server.uuid, self.runtime.now(),
                         volumes=devices.without(server.volumes, device))

    def writing(self):
        """The transaction, or one of its own for a step that is outside of any."""
        return contextlib.nullcontext(self.connection) if self.connection else self.db.write()

    # Shares: there are only our own

    def grant_share(self, server, share_id):
        """Let the server's host mount a share; fine if it may. Raises ShareNotFound."""
        host = hosts.get(self.connection, server.host)
        shares.let_in(self.connection, self.runtime, share_id, server.uuid, host.host_ip)

    def revoke_share(self, server, share_id):
        """The server has the share no more; fine if it never had."""
        shares.shut_out(self.connection, server.uuid, share_id)

    def revoke_shares(self, server):
        shares.shut_out(self.connection, server.uuid)

    # The services around

    @functools.cached_property
    def _services(self):
        return self.services.for_steps(self.connection)

    @property
    def images(self):
        return self._services.images

    @property
    def networks(self):
        return self._services.networks

    @property
    def volumes(self):
        return self._services.volumes
