"""What rules a host out: each filter gives its reason, or None, under Nova's name."""

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be placed."""

    #: vcpus, memory_mb, disk_gb
    size: dict
    #: A host that was last seen before this is down.
    alive_since: datetime.datetime
    zone: str | None = None
    #: Names of hosts it may not go to.
    avoid: tuple = ()
    #: The only host it may go to.
    host: str | None = None


def retry(host, wanted):
    if host.name in wanted.avoid:
        return 'it is where the server is now, or has failed before'
    return None


def requested_host(host, wanted):
    if wanted.host is not None and host.name != wanted.host:
        return f'{wanted.host} was asked for'
    return None


def compute(host, wanted):
    if host.disabled:
        return 'it is disabled'
    if host.forced_down:
        return 'it was forced down'
    if host.last_seen < wanted.alive_since:
        return 'it has gone quiet'
    return None


def availability_zone(host, wanted):
    if wanted.zone is not None and host.zone != wanted.zone:
        return f'it is in zone {host.zone}, not {wanted.zone}'
    return None


def capacity(host, wanted):
    for name, unit in (('vcpus', 'VCPU'), ('memory_mb', 'MEMORY_MB'), ('disk_gb', 'DISK_GB')):
        free = getattr(host, f'{name}_limit') - getattr(host, f'{name}_used')
        if wanted.size[name] > free:
            return f'{unit}: {wanted.size[name]} wanted, {free} free'
    return None


FILTERS = {
    'RetryFilter': retry,
    'RequestedHostFilter': requested_host,
    'ComputeFilter': compute,
    'AvailabilityZoneFilter': availability_zone,
    'ResourceFilter': capacity,
}


def refusal(host, wanted):
    """The first filter that rules the host out and its reason; None if it may be used."""
    for name, refuse in FILTERS.items():
        reason = refuse(host, wanted)
        if reason:
            return name, reason
    return None
