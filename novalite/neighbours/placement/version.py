"""Which versions Placement's API has here, and who may ask for what."""

from novalite import errors
from novalite.neighbours import microversion

VERSIONS = microversion.Versions(('placement',), (1, 0), (1, 39))


def index(_call):
    """The version document, which is for everybody."""
    return {'versions': [{
        'id': 'v1.0', 'status': 'CURRENT', 'links': [{'rel': 'self', 'href': ''}],
        'min_version': microversion.text(VERSIONS.first),
        'max_version': microversion.text(VERSIONS.last)}]}


def served(handler, *since, everybody=False):
    """A handler that answers from a version on, and only administrators unless ``everybody``."""
    def respond(call, **names):
        VERSIONS.negotiate(call)
        microversion.since(call, *since)
        if not everybody and not {'admin', 'service'}.intersection(call.ctxt.roles):
            raise errors.Forbidden('Access was denied to this resource.')
        return handler(call, **names)
    return respond


def refuse(call, **_names):
    """Every write: what is here follows from hosts and servers."""
    VERSIONS.negotiate(call)
    raise errors.Forbidden(
        'Placement can only be read here: what it shows are the hosts of this cloud and what '
        'servers hold of them. Boot, move or delete servers to change it.')
