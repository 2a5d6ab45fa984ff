"""The moves of servers between hosts, which Nova calls migrations: listed, aborted, hurried."""

from oslo_utils import uuidutils

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import servers as servers_resource
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import moves
from novalite.servers.states import Task

RULES = (
    policy.rule('os-migrations:index', policy.MANAGER, 'List the migrations of a project.'),
    policy.rule('os-migrations:index:all_projects', policy.ADMIN,
                'List the migrations of all projects, or of another.'),
    policy.rule('os-migrations:index:host', policy.ADMIN,
                'See in such a list from where to where they are.'),
    policy.rule('servers:migrations:index', policy.MANAGER,
                'List the live migrations of a server that are under way.'),
    policy.rule('servers:migrations:index:host', policy.ADMIN,
                'See in such a list from where to where they are.'),
    policy.rule('servers:migrations:show', policy.ADMIN,
                'Show a live migration of a server that is under way.'),
    policy.rule('servers:migrations:force_complete', policy.MANAGER,
                'Hurry a live migration to its end.'),
    policy.rule('servers:migrations:delete', policy.MANAGER, 'Abort a live migration.'),
)


def _links(migration, req):
    if migration.type != 'live-migration' or migration.status not in moves.UNDER_WAY:
        return schema.ABSENT
    return req.links('servers', migration.server, 'migrations', str(migration.id))


_COMMON = (
    Field('id', schema.INTEGER, lambda m, r: m.id),
    Field('created_at', schema.TIME, lambda m, r: precise(m.created_at)),
    Field('updated_at', schema.TIME_OR_NULL, lambda m, r: precise(m.updated_at)),
    Field('status', schema.STRING, lambda m, r: m.status),
    Field('uuid', schema.UUID, lambda m, r: m.uuid, since=V(2, 59)),
    Field('user_id', schema.STRING_OR_NULL, lambda m, r: m.user_id, since=V(2, 80)),
    Field('project_id', schema.STRING_OR_NULL, lambda m, r: m.project_id, since=V(2, 80)),
)


def _places(rule):
    """From where to where: null for whom the rule does not admit."""
    def place(name, of):
        return Field(name, schema.STRING_OR_NULL, lambda m, r: of(m) if r.may(rule) else None)
    return (
        place('source_compute', lambda m: m.source), place('source_node', lambda m: m.source),
        place('dest_compute', lambda m: m.destination),
        place('dest_host', lambda m: m.destination_ip),
        place('dest_node', lambda m: m.destination))


MIGRATION = (
    *_COMMON,
    *_places('os-migrations:index:host'),
    Field('instance_uuid', schema.UUID, lambda m, r: m.server),
    Field('old_instance_type_id', {'type': ['integer', 'null']}, lambda m, r: m.old_flavor),
    Field('new_instance_type_id', {'type': ['integer', 'null']}, lambda m, r: m.new_flavor),
    Field('migration_type', schema.STRING, lambda m, r: m.type, since=V(2, 23)),
    Field('links', schema.LINKS, _links, since=V(2, 23), optional=True),
)


def _done(total):
    """A simulated copy is whole when it ends, and does not say before how far it is."""
    return lambda m, r: getattr(m, total) if m.status == 'post-migrating' else 0


def _left(total):
    return lambda m, r: 0 if m.status == 'post-migrating' else getattr(m, total)


#: One that is under way, as its server shows it.
UNDER_WAY = (
    *_COMMON,
    *_places('servers:migrations:index:host'),
    Field('server_uuid', schema.UUID, lambda m, r: m.server),
    *(Field(f'{what}_{part}_bytes', schema.INTEGER, of(f'{what}_bytes'))
      for what in ('memory', 'disk')
      for part, of in (('total', lambda total: lambda m, r: getattr(m, total)),
                       ('processed', _done), ('remaining', _left))),
)

#: Query parameter -> column.
_FILTERS = {'instance_uuid': 'server', 'source_compute': 'source', 'status': 'status',
            'migration_type': 'type', 'user_id': 'user_id', 'project_id': 'project_id'}


@schema.query(
    Field('host', schema.STRING), Field('hidden', schema.STRING),
    Field('instance_uuid', schema.STRING), Field('source_compute', schema.STRING),
    Field('status', schema.STRING), Field('migration_type', schema.STRING),
    Field('limit', schema.NON_NEGATIVE, since=V(2, 59), parse=int, once=True),
    Field('marker', schema.STRING, since=V(2, 59), once=True),
    Field('changes-since', schema.STRING, since=V(2, 59), parse=schema.moment, once=True),
    Field('changes-before', schema.STRING, since=V(2, 66), parse=schema.moment, once=True),
    Field('user_id', schema.STRING, since=V(2, 80), once=True),
    Field('project_id', schema.STRING, since=V(2, 80), once=True),
    strict_since=V(2, 59))
