"""The tables of the network neighbour, and every statement on them.

``plug`` and ``unplug`` are what servers need; addresses are given out in
``addresses``.
"""

import contextlib
import ipaddress

from oslo_db import exception as db_exception
import sqlalchemy as sa

from novalite import errors
from novalite.db import addresses
from novalite.db import floating
from novalite.db import models
from novalite.db import paging
from novalite.db import security
from novalite.db import seeds
from novalite.db import servers
from novalite.db import trunks


networks = sa.Table(
    'networks', models.metadata, *models.described(),
    sa.Column('status', sa.String(16), nullable=False, default='ACTIVE'),
    sa.Column('admin_state_up', sa.Boolean, nullable=False, default=True),
    sa.Column('shared', sa.Boolean, nullable=False, default=False),
    sa.Column('external', sa.Boolean, nullable=False, default=False),
    sa.Column('is_default', sa.Boolean, nullable=False, default=False),
    sa.Column('port_security_enabled', sa.Boolean, nullable=False, default=True),
    sa.Column('mtu', sa.Integer, nullable=False, default=1450),
    sa.Column('network_type', sa.String(32), nullable=False, default='geneve'),
    sa.Column('physical_network', sa.String(64)),
    sa.Column('segmentation_id', sa.Integer),
)

subnets = sa.Table(
    'subnets', models.metadata, *models.described(),
    sa.Column('network_id', sa.String(36), sa.ForeignKey('networks.id'), nullable=False,
              index=True),
    sa.Column('ip_version', sa.Integer, nullable=False),
    sa.Column('cidr', sa.String(64), nullable=False),
    sa.Column('gateway_ip', sa.String(39)),
    sa.Column('enable_dhcp', sa.Boolean, nullable=False, default=True),
    sa.Column('allocation_pools', sa.JSON, nullable=False),
    sa.Column('dns_nameservers', sa.JSON, nullable=False, default=[]),
    sa.Column('host_routes', sa.JSON, nullable=False, default=[]),
    sa.Column('ipv6_ra_mode', sa.String(16)),
    sa.Column('ipv6_address_mode', sa.String(16)),
)

ports = sa.Table(
    'ports', models.metadata, *models.described(),
    sa.Column('network_id', sa.String(36), sa.ForeignKey('networks.id'), nullable=False),
    sa.Column('mac_address', sa.String(17), nullable=False),
    sa.Column('status', sa.String(16), nullable=False, default='DOWN'),
    sa.Column('admin_state_up', sa.Boolean, nullable=False, default=True),
    sa.Column('device_id', sa.String(255), nullable=False, default='', index=True),
    sa.Column('device_owner', sa.String(255), nullable=False, default=''),
    # Made for its server, so it goes with it.
    sa.Column('ours', sa.Boolean, nullable=False, default=False),
    sa.Column('host', sa.String(255), nullable=False, default=''),
    sa.Column('vnic_type', sa.String(64), nullable=False, default='normal'),
    sa.Column('profile', sa.JSON, nullable=False, default={}),
    sa.Column('port_security_enabled', sa.Boolean, nullable=False, default=True),
    sa.Column('security_groups', sa.JSON, nullable=False, default=[]),
    sa.Column('allowed_address_pairs', sa.JSON, nullable=False, default=[]),
    sa.Column('extra_dhcp_opts', sa.JSON, nullable=False, default=[]),
    # Of other hosts it is to be on: host -> {vnic_type, profile}.
    sa.Column('bindings', models.Json),
    sa.UniqueConstraint('network_id', 'mac_address'),
)

#: Which rows of a table a project may see, beside its own.
OTHERS = {
    networks: lambda project_id: networks.c.shared | networks.c.external,
    subnets: lambda project_id: subnets.c.network_id.in_(
        sa.select(networks.c.id).where(
            networks.c.shared | networks.c.external | (networks.c.project_id == project_id))),
    ports: lambda project_id: ports.c.network_id.in_(
        sa.select(networks.c.id).where(networks.c.project_id == project_id)),
}


