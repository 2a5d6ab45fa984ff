"""What requests of the API ask of images, networks and volumes.

Our own tables are asked in the transaction that makes the promise. A real service cannot be: a
request that needs to know something of it is stopped with ``AskFirst``, which undoes its
transaction; then the service is asked, and the request begins anew and finds the answer there.
What was made for a request that is refused in the end is taken back.
"""

import dataclasses

from oslo_log import log as logging

from novalite import errors
from novalite.db import addresses
from novalite.db import images
from novalite.db import networks
from novalite.db import security
from novalite.db import volumes

LOG = logging.getLogger(__name__)


class AskFirst(Exception):
    """Something is not known yet; see ``Answers``."""

    def __init__(self, key, ask, take_back):
        super().__init__(key)
        self.key, self.ask, self.take_back = key, ask, take_back


class Answers:
    """What a request knows already."""

    def __init__(self):
        self._known, self._made = {}, []

    def get(self, key, ask, take_back=None):
        """What ``ask()`` has answered, or raised; ``take_back(answer)`` undoes what it made."""
        if key not in self._known:
            raise AskFirst(key, ask, take_back)
        answer = self._known[key]
        if isinstance(answer, errors.NovaliteError):
            raise answer
        return answer

    def keep(self, key, make):
        """What ``make()`` gave when the request asked for the first time."""
        return self._known.setdefault(key, make() if key not in self._known else None)

    def complete(self, work):
        """``work()``, begun anew until it knows all that it needs."""
        done = False
        try:
            while True:
                try:
                    answer = work()
                    done = True
                    return answer
                except AskFirst as first:
                    self._learn(first)
        finally:
            if not done:
                self._take_back()

    def _learn(self, first):
        try:
            answer = first.ask()
        except errors.NovaliteError as exc:
            answer = exc
        else:
            if first.take_back:
                self._made.append((first, answer))
        self._known[first.key] = answer

    def _take_back(self):
        for first, answer in reversed(self._made):
            try:
                first.take_back(answer)
            except errors.NovaliteError as exc:
                LOG.warning('%s cannot be taken back: %s', first.key, exc)


@dataclasses.dataclass(frozen=True)
class _Own:
    runtime: object
    ctxt: object


class Images(_Own):
    def find(self, connection, image_id):
        """The image, if the caller may see it; or None."""
        row = images.get(connection, image_id)
        return row if row is not None and images.visible(row, self.ctxt) else None

    def create(self, connection, name, properties, **columns):
        """The id of an image that is to be made of a server."""
        return images.create(connection, self.runtime, owner=self.ctxt.project_id, name=name,
                             properties=properties, **columns)


@dataclasses.dataclass(frozen=True)
class Port:
    """A port of a server as the API shows it; ``ips`` are {subnet_id, ip_address}."""

    id: str
    network_id: str
    mac_address: str
    status: str
    device_id: str
    ips: list


class Networks(_Own):
    def choose(self, connection, project_id):
        """The network of a server that names none, or None."""
        return networks.choose(connection, project_id)

    def attachable(self, connection, network_id, may_external):
        """The network, if the caller may put servers on it; raises NetworkNotFound."""
        return networks.attachable(connection, self.ctxt, network_id, may_external)

    def attachable_port(self, connection, port_id):
        """The port, if the caller may give it to a server; raises PortNotFound, PortInUse."""
        return networks.attachable_port(connection, self.ctxt, port_id)

    def security_group(self, connection, name):
        """The caller's group of that name or id, or None."""
        return networks.security_group(connection, self.runtime, self.ctxt.project_id, name)

    def ports_of(self, connection, server):
        """The ports of a server, the oldest first."""
        return self._ports(connection, networks.ports_of(connection, server))

    def port(self, connection, port_id):
        """A port that the caller may see; raises PortNotFound."""
        row = networks.find(connection, networks.ports, port_id, self.ctxt)
        if row is None:
            raise errors.PortNotFound(id=port_id)
        return self._ports(connection, [row])[0]

    @staticmethod
    def _ports(connection, rows):
        given = addresses.of_ports(connection, [row.id for row in rows])
        return [Port(row.id, row.network_id, row.mac_address, row.status, row.device_id, [
            {'subnet_id': ip.subnet_id, 'ip_address': ip.address} for ip in given[row.id]])
            for row in rows]

    def plug(self, connection, server, wanted):
        """Put a server on one more port; its nic."""
        return networks.plug(
            connection, self.runtime, server=server.uuid, project_id=server.project_id,
            host=server.host, zone=server.availability_zone, **wanted)

    def groups_of(self, connection, server):
        """The security groups that a server's ports are in."""
        return networks.groups_of(connection, server)

    def rules_of(self, connection, group_ids):
        """Id of a group -> its rules."""
        return security.rules_of(connection, group_ids)

    def groups_named(self, connection, group_ids):
        """Id -> the group, whosever it is."""
        return security.named(connection, group_ids)

    def join(self, connection, server, group):
        """Put all ports of a server into a group; False if none of them can be in one."""
        rows = [row for row in networks.ports_of(connection, server)
                if row.port_security_enabled]
        for row in rows:
            if group.id not in row.security_groups:
                self._set_groups(connection, row, [*row.security_groups, group.id])
        self.refresh(connection, server)
        return bool(rows)

    def leave(self, connection, server, group):
        """Take all ports of a server out of a group; False if none was in it."""
        rows = [row for row in networks.ports_of(connection, server)
                if group.id in row.security_groups]
        for row in rows:
            self._set_groups(connection, row,
                             [one for one in row.security_groups if one != group.id])
        self.refresh(connection, server)
        return bool(rows)

    def _set_groups(self, connection, row, groups):
        networks.change(connection, self.runtime, networks.ports, row.id, security_groups=groups)

    def refresh(self, connection, server):
        """What has become of a server's ports shows in the server too."""
        networks.refresh(connection, self.runtime, server)


class Volumes(_Own):
    def find(self, connection, volume_id):
        """The volume, if the caller may see it; or None."""
        return volumes.find(connection, volumes.volumes, volume_id, self.ctxt)

    def find_snapshot(self, connection, snapshot_id):
        """The snapshot, if the caller may see it; or None."""
        return volumes.find(connection, volumes.snapshots, snapshot_id, self.ctxt)

    def image_metadata(self, connection, source, source_id):
        """What is known of the image that a volume is made of, or will be."""
        return volumes.made_of(connection, source, source_id).get('image_metadata') or {}

    def knows_type(self, connection, name):
        """Whether there is such a type of volumes."""
        return name in (volumes.TYPE, volumes.TYPE_ID)

    def shared(self, connection, volume_id):
        """Whether more than one attachment has the volume."""
        return len(volumes.attachments_of(connection, [volume_id])[volume_id]) > 1

    def reserve(self, connection, volume_id, server, host=None):
        """Set a volume aside for a server; the attachment's id.

        Raises Invalid if others have it.
        """
        return volumes.reserve(connection, self.runtime, volume_id, server, host=host)

    def begin_detaching(self, connection, volume_id):
        """A volume is about to be taken from a server; raises Invalid if it is not in use."""
        volumes.begin_detaching(connection, self.runtime, volume_id)

    def snapshots(self, connection, server, name):
        """What an image of a server is to say of its volumes; None: it is told later."""
        return None

    def make(self, connection, server, record):
        """The id of a volume that a server is to have; None: it is made when the server is."""
        return None
