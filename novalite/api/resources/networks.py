"""Networks as compute showed them, to 2.35: what is left of it is their ids and names."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.schema import Field
from novalite.db import networks

RULES = (
    policy.rule('os-networks:list', policy.READER, 'List networks, to 2.35.'),
    policy.rule('os-networks:show', policy.READER, 'Show a network, to 2.35.'),
    policy.rule('os-tenant-networks:list', policy.READER,
                'List the networks of a project, to 2.35.'),
    policy.rule('os-tenant-networks:show', policy.READER,
                'Show a network of a project, to 2.35.'),
)

#: The last version of all that stood for the network service.
LAST = V(2, 35)

#: What the networks of old had, and those of now have elsewhere; the second for administrators.
_EMPTY = ('cidr', 'netmask', 'gateway', 'broadcast', 'dns1', 'dns2', 'cidr_v6', 'gateway_v6',
          'netmask_v6')
_EMPTY_FOR_ADMINS = (
    'created_at', 'updated_at', 'deleted_at', 'deleted', 'injected', 'bridge', 'vlan',
    'vpn_public_address', 'vpn_public_port', 'vpn_private_address', 'dhcp_start', 'project_id',
    'host', 'bridge_interface', 'multi_host', 'priority', 'rxtx_base', 'mtu', 'dhcp_server',
    'enable_dhcp', 'share_address')

NETWORK = (
    Field('id', schema.UUID, lambda row, req: row.id),
    Field('label', schema.STRING, lambda row, req: row.name),
    *(Field(name, schema.NULL, lambda row, req: None) for name in _EMPTY),
    *(Field(name, schema.NULL, lambda row, req: None if req.is_admin else schema.ABSENT,
            optional=True) for name in _EMPTY_FOR_ADMINS),
)

TENANT_NETWORK = (
    Field('id', schema.UUID, lambda row, req: row.id),
    Field('label', schema.STRING, lambda row, req: row.name),
    Field('cidr', schema.STRING, lambda row, req: 'None'),     # clients of old want a text
)


def need(req):
    """Raise NotFound where networks are kept elsewhere."""
    if not req.service.networked:
        raise errors.NotFound('Compute has no view of networks that are kept elsewhere.')


def _listed(req, rule, fields):
    need(req)
    req.authorize(rule)
    with req.db.read() as connection:
        rows = networks.listed(connection, networks.networks, req.context)
    return {'networks': schema.views(fields, req, rows)}


def _shown(req, rule, fields, id):
    need(req)
    req.authorize(rule)
    with req.db.read() as connection:
        row = networks.find(connection, networks.networks, id, req.context)
    if row is None:
        raise errors.NotFound('Network not found')
    return {'network': schema.view(fields, req, row)}


@schema.between(MIN, LAST)
@schema.returns(200, 'networks', NETWORK, many=True)
def index(req):
    """GET /os-networks: 200 with those the caller may see."""
    return _listed(req, 'os-networks:list', NETWORK)


@schema.between(MIN, LAST)
@schema.returns(200, 'network', NETWORK)
def show(req, id):
    """GET /os-networks/{id}: 200."""
    return _shown(req, 'os-networks:show', NETWORK, id)


@schema.between(MIN, LAST)
@schema.returns(200, 'networks', TENANT_NETWORK, many=True)
def index_of_tenant(req):
    """GET /os-tenant-networks: 200 with those the caller may see."""
    return _listed(req, 'os-tenant-networks:list', TENANT_NETWORK)


@schema.between(MIN, LAST)
@schema.returns(200, 'network', TENANT_NETWORK)
def show_of_tenant(req, id):
    """GET /os-tenant-networks/{id}: 200."""
    return _shown(req, 'os-tenant-networks:show', TENANT_NETWORK, id)
