"""Version documents: what this API speaks, for everybody, without a token."""

from novalite import errors
from novalite.api import microversion
from novalite.api import schema
from novalite.api.schema import Field

RULES = ()

_UPDATED = '2013-07-23T11:33:21Z'     # Nova's date of v2.1; clients only show it


def _brief(req):
    return {
        'id': 'v2.1', 'status': 'CURRENT', 'version': str(microversion.MAX),
        'min_version': str(microversion.MIN), 'updated': _UPDATED,
        'links': [{'rel': 'self', 'href': req.bookmark('v2.1', '')}],
    }


VERSION = (
    *(Field(name, schema.STRING) for name in (
        'id', 'status', 'version', 'min_version', 'updated')),
    Field('links', schema.LINKS),
)
_MEDIA = (Field('base', schema.STRING), Field('type', schema.STRING))


@schema.ignores_query
@schema.returns(200, 'versions', VERSION, many=True)
def index(req):
    """GET /: 200 with the one version there is, and v2.0 as the one there was."""
    old = {'id': 'v2.0', 'status': 'DEPRECATED', 'version': '', 'min_version': '',
           'updated': '2011-01-21T11:33:21Z',
           'links': [{'rel': 'self', 'href': req.bookmark('v2', '')}]}
    return {'versions': [old, _brief(req)]}


@schema.ignores_query
@schema.returns(200, 'version', (
    *VERSION, Field('media-types', schema.array(schema.Shown(_MEDIA)))))
def show(req):
    """GET /v2.1: 200 with the range of microversions."""
    shown = _brief(req)
    shown['links'].append(
        {'rel': 'describedby', 'type': 'text/html', 'href': 'http://docs.openstack.org/'})
    shown['media-types'] = [{'base': 'application/json',
                             'type': 'application/vnd.openstack.compute+json;version=2.1'}]
    return {'version': shown}


@schema.returns(200)
def show_named(req, id):
    """GET /v2.1/versions/{id}: 200 with the same, if it is called v2.1."""
    if id != 'v2.1':
        raise errors.NotFound()
    return show(req)
