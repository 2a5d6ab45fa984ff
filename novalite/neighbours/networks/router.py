"""Routers: what leads from a project's networks to the outside, so that addresses can float."""

from novalite import errors
from novalite.db import addresses
from novalite.db import floating
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.network import SUBNET
from novalite.neighbours.networks.nouns import Field
from novalite.neighbours.networks.port import FIXED_IP, PORT

ALWAYS = {'availability_zones': ['nova'], 'availability_zone_hints': [], 'distributed': False,
          'ha': False, 'flavor_id': None}


def _more(_call, connection, rows):
    return {row.id: ALWAYS | {'external_gateway_info': _gateway(connection, row)} for row in rows}


def _gateway(connection, row):
    for port in networks.router_ports(connection, row.id, 'gateway'):
        return {'network_id': port.network_id, 'enable_snat': row.enable_snat,
                'external_fixed_ips': [
                    {'subnet_id': ip.subnet_id, 'ip_address': ip.address}
                    for ip in addresses.of_ports(connection, [port.id])[port.id]]}
    return None


_GATEWAY = nouns.record(network_id=nouns.text(36, null=True), enable_snat=nouns.flag,
                        external_fixed_ips=nouns.items(FIXED_IP))


def _gateway_or_null(value):
    return {} if value is None else _GATEWAY(value)


ROUTER = nouns.Noun(
    'router', 'routers', floating.routers, errors.RouterNotFound, (
        *nouns.FIRST,
        Field('status'),
        Field('admin_state_up', nouns.flag),
        Field('external_gateway_info', _gateway_or_null, ''),
        Field('routes', nouns.items(nouns.record(
            destination=nouns.text(), nexthop=nouns.address)), put=True),
        Field('availability_zone_hints', nouns.items(nouns.text()), '', put=False),
        Field('distributed', nouns.flag, '', put=False),
        Field('ha', nouns.flag, '', put=False),
        *nouns.LAST),
    derived=_more)


def _columns(call, verb):
    """The columns, and the gateway that is asked for: None if none is mentioned."""
    columns = ROUTER.given(call, verb)
    for name in ('availability_zone_hints', 'distributed', 'ha'):
        columns.pop(name, None)
    gateway = columns.pop('external_gateway_info', None)
    if gateway and 'enable_snat' in gateway:
        columns['enable_snat'] = gateway['enable_snat']
    return columns, gateway


def create(call):
    columns, gateway = _columns(call, 'post')
    with call.db.write() as connection:
        quotas.refuse_excess(connection, columns['project_id'], 'router')
        router_id = networks.insert(connection, call.runtime, floating.routers, **columns)
        if gateway:
            _set_gateway(call, connection, ROUTER.fetch(call, connection, router_id), gateway)
        return ROUTER.shown(call, connection, router_id)


def update(call, row_id):
    columns, gateway = _columns(call, 'put')
    with call.db.write() as connection:
        row = ROUTER.owned(call, connection, row_id)
        networks.change(connection, call.runtime, floating.routers, row_id, **columns)
        if gateway is not None:
            _set_gateway(call, connection, row, gateway)
        return ROUTER.shown(call, connection, row_id)


def _set_gateway(call, connection, row, gateway):
    network_id = gateway.get('network_id')
    before = networks.router_ports(connection, row.id, 'gateway')
    if before and before[0].network_id != network_id and floating.through(connection, row.id):
        raise errors.RouterExternalGatewayInUseByFloatingIp(
            router=row.id, network=before[0].network_id)
    if network_id is not None:
        network = networks.find(connection, networks.networks, network_id, call.ctxt)
        if network is None:
            raise errors.NetworkNotFound(id=network_id)
        if not network.external:
            raise errors.Invalid(f'Bad router request: Network {network_id} is not an external '
                                 f'network.')
    networks.set_gateway(connection, call.runtime, row, network_id,
                         gateway.get('external_fixed_ips') or None)


def delete(call, row_id):
    with call.db.write() as connection:
        row = ROUTER.owned(call, connection, row_id)
        if networks.router_ports(connection, row_id, 'interface'):
            raise errors.RouterInUse(id=row_id)
        networks.set_gateway(connection, call.runtime, row, None)
        networks.remove(connection, floating.routers, row_id)


