"""Floating addresses: an address outside that leads to a server's address inside."""

from novalite import errors
from novalite.db import floating
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.nouns import Field
from novalite.neighbours.networks.port import PORT

_NOWHERE = {'fixed_ip_address': None, 'router_id': None, 'status': 'DOWN', 'port_details': None}
ALWAYS = {'dns_domain': '', 'dns_name': '', 'qos_policy_id': None, 'port_forwardings': []}


def _more(_call, connection, rows):
    return {row.id: ALWAYS | (_led(connection, row) if row.port_id else _NOWHERE) for row in rows}


def _led(connection, row):
    port = networks.find(connection, networks.ports, row.port_id)
    details = {name: getattr(port, name) for name in (
        'name', 'network_id', 'mac_address', 'admin_state_up', 'status', 'device_id',
        'device_owner')}
    return {'fixed_ip_address': row.fixed_ip_address, 'router_id': row.router_id,
            'status': 'ACTIVE', 'port_details': details}


FLOATING_IP = nouns.Noun(
    'floatingip', 'floatingips', floating.floating_ips, errors.FloatingIPNotFound, (
        *(field for field in nouns.FIRST if field.name != 'name'),
        Field('floating_network_id', nouns.text(36), put=False, needed=True),
        Field('floating_ip_address', nouns.address, put=False),
        Field('subnet_id', nouns.text(36, null=True), '', put=False),
        Field('port_id', nouns.text(36, null=True)),
        Field('fixed_ip_address', nouns.address),
        *nouns.LAST),
    derived=_more,
    filters={'router_id': lambda value: floating.floating_ips.c.router_id == value,
             'status': lambda value: floating.floating_ips.c.port_id.is_not(None)
             if value == 'ACTIVE' else floating.floating_ips.c.port_id.is_(None)})


def create(call):
    columns = FLOATING_IP.given(call, 'post')
    subnet_id, address = columns.pop('subnet_id', None), columns.pop('floating_ip_address', None)
    port_id, fixed = columns.pop('port_id', None), columns.pop('fixed_ip_address', None)
    if address and not call.admin:
        raise errors.Forbidden('(post_floatingip:floating_ip_address) is disallowed by policy')
    with call.db.write() as connection:
        network = _external(call, connection, columns['floating_network_id'])
        quotas.refuse_excess(connection, columns['project_id'], 'floatingip')
        row_id = networks.allocate_floating(
            connection, call.runtime, network, subnet_id=subnet_id, address=address, **columns)
        _associate(call, connection, FLOATING_IP.fetch(call, connection, row_id), port_id, fixed)
        return FLOATING_IP.shown(call, connection, row_id)


def _external(call, connection, network_id):
    network = networks.find(connection, networks.networks, network_id, call.ctxt)
    if network is None:
        raise errors.NetworkNotFound(id=network_id)
    if not network.external:
        raise errors.Invalid(f'Bad floatingip request: Network {network_id} is not a valid '
                             f'external network.')
    return network


def _associate(call, connection, row, port_id, fixed):
    if port_id is None:
        if fixed:
            raise errors.Invalid('Bad floatingip request: fixed_ip_address cannot be specified '
                                 'without a port_id.')
        networks.dissociate(connection, call.runtime, row)
        return
    port = PORT.owned(call, connection, port_id)
    networks.associate(connection, call.runtime, row, port, fixed)


def update(call, row_id):
    columns = FLOATING_IP.given(call, 'put')
    leads = {name: columns.pop(name, None) for name in ('port_id', 'fixed_ip_address')
             if name in columns}
    with call.db.write() as connection:
        row = FLOATING_IP.owned(call, connection, row_id)
        if columns:
            networks.change(connection, call.runtime, floating.floating_ips, row_id, **columns)
        if leads:
            _associate(call, connection, row, leads.get('port_id', row.port_id),
                       leads.get('fixed_ip_address'))
        return FLOATING_IP.shown(call, connection, row_id)


def delete(call, row_id):
    with call.db.write() as connection:
        row = FLOATING_IP.owned(call, connection, row_id)
        networks.release_floating(connection, call.runtime, row)
