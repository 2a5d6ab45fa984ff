"""Networks and their subnets."""

import ipaddress

from novalite import errors
from novalite.db import addresses
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.nouns import Field

AVAILABILITY = {'availability_zones': ['nova'], 'availability_zone_hints': [],
                'ipv4_address_scope': None, 'ipv6_address_scope': None}


def _with_subnets(_call, connection, rows):
    subnets = networks.subnets_of(connection, [row.id for row in rows])
    return {network_id: AVAILABILITY | {'subnets': [subnet.id for subnet in found]}
            for network_id, found in subnets.items()}


NETWORK = nouns.Noun(
    'network', 'networks', networks.networks, errors.NetworkNotFound, (
        *nouns.FIRST,
        Field('status'),
        Field('admin_state_up', nouns.flag),
        Field('shared', nouns.flag, admin='set'),
        Field('router:external', nouns.flag, 'external', admin='set'),
        Field('is_default', nouns.flag, admin='set'),
        Field('port_security_enabled', nouns.flag),
        Field('mtu', nouns.number(68, 65535)),
        Field('availability_zone_hints', nouns.items(nouns.text()), '', put=False),
        Field('provider:network_type', nouns.text(32), 'network_type', put=False, admin='see'),
        Field('provider:physical_network', nouns.text(64, null=True), 'physical_network',
              put=False, admin='see'),
        Field('provider:segmentation_id', nouns.number(0, 2**31 - 1, null=True),
              'segmentation_id', put=False, admin='see'),
        *nouns.LAST),
    derived=_with_subnets)


def _more(_call, _connection, rows):
    return {row.id: {'subnetpool_id': None, 'service_types': [], 'segment_id': None,
                     'dns_publish_fixed_ip': False} for row in rows}


POOL = nouns.record(start=nouns.address, end=nouns.address)
ROUTE = nouns.record(destination=nouns.text(), nexthop=nouns.address)
IPV6_MODE = nouns.one_of('slaac', 'dhcpv6-stateful', 'dhcpv6-stateless', None)

SUBNET = nouns.Noun(
    'subnet', 'subnets', networks.subnets, errors.SubnetNotFound, (
        *nouns.FIRST,
        Field('network_id', nouns.text(36), put=False, needed=True),
        Field('ip_version', nouns.number(4, 6), put=False, needed=True),
        Field('cidr', nouns.text(64), put=False, needed=True),
        Field('gateway_ip', nouns.address),
        Field('enable_dhcp', nouns.flag),
        Field('allocation_pools', nouns.items(POOL)),
        Field('dns_nameservers', nouns.items(nouns.address)),
        Field('host_routes', nouns.items(ROUTE)),
        Field('ipv6_ra_mode', IPV6_MODE, put=False),
        Field('ipv6_address_mode', IPV6_MODE, put=False),
        *nouns.LAST),
    derived=_more)


# Networks

def create(call):
    columns = NETWORK.given(call, 'post')
    columns.pop('availability_zone_hints', None)
    with call.db.write() as connection:
        quotas.refuse_excess(connection, columns['project_id'], 'network')
        network_id = networks.insert(connection, call.runtime, networks.networks, **columns)
        return NETWORK.shown(call, connection, network_id)


def update(call, row_id):
    columns = NETWORK.given(call, 'put')
    with call.db.write() as connection:
        NETWORK.owned(call, connection, row_id)
        networks.change(connection, call.runtime, networks.networks, row_id, **columns)
        return NETWORK.shown(call, connection, row_id)


def delete(call, row_id):
    with call.db.write() as connection:
        NETWORK.owned(call, connection, row_id)
        networks.delete_network(connection, row_id)


# Subnets

def create_subnet(call):
    columns = _ranges(SUBNET.given(call, 'post'))
    with call.db.write() as connection:
        # Locked, so that two subnets made at once cannot overlap.
        network = NETWORK.owned(call, connection, columns['network_id'])
        _check_apart(connection, network.id, columns['cidr'])
        columns['project_id'] = network.project_id
        quotas.refuse_excess(connection, network.project_id, 'subnet')
        subnet_id = networks.insert(connection, call.runtime, networks.subnets, **columns)
        return SUBNET.shown(call, connection, subnet_id)


def _ranges(columns):
    """The columns with the gateway and the pools that were left to us."""
    cidr = _cidr(columns)
    columns['cidr'] = str(cidr)
    first = cidr.network_address + (cidr.num_addresses > 2)
    gateway = columns.setdefault('gateway_ip', str(first))
    gateway = gateway and ipaddress.ip_address(gateway)
    if columns.get('allocation_pools'):
        _check_pools(cidr, gateway, columns['allocation_pools'])
    else:
        columns['allocation_pools'] = addresses.pools(cidr, gateway)
    return columns


def _cidr(columns):
    try:
        cidr = ipaddress.ip_network(columns['cidr'], strict=False)
    except ValueError:
        raise errors.Invalid(
            f"Invalid input for cidr. Reason: '{columns['cidr']}' is not a valid IP subnet."
        ) from None
    if cidr.version != columns['ip_version']:
        raise errors.Invalid(
            f"Invalid input for operation: cidr '{cidr}' does not match the ip_version "
            f"'{columns['ip_version']}'.")
    return cidr


def _check_pools(cidr, gateway, pools):
    for pool in pools:
        if set(pool) != {'start', 'end'}:
            raise errors.Invalid('An allocation pool has a start and an end.')
        start, end = (ipaddress.ip_address(pool[name]) for name in ('start', 'end'))
        if start not in cidr or end not in cidr or start > end:
            raise errors.Invalid(f'The allocation pool {start}-{end} is not valid in {cidr}.')
        if gateway and start <= gateway <= end:
            raise errors.Conflict(
                f'Gateway ip {gateway} conflicts with allocation pool {start}-{end}.')


def _check_apart(connection, network_id, cidr):
    cidr = ipaddress.ip_network(cidr)
    for subnet in networks.subnets_of(connection, [network_id])[network_id]:
        other = ipaddress.ip_network(subnet.cidr)
        if other.version == cidr.version and other.overlaps(cidr):
            raise errors.Invalid(
                f'Requested subnet with cidr: {cidr} for network: {network_id} overlaps with '
                f'another subnet: {other}')


def update_subnet(call, row_id):
    columns = SUBNET.given(call, 'put')
    with call.db.write() as connection:
        row = SUBNET.owned(call, connection, row_id)
        gateway = columns.get('gateway_ip', row.gateway_ip)
        _check_pools(ipaddress.ip_network(row.cidr), gateway and ipaddress.ip_address(gateway),
                     columns.get('allocation_pools', row.allocation_pools))
        networks.change(connection, call.runtime, networks.subnets, row_id, **columns)
        return SUBNET.shown(call, connection, row_id)


def delete_subnet(call, row_id):
    with call.db.write() as connection:
        SUBNET.owned(call, connection, row_id)
        networks.delete_subnet(connection, row_id)
