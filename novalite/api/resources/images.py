"""Images as compute shows them: to 2.35, their metadata to 2.38."""

import urllib.parse

from novalite import errors
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.resources.server_fields import moment
from novalite.api.schema import Field
from novalite.db import images as store
from novalite.db import quotas

RULES = ()      # the image service decides who may do what with its images

_LAST, _LAST_METADATA = V(2, 35), V(2, 38)

#: The image service's status -> ours; anything else is UNKNOWN.
_STATUS = {'queued': 'SAVING', 'saving': 'SAVING', 'importing': 'SAVING', 'uploading': 'SAVING',
           'active': 'ACTIVE', 'killed': 'ERROR', 'deleted': 'DELETED',
           'pending_delete': 'DELETED'}


def _status(image, req):
    return _STATUS.get(image.status, 'UNKNOWN')


def _progress(image, req):
    if image.status == 'active':
        return 100
    return image.progress if _status(image, req) == 'SAVING' else 0


def _links(image, req):
    # The image service stands beside compute, on the same port.
    elsewhere = urllib.parse.urljoin(req.bookmark(), f'/image/v2/images/{image.id}')
    return [*req.links('images', image.id),
            {'rel': 'alternate', 'type': 'application/vnd.openstack.image', 'href': elsewhere}]


BRIEF = (
    Field('id', schema.UUID, lambda image, req: image.id),
    Field('name', schema.STRING_OR_NULL, lambda image, req: image.name),
    Field('links', schema.LINKS, _links),
)

DETAIL = (
    *BRIEF,
    Field('status', {'enum': [*sorted(set(_STATUS.values())), 'UNKNOWN']}, _status),
    Field('progress', schema.INTEGER, _progress),
    Field('minDisk', schema.INTEGER, lambda image, req: image.min_disk),
    Field('minRam', schema.INTEGER, lambda image, req: image.min_ram),
    Field('metadata', schema.STRING_MAP, lambda image, req: image.properties),
    Field('created', schema.TIME, lambda image, req: moment(image.created_at)),
    Field('updated', schema.TIME, lambda image, req: moment(image.updated_at)),
    Field('OS-EXT-IMG-SIZE:size', schema.INTEGER_OR_NULL, lambda image, req: image.size),
)

_SERVER = (Field('id', schema.UUID), Field('links', schema.LINKS))
_FAULT = (Field('code', schema.INTEGER), Field('message', schema.STRING),
          Field('details', schema.STRING_OR_NULL, optional=True))
#: What only some images have beside that.
SHOWN = (
    *DETAIL,
    Field('server', schema.Shown(_SERVER), optional=True),
    Field('OS-DCF:diskConfig', {'enum': ['AUTO', 'MANUAL']}, optional=True),
    Field('fault', schema.Shown(_FAULT), optional=True),
)
_PAGED = (schema.paging('images_links'),)


def _shown(req, image):
    """The view, with what only some images have."""
    shown = schema.view(DETAIL, req, image)
    if image.server:
        shown['server'] = {'id': image.server, 'links': req.links('servers', image.server)}
    if 'auto_disk_config' in image.properties:
        automatic = image.properties['auto_disk_config'].lower() == 'true'
        shown['OS-DCF:diskConfig'] = 'AUTO' if automatic else 'MANUAL'
    if image.fault and shown['status'] == 'ERROR':
        keys = ('code', 'message', 'details') if req.is_admin else ('code', 'message')
        shown['fault'] = {key: image.fault[key] for key in keys}
    return shown


# Lists

def _least(value):
    return ('gte', min(int(value), 2 ** 31 - 1))


def _changed(value):
    return ('gte', schema.moment(value))


#: A parameter, the column it filters by, and how.
_FILTERS = {
    'name': ('name', str),
    'status': ('status', lambda value: [
        status for status, shown in _STATUS.items() if shown == value.upper()]),
    'server': ('server', lambda value: value.rstrip('/').rpartition('/')[2]),
    'minDisk': ('min_disk', _least),
    'minRam': ('min_ram', _least),
    'changes-since': ('updated_at', _changed),
}

_LEAST_ONE = schema.NON_NEGATIVE | {'minimum': 1, 'pattern': '^0*[1-9][0-9]*$'}
_QUERY = (
    Field('limit', _LEAST_ONE, parse=int), Field('page_size', _LEAST_ONE, parse=int),
    Field('offset', _LEAST_ONE), schema.MARKER,
    Field('type', schema.STRING),
    *(Field(name, schema.STRING, parse=parse) for name, (_, parse) in _FILTERS.items()),
)


def _listed(req, view, *path):
    _need_neighbour(req)
    query = req.query
    filters = {column: query[name] for name, (column, _) in _FILTERS.items() if name in query}
    properties = {name.removeprefix('property-'): value for name, value in req.pairs()
                  if name.startswith('property-')}
    if 'type' in query:
        properties['image_type'] = query['type']
    with req.db.read() as connection:
        rows = store.listed(
            connection, req.context, filters=filters, properties=properties,
            marker=query.get('marker'), limit=req.page_size())
    body = {'images': [view(req, image) for image in rows]}
    if rows and len(rows) == req.page_size():
        body['images_links'] = [req.next_link(rows[-1].id, *path)]
    return body


