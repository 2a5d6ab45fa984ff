"""The least body that a handler takes, made from its declaration."""

from novalite.api import schema

UUID = '11111111-2222-4333-8444-555555555555'

#: By the name of the field, where its schema does not tell enough.
KNOWN = {
    'address': '192.0.2.1', 'name': 'x', 'host': 'h1', 'binary': 'nova-compute',
    'networks': 'none', 'networkId': UUID, 'contents': '', 'public_key': 'x',
    'parent_group_id': UUID, 'ip_protocol': 'tcp', 'from_port': 1, 'to_port': 1, 'pool': 'public',
}


def body(fields, version):
    return {field.name: value(field.schema, field.name)
            for field in schema.fields_at(fields, version) if field.required}


def value(of, name=''):
    """Something that has this schema."""
    if 'enum' in of:
        return of['enum'][0]
    if name in KNOWN:
        return KNOWN[name]
    if 'oneOf' in of or 'anyOf' in of:
        return value((of.get('oneOf') or of['anyOf'])[0])
    kinds = of.get('type', 'string')
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == 'object':
        shown = {key: value(of['properties'][key], key) for key in of.get('required', ())}
        if not shown and of.get('minProperties'):
            shown = {'x': 'x'}
        return shown
    if kind == 'array':
        return [value(of['items'])] * max(of.get('minItems', 0), 0)
    if kind == 'integer':
        return of.get('minimum', 1)
    if kind == 'boolean':
        return True
    if kind == 'null':
        return None
    return UUID if of.get('format') == 'uuid' else 'x' * max(of.get('minLength', 1), 1)