def _reach(table, ctxt):
    if 'admin' in ctxt.roles:
        return sa.true()
    own = table.c.project_id == ctxt.project_id
    return own | OTHERS[table](ctxt.project_id) if table in OTHERS else own


# Any table

def find(connection, table, row_id, ctxt=None, lock=False):
    """The row or None: of ``ctxt`` only what the caller may see.

    With ``lock``, nobody else changes it until the transaction ends.
    """
    statement = table.select().where(table.c.id == row_id)
    if ctxt is not None:
        statement = statement.where(_reach(table, ctxt))
    return connection.execute(statement.with_for_update() if lock else statement).first()


def listed(connection, table, ctxt, conditions=(), sort=(('created_at', 'asc'),),
           marker=None, limit=None, tags=()):
    statement = table.select().where(_reach(table, ctxt), *conditions)
    rows = connection.execute(paging.ordered(statement, table, sort))
    return paging.page(
        (row for row in rows if not tags or set(tags) <= set(getattr(row, 'tags', ()))),
        marker, limit)


def insert(connection, runtime, table, **columns):
    """A new row's id."""
    now = runtime.now()
    columns = {'id': runtime.uuid(), 'created_at': now, 'updated_at': now} | columns
    connection.execute(table.insert().values(**columns))
    return columns['id']


def change(connection, runtime, table, row_id, **columns):
    """Change a row; False if it is gone."""
    return connection.execute(table.update().where(table.c.id == row_id).values(
        revision_number=table.c.revision_number + 1, updated_at=runtime.now(),
        **columns)).rowcount == 1


def remove(connection, table, row_id):
    return connection.execute(table.delete().where(table.c.id == row_id)).rowcount == 1


# Networks and subnets

def get(connection, network_id):
    return find(connection, networks, network_id)


def usable(connection, project_id):
    """The networks a project's servers may use when none is named: its own, then the shared."""
    own = networks.c.project_id == project_id
    rows = connection.execute(networks.select().where(
        own | networks.c.shared, ~networks.c.external, networks.c.admin_state_up).order_by(
            networks.c.created_at, networks.c.id)).all()
    return sorted(rows, key=lambda row: row.project_id != project_id)


def choose(connection, project_id):
    """The network of a server that names none, or None if the project has none.

    Its own comes before the shared ones; several of a kind are for the user to choose from.
    """
    rows = usable(connection, project_id)
    rows = [row for row in rows if row.project_id == project_id] or rows
    if len(rows) > 1:
        raise errors.NetworkAmbiguous()
    return rows[0] if rows else None


def attachable(connection, ctxt, network_id, external):
    """The network, if the caller may put servers on it, or also on ``external`` ones."""
    row = find(connection, networks, network_id, ctxt)
    if row is None:
        raise errors.NetworkNotFound(id=network_id)
    if row.external and not row.shared and not external:
        raise errors.ExternalNetworkForbidden(id=network_id)
    return row


def attachable_port(connection, ctxt, port_id):
    """The port, if the caller may give it to a server."""
    row = find(connection, ports, port_id, ctxt)
    if row is None:
        raise errors.PortNotFound(id=port_id)
    if row.device_id:
        raise errors.PortInUse(id=port_id)
    return row


def subnets_of(connection, network_ids):
    """Network id -> its subnets, for many networks at once."""
    found = {network_id: [] for network_id in network_ids}
    statement = subnets.select().where(subnets.c.network_id.in_(network_ids)).order_by(
        subnets.c.created_at, subnets.c.id)
    for row in connection.execute(statement):
        found[row.network_id].append(row)
    return found


def delete_network(connection, network_id):
    """Delete a network with its subnets, unless something is plugged into it."""
    with _unless_used(errors.NetworkInUse(id=network_id)):
        connection.execute(subnets.delete().where(subnets.c.network_id == network_id))
        return remove(connection, networks, network_id)


def delete_subnet(connection, subnet_id):
    with _unless_used(errors.SubnetInUse(id=subnet_id)):
        return remove(connection, subnets, subnet_id)


@contextlib.contextmanager
def _unless_used(error):
    try:
        yield
    except db_exception.DBReferenceError as exc:
        raise error from exc


