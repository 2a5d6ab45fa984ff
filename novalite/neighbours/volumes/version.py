"""Which versions Cinder's API has here."""

from novalite.neighbours import microversion

VERSIONS = microversion.Versions(('volume', 'block-storage'), (3, 0), (3, 71))


def index(call):
    """The one version there is; clients may ask for it at both addresses."""
    return {'versions': [{
        'id': 'v3.0', 'status': 'CURRENT', 'version': microversion.text(VERSIONS.last),
        'min_version': microversion.text(VERSIONS.first), 'updated': '2023-08-31T00:00:00Z',
        'links': [{'rel': 'self', 'href': f'{call.req.prefix}/v3/'}],
        'media-types': [{'base': 'application/json',
                         'type': 'application/vnd.openstack.volume+json;version=3'}]}]}


def served(handler, call, **names):
    """Answer with the version that was asked for, and say so."""
    VERSIONS.negotiate(call)
    return handler(call, **names)
