"""How many addresses networks have, and how many of them are used."""

import ipaddress

from novalite import errors
from novalite.db import networks
from novalite.neighbours.networks.network import NETWORK


def _views(connection, rows):
    subnets = networks.subnets_of(connection, [row.id for row in rows])
    used = networks.used_addresses(
        connection, [subnet.id for found in subnets.values() for subnet in found])
    for row in rows:
        found = [{'subnet_id': subnet.id, 'subnet_name': subnet.name, 'cidr': subnet.cidr,
                  'ip_version': subnet.ip_version, 'total_ips': _total(subnet),
                  'used_ips': used.get(subnet.id, 0)} for subnet in subnets[row.id]]
        yield {'network_id': row.id, 'network_name': row.name, 'project_id': row.project_id,
               'tenant_id': row.project_id, 'subnet_ip_availability': found,
               'total_ips': sum(one['total_ips'] for one in found),
               'used_ips': sum(one['used_ips'] for one in found)}


def _total(subnet):
    return sum(int(ipaddress.ip_address(pool['end'])) - int(ipaddress.ip_address(pool['start'])) + 1
               for pool in subnet.allocation_pools)


def _administrators_only(call):
    if not call.admin:
        raise errors.Forbidden('rule:get_network_ip_availability is disallowed by policy')


def index(call):
    """GET /network-ip-availabilities"""
    _administrators_only(call)
    columns = networks.networks.c
    known = {'network_id': columns.id, 'network_name': columns.name,
             'project_id': columns.project_id, 'tenant_id': columns.project_id}
    wanted = [known[name] == value for name, value in call.params() if name in known]
    with call.db.read() as connection:
        rows = networks.listed(connection, networks.networks, call.ctxt, wanted)
        found = list(_views(connection, rows))
    version = call.param('ip_version')
    return {'network_ip_availabilities': [
        one for one in found if version is None or any(
            str(subnet['ip_version']) == version for subnet in one['subnet_ip_availability'])]}


def show(call, row_id):
    """GET /network-ip-availabilities/{network_id}"""
    _administrators_only(call)
    with call.db.read() as connection:
        (found,) = _views(connection, [NETWORK.fetch(call, connection, row_id)])
    return {'network_ip_availability': found}
