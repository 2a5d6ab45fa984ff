"""Floating addresses as compute showed them, to 2.35; its pools are the external networks."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN
from novalite.api.resources import networks as networks_resource
from novalite.api.schema import Field
from novalite.db import floating
from novalite.db import network_quotas
from novalite.db import networks

RULES = (
    policy.rule('os-floating-ip-pools', policy.ANYONE,
                'List the pools of floating addresses, to 2.35.'),
    policy.rule('os-floating-ips:list', policy.READER, 'List floating addresses, to 2.35.'),
    policy.rule('os-floating-ips:show', policy.READER, 'Show a floating address, to 2.35.'),
    policy.rule('os-floating-ips:create', policy.MEMBER, 'Get a floating address, to 2.35.'),
    policy.rule('os-floating-ips:delete', policy.MEMBER, 'Give a floating address back, to 2.35.'),
)

_LAST = networks_resource.LAST

POOL = (Field('name', schema.STRING, lambda row, req: row.name or row.id),)

#: Of (row, its network, the port it leads to).
FLOATING_IP = (
    Field('id', schema.UUID, lambda it, req: it[0].id),
    Field('ip', schema.STRING, lambda it, req: it[0].floating_ip_address),
    Field('pool', schema.STRING, lambda it, req: it[1].name or it[1].id),
    Field('fixed_ip', schema.STRING_OR_NULL,
          lambda it, req: it[0].fixed_ip_address if it[2] else None),
    Field('instance_id', schema.STRING_OR_NULL,
          lambda it, req: it[2].device_id if it[2] else None),
)


@schema.between(MIN, _LAST)
@schema.returns(200, 'floating_ip_pools', POOL, many=True)
def pools(req):
    """GET /os-floating-ip-pools: 200."""
    networks_resource.need(req)
    req.authorize('os-floating-ip-pools')
    with req.db.read() as connection:
        return {'floating_ip_pools': schema.views(POOL, req, _pools(req, connection))}


def _pools(req, connection):
    return networks.listed(connection, networks.networks, req.context,
                           [networks.networks.c.external])


def _views(req, connection, rows):
    return schema.views(FLOATING_IP, req, [
        (row, networks.get(connection, row.floating_network_id),
         row.port_id and networks.find(connection, networks.ports, row.port_id))
        for row in rows])


@schema.between(MIN, _LAST)
@schema.returns(200, 'floating_ips', FLOATING_IP, many=True)
def index(req):
    """GET /os-floating-ips: 200 with those of the caller's project."""
    networks_resource.need(req)
    req.authorize('os-floating-ips:list')
    table = floating.floating_ips
    with req.db.read() as connection:
        rows = networks.listed(connection, table, req.context,
                               [table.c.project_id == req.context.project_id])
        return {'floating_ips': _views(req, connection, rows)}


def _find(req, connection, id, lock=False):
    row = networks.find(connection, floating.floating_ips, id, req.context, lock)
    if row is None:
        raise errors.NotFound(f'Floating IP not found for ID {id}')
    return row


@schema.between(MIN, _LAST)
@schema.returns(200, 'floating_ip', FLOATING_IP)
def show(req, id):
    """GET /os-floating-ips/{id}: 200."""
    networks_resource.need(req)
    req.authorize('os-floating-ips:show')
    with req.db.read() as connection:
        return {'floating_ip': _views(req, connection, [_find(req, connection, id)])[0]}


@schema.between(MIN, _LAST)
@schema.accepts(None, Field('pool', schema.STRING_OR_NULL))
@schema.returns(200, 'floating_ip', FLOATING_IP)
def create(req):
    """POST /os-floating-ips: 200 with an address of the ``pool``, or of the default one."""
    networks_resource.need(req)
    req.authorize('os-floating-ips:create')
    wanted = req.body.get('pool')
    with req.db.write() as connection:
        found = _pools(req, connection)
        pool = next((row for row in found if wanted in (row.id, row.name)
                     or wanted is None and row.is_default), None)
        if pool is None:
            raise errors.NotFound('Floating IP pool not found.')
        where = f' in pool {wanted}' if wanted else ''
        try:
            network_quotas.refuse_excess(connection, req.context.project_id, 'floatingip')
            id = networks.allocate_floating(
                connection, req.runtime, pool, project_id=req.context.project_id)
        except errors.NetworkQuotaExceeded:
            raise errors.Forbidden(f'IP allocation over quota{where}.') from None
        except errors.IpAddressGenerationFailure:
            raise errors.NotFound(
                f'No more floating IPs{where or " available"}.') from None
        return {'floating_ip': _views(req, connection, [_find(req, connection, id)])[0]}


@schema.between(MIN, _LAST)
@schema.returns(202)
def delete(req, id):
    """DELETE /os-floating-ips/{id}: 202; it leads nowhere then, and is anybody's."""
    networks_resource.need(req)
    req.authorize('os-floating-ips:delete')
    with req.db.write() as connection:
        networks.release_floating(connection, req.runtime, _find(req, connection, id, lock=True))
