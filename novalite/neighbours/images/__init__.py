"""Glance v2, as much of it as stock clients need: images with their data, tags and members."""

import http
import types

from novalite import errors
from novalite.neighbours import request
from novalite.neighbours.images import data
from novalite.neighbours.images import listing
from novalite.neighbours.images import members
from novalite.neighbours.images import records
from novalite.neighbours.images.schema import SCHEMAS

VERSIONS = [f'v2.{minor}' for minor in (9, 7, 6, 5, 4, 3, 2, 1, 0)]


def app(conf, db, runtime):
    service = types.SimpleNamespace(conf=conf, db=db, runtime=runtime)
    return request.application(service, ROUTES, {'/', '/versions', '/v2'}, _error)


def _error(_exc, code, message):
    title = http.HTTPStatus(code).phrase
    return {'message': message, 'code': f'{code} {title}', 'title': title}


def versions(call):
    return {'versions': [
        {'id': version, 'status': 'SUPPORTED' if number else 'CURRENT',
         'links': [{'rel': 'self', 'href': f'{call.req.prefix}/v2/'}]}
        for number, version in enumerate(VERSIONS)]}


def document(_call, name):
    if name not in SCHEMAS:
        raise errors.NotFound()
    return SCHEMAS[name]


def imports(_call):
    return {'import-methods': {
        'description': 'Import methods available.', 'type': 'array', 'value': []}}


def stores(_call):
    return {'stores': [{'id': 'database', 'default': 'true',
                        'description': 'Rows of the database of novalite.'}]}


def tasks_of(call, image_id):
    records.show(call, image_id)
    return {'tasks': []}


def tasks(_call):
    return {'tasks': [], 'first': '/v2/tasks', 'schema': '/v2/schemas/tasks'}


IMAGE = '/v2/images/{image_id}'
MEMBER = f'{IMAGE}/members/{{project_id}}'

ROUTES = (
    ('GET', '/', 300, versions),
    ('GET', '/versions', 200, versions),
    ('GET', '/v2', 200, versions),
    ('GET', '/v2/images', 200, listing.index),
    ('POST', '/v2/images', 201, records.create),
    ('GET', IMAGE, 200, records.show),
    ('PATCH', IMAGE, 200, records.update),
    ('DELETE', IMAGE, 204, records.delete),
    ('GET', f'{IMAGE}/tasks', 200, tasks_of),
    ('PUT', f'{IMAGE}/file', 204, data.upload),
    ('GET', f'{IMAGE}/file', 200, data.download),
    ('POST', f'{IMAGE}/actions/deactivate', 204, records.deactivate),
    ('POST', f'{IMAGE}/actions/reactivate', 204, records.reactivate),
    ('PUT', f'{IMAGE}/tags/{{tag}}', 204, records.tag),
    ('DELETE', f'{IMAGE}/tags/{{tag}}', 204, records.untag),
    ('GET', f'{IMAGE}/members', 200, members.index),
    ('POST', f'{IMAGE}/members', 200, members.add),
    ('GET', MEMBER, 200, members.show),
    ('PUT', MEMBER, 200, members.answer),
    ('DELETE', MEMBER, 204, members.remove),
    ('GET', '/v2/schemas/{name}', 200, document),
    ('GET', '/v2/info/import', 200, imports),
    ('GET', '/v2/info/stores', 200, stores),
    ('GET', '/v2/tasks', 200, tasks),
)
