"""What the other processes may ask of the conductor."""

import functools

from oslo_log import log as logging

from novalite import errors
from novalite.bus import outbox
from novalite.bus import transport

LOG = logging.getLogger(__name__)

TOPIC = 'conductor'

#: What came with each version. Conductors are upgraded first: they know what all others say.
VERSIONS = {
    '1.0': 'run, look, hasten, started, finished, failed, undone, register, beat, silence, '
           'own_beat, servers_of, noticed, is_leftover, cleared',
    '1.1': 'register tells the version of messages that the worker knows',
    '1.2': 'leaves',
}
VERSION = '1.2'

#: Seconds that a host may take to show something of a guest, while a user waits.
LOOK = 8
#: Seconds that Nova waits for an answer, before it gives up for good.
NOVAS_PATIENCE = 60


class Conductor:
    """The conductor as the API and the compute workers see it."""

    def __init__(self, bus, runtime):
        self._rpc = transport.client(bus, TOPIC)
        self._prepared = functools.lru_cache(self._rpc.prepare)
        self._runtime = runtime
        self._closed = runtime.event()
        self._once = transport.at_most_once(bus)
        self._answers = transport.Answers(bus, runtime)
        self.outbox = outbox.Outbox(bus, runtime)

    def close(self):
        """No report is tried again after this, and no cast is sent."""
        self._closed.set()
        self.outbox.close()

    def run(self, ctxt, server):
        """Wake somebody up to drive this request's action on a server.

        Only a wake-up, and nobody waits for it: the action is written down, so if it
        cannot be sent the conductor's sweep finds the row.
        """
        self._cast(f'the message for {ctxt.request_id} of server {server}', ctxt, 'run',
                   server=server)

    def look(self, ctxt, server, what):
        """What the guest of a server shows: 'console_output' or 'diagnostics'.

        Raises what stood in the way, HostSilent if nobody answers in time.
        """
        try:
            seen = self._call(ctxt, 'look', LOOK + 2, server=server, what=what)
        except transport.Failed as exc:
            LOG.warning('Nobody answers for the %s of server %s (%s)', what, server,
                        type(exc).__name__)
            raise errors.HostSilent(uuid=server) from exc
        if 'fault' in seen:
            raise errors.told(seen['fault'])
        return seen['value']

    def hasten(self, ctxt, server, request_id):
        """Whoever works on this action is to hurry; it ends in any case, so no more than a wish."""
        self._cast(f'the wish that {request_id} hurries', ctxt, 'hasten', server=server,
                   request_id=request_id)

    # Reports of a step: repeated until they are acknowledged. False: it was no longer wanted.

    def started(self, ctxt, server, step, attempt, host, back=False):
        """The step, or its undo, begins; False if it is not (any more) this host's to do."""
        return self._report(ctxt, 'started', server=server, step=step, attempt=attempt, host=host,
                            back=back)

    def finished(self, ctxt, server, step, attempt, changes):
        return self._report(ctxt, 'finished', server=server, step=step, attempt=attempt,
                            changes=changes)

    def failed(self, ctxt, server, step, attempt, fault):
        return self._report(ctxt, 'failed', server=server, step=step, attempt=attempt, fault=fault)

    def undone(self, ctxt, server, step, attempt, changes, fault):
        return self._report(ctxt, 'undone', server=server, step=step, attempt=attempt,
                            changes=changes, fault=fault)

    # Signs of life

    def register(self, ctxt, worker, incarnation, inventories, knows):
        """These hosts are here, and their worker ``knows`` this version of messages.

        Raises ``transport.Failed`` while no conductor takes it.
        """
        # Its daemon waits for it: it would rather ask again than wait long.
        self._call(ctxt, 'register', 3, '1.1', worker=worker, incarnation=incarnation,
                   inventories=inventories, knows=knows)

    def beat(self, ctxt, worker, incarnation, in_hand, patience=3):
        """False if the worker must register again; no answer comes within ``patience`` seconds.

        ``in_hand`` are the steps it is at, a list of [server, request id, attempt].
        """
        return self._call(
            ctxt, 'beat', patience, worker=worker, incarnation=incarnation, in_hand=in_hand)

    # Guests

    def servers_of(self, ctxt, worker):
        """What is written of the servers of this worker; see ``conductor.watch``."""
        return self._call(ctxt, 'servers_of', worker=worker)

    def noticed(self, ctxt, changed):
        """Guests have another power_state than is written of their servers."""
        self._call(ctxt, 'noticed', changed=changed)

    def is_leftover(self, ctxt, server, host):
        """Whether this guest is one that nobody will ever want."""
        return self._call(ctxt, 'is_leftover', server=server, host=host)

    def cleared(self, ctxt, server, host):
        """It is gone."""
        self._call(ctxt, 'cleared', server=server, host=host)

    def leaves(self, ctxt, worker, incarnation):
        """The worker takes no more work; it still lives, and finishes what it has in hand."""
        self._cast(f'the word that {worker} ends soon', ctxt, 'leaves', '1.2', worker=worker,
                   incarnation=incarnation)

    def silence(self, ctxt, worker, incarnation):
        """The worker has ended: whatever it was to do is the conductor's again."""
        self._cast(f'the word that {worker} has ended', ctxt, 'silence', worker=worker,
                   incarnation=incarnation)

    def _call(self, ctxt, method, timeout=10, version='1.0', **what):
        self._answers.wait(timeout)
        return self._prepared(version=version, timeout=timeout).call(ctxt, method, **what)

    def _cast(self, what, ctxt, method, version='1.0', **arguments):
        self.outbox.put(
            what, lambda: self._prepared(version=version).cast(ctxt, method, **arguments))

    def _report(self, ctxt, method, **what):
        """Say it until it is acknowledged; the conductor takes each report once."""
        if self._once:
            return self._say_once(ctxt, method, what)
        pause = 1
        while True:
            try:
                return self._call(ctxt, method, **what)
            except transport.Failed as exc:
                LOG.warning('The conductor did not take the report that %s has %s (%s); it is '
                            'repeated in %s s', what['step'], method, type(exc).__name__, pause)
            if self._closed.wait(pause):
                raise errors.HandedBack(verb=what['step'])
            pause = min(pause * 2, 10)

    def _say_once(self, ctxt, method, what):
        try:
            return self._call(ctxt, method, NOVAS_PATIENCE, **what)
        except transport.Failed as exc:
            raise errors.HandedBack(f'The report that {what["step"]} has {method} is lost '
                                    f'({type(exc).__name__}).') from exc


class Itself:
    """One conductor, as it speaks to itself."""

    def __init__(self, bus, host, runtime):
        self._rpc = transport.client(bus, TOPIC, host)
        self.outbox = outbox.Outbox(bus, runtime)

    def beat(self, ctxt):
        self.outbox.put('its own sign of life', lambda: self._rpc.cast(ctxt, 'own_beat'))

    def close(self):
        self.outbox.close()
