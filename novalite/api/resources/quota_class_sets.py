"""Quota classes: the class ``default`` is what projects start with."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MAX, MIN, V
from novalite.api.resources import quota_sets
from novalite.api.schema import Field
from novalite.db import quotas

RULES = (
    policy.rule('os-quota-class-sets:show', policy.ADMIN, 'Show the quotas of a class.'),
    policy.rule('os-quota-class-sets:update', policy.ADMIN, 'Change the quotas of a class.'),
)

#: What a class has quotas of, since when and until when.
_RESOURCES = (
    *((name, MIN, MAX) for name in ('instances', 'cores', 'ram', 'key_pairs', 'metadata_items')),
    *((name, V(2, 50), MAX) for name in ('server_groups', 'server_group_members')),
    *((name, MIN, V(2, 56)) for name in (
        'injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes')),
    *((name, MIN, V(2, 49)) for name in (
        'fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules')),
)

#: What could be changed before it was shown.
_UNSEEN = tuple((name, MIN, V(2, 49)) for name in ('server_groups', 'server_group_members'))

LIMITS = tuple(
    Field(name, schema.INTEGER, lambda limits, req, name=name: limits[name],
          since=since, until=until)
    for name, since, until in _RESOURCES)


def _checked(id):
    if len(id) > 50:
        raise errors.Invalid(f'Quota class {id} is not a valid name.')
    return id


@schema.returns(200, 'quota_class_set', (Field('id', schema.STRING), *LIMITS))
def show(req, id):
    """GET /os-quota-class-sets/{class}: 200; a class that nobody has changed is as configured."""
    req.authorize('os-quota-class-sets:show')
    with req.db.read() as connection:
        limits = quotas.defaults(connection, req.conf, _checked(id))
    return {'quota_class_set': {'id': id} | schema.view(LIMITS, req, limits)}


@schema.accepts('quota_class_set', *(
    Field(name, quota_sets.LIMIT, since=since, until=until, parse=quota_sets.limit)
    for name, since, until in (*_RESOURCES, *_UNSEEN)))
@schema.returns(200, 'quota_class_set', LIMITS)
def update(req, id):
    """PUT /os-quota-class-sets/{class}: 200 with all of them; only ``default`` has an effect."""
    req.authorize('os-quota-class-sets:update')
    key = quotas.of_class(_checked(id))
    with req.db.write() as connection:
        for resource, most in req.body.items():
            quotas.set_limit(connection, key, resource, most)
        limits = quotas.defaults(connection, req.conf, id)
    return {'quota_class_set': schema.view(LIMITS, req, limits)}
