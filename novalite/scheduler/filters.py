"""What rules a host out: each filter gives its reason, or None, under Nova's name.

A filter is asked about every host, if ``where`` the wish has something for it to look at.
"""

import dataclasses
import datetime
import functools
import operator

from novalite.scheduler import specs


@dataclasses.dataclass(frozen=True, kw_only=True)
class Group:
    """The server group of what is to be placed."""

    policy: str
    #: max_server_per_host, for anti-affinity.
    rules: dict
    #: Host -> how many other servers of the group hold room there.
    members: dict

    @property
    def full(self):
        """The hosts that anti-affinity keeps another server from."""
        most = self.rules.get('max_server_per_host', 1)
        return tuple(host for host, count in self.members.items() if count >= most)


#: What Nova enables. What placement does there is in ALWAYS.
DEFAULT = (
    'ComputeCapabilitiesFilter', 'ImagePropertiesFilter', 'ServerGroupAntiAffinityFilter',
    'ServerGroupAffinityFilter', 'SameHostFilter', 'DifferentHostFilter')


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
    #: What its flavor and its image ask of a host.
    extra_specs: dict = dataclasses.field(default_factory=dict)
    image_properties: dict = dataclasses.field(default_factory=dict)
    #: Hosts of the servers it wants to be with, or not; None if it does not care.
    same_host: tuple | None = None
    different_host: tuple | None = None
    group: Group | None = None
    #: Host -> the metadata of each of its aggregates.
    aggregates: dict = dataclasses.field(default_factory=dict)
    #: How it is decided: the filters that are asked beside ALWAYS, the most servers of a
    #: host, and how much each weigher counts, if not 1.
    filters: tuple = DEFAULT
    max_instances_per_host: int = 50
    multipliers: dict = dataclasses.field(default_factory=dict)


def where(asks):
    """The filter is asked only if ``asks(wanted)``: hosts are many, and most want little."""
    def mark(refuse):
        refuse.asks = asks
        return refuse
    return mark


@where(lambda wanted: wanted.avoid)
def retry(host, wanted):
    if host.name in wanted.avoid:
        return 'it is where the server is now, or has failed before'
    return None


@where(lambda wanted: wanted.host is not None)
def requested_host(host, wanted):
    if host.name != wanted.host:
        return f'{wanted.host} was asked for'
    return None


def compute(host, wanted):
    if host.disabled:
        return 'it is disabled'
    if host.forced_down:
        return 'it was forced down'
    if host.left_at is not None:
        return 'it is being shut down'
    if host.last_seen < wanted.alive_since:
        return 'it has gone quiet'
    return None


@where(lambda wanted: wanted.zone is not None)
def availability_zone(host, wanted):
    if host.zone != wanted.zone:
        return f'it is in zone {host.zone}, not {wanted.zone}'
    return None


def _room(name):
    return operator.attrgetter(f'{name}_limit'), operator.attrgetter(f'{name}_used')


#: Of each part of a size: placement's unit, what a host has of it and what of that is used.
_ROOM = (('vcpus', 'VCPU', *_room('vcpus')), ('memory_mb', 'MEMORY_MB', *_room('memory_mb')),
         ('disk_gb', 'DISK_GB', *_room('disk_gb')))


def capacity(host, wanted):
    for name, unit, limit, used in _ROOM:
        free = limit(host) - used(host)
        if wanted.size[name] > free:
            return f'{unit}: {wanted.size[name]} wanted, {free} free'
    return None


def _asks_traits(wanted):
    return any(key.startswith('trait:') for asked in (wanted.extra_specs, wanted.image_properties)
               for key in asked)


@where(_asks_traits)
def traits(host, wanted):
    has = set(host.traits or ())
    for asked in (wanted.extra_specs, wanted.image_properties):
        for key, value in asked.items():
            trait = key.removeprefix('trait:')
            if trait == key:
                continue
            if value == 'required' and trait not in has:
                return f'it does not have the trait {trait}'
            if value == 'forbidden' and trait in has:
                return f'it has the trait {trait}'
    return None


@where(lambda wanted: wanted.extra_specs)
def aggregate_extra_specs(host, wanted):
    """A spec holds if the metadata of any aggregate of the host fulfils it."""
    for key, value in specs.scoped(wanted.extra_specs, 'aggregate_instance_extra_specs'):
        noted = [metadata[key] for metadata in wanted.aggregates.get(host.name, ())
                 if key in metadata]
        found = [word.strip() for value_ in noted for word in value_.split(',')]
        if not any(specs.fulfils(one, value) for one in found):
            return f'no aggregate of it has {key} {value}'
    return None


@where(lambda wanted: wanted.extra_specs)
def compute_capabilities(host, wanted):
    for key, value in specs.scoped(wanted.extra_specs, 'capabilities'):
        has = _capability(host, key.split(':'))
        if has is None or not specs.fulfils(has, value):
            return f'its {key} is not {value}'
    return None