# Ports

def create_port(connection, runtime, *, network_id, project_id, mac_address=None,
                fixed_ips=None, **columns):
    """A new port's id, with its MAC and its addresses."""
    port_id, mac = _insert_port(
        connection, runtime, mac_address, network_id=network_id, project_id=project_id,
        **columns)
    addresses.assign(connection, runtime, network_id, subnets_of(
        connection, [network_id])[network_id], port_id, mac, fixed_ips)
    return port_id


def _insert_port(connection, runtime, mac_address, network_id, **columns):
    now = runtime.now()
    columns = {'id': runtime.uuid(), 'created_at': now, 'updated_at': now} | columns
    for _ in range(addresses.ATTEMPTS):
        mac = mac_address or _mac(runtime)
        if seeds.insert(connection, ports, network_id=network_id, mac_address=mac, **columns):
            return columns['id'], mac
        if mac_address:
            break
    raise errors.MacAddressInUse(network=network_id, mac=mac)


def _mac(runtime):
    number = runtime.random.randrange(1 << 24)
    return f'fa:16:3e:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}'


def device_owned(connection, ctxt, device_id):
    """Whether what has this id, if anything, is the caller's own: a server or a router."""
    if not device_id or 'admin' in ctxt.roles:
        return True
    owners = {connection.scalar(sa.select(table.c.project_id).where(column == device_id))
              for table, column in ((models.servers, models.servers.c.uuid),
                                    (floating.routers, floating.routers.c.id))}
    return owners <= {None, ctxt.project_id}


def move_port(connection, runtime, row, fixed_ips):
    """Give a port other addresses; those it keeps are never free in between."""
    table = addresses.addresses
    connection.execute(table.delete().where(table.c.port_id == row.id))
    addresses.assign(connection, runtime, row.network_id, subnets_of(
        connection, [row.network_id])[row.network_id], row.id, row.mac_address, fixed_ips)


def with_address(name, value):
    """Ports that have this ``ip_address`` or an address of this ``subnet_id``."""
    column = {'ip_address': 'address'}.get(name, name)
    table = addresses.addresses
    return ports.c.id.in_(sa.select(table.c.port_id).where(table.c[column] == value))


def used_addresses(connection, subnet_ids):
    """Subnet id -> how many of its addresses ports have; those of which none has are left out."""
    table = addresses.addresses
    return dict(connection.execute(
        sa.select(table.c.subnet_id, sa.func.count()).where(
            table.c.subnet_id.in_(subnet_ids)).group_by(table.c.subnet_id)).all())


def group_in_use(connection, group_id):
    """Whether a port is in the security group."""
    project = sa.select(security.groups.c.project_id).where(
        security.groups.c.id == group_id).scalar_subquery()
    # The group's own project first narrows it; what the list holds is compared here.
    rows = connection.scalars(sa.select(ports.c.security_groups).where(
        ports.c.project_id == project))
    return any(group_id in row for row in rows)


# What servers need

def security_group(connection, runtime, project_id, name_or_id):
    """The project's group or None; ``default`` is made on demand."""
    return security.find(connection, runtime, project_id, name_or_id)


def plug(connection, runtime, *, server, project_id, host, zone, network_id=None, port_id=None,
         fixed_ip=None, security_groups=None, tag=None):
    """Give a server a port on a network, or the port it names; says what came of it."""
    bound = _bound(server, host, zone)
    if port_id is not None:
        network_id = _attach(connection, runtime, port_id, server, bound)
        network = get(connection, network_id)
    else:
        network = _wanted(connection, project_id, network_id)
        port_id = _plug_new(connection, runtime, project_id, network.id, fixed_ip,
                            security_groups, bound)
    return _nic(connection, find(connection, ports, port_id), network, tag)


def _nic(connection, port, network, tag):
    return {
        'port_id': port.id, 'network_id': network.id, 'network_name': network.name,
        'mac': port.mac_address, 'created': port.ours, 'tag': tag,
        'ips': [{'address': row.address, 'subnet_id': row.subnet_id,
                 'version': 6 if ':' in row.address else 4}
                for row in addresses.of_ports(connection, [port.id])[port.id]],
        'floating': [{'address': row.floating_ip_address, 'fixed': row.fixed_ip_address}
                     for row in floating.of_port(connection, port.id)],
    }


