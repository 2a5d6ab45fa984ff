"""Version documents: what this API speaks, for everybody, without a token."""

from novalite import errors
from novalite.api import microversion
from novalite.api import schema
from novalite.api.schema import Field

RULES = ()

#: Clients only show when a version was updated; these are Nova's dates.
_NOW = ('v2.1', 'CURRENT', '2013-07-23T11:33:21Z', (microversion.MIN, microversion.MAX))
_BEFORE = ('v2.0', 'DEPRECATED', '2025-07-04T12:00:00Z', ('', ''))


def _brief(req, known):
    id, status, updated, (oldest, newest) = known
    return {
        'id': id, 'status': status, 'version': str(newest), 'min_version': str(oldest),
        'updated': updated,
        'links': [{'rel': 'self', 'href': req.bookmark(id.removesuffix('.0'), '')}],
    }


VERSION = (
    *(Field(name, schema.STRING) for name in (
        'id', 'status', 'version', 'min_version', 'updated')),
    Field('links', schema.LINKS),
)
_MEDIA = (Field('base', schema.STRING), Field('type', schema.STRING))
_DOCUMENT = (*VERSION, Field('media-types', schema.array(schema.Shown(_MEDIA))))


def _document(req, known):
    shown = _brief(req, known)
    shown['links'].append(
        {'rel': 'describedby', 'type': 'text/html', 'href': 'http://docs.openstack.org/'})
    number = known[0].removeprefix('v').removesuffix('.0')
    shown['media-types'] = [{
        'base': 'application/json',
        'type': f'application/vnd.openstack.compute+json;version={number}'}]
    return {'version': shown}


@schema.ignores_query
@schema.returns(200, 'versions', VERSION, many=True)
def index(req):
    """GET /: 200 with the one version there is, and v2.0 as the one there was."""
    return {'versions': [_brief(req, _BEFORE), _brief(req, _NOW)]}


@schema.ignores_query
@schema.returns(200, 'version', _DOCUMENT)
def show(req):
    """GET /v2.1: 200 with the range of microversions."""
    return _document(req, _NOW)


@schema.ignores_query
@schema.returns(200, 'version', _DOCUMENT)
def show_old(req):
    """GET /v2: 200 with what tells old clients that there is something newer."""
    return _document(req, _BEFORE)


@schema.ignores_query
@schema.returns(200, 'version', _DOCUMENT)
def show_named(req, id):
    """GET /v2.1/versions/{id}: 200 with the same, if it is called v2.1."""
    if id != 'v2.1':
        raise errors.NotFound()
    return show(req)
