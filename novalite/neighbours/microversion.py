"""Which version of a service's API a request is for, by ``OpenStack-API-Version``."""

import dataclasses
import re

from novalite import errors

HEADER = 'OpenStack-API-Version'


@dataclasses.dataclass(frozen=True)
class Versions:
    """The versions that a service has: from ``first``, which is meant when none is named.

    ``names`` are the service's types, the one it answers with first.
    """

    names: tuple
    first: tuple
    last: tuple

    def negotiate(self, call):
        """Put the version that was asked for into the call, and into its answer."""
        call.version = self._wanted(call.req.get_header(HEADER) or '')
        call.resp.set_header(HEADER, f'{self.names[0]} {text(call.version)}')
        call.resp.set_header('Vary', HEADER)

    def _wanted(self, header):
        for word in header.split(','):
            service, _, number = word.strip().partition(' ')
            if service in self.names:
                return self._parsed(number.strip())
        return self.first

    def _parsed(self, number):
        if number == 'latest':
            return self.last
        match = re.fullmatch(r'([1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})', number)
        if match is None:
            raise errors.Invalid(f'API Version String {number} is of invalid format. Must be of '
                                 'format MajorNum.MinorNum.')
        version = int(match[1]), int(match[2])
        if not self.first <= version <= self.last:
            raise errors.NotAcceptable(
                version=number, minimum=text(self.first), maximum=text(self.last))
        return version


def since(call, *version):
    """Raise NotFound for a request of a version that did not have this yet."""
    if call.version < version:
        raise errors.NotFound()


def text(version):
    return '{}.{}'.format(*version)