def refresh(connection, runtime, server):
    """What has become of a server's ports shows in the server too; fine if there is none."""
    row = connection.execute(sa.select(models.servers).where(
        models.servers.c.uuid == server, models.servers.c.deleted.is_(False))
        .with_for_update()).one_or_none()
    if row is None:
        return
    kept = {port.id: port for port in connection.execute(
        ports.select().where(ports.c.device_id == server))}
    nics = [_nic(connection, kept[nic['port_id']], get(connection, nic['network_id']), nic['tag'])
            for nic in row.nics if nic['port_id'] in kept]
    groups = [group.name for group in groups_of(connection, server)]
    if kept and (nics, groups) != (row.nics, row.security_groups) or nics != row.nics:
        servers.edit(connection, server, runtime.now(), nics=nics,
                     security_groups=groups if kept else row.security_groups)


def _bound(server, host, zone):
    return {'device_id': server, 'device_owner': f'compute:{zone or "nova"}',
            'host': host or '', 'status': 'ACTIVE' if host else 'DOWN'}


def _wanted(connection, project_id, network_id):
    if network_id is not None:
        row, message = get(connection, network_id), None
    else:
        row = choose(connection, project_id)
        message = f'Project {project_id} has no network to use.'
    if row is None:
        raise errors.NetworkNotFound(message, id=network_id)
    return row


def _attach(connection, runtime, port_id, server, bound):
    """Put the server on a port that is free; a second time changes nothing."""
    row = find(connection, ports, port_id)
    if row is None:
        raise errors.PortNotFound(id=port_id)
    attached = connection.execute(ports.update().where(
        ports.c.id == port_id, ports.c.device_id.in_(['', server])).values(
            revision_number=ports.c.revision_number + 1, updated_at=runtime.now(), **bound))
    if attached.rowcount == 0:
        raise errors.PortInUse(id=port_id)
    return row.network_id


def _plug_new(connection, runtime, project_id, network_id, fixed_ip, groups, bound):
    with _in_computes_words(network_id, fixed_ip):
        return create_port(
            connection, runtime, network_id=network_id, project_id=project_id, ours=True,
            security_groups=_group_ids(connection, runtime, project_id, groups),
            fixed_ips=[{'ip_address': fixed_ip}] if fixed_ip else None, **bound)


def _group_ids(connection, runtime, project_id, names):
    found = []
    for name in names or ['default']:
        row = security_group(connection, runtime, project_id, name)
        if row is None:
            raise errors.SecurityGroupNotFound(id=name)
        found.append(row.id)
    return found


@contextlib.contextmanager
def _in_computes_words(network_id, fixed_ip):
    try:
        yield
    except errors.IpAddressGenerationFailure as exc:
        raise errors.NoMoreAddresses(network=network_id) from exc
    except errors.IpAddressAlreadyAllocated as exc:
        raise errors.FixedIpInUse(address=fixed_ip) from exc


def unplug(connection, runtime, server, port_id=None):
    """Delete the ports that were made for a server, and let go of the others.

    All of them, or only ``port_id``; fine if that was done.
    """
    theirs = ports.c.device_id == server
    if port_id is not None:
        theirs &= ports.c.id == port_id
    # What is part of a trunk stays, and is free.
    in_trunk = sa.union(sa.select(trunks.trunks.c.port_id), sa.select(trunks.sub_ports.c.port_id))
    connection.execute(ports.delete().where(
        theirs, ports.c.ours, ports.c.id.not_in(in_trunk)))
    connection.execute(ports.update().where(theirs).values(
        device_id='', device_owner='', host='', profile={}, bindings=None, status='DOWN',
        revision_number=ports.c.revision_number + 1, updated_at=runtime.now()))


def ports_of(connection, server):
    """A server's ports, the oldest first."""
    return connection.execute(ports.select().where(ports.c.device_id == server).order_by(
        ports.c.created_at, ports.c.id)).all()


