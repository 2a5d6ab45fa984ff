"""Which version of Cinder's API a request is for."""

import re

from novalite import errors

MIN, MAX = (3, 0), (3, 71)
HEADER = 'OpenStack-API-Version'


def index(call):
    """The one version there is; clients may ask for it at both addresses."""
    return {'versions': [{
        'id': 'v3.0', 'status': 'CURRENT', 'version': _text(MAX), 'min_version': _text(MIN),
        'updated': '2023-08-31T00:00:00Z',
        'links': [{'rel': 'self', 'href': f'{call.req.prefix}/v3/'}],
        'media-types': [{'base': 'application/json',
                         'type': 'application/vnd.openstack.volume+json;version=3'}]}]}


def served(handler, call, **names):
    """Answer with the version that was asked for, and say so."""
    call.version = _wanted(call.req.get_header(HEADER) or '')
    call.resp.set_header(HEADER, f'volume {_text(call.version)}')
    call.resp.set_header('Vary', HEADER)
    return handler(call, **names)


def _wanted(header):
    for word in header.split(','):
        service, _, number = word.strip().partition(' ')
        if service in ('volume', 'block-storage'):
            return _parsed(number.strip())
    return MIN


def _parsed(number):
    if number == 'latest':
        return MAX
    match = re.fullmatch(r'([1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})', number)
    if match is None:
        raise errors.Invalid(f'API Version String {number} is of invalid format. Must be of '
                             'format MajorNum.MinorNum.')
    version = int(match[1]), int(match[2])
    if not MIN <= version <= MAX:
        raise errors.NotAcceptable(
            version=number, minimum=_text(MIN), maximum=_text(MAX))
    return version


def since(call, *version):
    """Raise NotFound for a request of a version that did not have this yet."""
    if call.version < version:
        raise errors.NotFound()


def _text(version):
    return '{}.{}'.format(*version)
