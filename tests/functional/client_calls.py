"""How a stock client is made to ask for an operation at a version, and seen to have done so.

``sdk_calls`` and ``command_calls`` say which call of the client makes which operation. Each is made
at the first and the last version of the operation and at each that differs.
"""

from collections.abc import Callable
import contextlib
import dataclasses
import functools

from novalite.api import microversion
from novalite.api.microversion import V
from tests import conformance
from tests.functional import population
from tests.functional import writes

#: What is not there, as clients show it.
NOTHING = (None, '', [], {})


@dataclasses.dataclass(frozen=True)
class Call:
    """How a client makes an operation."""

    #: (world) -> what the client gives.
    ask: Callable
    #: Between which minor versions the client does so.
    first: int = 1
    last: int = microversion.MAX.minor
    #: minor version -> the one that the client really sends, where it has its own mind.
    sends: Callable = staticmethod(lambda minor: minor)
    #: name -> (first, last minor version) in which what the client gives has a value there.
    shows: dict = dataclasses.field(default_factory=dict)
    #: Whether it is for those who ask for every version only.
    slow: bool = False

    def versions(self, spans):
        """The versions at which to ask: where the operation begins, differs and ends."""
        wanted = {max(first, V(2, self.first)) for first, last, _ in spans
                  if V(2, self.first) <= last and first <= V(2, self.last)}
        return sorted({*wanted, min(spans[-1][1], V(2, self.last))} if wanted else wanted)

    def tells(self, version, spans):
        """Whether what the client shows changes here, or it is the first or last time."""
        versions = self.versions(spans)
        edges = {minor for first, last in self.shows.values() for minor in (first, last + 1)}
        return not self.slow and (
            version in (versions[0], versions[-1]) or version.minor in edges)


@functools.cache
def operations():
    """operation -> its ranges of versions, of those that do more than say they are gone."""
    return {operation: spans for (_, operation), spans in conformance.ranges().items()
            if conformance.GONE not in spans[0][2]}


def cases(calls, every=True):
    """(operation, version) of each call to be made.

    Unless it is to be at every version that differs, it is at the first, the last and those from
    which the client shows something more or less.
    """
    found = operations()
    return [(operation, version) for operation, call in calls.items()
            for version in call.versions(found[operation])
            if every or call.tells(version, found[operation])]


class World(writes.World):
    """A cloud with one of everything, asked by a client at one version."""

    def __init__(self, cloud, things, version):
        super().__init__(cloud, things, version)
        self.all = things

    @property
    def minor(self):
        return self.version.minor

    def since(self, minor, **fields):
        """The fields, at versions from this one on."""
        return fields if self.minor >= minor else {}

    @property
    def server(self):
        """The server that has all that can be shown of one."""
        return self.things['shown']

    def ready(self, verb):
        """A server on which the verb may begin."""
        return writes.ready(self, verb)[0]

    def fresh_image(self):
        return writes.World.image(self)

    def port(self, server):
        """An interface of a server, as compute shows it."""
        (one,) = self.cloud.get(
            f'/servers/{server}/os-interface', who='admin')['interfaceAttachments']
        return one

    def user(self):
        return self.cloud.connection('admin').current_user_id


@contextlib.contextmanager
def clouds():
    """A cloud with one of everything, and what there is: for many calls."""
    with population.populated() as (cloud, things):
        admin = cloud.connection('admin')
        admin.network.create_security_group(name='more')
        group = things['os-server-groups'][0]
        answer = cloud.request('POST', '/servers', who='admin', json={
            'server': {'name': 'shown', 'flavorRef': '42', 'imageRef': things['images'][0],
                       'networks': 'auto', 'key_name': 'mine', 'description': 'all of it',
                       'tags': ['blue'], 'metadata': {'a': 'b'}, 'availability_zone': 'nova',
                       'user_data': 'Zm9v', 'trusted_image_certificates': ['cert']},
            'os:scheduler_hints': {'group': group}})
        assert answer.status_code == 202, answer.text
        shown = cloud.settle(answer.json()['server']['id'])
        cloud.ask(shown, 'lock', {'locked_reason': 'to be looked at'}, who='admin')
        yield cloud, {**things, 'shown': [shown]}


