"""Who has which role on which project."""

from novalite import errors
from novalite.db import identity
from novalite.neighbours.identity import directory

#: Filters of GET /v3/role_assignments, by the name of what they compare.
_FILTERS = {'user.id': 'user_id', 'scope.project.id': 'project_id', 'role.id': 'role_id'}
#: Filters on what nobody has here: groups, and roles beyond projects.
_NEVER = ('group.id', 'scope.domain.id', 'scope.system', 'scope.OS-INHERIT:inherited_to')


def index(call):
    """GET /v3/role_assignments"""
    wanted = {column: call.query(name) for name, column in _FILTERS.items()
              if call.query(name) is not None}
    found = []
    if not any(call.query(name) for name in _NEVER):
        with call.db.read() as connection:
            found = identity.grants(connection, bool(call.flag('effective')), **wanted)
    names = bool(call.flag('include_names'))
    return call.page('role_assignments', [_view(call, each, names) for each in found])


def index_of(call, project_id, user_id):
    """GET /v3/projects/{project_id}/users/{user_id}/roles: those given, not those implied."""
    with call.db.read() as connection:
        _check(connection, project_id, user_id)
        given = identity.grants(connection, project_id=project_id, user_id=user_id)
        ids = [each['role_id'] for each in given]
        found = [identity.row(connection, identity.roles, id) for id in ids]
    return call.page('roles', [directory.view(directory.ROLE, call, each) for each in found],
                     'projects', project_id, 'users', user_id, 'roles')


def create(call, **names):
    """PUT: a role that is there already is as good as a new one."""
    with call.db.write() as connection:
        _check(connection, **names)
        identity.grant(connection, **names)


def check(call, **names):
    """GET, HEAD"""
    with call.db.read() as connection:
        _check(connection, **names)
        if not identity.is_granted(connection, **names):
            raise errors.NotFound('Could not find role assignment.')


def delete(call, **names):
    """DELETE: and the tokens made out with it."""
    with call.db.write() as connection:
        _check(connection, **names)
        identity.ungrant(connection, **names)


def _check(connection, project_id, user_id, role_id=None):
    identity.row(connection, identity.projects, project_id)
    identity.row(connection, identity.users, user_id)
    if role_id is not None:
        identity.row(connection, identity.roles, role_id)


def _view(call, grant, names):
    def who(noun):
        seen = {'id': grant[f'{noun}_id']}
        if names:
            seen['name'] = grant[f'{noun}_name']
        if names and noun != 'role':
            seen['domain'] = {'id': grant[f'{noun}_domain_id'],
                              'name': grant[f'{noun}_domain_name']}
        return seen
    link = call.link('projects', grant['project_id'], 'users', grant['user_id'],
                     'roles', grant['role_id'])
    return {'user': who('user'), 'role': who('role'), 'scope': {'project': who('project')},
            'links': {'assignment': link}}