@schema.returns(200, 'migrations', MIGRATION, many=True,
                beside=(schema.paging('migrations_links', since=V(2, 59)),))
def index(req):
    """GET /os-migrations: 200 with the migrations, newest first."""
    req.authorize('os-migrations:index')
    query = req.query
    if query.get('project_id') != req.context.project_id:
        req.authorize('os-migrations:index:all_projects')
    since, before = query.get('changes-since'), query.get('changes-before')
    if since and before and since > before:
        raise errors.Invalid('The value of changes-since must be less than or equal to '
                             'changes-before.')
    if req.version >= V(2, 59) and 'instance_uuid' in query and \
            not uuidutils.is_uuid_like(query['instance_uuid']):
        raise errors.InvalidField(name='instance_uuid', value=query['instance_uuid'],
                                  reason='It is no UUID.')
    equals = {column: query[name] for name, column in _FILTERS.items() if name in query}
    size = req.page_size()
    with req.db.read() as connection:
        rows = moves.listed(connection, size, query.get('marker'), since, before,
                            query.get('host'), **equals)
    body = {'migrations': schema.views(MIGRATION, req, rows)}
    if 'limit' in query and rows and len(rows) == size:
        body['migrations_links'] = [req.next_link(rows[-1].uuid, 'os-migrations')]
    return body


@schema.between(since=V(2, 23))
@schema.returns(200, 'migrations', UNDER_WAY, many=True)
def index_of_server(req, id):
    """GET /servers/{id}/migrations: 200 with the live migrations that are under way."""
    req.authorize('servers:migrations:index')
    with req.db.read() as connection:
        servers_resource.find(req, id, connection)
        rows = moves.live(connection, id)
    return {'migrations': schema.views(UNDER_WAY, req, rows)}


@schema.between(since=V(2, 23))
@schema.returns(200, 'migration', UNDER_WAY)
def show(req, id, migration):
    """GET /servers/{id}/migrations/{migration}: 200 with one that is under way."""
    req.authorize('servers:migrations:show')
    with req.db.read() as connection:
        servers_resource.find(req, id, connection)
        row = _find(connection, id, migration)
    if row.type != 'live-migration':
        raise errors.NotFound(f'Migration {migration} for server {id} is not live-migration.')
    if row.status not in moves.UNDER_WAY:
        raise errors.NotFound(f'Migration {migration} for server {id} is not in progress.')
    return {'migration': schema.view(UNDER_WAY, req, row)}


@schema.between(since=V(2, 24))
@schema.returns(202, fails=(409,))
def abort(req, id, migration):
    """DELETE /servers/{id}/migrations/{migration}: 202; the server stays where it is.

    The wish is written down with the action that is to turn back, so it is not lost either.
    """
    req.authorize('servers:migrations:delete')
    early = ('queued', 'preparing', 'accepted') if req.version >= V(2, 65) else ()
    server, row = _under_way(req, id, migration, ('running', *early), 'abort live migration')
    intent.cancel(req, server, row.request_id, 'live_migration_cancel')
    intent.told_by_host(req, server, 'live_migration_abort')


@schema.between(since=V(2, 22))
@schema.accepts(None, Field('force_complete', {'type': 'null'}, required=True))
@schema.returns(202, fails=(409,))
def act(req, id, migration):
    """POST /servers/{id}/migrations/{migration}/action force_complete: 202; it hurries."""
    req.authorize('servers:migrations:force_complete')
    server, row = _under_way(req, id, migration, ('running',), 'force_complete')
    intent.note(req, server, 'live_migration_force_complete')
    req.service.conductor.hasten(req.context, id, row.request_id)
    intent.told_by_host(req, server, 'live_migration_force_complete')


def _under_way(req, id, migration, statuses, what):
    with req.db.read() as connection:
        server = servers_resource.find(req, id, connection)
        row = _find(connection, id, migration)
    intent.refuse_locked(req, server)
    if server.task_state != Task.MIGRATING:
        raise errors.ActionNotAllowed(action=what, uuid=id, attribute='task_state',
                                      state=server.task_state)
    if row.status not in statuses:
        raise errors.InvalidMigrationState(id=migration, uuid=id, state=row.status, what=what)
    return server, row


def _find(connection, server, id):
    known = id.isascii() and id.isdigit() and len(id) <= 18
    row = moves.get(connection, server, int(id)) if known else None
    if row is None:
        raise errors.NotFound(f'Migration {id} for server {server} could not be found.')
    return row