@contextlib.contextmanager
def undone(world):
    """What was arranged for a call is taken back after it."""
    try:
        yield world
    finally:
        for undo in reversed(world.undo):
            undo()


def made(recorder, client, operation, version):
    """Whether this client was heard to make the operation at the version, and succeeded."""
    (success,) = (statuses for first, last, statuses in operations()[operation]
                  if first <= version <= last)
    return any(recorder.seen[operation, str(version), status, client] for status in success)


def wrongly_shown(call, version, given):
    """What the answer has that the version does not, or the other way round."""
    return [f'{name} is {given.get(name)!r}' for name, (first, last) in call.shows.items()
            if (given.get(name) in NOTHING) == (first <= version.minor <= last)]


#: Operations that neither openstacksdk nor `openstack` has a call for.
NO_CALL = frozenset({
    'GET /v2',
    'POST /v2.1/servers/{id}/action injectNetworkInfo',
    'GET /v2.1/os-hypervisors/{id}/servers',
    'GET /v2.1/os-volumes',
    'POST /v2.1/os-volumes',
    'GET /v2.1/os-volumes/detail',
    'GET /v2.1/os-volumes/{id}',
    'DELETE /v2.1/os-volumes/{id}',
    'GET /v2.1/os-snapshots',
    'POST /v2.1/os-snapshots',
    'GET /v2.1/os-snapshots/detail',
    'GET /v2.1/os-snapshots/{id}',
    'DELETE /v2.1/os-snapshots/{id}',
    'GET /v2.1/os-networks',
    'GET /v2.1/os-networks/{id}',
    'GET /v2.1/os-tenant-networks',
    'GET /v2.1/os-tenant-networks/{id}',
    'GET /v2.1/os-floating-ip-pools',
    'GET /v2.1/os-floating-ips',
    'POST /v2.1/os-floating-ips',
    'GET /v2.1/os-floating-ips/{id}',
    'DELETE /v2.1/os-floating-ips/{id}',
    'GET /v2.1/os-security-groups',
    'POST /v2.1/os-security-groups',
    'GET /v2.1/os-security-groups/{id}',
    'PUT /v2.1/os-security-groups/{id}',
    'DELETE /v2.1/os-security-groups/{id}',
    'POST /v2.1/os-security-group-rules',
    'DELETE /v2.1/os-security-group-rules/{id}',
    'GET /v2.1/os-hosts/{id}/startup',
    'GET /v2.1/os-hosts/{id}/shutdown',
    'GET /v2.1/os-hosts/{id}/reboot',
    'GET /v2.1/os-baremetal-nodes',
    'POST /v2.1/os-baremetal-nodes',
    'GET /v2.1/os-baremetal-nodes/{id}',
    'DELETE /v2.1/os-baremetal-nodes/{id}',
    'POST /v2.1/os-baremetal-nodes/{id}/action',
    'POST /v2.1/os-assisted-volume-snapshots',
    'DELETE /v2.1/os-assisted-volume-snapshots/{id}',
    'GET /v2.1/os-instance_usage_audit_log',
    'GET /v2.1/os-instance_usage_audit_log/{before}',
    'GET /v2.1/versions/{id}',
    'GET /v2.1/os-volumes_boot',
    'POST /v2.1/os-volumes_boot',
    'GET /v2.1/os-volumes_boot/detail',
    'GET /v2.1/os-volumes_boot/{id}',
    'PUT /v2.1/os-volumes_boot/{id}',
    'DELETE /v2.1/os-volumes_boot/{id}',
    'POST /v2.1/os-volumes_boot/{id}/action',
})
