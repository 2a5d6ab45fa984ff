"""Servers: list, show, change and delete. To create one is a matter of its own."""

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import server_create
from novalite.api.resources import server_fields
from novalite.api.resources import server_filters
from novalite.api.schema import Field
from novalite.db import history
from novalite.db import hosts
from novalite.db import server_groups
from novalite.db import server_tags
from novalite.db import servers
from novalite.servers.states import Task

RULES = (
    *server_create.RULES,
    policy.rule('servers:index', policy.READER, 'List servers.'),
    policy.rule('servers:detail', policy.READER, 'List servers with all there is to see.'),
    policy.rule('servers:index:get_all_tenants', policy.ADMIN, 'List servers of all projects.'),
    policy.rule('servers:detail:get_all_tenants', policy.ADMIN,
                'List servers of all projects with all there is to see.'),
    policy.rule('servers:show', policy.READER, 'Show a server.'),
    policy.rule('servers:show:host_status', policy.ADMIN, 'See the status of a server\'s host.'),
    policy.rule('servers:show:host_status:unknown-only', policy.ADMIN,
                'See the status of a server\'s host if it is UNKNOWN.'),
    policy.rule('servers:show:flavor-extra-specs', policy.READER,
                'See the extra specs in a server\'s flavor.'),
    policy.rule('servers:update', policy.MEMBER, 'Change a server\'s name and description.'),
    policy.rule('servers:delete', policy.MEMBER, 'Delete a server.'),
    policy.rule('servers:allow_all_filters', policy.ADMIN, 'Filter servers by any field.'),
    policy.rule('os-extended-server-attributes', policy.ADMIN,
                'See a server\'s host and other attributes of the inside.'),
    policy.rule('ips:index', policy.READER, 'List a server\'s addresses.'),
    policy.rule('ips:show', policy.READER, 'Show a server\'s addresses on one network.'),
)

CHANGES = (
    Field('name', schema.NAME),
    Field('OS-DCF:diskConfig', server_create.DISK_CONFIG),
    Field('accessIPv4', server_create.IPV4, parse=server_create.address),
    Field('accessIPv6', server_create.IPV6, parse=server_create.address),
    Field('description', schema.DESCRIPTION, since=V(2, 19)),
    Field('hostname', server_create.HOSTNAME, since=V(2, 90), until=V(2, 93)),
    Field('hostname', server_create.FQDN, since=V(2, 94)),
    Field('pinned_availability_zone', server_create.NAME_OR_NULL, since=V(2, 104)),
)

COLUMNS = {'name': 'name', 'OS-DCF:diskConfig': 'disk_config', 'accessIPv4': 'access_ip_v4',
           'accessIPv6': 'access_ip_v6', 'description': 'description', 'hostname': 'hostname',
           'pinned_availability_zone': 'requested_zone'}


_PAGED = (schema.paging('servers_links'),)


def find(req, uuid, connection=None):
    """The server's row, if the caller may know of it; else ServerNotFound, whatever is true."""
    if connection is None:
        with req.db.read() as connection:
            return find(req, uuid, connection)
    row = servers.get(connection, uuid)
    if row.deleted or not _visible(req, row):
        raise errors.ServerNotFound(uuid=uuid)
    return row


def _visible(req, row):
    return req.is_admin or row.project_id == req.context.project_id


@schema.query(*server_filters.PARAMETERS, strict_since=V(2, 75))
@schema.returns(200, 'servers', server_fields.BRIEF, many=True, beside=_PAGED)
def index(req):
    """GET /servers: 200 with a page of servers: id, name and links."""
    return _list(req, 'servers:index', server_fields.BRIEF, 'servers')


@schema.query(*server_filters.PARAMETERS, strict_since=V(2, 75))
@schema.returns(200, 'servers', server_fields.LISTED, many=True, beside=_PAGED)
def detail(req):
    """GET /servers/detail: 200 with a page of servers and all there is to see of them."""
    return _list(req, 'servers:detail', server_fields.LISTED, 'servers', 'detail')


