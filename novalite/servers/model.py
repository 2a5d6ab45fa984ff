"""The records that cross the bus."""

import dataclasses

from novalite.servers import devices


@dataclasses.dataclass(frozen=True, kw_only=True)
class Server:
    """A server as a step sees it, on every host: plain values, so JSON carries it."""

    uuid: str
    name: str
    project_id: str
    user_id: str
    #: Where the guest is; where it is going; where it came from, until a resize is confirmed.
    host: str | None
    destination: str | None
    origin: str | None
    availability_zone: str | None
    requested_zone: str | None
    #: id, name, vcpus, ram (MiB), disk (GiB), ephemeral, swap, extra_specs
    flavor: dict
    new_flavor: dict | None
    old_flavor: dict | None
    image_id: str | None
    #: The image that a shelved server is kept as.
    shelved_image_id: str | None
    key_name: str | None
    user_data: str | None
    config_drive: str | None
    metadata: dict
    #: 'none', 'auto', or a list of {network_id, port_id, fixed_ip, tag}
    networks: str | list | None
    #: What it is plugged into: {port_id, network_id, network_name, mac, ips, floating,
    #: created, tag}
    nics: list
    #: The volumes it has, or is to have: see servers.devices.
    volumes: list
    #: The shares it has: see servers.shares.
    shares: list = dataclasses.field(default_factory=list)
    security_groups: list
    vm_state: str
    task_state: str | None
    power_state: int
    #: The request id of the action in charge, and the vm_state it started from.
    owner: str | None
    came_from: str | None
    #: The vm_state before a resize that waits to be confirmed.
    old_vm_state: str | None

    @classmethod
    def of(cls, row):
        """The record of a database row."""
        return cls(**{name: getattr(row, name) for name in FIELDS})

    @classmethod
    def received(cls, values):
        """The record as it came over the bus; what only newer conductors know is left out,
        and what older ones do not know is nothing."""
        return cls(**{name: values[name] for name in FIELDS if name in values})

    def to_dict(self):
        return {name: getattr(self, name) for name in FIELDS}


FIELDS = tuple(field.name for field in dataclasses.fields(Server))


def size(flavor, volumes=()):
    """What a server with this flavor takes of a host, in the units hosts are counted in.

    Where it boots from one of its ``volumes`` the host has no root disk for it.
    """
    swap_gb = -(-(flavor.get('swap') or 0) // 1024)
    root_gb = 0 if devices.root(volumes) else flavor['disk']
    return {'vcpus': flavor['vcpus'], 'memory_mb': flavor['ram'],
            'disk_gb': root_gb + (flavor.get('ephemeral') or 0) + swap_gb}
