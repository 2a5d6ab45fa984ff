"""Which projects may use a private flavor."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import flavors
from novalite.api.schema import Field
from novalite.db import flavors as store
from novalite.notify import payloads

RULES = (
    policy.rule('os-flavor-access', policy.ADMIN, 'See who may use a private flavor.'),
    policy.rule('os-flavor-access:add_tenant_access', policy.ADMIN,
                'Let a project use a private flavor.'),
    policy.rule('os-flavor-access:remove_tenant_access', policy.ADMIN,
                'No longer let a project use a private flavor.'),
)


ACCESS = (Field('flavor_id', schema.STRING), Field('tenant_id', schema.STRING))


@schema.returns(200, 'flavor_access', ACCESS, many=True)
def index(req, id):
    """GET /flavors/{id}/os-flavor-access: 200; 404 for a public flavor."""
    req.authorize('os-flavor-access')
    with req.db.read() as connection:
        flavor, projects = flavors.found(req, connection, id)
    if flavor.is_public:
        raise errors.NotFound('Access list not available for public flavors.')
    return _shown(flavor, projects)


_TENANT = {
    'type': 'object', 'required': ['tenant'], 'additionalProperties': False,
    'properties': {'tenant': {'type': 'string', 'minLength': 1, 'maxLength': 64}},
}


@schema.accepts(None, Field('addTenantAccess', _TENANT), Field('removeTenantAccess', _TENANT))
@schema.returns(200, 'flavor_access', ACCESS, many=True, fails=(409,))
def act(req, id):
    """POST /flavors/{id}/action: 200 with who may use it now.

    409 if the project has access already, or from 2.7 on if everybody has; 404
    if the project that is to lose it has none.
    """
    if len(req.body) != 1:
        raise errors.Invalid('Malformed request body: one action is needed')
    (name, arguments), = req.body.items()
    change, rule = {'addTenantAccess': (_add, 'add_tenant_access'),
                    'removeTenantAccess': (_remove, 'remove_tenant_access')}[name]
    req.authorize(f'os-flavor-access:{rule}')
    with req.db.write() as connection:
        flavor = flavors.find(req, connection, id)
        change(req, connection, flavor, arguments['tenant'])
        flavor, projects = flavors.found(req, connection, id)
    req.notify('flavor.update', payloads.flavor, flavor, projects)
    return _shown(flavor, projects)


def _add(req, connection, flavor, project_id):
    if flavor.is_public and req.version >= V(2, 7):
        raise errors.Conflict('Can not add access to a public flavor.')
    if not store.give(connection, flavor.id, project_id):
        raise errors.Conflict(f'Flavor access already exists for flavor {flavor.flavor_id} and '
                              f'project {project_id} combination.')


def _remove(req, connection, flavor, project_id):
    if not store.take(connection, flavor.id, project_id):
        raise errors.NotFound(f'Flavor access not found for {flavor.flavor_id} / {project_id} '
                              f'combination.')


def _shown(flavor, projects):
    return {'flavor_access': [
        {'flavor_id': flavor.flavor_id, 'tenant_id': project_id} for project_id in projects]}