def groups_of(connection, server):
    """The security groups a server's ports are in."""
    wanted = {group for row in ports_of(connection, server) for group in row.security_groups}
    return connection.execute(security.groups.select().where(
        security.groups.c.id.in_(wanted)).order_by(
            security.groups.c.created_at, security.groups.c.id)).all()


def rebind(connection, server, host):
    """A server's ports follow it to another host."""
    connection.execute(ports.update().where(ports.c.device_id == server).values(
        host=host, status='ACTIVE', revision_number=ports.c.revision_number + 1))


# Routers

def create_router_port(connection, runtime, router, kind, network_id, fixed_ips):
    """A port of a router, which nobody but the router takes away: its id."""
    return create_port(
        connection, runtime, network_id=network_id, project_id=router.project_id,
        fixed_ips=fixed_ips, device_id=router.id, device_owner=f'network:router_{kind}',
        status='ACTIVE')


def router_ports(connection, router_id, kind):
    return connection.execute(ports.select().where(
        ports.c.device_id == router_id, ports.c.device_owner == f'network:router_{kind}')
        .order_by(ports.c.created_at, ports.c.id)).all()


def set_gateway(connection, runtime, router, network_id, fixed_ips=None):
    """Give a router another way out, or none."""
    for port in router_ports(connection, router.id, 'gateway'):
        remove(connection, ports, port.id)
    if network_id is not None:
        create_router_port(connection, runtime, router, 'gateway', network_id, fixed_ips)


def leading_out(connection, subnet_id, network_id):
    """The router between a subnet and an external network, or None."""
    inside, outside, given = ports.alias(), ports.alias(), addresses.addresses
    return connection.scalar(
        sa.select(inside.c.device_id).join(given, given.c.port_id == inside.c.id)
        .join(outside, outside.c.device_id == inside.c.device_id).where(
            given.c.subnet_id == subnet_id, outside.c.network_id == network_id,
            inside.c.device_owner == 'network:router_interface',
            outside.c.device_owner == 'network:router_gateway').limit(1))


# Floating addresses

def allocate_floating(connection, runtime, network, *, subnet_id=None, address=None, **columns):
    """A new floating address on an external network, or that very one: its id."""
    ranges = [subnet for subnet in subnets_of(connection, [network.id])[network.id]
              if subnet.ip_version == 4 and subnet_id in (None, subnet.id)]
    if not ranges:
        raise errors.Invalid(f'Bad floatingip request: Network {network.id} does not contain any '
                             f'IPv4 subnet.')
    row_id = runtime.uuid()
    wanted = {'ip_address': address} if address else {'subnet_id': ranges[0].id}
    # The project that owns the port would see it among its own.
    port_id = create_port(
        connection, runtime, network_id=network.id, project_id='', fixed_ips=[wanted],
        device_id=row_id, device_owner='network:floatingip')
    (given,) = addresses.of_ports(connection, [port_id])[port_id]
    return insert(connection, runtime, floating.floating_ips, id=row_id, own_port_id=port_id,
                  floating_ip_address=given.address,
                  **columns | {'floating_network_id': network.id})


def release_floating(connection, runtime, row):
    """Give a floating address back; it leads nowhere then."""
    dissociate(connection, runtime, row)
    remove(connection, floating.floating_ips, row.id)
    remove(connection, ports, row.own_port_id)


