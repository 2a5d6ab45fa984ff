"""Quota sets: how much each project may have, and how administrators change it."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MAX, V
from novalite.api.schema import Field
from novalite.db import quotas

RULES = (
    policy.rule('os-quota-sets:show', policy.READER, 'Show the quotas of a project.'),
    policy.rule('os-quota-sets:detail', policy.READER, 'Show quotas and what is used of them.'),
    policy.rule('os-quota-sets:defaults', policy.ANYONE, 'Show the quotas projects start with.'),
    policy.rule('os-quota-sets:update', policy.ADMIN, 'Change the quotas of a project.'),
    policy.rule('os-quota-sets:delete', policy.ADMIN, 'Set a project back to the defaults.'),
)

_NETWORKS_GONE, _FILES_GONE = V(2, 35), V(2, 56)

#: What there are quotas of, and the last version that shows it.
_RESOURCES = (
    ('instances', MAX), ('cores', MAX), ('ram', MAX), ('key_pairs', MAX), ('metadata_items', MAX),
    ('server_groups', MAX), ('server_group_members', MAX),
    ('injected_files', _FILES_GONE), ('injected_file_content_bytes', _FILES_GONE),
    ('injected_file_path_bytes', _FILES_GONE),
    ('fixed_ips', _NETWORKS_GONE), ('floating_ips', _NETWORKS_GONE),
    ('security_groups', _NETWORKS_GONE), ('security_group_rules', _NETWORKS_GONE),
)


def _column(name, schema_, of, until):
    return Field(name, schema_, lambda known, req: of(known, name), until=until)


#: Networks set their own limits; compute has none and says so.
LIMITS = tuple(
    _column(name, schema.INTEGER, lambda limits, name: limits[name], until)
    for name, until in _RESOURCES)

_USE = tuple(Field(name, schema.INTEGER) for name in ('limit', 'in_use', 'reserved'))

USES = tuple(
    _column(name, schema.Shown(_USE), lambda known, name: {
        'limit': known[0][name], 'in_use': known[1].get(name, 0), 'reserved': 0}, until)
    for name, until in _RESOURCES)

#: Whose they are; an update does not repeat it.
_ID = Field('id', schema.STRING)

_QUERY = (Field('user_id', {'type': 'string', 'maxLength': 64}),)


def _user(req):
    """The user whose quotas are meant; None is the whole project."""
    return req.query.get('user_id') or None


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.returns(200, 'quota_set', (_ID, *LIMITS))
def show(req, id):
    """GET /os-quota-sets/{project}: 200, for the project or the user who is named.

    Users for whom none were set have the quotas of their project.
    """
    req.authorize('os-quota-sets:show', {'project_id': id})
    with req.db.read() as connection:
        limits = quotas.limits(connection, req.conf, id, _user(req))
    return {'quota_set': {'id': id} | schema.view(LIMITS, req, limits)}


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.returns(200, 'quota_set', (_ID, *USES))
def detail(req, id):
    """GET /os-quota-sets/{project}/detail: 200 with limit, in_use and reserved of each."""
    req.authorize('os-quota-sets:detail', {'project_id': id})
    with req.db.read() as connection:
        known = (quotas.limits(connection, req.conf, id, _user(req)),
                 quotas.usage(connection, id, _user(req)))
    return {'quota_set': {'id': id} | schema.view(USES, req, known)}


@schema.ignores_query
@schema.returns(200, 'quota_set', (_ID, *LIMITS))
def defaults(req, id):
    """GET /os-quota-sets/{project}/defaults: 200 with what projects start with."""
    req.authorize('os-quota-sets:defaults', {'project_id': id})
    with req.db.read() as connection:
        limits = quotas.defaults(connection, req.conf)
    return {'quota_set': {'id': id} | schema.view(LIMITS, req, limits)}


def limit(value):
    number = int(value)
    if not -1 <= number < 2 ** 31:
        raise ValueError('a limit is at least -1, which means none, and less than 2^31')
    return number


LIMIT = {'type': ['integer', 'string'], 'pattern': '^-?[0-9]+$'}


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.accepts(
    'quota_set',
    *(Field(name, LIMIT, until=until, parse=limit) for name, until in _RESOURCES),
    Field('force', schema.BOOLEAN_LIKE, parse=schema.boolean),
)
@schema.returns(200, 'quota_set', LIMITS)
def update(req, id):
    """PUT /os-quota-sets/{project}: 200 with all of them.

    400 for less than is used, unless it is forced, and for a user who would have more than
    the project. Quotas of networks are kept and change nothing.
    """
    req.authorize('os-quota-sets:update', {'project_id': id})
    if len(id) > 64:
        raise errors.Invalid(f'Project ID {id} is not a valid project.')
    force, user = req.body.pop('force', False), _user(req)
    wanted = req.body
    with req.db.write() as connection:
        if not force:
            _check(wanted, quotas.usage(connection, id, user),
                   quotas.limits(connection, req.conf, id) if user else {})
        for resource, most in wanted.items():
            quotas.set_limit(connection, id, resource, most, user)
        limits = quotas.limits(connection, req.conf, id, user)
    return {'quota_set': schema.view(LIMITS, req, limits)}


def _check(wanted, used, allowed):
    for resource, most in wanted.items():
        if 0 <= most < used.get(resource, 0):
            raise errors.Invalid(
                f'Quota limit {most} for {resource} must be greater than or equal to already '
                f'used and reserved {used[resource]}.')
        ceiling = allowed.get(resource, -1)
        if ceiling >= 0 and not 0 <= most <= ceiling:
            raise errors.Invalid(f'Quota limit {most} for {resource} must be less than or equal '
                                 f'to {ceiling}.')


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.returns(202)
def delete(req, id):
    """DELETE /os-quota-sets/{project}: 202; it has the defaults again, or a user its project's."""
    req.authorize('os-quota-sets:delete', {'project_id': id})
    with req.db.write() as connection:
        quotas.reset(connection, id, _user(req))
