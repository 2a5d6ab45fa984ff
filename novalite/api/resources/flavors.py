"""Flavors: list, show, and what administrators do with them."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import flavors as store
from novalite.notify import payloads

RULES = (
    policy.rule('os-flavor-manage:create', policy.ADMIN, 'Make a flavor.'),
    policy.rule('os-flavor-manage:update', policy.ADMIN, 'Describe a flavor.'),
    policy.rule('os-flavor-manage:delete', policy.ADMIN, 'Delete a flavor.'),
)

_MOST = 2 ** 31 - 1     # a column's
_LAST_RXTX = V(2, 101)


def _size(least):
    def parse(value):
        number = int(value)
        if not least <= number <= _MOST:
            raise ValueError(f'{value} is not between {least} and {_MOST}')
        return number
    return parse


BRIEF = (
    Field('id', schema.STRING, lambda flavor, req: flavor.flavor_id),
    Field('name', schema.STRING, lambda flavor, req: flavor.name),
    Field('description', schema.STRING_OR_NULL, lambda flavor, req: flavor.description,
          since=V(2, 55)),
    Field('links', schema.LINKS, lambda flavor, req: req.links('flavors', flavor.flavor_id)),
)

DETAIL = (
    *BRIEF,
    Field('ram', schema.INTEGER, lambda flavor, req: flavor.memory_mb),
    Field('disk', schema.INTEGER, lambda flavor, req: flavor.root_gb),
    Field('vcpus', schema.INTEGER, lambda flavor, req: flavor.vcpus),
    Field('swap', {'oneOf': [schema.INTEGER, {'enum': ['']}]},
          lambda flavor, req: flavor.swap or '', until=V(2, 74)),
    Field('swap', schema.INTEGER, lambda flavor, req: flavor.swap, since=V(2, 75)),
    Field('OS-FLV-EXT-DATA:ephemeral', schema.INTEGER, lambda flavor, req: flavor.ephemeral_gb),
    Field('OS-FLV-DISABLED:disabled', schema.BOOLEAN, lambda flavor, req: flavor.disabled,
          until=_LAST_RXTX),
    Field('os-flavor-access:is_public', schema.BOOLEAN, lambda flavor, req: flavor.is_public),
    Field('rxtx_factor', {'oneOf': [{'type': 'number'}, {'enum': ['']}]},
          lambda flavor, req: flavor.rxtx_factor or '', until=_LAST_RXTX),
    Field('extra_specs', schema.STRING_MAP, lambda flavor, req: flavor.extra_specs,
          since=V(2, 61), rule='os-flavor-extra-specs:index'),
)


# Lists

#: What may be sorted by: Nova's name of it, and ours.
_SORT_KEYS = {
    'flavorid': 'flavor_id', 'created_at': 'created_at', 'description': 'description',
    'disabled': 'disabled', 'ephemeral_gb': 'ephemeral_gb', 'id': 'id', 'is_public': 'is_public',
    'memory_mb': 'memory_mb', 'name': 'name', 'root_gb': 'root_gb', 'rxtx_factor': 'rxtx_factor',
    'swap': 'swap', 'updated_at': 'updated_at', 'vcpus': 'vcpus',
}


def _public(value):
    """Both kinds are None."""
    return None if value.lower() == 'none' else schema.boolean(value)


_QUERY = (
    schema.LIMIT, schema.MARKER,
    Field('is_public', schema.STRING),
    Field('minRam', schema.STRING, parse=_size(-_MOST)),
    Field('minDisk', schema.STRING, parse=_size(-_MOST)),
    Field('name', schema.STRING, since=V(2, 102)),
    Field('sort_key', {'enum': list(_SORT_KEYS)}, parse=_SORT_KEYS.get),
    Field('sort_dir', {'enum': ['asc', 'desc']}),
)


def _listed(req, path, fields):
    query = req.query
    with req.db.read() as connection:
        rows = store.listed(
            connection, req.context, is_public=_kind(req), name=query.get('name'),
            min_ram=query.get('minRam'), min_disk=query.get('minDisk'),
            sort=[(query.get('sort_key', 'flavor_id'), query.get('sort_dir', 'asc'))],
            marker=query.get('marker'), limit=req.page_size())
    body = {'flavors': schema.views(fields, req, rows)}
    if rows and len(rows) == req.page_size():
        body['flavors_links'] = [req.next_link(rows[-1].flavor_id, *path)]
    return body


def _kind(req):
    """Only administrators choose; what others ask is not even looked at."""
    asked = req.query.get('is_public')
    if asked is None or not req.is_admin:
        return True
    try:
        return _public(asked)
    except ValueError:
        raise errors.Invalid(f'Invalid is_public filter [{asked}]') from None


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.returns(200, 'flavors', BRIEF, many=True, beside=(schema.paging('flavors_links'),))
def index(req):
    """GET /flavors: 200 with names; 400 for a marker that is no flavor's id."""
    return _listed(req, ['flavors'], BRIEF)


