"""Images as rows and as clients see them: create, show, change, delete, tag."""

from novalite import errors
from novalite.db import images
from novalite.neighbours.images import schema

PATCH_TYPE = 'application/openstack-images-v2.1-json-patch'
#: Its changes name the path by the operation: {"add": "/name", "value": 1}.
_OLD_PATCH_TYPE = 'application/openstack-images-v2.0-json-patch'
_OPERATIONS = ('add', 'replace', 'remove')


def visible(call, connection, image_id, lock=False):
    row = images.get(connection, image_id, lock)
    if row is None or not images.visible(row, call.ctxt):
        raise errors.NotFound(f'No image found with ID {image_id}')
    return row


def owned(call, connection, image_id):
    """The image, locked until the transaction ends, if the caller may change it."""
    row = visible(call, connection, image_id, lock=True)
    if not call.admin and row.owner != call.ctxt.project_id:
        raise errors.Forbidden('You are not permitted to modify this image.')
    return row


def view(row):
    shown = {name: getattr(row, name) for name in schema.PROPERTIES if hasattr(row, name)}
    path = f'/v2/images/{row.id}'
    return dict(row.properties) | shown | {
        'created_at': moment(row.created_at), 'updated_at': moment(row.updated_at),
        'self': path, 'file': f'{path}/file', 'schema': '/v2/schemas/image'}


def moment(when):
    return when.strftime('%Y-%m-%dT%H:%M:%SZ')


# Images

def show(call, image_id):
    with call.db.read() as connection:
        return view(visible(call, connection, image_id))


def create(call):
    body = call.body()
    if not isinstance(body, dict):
        raise errors.Invalid('The body must be a JSON object.')
    schema.check(body)
    _may_set(call, body)
    image_id = body.pop('id', None)
    columns = {'visibility': 'shared', 'name': None, 'owner': call.ctxt.project_id} | {
        name: body.pop(name) for name in schema.WRITABLE if name in body}
    columns['tags'] = sorted(set(columns.get('tags', ())))
    with call.db.write() as connection:
        made = images.create(
            connection, call.runtime, image_id=image_id, properties=body, **columns)
        if made is None:
            raise errors.Conflict(f'Image ID {image_id} already exists!')
        row = images.get(connection, made)
    call.resp.location = f'{call.req.prefix}/v2/images/{made}'
    return view(row)


def _may_set(call, values):
    if values.get('visibility') == 'public' and not call.admin:
        raise errors.Forbidden('You are not authorized to complete publicize_image action.')
    if values.get('owner', call.ctxt.project_id) != call.ctxt.project_id and not call.admin:
        raise errors.Forbidden('You are not permitted to create images owned by another project.')


def update(call, image_id):
    kind = (call.req.content_type or '').partition(';')[0].strip()
    if kind not in (PATCH_TYPE, _OLD_PATCH_TYPE):
        raise errors.BadMediaType(f'Unsupported Content-Type; send {PATCH_TYPE}.')
    changes = call.body()
    if kind == _OLD_PATCH_TYPE and isinstance(changes, list):
        changes = [_renewed(change) for change in changes]
    with call.db.write() as connection:
        row = owned(call, connection, image_id)
        columns, properties = _patched(row, changes)
        schema.check(columns | properties)
        _may_set(call, columns)
        images.update(connection, call.runtime, row.id, properties=properties, **columns)
        return view(images.get(connection, row.id))


def _patched(row, changes):
    """The columns and the properties an image has after the changes of a JSON patch."""
    columns, properties = {}, dict(row.properties)
    for change in changes if isinstance(changes, list) else [None]:
        operation, name = _change(change)
        if name in schema.PROPERTIES:
            columns[name] = _column(row, operation, name, change)
        elif operation != 'add' and name not in properties:
            raise errors.Conflict(f'Property {name} does not exist.')
        elif operation == 'remove':
            del properties[name]
        else:
            properties[name] = change['value']
    if 'tags' in columns and isinstance(columns['tags'], list):
        columns['tags'] = sorted(set(map(str, columns['tags'])))
    return columns, properties


def _renewed(change):
    """A change of the older kind of patch, as one of the newer."""
    operation = next((name for name in _OPERATIONS
                      if isinstance(change, dict) and name in change), None)
    if operation is None:
        return change
    return {'op': operation, 'path': change[operation]} | {
        name: value for name, value in change.items() if name == 'value'}


def _change(change):
    change = change if isinstance(change, dict) else {}
    operation, path = change.get('op'), change.get('path')
    if operation not in _OPERATIONS:
        raise errors.Invalid('A change is an object whose op is add, replace or remove.')
    if not isinstance(path, str) or not path.startswith('/') or '/' in path[1:]:
        raise errors.Invalid(f"Invalid path '{path}': it must be '/' and a name.")
    if operation != 'remove' and 'value' not in change:
        raise errors.Invalid(f"The change of '{path}' has no value.")
    return operation, path[1:].replace('~1', '/').replace('~0', '~')


def _column(row, operation, name, change):
    if name not in schema.WRITABLE:
        raise errors.Forbidden(f"Attribute '{name}' is read-only.")
    if operation == 'remove':
        raise errors.Forbidden(f"Property '{name}' could not be removed.")
    if name in ('container_format', 'disk_format') and row.status != 'queued':
        raise errors.Forbidden(f"Attribute '{name}' can be replaced only for a queued image.")
    return change['value']


def delete(call, image_id):
    with call.db.write() as connection:
        owned(call, connection, image_id)
        if not images.delete(connection, image_id):
            raise errors.Forbidden(f'Image {image_id} is protected and cannot be deleted.')


# Actions and tags

def deactivate(call, image_id):
    _switch(call, image_id, 'active', 'deactivated')


def reactivate(call, image_id):
    _switch(call, image_id, 'deactivated', 'active')


def _switch(call, image_id, before, after):
    with call.db.write() as connection:
        row = owned(call, connection, image_id)
        if row.status not in (before, after):
            raise errors.Forbidden(
                f'Not allowed to move image {image_id} from {row.status} to {after}.')
        images.move(connection, call.runtime, image_id, before, after)


def tag(call, image_id, tag):
    schema.check({'tags': [tag]})
    with call.db.write() as connection:
        row = owned(call, connection, image_id)
        tags = sorted({*row.tags, tag})
        schema.check({'tags': tags})
        images.update(connection, call.runtime, image_id, tags=tags)


def untag(call, image_id, tag):
    with call.db.write() as connection:
        row = owned(call, connection, image_id)
        if tag not in row.tags:
            raise errors.NotFound(f'Image {image_id} has no tag {tag}.')
        tags = [other for other in row.tags if other != tag]
        images.update(connection, call.runtime, image_id, tags=tags)
