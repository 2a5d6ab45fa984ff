"""Guests that are not as it is written down: found by looking, now and then, at all of them.

What is written is asked for first and the guests are looked at afterwards: so
if the server's row has not been touched when the conductor hears of a
difference, nobody but the guest itself, or somebody behind our back, has made it.
"""

from oslo_log import log as logging

from novalite import context
from novalite.bus import transport
from novalite.servers.states import Power

LOG = logging.getLogger(__name__)


def compare(written, found):
    """How the guests of some hosts differ from what is written of servers.

    ``written`` are dicts with ``uuid``, ``host``, ``origin``, ``destination``, ``rests``
    (nothing is being done to it) and ``power_state``; ``found`` is host -> uuid -> guest.
    Returns the servers at rest whose guest has another power_state, each with the one it has
    (NOSTATE if it is not there), and (host, uuid) of the guests, and remains of guests, that
    should not be there as far as these rows tell.
    """
    changed, rightful, strangers = [], set(), set()
    for server in written:
        rightful |= {(server[place], server['uuid']) for place in ('host', 'origin')}
        on_its_way = (server['destination'], server['uuid'])
        if not server['rests']:
            rightful.add(on_its_way)
            continue
        if server['destination'] in found:
            strangers.add(on_its_way)       # what a way back that failed has left there
        if server['host'] in found:
            guest = found[server['host']].get(server['uuid'])
            power_state = guest['power_state'] if guest else Power.NOSTATE
            if power_state != server['power_state']:
                changed.append((server, power_state))
    strangers |= {(host, uuid) for host, guests in found.items() for uuid in guests} - rightful
    return changed, sorted(strangers)


class Reconciler:
    """Compares the guests of a worker; ``locks`` keeps steps away from a guest meanwhile."""

    def __init__(self, worker, drivers, conductor, locks, conf, runtime):
        self._worker, self._drivers, self._conductor = worker, drivers, conductor
        self._locks, self._conf, self._runtime = locks, conf, runtime

    def power_states(self):
        """Tell the conductor of guests that were stopped, started or lost behind our back."""
        ctxt = self._context('power_states')
        try:
            changed, _ = self._look(ctxt)
        except transport.Failed as exc:
            LOG.warning('No conductor tells %s what its guests should be (%s)', self._worker,
                        type(exc).__name__)
            return
        if changed:
            self._conductor.noticed(ctxt, [
                {'server': server['uuid'], 'host': server['host'], 'power_state': power_state,
                 'updated_at': server['updated_at']} for server, power_state in changed])

    def leftovers(self):
        """Destroy guests whose servers are deleted, or live elsewhere for good.

        Raises transport.Failed if no conductor says which those are.
        """
        ctxt = self._context('leftovers')
        _, strangers = self._look(ctxt)
        for host, uuid in strangers:
            # While the lock is held no step can bring the guest to where it is wanted.
            with self._locks((host, uuid)):
                self.put_right(ctxt, host, uuid)

    def put_right(self, ctxt, host, uuid):
        """Destroy this guest if it is a leftover; for who holds its lock."""
        if self._conductor.is_leftover(ctxt, uuid, host):
            self._clear(ctxt, host, uuid)
        else:
            LOG.debug('The guest of %s on %s is wanted, or not ours', uuid, host)

    def _clear(self, ctxt, host, uuid):
        if self._conf.running_deleted_instance_action == 'log':
            LOG.warning('Server %s should have no guest on %s', uuid, host)
            return
        LOG.warning('Server %s should have no guest on %s; it is destroyed', uuid, host)
        self._drivers[host].destroy(uuid)
        self._conductor.cleared(ctxt, uuid, host)

    def _look(self, ctxt):
        written = self._conductor.servers_of(ctxt, self._worker)
        return compare(written, {host: driver.guests() for host, driver in self._drivers.items()})

    def _context(self, what):
        """Nobody asked for it: its own request id, for the log."""
        return context.RequestContext(
            request_id=self._runtime.request_id(), hops=(f'{self._worker}.{what}',))
