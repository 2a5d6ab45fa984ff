"""Server groups: servers that are to be on one host, or each on another."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import quotas
from novalite.db import server_groups as store
from novalite.notify import payloads

RULES = (
    policy.rule('os-server-groups:index', policy.READER, 'List server groups.'),
    policy.rule('os-server-groups:index:all_projects', policy.ADMIN,
                'List server groups of all projects.'),
    policy.rule('os-server-groups:show', policy.READER, 'Show a server group.'),
    policy.rule('os-server-groups:create', policy.MEMBER, 'Make a server group.'),
    policy.rule('os-server-groups:delete', policy.MEMBER, 'Delete a server group.'),
)

_POLICIES_END, _ONE_POLICY = V(2, 63), V(2, 64)
_HARD = ['anti-affinity', 'affinity']
_SOFT = [*_HARD, 'soft-anti-affinity', 'soft-affinity']

_RULE = (Field('max_server_per_host', schema.INTEGER, optional=True),)

#: Each ``of`` gets (row, its members).
FIELDS = (
    Field('id', schema.UUID, lambda one, req: one[0].uuid),
    Field('name', schema.STRING, lambda one, req: one[0].name),
    Field('policies', schema.STRINGS, lambda one, req: [one[0].policy], until=_POLICIES_END),
    Field('metadata', schema.STRING_MAP, lambda one, req: {}, until=_POLICIES_END),
    Field('policy', schema.STRING, lambda one, req: one[0].policy, since=_ONE_POLICY),
    Field('rules', schema.Shown(_RULE), lambda one, req: one[0].rules, since=_ONE_POLICY),
    Field('members', schema.array(schema.UUID), lambda one, req: one[1]),
    Field('project_id', schema.STRING, lambda one, req: one[0].project_id, since=V(2, 13)),
    Field('user_id', schema.STRING, lambda one, req: one[0].user_id, since=V(2, 13)),
)


def _policies(names):
    return schema.array({'enum': names}, minItems=1, maxItems=1)


_RULES = {'type': 'object', 'additionalProperties': False,
          'properties': {'max_server_per_host': schema.POSITIVE}}


def _numbers(rules):
    return {name: int(value) for name, value in rules.items()}


@schema.query(Field('all_projects', schema.STRING), schema.LIMIT,
              schema.OFFSET, strict_since=V(2, 75))
@schema.returns(200, 'server_groups', FIELDS, many=True)
def index(req):
    """GET /os-server-groups: 200; administrators see all projects' with ``all_projects``."""
    req.authorize('os-server-groups:index')
    everywhere = 'all_projects' in req.query and req.is_admin
    if everywhere:
        req.authorize('os-server-groups:index:all_projects')
    with req.db.read() as connection:
        rows = store.listed(connection, None if everywhere else req.context.project_id,
                            req.query.get('offset', 0), req.page_size())
        members = store.members(connection, [row.uuid for row in rows])
    return {'server_groups': schema.views(
        FIELDS, req, [(row, members.get(row.uuid, [])) for row in rows])}


def find(req, connection, id, lock=False):
    """The row of a group the caller may know of; raises ServerGroupNotFound."""
    row = store.get(connection, id, lock)
    if row is None or not (req.is_admin or row.project_id == req.context.project_id):
        raise errors.ServerGroupNotFound(id=id)
    return row


@schema.returns(200, 'server_group', FIELDS)
def show(req, id):
    """GET /os-server-groups/{id}: 200 with its members."""
    req.authorize('os-server-groups:show')
    with req.db.read() as connection:
        row = find(req, connection, id)
        members = store.members(connection, [id]).get(id, [])
    return {'server_group': schema.view(FIELDS, req, (row, members))}


@schema.accepts(
    'server_group',
    Field('name', schema.NAME, required=True),
    Field('policies', _policies(_HARD), required=True, until=V(2, 14)),
    Field('policies', _policies(_SOFT), required=True, since=V(2, 15), until=_POLICIES_END),
    Field('policy', {'enum': _SOFT}, required=True, since=_ONE_POLICY),
    Field('rules', _RULES, since=_ONE_POLICY, parse=_numbers),
)
@schema.returns(200, 'server_group', FIELDS)
def create(req):
    """POST /os-server-groups: 200 with the group, which is empty; 403 over the quota."""
    req.authorize('os-server-groups:create')
    body, project_id = req.body, req.context.project_id
    wanted = body.get('policy') or body['policies'][0]
    rules = body.get('rules', {})
    if rules and wanted != 'anti-affinity':
        raise errors.Invalid('Only anti-affinity policy supports rules.')
    uuid = req.runtime.uuid()
    with req.db.write() as connection:
        if any(0 <= limits['server_groups'] <= used['server_groups'] for limits, used in
               quotas.room(connection, req.conf, project_id, req.context.user_id,
                           ('server_groups',), alone=True)):
            raise errors.Forbidden('Quota exceeded, too many server groups.')
        store.create(connection, uuid=uuid, project_id=project_id, user_id=req.context.user_id,
                     name=body['name'], policy=wanted, rules=rules)
        row = store.get(connection, uuid)
    req.notify('server_group.create', payloads.server_group, row)
    return {'server_group': schema.view(FIELDS, req, (row, []))}


@schema.returns(204)
def delete(req, id):
    """DELETE /os-server-groups/{id}: 204; its servers stay where they are."""
    req.authorize('os-server-groups:delete')
    with req.db.write() as connection:
        row = find(req, connection, id, lock=True)
        members = store.members(connection, [id]).get(id, [])
        store.delete(connection, id)
    req.notify('server_group.delete', payloads.server_group, row, members)


def join(req, connection, id, more):
    """The group's row and members, if so many servers may join: else Invalid, or Forbidden."""
    try:
        row = find(req, connection, id, lock=True)
    except errors.ServerGroupNotFound as exc:
        raise errors.Invalid(exc.args[0]) from exc
    user_id = req.context.user_id
    most = quotas.limits(
        connection, req.conf, req.context.project_id, user_id)['server_group_members']
    members = store.members(connection, [id]).get(id, [])
    if 0 <= most < store.count_members(connection, id, user_id) + more:
        raise errors.Forbidden('Quota exceeded, too many servers in group')
    return row, members


def joined(req, row, members, uuids):
    """Tell, after the commit, of each server that has joined these members."""
    for number in range(1, len(uuids) + 1):
        req.notify('server_group.add_member', payloads.server_group, row,
                   [*members, *uuids[:number]])