def _list(req, rule, fields, *path):
    req.authorize(rule)
    with req.db.read() as connection:
        rows, more = server_filters.page(req, connection, rule)
        look_up(req, connection, rows, fields)
    body = {'servers': schema.views(fields, req, rows)}
    if more:
        body['servers_links'] = [req.next_link(rows[-1].uuid, *path)]
    return body


def look_up(req, connection, rows, fields):
    """Read what the fields show beside the server's own row, once for all rows."""
    if fields is server_fields.BRIEF:
        return
    broken = [row.uuid for row in rows if row.vm_state in ('error', 'deleted')]
    if broken:
        req.faults = history.latest_faults(connection, broken)
    if req.version >= V(2, 16) and (req.may(server_fields.HOST_STATUS)
                                    or req.may(server_fields.HOST_UNKNOWN)):
        names = {row.host for row in rows if row.host}
        req.host_status = hosts.status(
            connection, names, hosts.alive_since(req.conf, req.runtime.now()))
    if req.version >= V(2, 26):
        req.tags = server_tags.of(connection, [row.uuid for row in rows])
    if req.version >= V(2, 71) and fields is not server_fields.LISTED:
        req.groups = server_groups.known(connection, {row.server_group for row in rows})


@schema.returns(200, 'server', server_fields.FULL)
def show(req, id):
    """GET /servers/{id}: 200 with the server."""
    req.authorize('servers:show')
    with req.db.read() as connection:
        row = find(req, id, connection)
        look_up(req, connection, [row], server_fields.FULL)
    return {'server': schema.view(server_fields.FULL, req, row)}


@schema.accepts('server', *CHANGES)
@schema.returns(200, 'server', server_fields.UPDATED, fails=(409,))
def update(req, id):
    """PUT /servers/{id}: 200 with the server; only what is given changes."""
    req.authorize('servers:update')
    values = {COLUMNS[name]: value for name, value in req.body.items()}
    with req.db.write() as connection:
        row = find(req, id, connection)
        intent.refuse_locked(req, row)
        if 'requested_zone' in values and values['requested_zone'] is not None \
                and not hosts.listed(connection, zone=values['requested_zone']):
            raise errors.Invalid('The requested availability zone is not available')
        if values:
            servers.edit(connection, id, req.runtime.now(), **values)
        old, row = row, servers.get(connection, id)
        look_up(req, connection, [row], server_fields.UPDATED)
    intent.changed(req, id, old)
    return {'server': schema.view(server_fields.UPDATED, req, row)}


@schema.returns(204, fails=(409,))
def delete(req, id):
    """DELETE /servers/{id}: 204; what happens then is in the action `delete`.

    Where deletes can be taken back, a server that has a guest only rests as SOFT_DELETED.
    """
    req.authorize('servers:delete')
    row = find(req, id)
    soft = (req.conf.reclaim_instance_interval > 0 and row.host and row.launched_at
            and row.task_state != Task.DELETING)
    intent.act(req, row, 'delete.soft' if soft else 'delete')


@schema.returns(200, 'addresses', server_fields.PLAIN_ADDRESSES)
def addresses(req, id):
    """GET /servers/{id}/ips: 200 with its addresses by network."""
    req.authorize('ips:index')
    return {'addresses': server_fields.plain(server_fields.addresses(find(req, id)))}


@schema.returns(200, fields=server_fields.PLAIN_ADDRESSES | {
    'minProperties': 1, 'maxProperties': 1})
def addresses_of(req, id, network):
    """GET /servers/{id}/ips/{network}: 200 with its addresses there."""
    req.authorize('ips:show')
    shown = server_fields.plain(server_fields.addresses(find(req, id)))
    if network not in shown:
        raise errors.NotFound('Instance is not a member of specified network')
    return {network: shown[network]}
