"""Security groups of a server: those of its ports."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.resources import security_groups
from novalite.api.resources import servers as servers_resource
from novalite.api.schema import Field

RULES = (
    policy.rule('os-security-groups:list', policy.READER, 'List a server\'s security groups.'),
    policy.rule('os-security-groups:add', policy.MEMBER, 'Put a server into a security group.'),
    policy.rule('os-security-groups:remove', policy.MEMBER,
                'Take a server out of a security group.'),
)

NAMED = (Field('name', schema.NAME, required=True),)


@schema.returns(200, 'security_groups', security_groups.GROUP, many=True)
def index(req, id):
    """GET …/os-security-groups: 200 with the groups, and what they let in."""
    req.authorize('os-security-groups:list')
    with req.db.read() as connection:
        servers_resource.find(req, id, connection)
        groups = req.networks.groups_of(connection, id) if req.has('networks') else []
        return {'security_groups': security_groups.views(req, connection, groups)}


def add(req, server):
    """The action addSecurityGroup: 202; all its ports are in the group, and stay in the others."""
    with req.db.write() as connection:
        group = _find(req, connection)
        if not req.networks.join(connection, server.uuid, group):
            raise errors.Invalid('Network requires port_security_enabled and subnet associated in '
                                 'order to apply security groups.')


def remove(req, server):
    """The action removeSecurityGroup: 202."""
    with req.db.write() as connection:
        group = _find(req, connection)
        if not req.networks.leave(connection, server.uuid, group):
            raise errors.NotFound(f'Security group {req.body["name"]} not associated with the '
                                  f'instance {server.uuid}')


def _find(req, connection):
    if not req.has('networks'):
        raise errors.NotSupported()
    group = req.networks.security_group(connection, req.body['name'])
    if group is None:
        raise errors.NotFound(f'Security group {req.body["name"]} not found for project '
                              f'{req.context.project_id}.')
    return group
