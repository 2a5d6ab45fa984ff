"""Allocation candidates: on which hosts there is room for what is asked."""

import re

from novalite import errors
from novalite.db import aggregates
from novalite.db import hosts
from novalite.neighbours.placement import names
from novalite.neighbours.placement import wanted

#: Since when these are taken; with a suffix, for one more group, since 1.25.
PARAMETERS = {'resources': (1, 10), 'required': (1, 17), 'member_of': (1, 21),
              'in_tree': (1, 31)}
_OTHERS = {'limit': (1, 16), 'group_policy': (1, 25), 'root_required': (1, 35)}
_NAME = re.compile('(' + '|'.join(PARAMETERS) + r')([a-zA-Z0-9_-]{0,64})')


def index(call):
    """GET /allocation_candidates"""
    groups, root, limit, policy = _asked(call)
    if not any(group.resources for group in groups.values()):
        raise errors.Invalid(
            "Invalid query string parameters: 'resources' is a required property")
    numbered = [suffix for suffix, group in groups.items() if suffix and group.resources]
    if len(numbered) > 1 and policy is None:
        raise errors.Invalid('The "group_policy" parameter is required when specifying more '
                             'than one "resources{N}" parameter.')
    with call.db.read() as connection:
        for group in (*groups.values(), root):
            names.known_traits(connection, group.traits)
        member_of = aggregates.uuids_of_hosts(connection)
        found = [] if policy == 'isolate' and len(numbered) > 1 else [
            host for host in hosts.listed(connection)
            if _fits(host, groups, root, member_of.get(host.name, set()))]
    found = found[:limit]
    return {
        'allocation_requests': [_request(call, host, groups) for host in found],
        'provider_summaries': {host.hypervisor_uuid: _summary(call, host) for host in found}}


def _asked(call):
    groups, root = {}, wanted.Group()
    limit = policy = None
    for name, value in call.params():
        match = _NAME.fullmatch(name)
        if match and call.version >= max(PARAMETERS[match[1]], (1, 25) if match[2] else (1, 0)):
            group = groups.setdefault(match[2], wanted.Group())
            wanted.read(call, group, match[1], value)
            continue
        if call.version < _OTHERS.get(name, (9, 0)):
            raise errors.Invalid('Invalid query string parameters: Additional properties are not '
                                 f"allowed ('{name}' was unexpected)")
        if name == 'limit':
            limit = _limit(value)
        elif name == 'group_policy':
            policy = _policy(value)
        else:
            wanted.read(call, root, 'required', value)
    return groups, root, limit, policy


def _limit(text):
    if not re.fullmatch('[1-9][0-9]{0,8}', text):
        raise errors.Invalid(f"Invalid query string parameters: '{text}' does not match "
                             "'^[1-9][0-9]*$'")
    return int(text)


def _policy(text):
    if text not in ('none', 'isolate'):
        raise errors.Invalid(f"Invalid query string parameters: '{text}' is not one of "
                             "['none', 'isolate']")
    return text


def _fits(host, groups, root, member_of):
    """Each host is a provider without parts, so all groups are taken from the same one."""
    together = wanted.Group(resources=_together(groups))
    return all(group.fits(host, member_of) for group in (together, root, *groups.values()))


def _together(groups):
    sums = {}
    for group in groups.values():
        for name, amount in group.resources.items():
            sums[name] = sums.get(name, 0) + amount
    return sums


def _request(call, host, groups):
    id, resources = host.hypervisor_uuid, _together(groups)
    if call.version < (1, 12):
        return {'allocations': [{'resource_provider': {'uuid': id}, 'resources': resources}]}
    request = {'allocations': {id: {'resources': resources}}}
    if call.version >= (1, 34):
        request['mappings'] = {suffix: [id] for suffix, group in groups.items()
                               if group.resources}
    return request


def _summary(call, host):
    shown = {'resources': {
        name: {'capacity': getattr(host, f'{column}_limit'),
               'used': getattr(host, f'{column}_used')}
        for name, column in names.COUNTED.items()}}
    if call.version >= (1, 17):
        shown['traits'] = sorted(host.traits or ())
    if call.version >= (1, 29):
        shown |= {'parent_provider_uuid': None, 'root_provider_uuid': host.hypervisor_uuid}
    return shown
