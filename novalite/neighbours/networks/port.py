"""Ports: a MAC and addresses on a network, and what is plugged in there."""

import re

from novalite import errors
from novalite.db import addresses
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.db import security
from novalite.db import trunks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.network import NETWORK
from novalite.neighbours.networks.nouns import Field


def _more(call, connection, rows):
    found = addresses.of_ports(connection, [row.id for row in rows])
    trunked = _trunks(connection, rows)
    return {row.id: {
        'fixed_ips': [{'subnet_id': given.subnet_id, 'ip_address': given.address}
                      for given in found[row.id]],
        'ip_allocation': 'immediate',
    } | trunked[row.id] | (_binding(row) if call.admin else {}) for row in rows}


def _trunks(connection, rows):
    """What a port tells of the trunk that it carries."""
    carried = trunks.on_ports(connection, [row.id for row in rows])
    sub_ports = trunks.sub_ports_of(connection, [trunk.id for trunk in carried.values()])
    return {row.id: {'trunk_details': {'trunk_id': carried[row.id].id, 'sub_ports': [
        {'port_id': one.port_id, 'segmentation_type': one.segmentation_type,
         'segmentation_id': one.segmentation_id,
         'mac_address': networks.find(connection, networks.ports, one.port_id).mac_address}
        for one in sub_ports[carried[row.id].id]]}} if row.id in carried else {} for row in rows}


def _binding(row):
    if not row.host:
        return {'binding:vif_type': 'unbound', 'binding:vif_details': {}}
    return {'binding:vif_type': 'ovs', 'binding:vif_details': {'port_filter': True}}


def _by_fixed_ip(text):
    """``ip_address=10.0.0.5`` or ``subnet_id=...``, as clients write it in ``fixed_ips``."""
    name, _, value = text.partition('=')
    if name not in ('ip_address', 'subnet_id'):
        raise errors.Invalid(f"Invalid filter fixed_ips='{text}': ip_address or subnet_id.")
    return networks.with_address(name, value)


def _mac(value):
    if not isinstance(value, str) or not re.fullmatch('([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}', value):
        raise ValueError(f"'{value}' is not a valid MAC address.")
    return value.lower()


FIXED_IP = nouns.record(ip_address=nouns.address, subnet_id=nouns.text(36))
PAIR = nouns.record(ip_address=nouns.text(64), mac_address=_mac)
DHCP_OPTION = nouns.record(opt_name=nouns.text(64), opt_value=nouns.text(null=True),
                           ip_version=nouns.number(4, 6))

PORT = nouns.Noun(
    'port', 'ports', networks.ports, errors.PortNotFound, (
        *nouns.FIRST,
        Field('network_id', nouns.text(36), put=False, needed=True),
        Field('mac_address', _mac, put=False),
        Field('fixed_ips', nouns.items(FIXED_IP), ''),
        Field('status'),
        Field('admin_state_up', nouns.flag),
        Field('device_id', nouns.text()),
        Field('device_owner', nouns.text()),
        Field('security_groups', nouns.items(nouns.text(36), null=True)),
        Field('port_security_enabled', nouns.flag),
        Field('allowed_address_pairs', nouns.items(PAIR)),
        Field('extra_dhcp_opts', nouns.items(DHCP_OPTION)),
        Field('binding:vnic_type', nouns.text(64), 'vnic_type'),
        Field('binding:host_id', nouns.text(), 'host', admin='see'),
        Field('binding:profile', nouns.mapping, 'profile', admin='see'),
        *nouns.LAST),
    derived=_more,
    filters={'fixed_ips': _by_fixed_ip})


def create(call):
    columns = PORT.given(call, 'post')
    with call.db.write() as connection:
        network = NETWORK.fetch(call, connection, columns['network_id'])
        if not (call.admin or network.shared or network.project_id == call.ctxt.project_id):
            raise errors.Forbidden('(rule:create_port) is disallowed by policy')
        _check_device(call, connection, columns)
        columns['security_groups'] = _groups(call, connection, columns)
        quotas.refuse_excess(connection, columns['project_id'], 'port')
        port_id = networks.create_port(connection, call.runtime, **columns | _status(columns))
        return PORT.shown(call, connection, port_id)


def _check_device(call, connection, columns):
    """A port of somebody else's server would change what that server shows of itself."""
    device_id = columns.get('device_id')
    if not networks.device_owned(connection, call.ctxt, device_id):
        raise errors.DeviceIDNotOwnedByTenant(id=device_id)


def _groups(call, connection, columns):
    """The groups named, or the default one; none where nothing is filtered."""
    named = columns.get('security_groups')
    if named is None:
        if not columns.get('port_security_enabled', True):
            return []
        return [security.default(connection, call.runtime, columns['project_id'])]
    for group_id in named:
        if networks.find(connection, security.groups, group_id, call.ctxt) is None:
            raise errors.SecurityGroupNotFound(id=group_id)
    return named


def _status(columns):
    return {'status': 'ACTIVE' if columns['host'] else 'DOWN'} if 'host' in columns else {}


def update(call, row_id):
    columns = PORT.given(call, 'put')
    fixed_ips = columns.pop('fixed_ips', None)
    with call.db.write() as connection:
        row = PORT.owned(call, connection, row_id)
        _check_device(call, connection, columns)
        if 'security_groups' in columns:
            columns['security_groups'] = _groups(
                call, connection, {'project_id': row.project_id} | columns)
        networks.change(connection, call.runtime, networks.ports, row_id,
                        **columns | _status(columns))
        if fixed_ips is not None:
            networks.move_port(connection, call.runtime, row, fixed_ips)
        if row.device_id:
            networks.refresh(connection, call.runtime, row.device_id)
        return PORT.shown(call, connection, row_id)


def delete(call, row_id):
    with call.db.write() as connection:
        row = PORT.owned(call, connection, row_id)
        if row.device_owner.startswith('network:'):
            raise errors.PortOfRouterInUse(id=row_id, owner=row.device_owner)
        if trunk_id := trunks.using(connection, row_id):
            raise errors.TrunkPortInUse(port=row_id, trunk=trunk_id)
        networks.remove(connection, networks.ports, row_id)
        networks.refresh(connection, call.runtime, row.device_id)
