"""Hosts and a request in; the hosts in order of preference out, or the reasons why none will do."""

import collections

from novalite.scheduler import filters
from novalite.scheduler import weighers

#: A reason is shown with at most so many hosts' names.
_NAMED = 5


def ranked(wanted, hosts, random):
    """The hosts that would do, the best first; ``random`` orders those that are equal.

    Without that, conductors that place at the same time would all claim the same host.
    """
    refusal = filters.judge(wanted)
    usable = [host for host in hosts if refusal(host) is None]
    weighed = zip(weighers.weights(usable, wanted), usable, strict=True)
    return [host for *_, host in sorted(
        ((weight, random.random(), host) for weight, host in weighed),
        key=lambda one: one[:2], reverse=True)]


def reasons(wanted, hosts):
    """Why none of these hosts would do, for administrators: a line for each reason."""
    if not hosts:
        return 'There are no hosts at all: no compute worker has reported one.'
    refused, refusal = collections.defaultdict(list), filters.judge(wanted)
    for host in hosts:
        refused[refusal(host) or ('claim', 'somebody else took the room first')].append(host.name)
    return '\n'.join(
        f'{filter}: {reason} ({_names(names)})' for (filter, reason), names in refused.items())


def _names(names):
    more = len(names) - _NAMED
    return ', '.join(names[:_NAMED]) + (f' and {more} more' if more > 0 else '')