# Interfaces

def _asked(call):
    body = call.body()
    named = {name for name in ('subnet_id', 'port_id')
             if isinstance(body, dict) and isinstance(body.get(name), str)}
    if not named:
        raise errors.Invalid('Bad router request: Either subnet_id or port_id must be specified.')
    return {name: body[name] for name in named}


def add_interface(call, row_id):
    """By a subnet, whose gateway the router becomes, or by a port that is there."""
    asked = _asked(call)
    if len(asked) > 1:
        raise errors.Invalid('Bad router request: Cannot specify both subnet-id and port-id.')
    with call.db.write() as connection:
        row = ROUTER.owned(call, connection, row_id)
        if 'port_id' in asked:
            port_id = _take_port(call, connection, row, asked['port_id'])
        else:
            port_id = _add_to_subnet(call, connection, row, asked['subnet_id'])
        return _told(connection, row, port_id)


def _take_port(call, connection, row, port_id):
    port = PORT.owned(call, connection, port_id)
    if port.device_id:
        raise errors.PortInUse(id=port_id)
    for given in addresses.of_ports(connection, [port_id])[port_id]:
        _refuse_second(connection, row, given.subnet_id)
    networks.change(connection, call.runtime, networks.ports, port_id, device_id=row.id,
                    device_owner='network:router_interface', status='ACTIVE')
    return port_id


def _add_to_subnet(call, connection, row, subnet_id):
    subnet = SUBNET.fetch(call, connection, subnet_id)
    if not subnet.gateway_ip:
        raise errors.Invalid('Bad router request: Subnet for router interface must have a gateway '
                             'IP.')
    network = networks.get(connection, subnet.network_id)
    if not (call.admin or network.shared or subnet.project_id == call.ctxt.project_id):
        raise errors.Invalid(f'Bad router request: Cannot add interface to router because subnet '
                             f'{subnet_id} is not owned by project making the request.')
    _refuse_second(connection, row, subnet_id)
    return networks.create_router_port(
        connection, call.runtime, row, 'interface', subnet.network_id,
        [{'subnet_id': subnet_id, 'ip_address': subnet.gateway_ip}])


def _refuse_second(connection, row, subnet_id):
    if _on_subnet(connection, row, subnet_id):
        raise errors.Invalid(f'Bad router request: Router already has a port on subnet '
                             f'{subnet_id}.')


def _on_subnet(connection, row, subnet_id):
    """The interface on a subnet, or None."""
    ports = [port.id for port in networks.router_ports(connection, row.id, 'interface')]
    given = addresses.of_ports(connection, ports)
    return next((port for port in ports for ip in given[port] if ip.subnet_id == subnet_id), None)


def remove_interface(call, row_id):
    asked = _asked(call)
    with call.db.write() as connection:
        row = ROUTER.owned(call, connection, row_id)
        port_id = asked.get('port_id') or _on_subnet(connection, row, asked['subnet_id'])
        known = {port.id for port in networks.router_ports(connection, row_id, 'interface')}
        if port_id not in known:
            raise errors.RouterInterfaceNotFoundForSubnet(
                router=row_id, subnet=asked.get('subnet_id', asked.get('port_id')))
        told = _told(connection, row, port_id)
        _refuse_needed(connection, row, told['subnet_ids'])
        networks.remove(connection, networks.ports, port_id)
        return told


def _refuse_needed(connection, row, subnet_ids):
    leading = [one.port_id for one in floating.through(connection, row.id)]
    for given in addresses.of_ports(connection, leading).values():
        for ip in given:
            if ip.subnet_id in subnet_ids:
                raise errors.RouterInterfaceInUseByFloatingIP(router=row.id, subnet=ip.subnet_id)


def _told(connection, row, port_id):
    port = networks.find(connection, networks.ports, port_id)
    subnets = [ip.subnet_id for ip in addresses.of_ports(connection, [port_id])[port_id]]
    return {'id': row.id, 'project_id': row.project_id, 'tenant_id': row.project_id,
            'port_id': port_id, 'network_id': port.network_id,
            'subnet_id': subnets[0] if subnets else None, 'subnet_ids': subnets, 'tags': []}
