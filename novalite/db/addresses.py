"""Which addresses a subnet has, and who gets which: never one for two ports."""

import ipaddress

import sqlalchemy as sa

from novalite import errors
from novalite.db import models
from novalite.db import seeds

#: Each attempt that loses its address to somebody else looks in a wider window.
ATTEMPTS = 32

addresses = sa.Table(
    'port_addresses', models.metadata,
    sa.Column('id', models.BigId, primary_key=True),
    sa.Column('port_id', sa.String(36), sa.ForeignKey('ports.id', ondelete='CASCADE'),
              nullable=False, index=True),
    sa.Column('subnet_id', sa.String(36), sa.ForeignKey('subnets.id'), nullable=False),
    sa.Column('address', sa.String(39), nullable=False, index=True),
    # The address as 32 hexadecimal digits, which sort as the numbers do.
    sa.Column('position', sa.String(32), nullable=False),
    # What makes it certain that no address is given twice.
    sa.UniqueConstraint('subnet_id', 'position'),
)


def pools(cidr, gateway):
    """The ranges that addresses come from when none are named: all but the gateway."""
    first, last = int(cidr.network_address), int(cidr.broadcast_address)
    if cidr.num_addresses > 2:
        first += 1
        last -= cidr.version == 4
    ranges = [(first, last)]
    if gateway is not None and first <= int(gateway) <= last:
        ranges = [(first, int(gateway) - 1), (int(gateway) + 1, last)]
    kind = type(cidr.network_address)
    return [{'start': str(kind(low)), 'end': str(kind(high))}
            for low, high in ranges if low <= high]


def of_ports(connection, port_ids):
    """Port id -> its addresses, for many ports at once."""
    found = {port_id: [] for port_id in port_ids}
    statement = addresses.select().where(
        addresses.c.port_id.in_(port_ids)).order_by(addresses.c.id)
    for row in connection.execute(statement):
        found[row.port_id].append(row)
    return found


def assign(connection, runtime, network_id, subnets, port_id, mac, wanted=None):
    """Give a port its addresses.

    Without ``wanted`` it gets one of each IP version the network has; else it
    is a list of dicts with ``ip_address``, ``subnet_id`` or both.
    """
    if wanted is not None:
        for item in wanted:
            _assign_wanted(connection, runtime, network_id, subnets, port_id, mac, item)
        return
    for version in (4, 6):
        of_version = [subnet for subnet in subnets if subnet.ip_version == version]
        if of_version and not any(
                _next(connection, runtime, subnet, port_id, mac) for subnet in of_version):
            raise errors.IpAddressGenerationFailure(network=network_id)


def _assign_wanted(connection, runtime, network_id, subnets, port_id, mac, item):
    address, subnet_id = item.get('ip_address'), item.get('subnet_id')
    if subnet_id is not None:
        subnets = [subnet for subnet in subnets if subnet.id == subnet_id]
    if address is not None:
        subnets = [subnet for subnet in subnets if _holds(subnet, address)]
    if not subnets:
        raise errors.InvalidIpForNetwork(address=address or f'of subnet {subnet_id}')
    if address is None:
        if not _next(connection, runtime, subnets[0], port_id, mac):
            raise errors.IpAddressGenerationFailure(network=network_id)
    elif not _take(connection, subnets[0], port_id, int(ipaddress.ip_address(address))):
        raise errors.IpAddressAlreadyAllocated(address=address, subnet=subnets[0].id)


def _holds(subnet, address):
    try:
        address = ipaddress.ip_address(address)
    except ValueError:
        raise errors.InvalidIpForNetwork(address=address) from None
    cidr = ipaddress.ip_network(subnet.cidr)
    # The first and the last address of an IPv4 network are no host's.
    edges = (cidr.network_address, cidr.broadcast_address) if cidr.num_addresses > 2 else ()
    return address in cidr and (cidr.version == 6 or address not in edges)


def take_next(connection, runtime, subnet, port_id):
    """Give a port one address more; False if none is free."""
    return _next(connection, runtime, subnet, port_id, None)


def give_back(connection, port_id, address):
    connection.execute(addresses.delete().where(
        addresses.c.port_id == port_id, addresses.c.address == address))


def _next(connection, runtime, subnet, port_id, mac):
    """Take the next address that is free; False if there is none."""
    if subnet.ipv6_address_mode in ('slaac', 'dhcpv6-stateless'):
        return _take(connection, subnet, port_id, _from_mac(subnet, mac))
    for attempt in range(ATTEMPTS):
        free = _free(connection, subnet, runtime.random.randrange(4 * attempt + 1))
        if free is None:
            return False
        if _take(connection, subnet, port_id, free):
            return True
    return False


def _take(connection, subnet, port_id, number):
    kind = ipaddress.IPv4Address if subnet.ip_version == 4 else ipaddress.IPv6Address
    return seeds.insert(
        connection, addresses, port_id=port_id, subnet_id=subnet.id,
        address=str(kind(number)), position=f'{number:032x}')


def _from_mac(subnet, mac):
    """The address a host gives itself: its MAC in the last 64 bits (RFC 4291)."""
    digits = bytes.fromhex(mac.replace(':', ''))
    host = bytes([digits[0] ^ 2]) + digits[1:3] + b'\xff\xfe' + digits[3:]
    return int(ipaddress.ip_network(subnet.cidr).network_address) + int.from_bytes(host, 'big')


def _free(connection, subnet, skip):
    """An address nobody has, ``skip`` places on; None if the subnet is full.

    The next one above the highest is found in the index, so a subnet of any
    size costs the same until it has been used to its end; only then are holes
    looked for.
    """
    ranges = [tuple(int(ipaddress.ip_address(pool[end])) for end in ('start', 'end'))
              for pool in subnet.allocation_pools]
    for low, high in ranges:
        top = connection.scalar(_within(subnet, sa.func.max(addresses.c.position), low, high))
        free = low if top is None else int(top, 16) + 1
        if free <= high:
            return min(free + skip, high)
    for low, high in ranges:
        used = connection.scalars(_within(subnet, addresses.c.position, low, high))
        holes = [number for number in _holes(low, {int(text, 16) for text in used}, skip)
                 if number <= high]
        if holes:
            return holes[-1]
    return None


def _within(subnet, column, low, high):
    return sa.select(column).where(
        addresses.c.subnet_id == subnet.id,
        addresses.c.position.between(f'{low:032x}', f'{high:032x}'))


def _holes(low, used, skip):
    number, found = low, 0
    while found <= skip:
        if number not in used:
            found += 1
            yield number
        number += 1
