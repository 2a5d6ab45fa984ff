"""The version documents, where clients begin."""


def index(call):
    """GET /: which versions there are, with the status 300."""
    return {'versions': {'values': [_version(call)]}}


def show(call):
    """GET /v3"""
    return {'version': _version(call)}


def _version(call):
    return {
        'id': 'v3.14',
        'status': 'stable',
        'updated': '2020-04-07T00:00:00Z',
        'links': [{'rel': 'self', 'href': call.link('')}],
        'media-types': [{'base': 'application/json',
                         'type': 'application/vnd.openstack.identity-v3+json'}],
    }
