"""The story of novalite: its chapters, each a few requests and what is claimed of them."""

import contextlib
import signal
import sys

from novalite.cmd import story as telling
from novalite.faults import rules
from novalite.runtime import Runtime

BIGGER = 'm1.micro'


def tell(console):
    """Tell it; 0 if all came out as told."""
    signals = _Signals()
    story = telling.Story(console, Runtime())
    try:
        for chapter in (boots, cannot_be_built, found_by_request_id, fails_to_resize, resizes,
                        becomes_an_image, other_tenant):
            with story.chapter(chapter):
                chapter(story)
            signals.heed()
    finally:
        with story.chapter(cleans_up):
            cleans_up(story)
    signals.heed()
    story.end()
    return 1 if story.failed else 0


class _Signals:
    """SIGINT and SIGTERM end the story, but not without cleaning up.

    The exception that a handler raises is swallowed where it happens to meet a
    destructor or a callback of the collector, so the next ``heed`` raises it again.
    """

    def __init__(self):
        self._status = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def heed(self):
        if self._status is not None:
            sys.exit(self._status)

    def _note(self, number, _frame):
        self._status = 128 + number
        self.heed()


# The chapters

def boots(story):
    """A 202 is only a promise: three servers are accepted, then built."""
    with story.progress('building', 3) as advance:
        asked = [story.create(f'web-{number}') for number in (1, 2, 3)]
        servers = []
        for asking in asked:
            servers.append(story.settled(asking.server))
            advance()
    story.servers = servers
    story.said(asked[0])
    story.rows(('server', 'status', 'host', 'address'), [
        (server.name, server.status, story.host(server), story.address(server))
        for server in servers])
    story.claim('All three servers are ACTIVE', [server.status for server in servers],
                ['ACTIVE'] * 3)


def cannot_be_built(story):
    """One whose metadata says novalite:fault = spawn:fail=No room for the disk."""
    reason = 'No room for the disk'
    story.broken = story.create('broken', {rules.METADATA_KEY: f'spawn:fail={reason}'})
    server = story.settled(story.broken.server)
    owner, admin = server.fault or {}, story.as_admin(server).fault or {}
    story.said(story.broken)
    raised = (admin.get('details') or '').strip().splitlines()
    story.rows(('asked by', 'status', 'fault.code', 'fault.details'), [
        ('its owner', server.status, owner.get('code'), None),
        ('an admin', server.status, admin.get('code'),
         f'each host\'s cause and the traceback, {len(raised)} lines')])
    story.note(owner.get('message') or 'There is no fault.')
    story.claim('Accepted, yet it ended in ERROR', server.status, 'ERROR')
    story.claim('Its fault says that no host could',
                (owner.get('code'), owner.get('message', '').partition('. ')[0]),
                (500, 'Exceeded maximum number of retries'))
    causes = [line for line in raised if line.endswith(f': {reason}') and line.startswith('h')]
    story.claim('Each host\'s own cause is told to administrators',
                ('details' in owner, len(causes)), (False, min(story.hosts, 3)))


def found_by_request_id(story):
    """The same failure, found again by nothing but the request id of the 202."""
    if story.broken is None:
        raise LookupError('there is no such server, the chapter before has failed')
    action = story.action(story.broken)
    story.claim('The action and its event are there, and tell the same',
                (action.action, action.message, telling.failure(action)),
                ('create', 'Error', ('compute__do_build_and_run_instance',
                                     'No room for the disk')))


def fails_to_resize(story):
    """A resize that fails in the background: the server is ACTIVE again, as if nothing had been."""
    server = story.servers[0]
    event, reason = 'compute_prep_resize', 'No room for its memory'
    if story.hosts == 1:
        # There is nowhere to go, so the conductor refuses before any host could.
        event = 'conductor_migrate_server'
        reason = 'No valid host was found. There are not enough hosts available.'
    with story.fault(server, f'claim:fail={reason}'):
        asking = story.ask(server.id, 'resize', {'flavorRef': story.flavor(BIGGER)})
        server = story.settled(server.id)
    story.said(asking)
    story.rows(('server', 'status', 'flavor', 'fault'), [
        (server.name, server.status, server.flavor['original_name'], server.fault)])
    action = story.action(asking)
    owners = story.demo.compute.get_server_action(asking.request_id, server.id)
    story.claim('The server is ACTIVE, in its old size, and shows no fault',
                (server.status, server.flavor['original_name'], server.fault),
                ('ACTIVE', telling.SMALL, None))
    story.claim('Its owner sees by the request id that the resize ended in Error',
                (owners.message, owners.events[0]['result']), ('Error', 'Error'))
    story.claim('An administrator sees where, and why',
                (action.message, telling.failure(action)), ('Error', (event, reason)))


def resizes(story):
    """The same resize without the fault, confirmed; and the way it went."""
    if story.hosts == 1:
        story.note('This cloud has one host, and a resize moves to another: nothing to see here.')
        return
    server = story.servers[0]
    old = story.host(server)
    asking = story.ask(server.id, 'resize', {'flavorRef': story.flavor(BIGGER)})
    server = story.settled(server.id)
    story.said(asking)
    story.claim('The server waits to be confirmed, in its new size',
                (server.status, server.flavor['original_name']), ('VERIFY_RESIZE', BIGGER))
    trace = story.trace(asking)
    story.draw(trace)
    new = story.host(server)
    story.claim('It went over both hosts, one request id all the way', trace['hops'],
                ['api.resize', 'conductor.run', f'{new}.claim', f'{old}.send_disk', f'{new}.boot'])
    story.said(story.ask(server.id, 'confirmResize', None))
    server = story.settled(server.id, leaving='VERIFY_RESIZE')
    story.claim('Confirmed, it is ACTIVE', (server.status, story.host(server)), ('ACTIVE', new))


def becomes_an_image(story):
    """A server becomes an image that others can boot from."""
    server = story.servers[1]
    name = f'{story.prefix}-image'
    asking = story.ask(server.id, 'createImage', {'name': name})
    image_id = asking.answer.json()['image_id']
    story.settled(server.id)
    image = story.demo.image.get_image(image_id)
    story.said(asking)
    story.rows(('image', 'status', 'bytes'), [(image.name, image.status, image.size)])
    story.claim('The image is active and has data', (image.status, bool(image.size)),
                ('active', True))


def other_tenant(story):
    """Another tenant asks for a server of ours."""
    server = story.servers[2]
    answer = story.other.compute.get(f'/servers/{server.id}')
    story.said(telling.Asking('GET', '/servers/{id}', answer, server.id))
    fault = answer.json().get('itemNotFound', {})
    story.claim('To the other tenant it does not exist', (answer.status_code, fault.get('message')),
                (404, f'Instance {server.id} could not be found.'))


def cleans_up(story):
    """Nothing of it is left."""
    compute = story.demo.compute
    for server in story.ours():
        compute.delete_server(server, ignore_missing=True)
    for image in story.images():
        story.demo.image.delete_image(image, ignore_missing=True)
    with contextlib.suppress(telling.NotInTime):
        story.await_(lambda: not story.ours(), 'its servers to be gone')
    story.claim('The demo has deleted its servers and its image',
                (len(story.ours()), len(story.images())), (0, 0))