#: The capabilities of a host, by Nova's names.
_CAPABILITIES = {
    'hypervisor_type': 'hypervisor_type', 'hypervisor_version': 'hypervisor_version',
    'hypervisor_hostname': 'name', 'cpu_info': 'cpu_info', 'vcpus_total': 'vcpus',
    'vcpus_used': 'vcpus_used', 'num_instances': 'servers',
}


def _capability(host, path):
    """What a host has there, as text; None if it has no such thing."""
    found = getattr(host, _CAPABILITIES[path[0]]) if path[0] in _CAPABILITIES else None
    for name in path[1:]:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, list):
        return ' '.join(map(str, found))
    return None if found is None or isinstance(found, dict) else str(found)


#: Properties that images have, by their present and their old name.
_ARCHITECTURE = ('hw_architecture', 'architecture')
_HYPERVISOR = ('img_hv_type', 'hypervisor_type')
_ALSO_RUN = {'x86_64': ('x86_64', 'amd64', 'x86', 'i686', 'i386')}


@where(lambda wanted: any(name in wanted.image_properties
                         for name in (*_ARCHITECTURE, *_HYPERVISOR)))
def image_properties(host, wanted):
    architecture = _property(wanted, _ARCHITECTURE)
    arch = host.cpu_info.get('arch')
    if architecture and architecture.lower() not in _ALSO_RUN.get(arch, (arch,)):
        return f'it is {arch}, and the image is for {architecture}'
    hypervisor = _property(wanted, _HYPERVISOR)
    if hypervisor and hypervisor.lower() != host.hypervisor_type:
        return f'its hypervisor is {host.hypervisor_type}, and the image is for {hypervisor}'
    return None


def _property(wanted, names):
    return next((wanted.image_properties[name] for name in names
                 if name in wanted.image_properties), None)


def _in_group(policy):
    return where(lambda wanted: wanted.group and wanted.group.policy == policy)


@_in_group('affinity')
def group_affinity(host, wanted):
    if wanted.group.members and host.name not in wanted.group.members:
        return 'its server group is on another host'
    return None


@_in_group('anti-affinity')
def group_anti_affinity(host, wanted):
    if host.name in wanted.group.full:
        return 'it has as many servers of the server group as it may'
    return None


@where(lambda wanted: wanted.same_host is not None)
def same_host(host, wanted):
    if host.name not in wanted.same_host:
        return 'none of the servers it is to be with is there'
    return None


@where(lambda wanted: wanted.different_host is not None)
def different_host(host, wanted):
    if host.name in wanted.different_host:
        return 'a server it is not to be with is there'
    return None


def number_of_servers(host, wanted):
    if host.servers >= wanted.max_instances_per_host:
        return f'it has {host.servers} servers'
    return None


#: Nova's RetryFilter and its placement: they are always asked, and first.
ALWAYS = {
    'RetryFilter': retry,
    'RequestedHostFilter': requested_host,
    'ComputeFilter': compute,
    'AvailabilityZoneFilter': availability_zone,
    'ResourceFilter': capacity,
    'TraitsFilter': traits,
}

#: What [filter_scheduler] enabled_filters may name.
FILTERS = {
    'AggregateInstanceExtraSpecsFilter': aggregate_extra_specs,
    'ComputeCapabilitiesFilter': compute_capabilities,
    'ImagePropertiesFilter': image_properties,
    'ServerGroupAntiAffinityFilter': group_anti_affinity,
    'ServerGroupAffinityFilter': group_affinity,
    'SameHostFilter': same_host,
    'DifferentHostFilter': different_host,
    'NumInstancesFilter': number_of_servers,
}


def narrowed(wanted):
    """What these filters say of hosts by their names: the only ones that would do, and others.

    The first is None where it may be any; the second are ruled out. So a database can
    leave out hosts that would only be read to be refused.
    """
    only, never, group = [], set(wanted.avoid), wanted.group
    if wanted.host is not None:
        only.append({wanted.host})
    if group and group.policy == 'affinity' and group.members \
            and 'ServerGroupAffinityFilter' in wanted.filters:
        only.append(set(group.members))
    if group and group.policy == 'anti-affinity' \
            and 'ServerGroupAntiAffinityFilter' in wanted.filters:
        never.update(group.full)
    if wanted.same_host is not None and 'SameHostFilter' in wanted.filters:
        only.append(set(wanted.same_host))
    if wanted.different_host is not None and 'DifferentHostFilter' in wanted.filters:
        never.update(wanted.different_host)
    return sorted(set.intersection(*only)) if only else None, sorted(never)


@functools.cache
def _enabled(names):
    return (*ALWAYS.items(), *((name, FILTERS[name]) for name in names if name in FILTERS))


def judge(wanted):
    """host -> the first filter that rules it out and its reason, or None if it may be used."""
    asked = [(name, refuse) for name, refuse in _enabled(wanted.filters)
             if not hasattr(refuse, 'asks') or refuse.asks(wanted)]

    def refusal(host):
        for name, refuse in asked:
            reason = refuse(host, wanted)
            if reason:
                return name, reason
        return None
    return refusal