def associate(connection, runtime, row, port, fixed=None):
    """Let a floating address lead to a port's ``fixed`` address, or to the only one it has."""
    given = [one for one in addresses.of_ports(connection, [port.id])[port.id]
             if ':' not in one.address and fixed in (None, one.address)]
    if not given:
        raise errors.Invalid(
            f'Bad floatingip request: Port {port.id} does not have fixed ip {fixed}.' if fixed else
            f'Bad floatingip request: Cannot add floating IP to port {port.id} that has no fixed '
            f'IPv4 addresses.')
    if len(given) > 1:
        raise errors.Invalid(
            f'Bad floatingip request: Port {port.id} has multiple fixed IPv4 addresses.  Must '
            f'provide a specific IPv4 address when assigning a floating IP.')
    (inside,) = given
    if any(other.id != row.id and other.fixed_ip_address == inside.address
           and other.floating_network_id == row.floating_network_id
           for other in floating.of_port(connection, port.id)):
        raise errors.FloatingIPPortAlreadyAssociated(
            address=row.floating_ip_address, id=row.id, port=port.id, fixed=inside.address,
            network=row.floating_network_id)
    router = leading_out(connection, inside.subnet_id, row.floating_network_id)
    if router is None:
        raise errors.ExternalGatewayForFloatingIPNotFound(
            network=row.floating_network_id, subnet=inside.subnet_id, port=port.id)
    _lead(connection, runtime, row, port_id=port.id, fixed_ip_address=inside.address,
          router_id=router)


def dissociate(connection, runtime, row):
    """Let a floating address lead nowhere; fine if it does."""
    _lead(connection, runtime, row, port_id=None, fixed_ip_address=None, router_id=None)


def _lead(connection, runtime, row, **where):
    change(connection, runtime, floating.floating_ips, row.id, **where)
    for port_id in sorted({row.port_id, where['port_id']} - {None}):
        port = find(connection, ports, port_id)
        if port is not None:
            refresh(connection, runtime, port.device_id)


# A fresh cloud

#: Network, its project, what else it is, and its subnets: name, range, IPv6 mode.
SEEDS = (
    ('private', 'demo', {}, (
        ('private-subnet', '10.0.0.0/16', None),
        ('ipv6-private-subnet', 'fd4b:c1fa:5e2b::/64', 'slaac'))),
    ('shared', 'admin', {'shared': True}, (
        ('shared-subnet', '192.168.0.0/16', None),)),
    ('public', 'admin', {'external': True, 'is_default': True, 'mtu': 1500}, (
        ('public-subnet', '172.24.4.0/24', None),
        ('ipv6-public-subnet', '2001:db8::/64', None))),
)


def seed(connection, runtime, projects):
    """Make DevStack's networks and each project's ``default`` group, unless they are there."""
    for project_id in projects.values():
        security.default(connection, runtime, project_id)
    for name, project, columns, ranges in SEEDS:
        if project in projects:
            _seed_network(connection, runtime, name, projects[project], columns, ranges)
    if {'demo', 'admin'} <= set(projects):
        _seed_router(connection, runtime, projects)


def _seed_network(connection, runtime, name, project_id, columns, ranges):
    given = {'project_id': project_id, 'created_at': runtime.now(), 'updated_at': runtime.now()}
    network_id = seeds.stable_id('network', name, project_id)
    if not seeds.insert(connection, networks, id=network_id, name=name, **given, **columns):
        return
    for subnet_name, cidr, mode in ranges:
        cidr = ipaddress.ip_network(cidr)
        gateway = cidr.network_address + 1
        seeds.insert(
            connection, subnets, id=seeds.stable_id('subnet', subnet_name, project_id),
            network_id=network_id, name=subnet_name, cidr=str(cidr), ip_version=cidr.version,
            gateway_ip=str(gateway), allocation_pools=addresses.pools(cidr, gateway),
            ipv6_ra_mode=mode, ipv6_address_mode=mode, **given)


def _seed_router(connection, runtime, projects):
    """DevStack's: from the private network to the public one."""
    given = {'project_id': projects['demo'], 'created_at': runtime.now(),
             'updated_at': runtime.now()}
    router_id = seeds.stable_id('router', 'router1', projects['demo'])
    if not seeds.insert(connection, floating.routers, id=router_id, name='router1', **given):
        return
    router = find(connection, floating.routers, router_id)
    public = seeds.stable_id('network', 'public', projects['admin'])
    set_gateway(connection, runtime, router, public)
    private = seeds.stable_id('network', 'private', projects['demo'])
    for subnet in subnets_of(connection, [private])[private]:
        create_router_port(connection, runtime, router, 'interface', private, [
            {'subnet_id': subnet.id, 'ip_address': subnet.gateway_ip}])