@schema.between(MIN, _LAST)
@schema.query(*_QUERY)
@schema.returns(200, 'images', BRIEF, many=True, beside=_PAGED)
def index(req):
    """GET /images: 200, newest first."""
    return _listed(req, lambda req, image: schema.view(BRIEF, req, image), 'images')


@schema.between(MIN, _LAST)
@schema.query(*_QUERY)
@schema.returns(200, 'images', SHOWN, many=True, beside=_PAGED)
def detail(req):
    """GET /images/detail: 200 with everything."""
    return _listed(req, _shown, 'images', 'detail')


# One image

def _need_neighbour(req):
    if 'images' not in req.conf.neighbours.enabled:
        raise errors.NotFound('Compute has no view of images that are kept elsewhere.')


def _find(req, connection, id, lock=False):
    _need_neighbour(req)
    image = store.get(connection, id, lock)
    if image is None or not store.visible(image, req.context):
        raise errors.NotFound('Image not found.')
    return image


def _own(req, connection, id, what):
    """The image, locked, if the caller may change it."""
    image = _find(req, connection, id, lock=True)
    if not req.is_admin and image.owner != req.context.project_id:
        raise errors.Forbidden(f'You are not allowed to {what} the image.')
    return image


@schema.between(MIN, _LAST)
@schema.returns(200, 'image', SHOWN)
def show(req, id):
    """GET /images/{id}: 200, with ``fault`` for one whose making has failed."""
    with req.db.read() as connection:
        return {'image': _shown(req, _find(req, connection, id))}


@schema.between(MIN, _LAST)
@schema.returns(204)
def delete(req, id):
    """DELETE /images/{id}: 204; 403 if it is protected or somebody else's."""
    with req.db.write() as connection:
        _own(req, connection, id, 'delete')
        if not store.delete(connection, id):
            raise errors.Forbidden('You are not allowed to delete the image.')


# Metadata

_ITEMS = Field('metadata', schema.METADATA, required=True)
_ITEM = Field('meta', schema.METADATA | {'minProperties': 1, 'maxProperties': 1}, required=True)


@schema.between(MIN, _LAST_METADATA)
@schema.returns(200, 'metadata', schema.STRING_MAP)
def metadata(req, id):
    """GET /images/{id}/metadata: 200 with all items."""
    with req.db.read() as connection:
        return {'metadata': _find(req, connection, id).properties}


@schema.between(MIN, _LAST_METADATA)
@schema.returns(200, 'meta', schema.STRING_MAP)
def metadata_item(req, id, key):
    """GET /images/{id}/metadata/{key}: 200 with the item."""
    with req.db.read() as connection:
        return {'meta': {key: _item(_find(req, connection, id).properties, key)}}


@schema.between(MIN, _LAST_METADATA)
@schema.accepts(None, _ITEMS)
@schema.returns(200, 'metadata', schema.STRING_MAP)
def update_metadata(req, id):
    """POST /images/{id}/metadata: 200 with all items; those given are added or changed."""
    return {'metadata': _write(req, id, lambda kept: kept | req.body['metadata'])}


@schema.between(MIN, _LAST_METADATA)
@schema.accepts(None, _ITEMS)
@schema.returns(200, 'metadata', schema.STRING_MAP)
def replace_metadata(req, id):
    """PUT /images/{id}/metadata: 200 with all items, which are now those given."""
    return {'metadata': _write(req, id, lambda kept: req.body['metadata'])}


@schema.between(MIN, _LAST_METADATA)
@schema.accepts(None, _ITEM)
@schema.returns(200, 'meta', schema.STRING_MAP)
def set_metadata_item(req, id, key):
    """PUT /images/{id}/metadata/{key}: 200 with the item."""
    if key not in req.body['meta']:
        raise errors.Invalid('Request body and URI mismatch')
    _write(req, id, lambda kept: kept | req.body['meta'])
    return {'meta': req.body['meta']}


@schema.between(MIN, _LAST_METADATA)
@schema.returns(204)
def delete_metadata_item(req, id, key):
    """DELETE /images/{id}/metadata/{key}: 204."""
    def without(kept):
        _item(kept, key)
        return {name: value for name, value in kept.items() if name != key}
    _write(req, id, without)


def _item(properties, key):
    if key not in properties:
        raise errors.NotFound('Metadata item was not found')
    return properties[key]


def _write(req, id, change):
    with req.db.write() as connection:
        properties = change(_own(req, connection, id, 'change').properties)
        limits = quotas.limits(connection, req.conf, req.context.project_id)
        if 0 <= limits['metadata_items'] < len(properties):
            raise errors.Forbidden('Image metadata limit exceeded')
        store.update(connection, req.runtime, id, properties=properties)
    return properties
