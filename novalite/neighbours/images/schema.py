"""What an image of the image neighbour looks like: shown to clients, and checked against."""

import jsonschema

from novalite import errors

DISK_FORMATS = ['ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso',
                'ploop', 'gpt', 'luks']
CONTAINER_FORMATS = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed']
VISIBILITIES = ['community', 'public', 'private', 'shared']
UUID = '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'


def _given(*types, **more):
    return {'type': list(types) if len(types) > 1 else types[0], **more}


def _computed(*types, **more):
    return _given(*types, readOnly=True, **more)


PROPERTIES = {
    'id': _given('string', pattern=UUID),
    'name': _given('null', 'string', maxLength=255),
    'status': _computed('string', enum=[
        'queued', 'saving', 'active', 'killed', 'deleted', 'pending_delete', 'deactivated',
        'uploading', 'importing']),
    'visibility': _given('string', enum=VISIBILITIES),
    'owner': _given('null', 'string', maxLength=64),
    'container_format': _given('null', 'string', enum=[None, *CONTAINER_FORMATS]),
    'disk_format': _given('null', 'string', enum=[None, *DISK_FORMATS]),
    'min_disk': _given('integer', minimum=0, maximum=2**31 - 1),
    'min_ram': _given('integer', minimum=0, maximum=2**31 - 1),
    'protected': _given('boolean'),
    'os_hidden': _given('boolean'),
    'tags': _given('array', items={'type': 'string', 'maxLength': 255}, maxItems=128),
    'size': _computed('null', 'integer'),
    'virtual_size': _computed('null', 'integer'),
    'checksum': _computed('null', 'string', maxLength=32),
    'os_hash_algo': _computed('null', 'string', maxLength=64),
    'os_hash_value': _computed('null', 'string', maxLength=128),
    'created_at': _computed('string'),
    'updated_at': _computed('string'),
    'self': _computed('string'),
    'file': _computed('string'),
    'schema': _computed('string'),
}

#: What a user may set, beside properties of their own.
WRITABLE = [name for name, given in PROPERTIES.items()
            if not given.get('readOnly') and name != 'id']

IMAGE = {
    'name': 'image',
    'properties': PROPERTIES,
    'additionalProperties': {'type': 'string'},
    'links': [{'rel': rel, 'href': f'{{{rel}}}'} for rel in ('self', 'file', 'schema')],
}

IMAGES = {
    'name': 'images',
    'properties': {
        'images': {'type': 'array', 'items': IMAGE},
        'first': {'type': 'string'},
        'next': {'type': 'string'},
        'schema': {'type': 'string'},
    },
    'links': [{'rel': rel, 'href': f'{{{rel}}}'} for rel in ('first', 'next', 'schema')],
}

MEMBER = {
    'name': 'member',
    'properties': {
        'member_id': {'type': 'string'},
        'image_id': {'type': 'string', 'pattern': UUID},
        'status': {'type': 'string', 'enum': ['pending', 'accepted', 'rejected']},
        'created_at': {'type': 'string'},
        'updated_at': {'type': 'string'},
        'schema': {'type': 'string'},
    },
}

MEMBERS = {
    'name': 'members',
    'properties': {'members': {'type': 'array', 'items': MEMBER}, 'schema': {'type': 'string'}},
    'links': [{'rel': 'describedby', 'href': '{schema}'}],
}

SCHEMAS = {'image': IMAGE, 'images': IMAGES, 'member': MEMBER, 'members': MEMBERS}

_validator = jsonschema.Draft202012Validator(IMAGE)


def check(values):
    """Refuse values an image cannot have, naming the attribute."""
    for name in values:
        if PROPERTIES.get(name, {}).get('readOnly'):
            raise errors.Forbidden(f"Attribute '{name}' is read-only.")
        if not name or len(name) > 255:
            raise errors.Invalid('The name of a property has 1 to 255 characters.')
    error = jsonschema.exceptions.best_match(_validator.iter_errors(values))
    if error is not None:
        name = error.absolute_path[0] if error.absolute_path else 'image'
        raise errors.Invalid(
            f"Provided object does not match schema 'image': {error.message} ({name})")