@schema.query(*_QUERY, strict_since=V(2, 75))
@schema.returns(200, 'flavors', DETAIL, many=True, beside=(schema.paging('flavors_links'),))
def detail(req):
    """GET /flavors/detail: 200 with everything."""
    return _listed(req, ['flavors', 'detail'], DETAIL)


# One flavor

def find(req, connection, id, lock=False):
    """The row of a flavor the caller may use; raises FlavorNotFound."""
    flavor = store.get(connection, id, req.context, lock)
    if flavor is None:
        raise errors.FlavorNotFound(id=id)
    return flavor


def found(req, connection, id):
    """A flavor, and which projects may use it: what is told when it has changed."""
    flavor = find(req, connection, id)
    return flavor, store.projects(connection, flavor.id)


@schema.returns(200, 'flavor', DETAIL)
def show(req, id):
    """GET /flavors/{id}: 200; 404 also for a private flavor of others."""
    with req.db.read() as connection:
        flavor = find(req, connection, id)
    return {'flavor': schema.view(DETAIL, req, flavor)}


def _id(value):
    """A number is fine as an id, and becomes text."""
    text = str(value)
    if len(text) > 255:
        raise ValueError('it is too long')
    return text


_DESCRIPTION = schema.DESCRIPTION | {'maxLength': 65535}


@schema.accepts(
    'flavor',
    Field('name', schema.NAME | {'pattern': r'^\S(.*\S)?$'}, required=True),
    Field('id', {'type': ['string', 'number', 'null'], 'minLength': 1, 'maxLength': 255,
                 'pattern': '^(?! )[a-zA-Z0-9. _-]+(?<! )\\Z'}, parse=_id),
    Field('ram', schema.POSITIVE, required=True, parse=_size(1)),
    Field('vcpus', schema.POSITIVE, required=True, parse=_size(1)),
    Field('disk', schema.NON_NEGATIVE, required=True, parse=_size(0)),
    Field('OS-FLV-EXT-DATA:ephemeral', schema.NON_NEGATIVE, parse=_size(0)),
    Field('swap', schema.NON_NEGATIVE, parse=_size(0)),
    Field('rxtx_factor', {'type': ['number', 'string'], 'pattern': r'^[0-9]+(\.[0-9]+)?$',
                          'exclusiveMinimum': 0, 'maximum': 3.40282e+38, 'maxLength': 32},
          until=_LAST_RXTX, parse=float),
    Field('os-flavor-access:is_public', schema.BOOLEAN_LIKE, parse=schema.boolean),
    Field('description', _DESCRIPTION, since=V(2, 55)),
)
@schema.returns(200, 'flavor', DETAIL, fails=(409,))
def create(req):
    """POST /flavors: 200 with the flavor; 409 if its id or name is taken."""
    req.authorize('os-flavor-manage:create')
    asked = req.body
    flavor_id = asked.get('id') or req.runtime.uuid()
    with req.db.write() as connection:
        made = store.create(
            connection, req.runtime.now(), flavor_id=flavor_id, name=asked['name'],
            memory_mb=asked['ram'], vcpus=asked['vcpus'], root_gb=asked['disk'],
            ephemeral_gb=asked.get('OS-FLV-EXT-DATA:ephemeral', 0), swap=asked.get('swap', 0),
            rxtx_factor=asked.get('rxtx_factor', 1.0),
            is_public=asked.get('os-flavor-access:is_public', True),
            description=asked.get('description'))
        if not made:
            _refuse(store.taken(connection, flavor_id, asked['name']), flavor_id, asked)
        flavor = find(req, connection, flavor_id)
    req.notify('flavor.create', payloads.flavor, flavor, ())
    return {'flavor': schema.view(DETAIL, req, flavor)}


def _refuse(taken, flavor_id, asked):
    if taken == 'flavor_id':
        raise errors.Conflict(f'Flavor with ID {flavor_id} already exists.')
    raise errors.Conflict(f'Flavor with name {asked["name"]} already exists.')


@schema.between(V(2, 55))
@schema.accepts('flavor', Field('description', _DESCRIPTION, required=True))
@schema.returns(200, 'flavor', DETAIL)
def update(req, id):
    """PUT /flavors/{id}: 200; only the description can be changed."""
    req.authorize('os-flavor-manage:update')
    with req.db.write() as connection:
        flavor = find(req, connection, id)
        store.update(connection, req.runtime.now(), flavor.id, **req.body)
        flavor, projects = found(req, connection, id)
    req.notify('flavor.update', payloads.flavor, flavor, projects)
    return {'flavor': schema.view(DETAIL, req, flavor)}


@schema.returns(202)
def delete(req, id):
    """DELETE /flavors/{id}: 202; servers of this size keep it."""
    req.authorize('os-flavor-manage:delete')
    with req.db.write() as connection:
        flavor = find(req, connection, id)
        store.delete(connection, flavor.id)
    req.notify('flavor.delete', payloads.flavor, flavor)
