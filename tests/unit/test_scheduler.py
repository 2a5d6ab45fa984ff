"""Choosing a host: a pure function, so it is asked anything."""

import dataclasses
import datetime
import random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from novalite.scheduler import filters
from novalite.scheduler import place

NOW = datetime.datetime(2026, 1, 1)


@dataclasses.dataclass(frozen=True)
class Host:
    name: str = 'h1'
    zone: str = 'nova'
    disabled: bool = False
    forced_down: bool = False
    last_seen: datetime.datetime = NOW
    vcpus_limit: int = 8
    vcpus_used: int = 0
    memory_mb_limit: int = 1024
    memory_mb_used: int = 0
    disk_gb_limit: int = 100
    disk_gb_used: int = 0


def wanted(vcpus=1, memory_mb=512, disk_gb=10, **more):
    return filters.Wanted(
        size={'vcpus': vcpus, 'memory_mb': memory_mb, 'disk_gb': disk_gb},
        alive_since=NOW - datetime.timedelta(seconds=60), **more)


def names(wanted, hosts):
    return [host.name for host in place.ranked(wanted, hosts, random.Random(1))]


def test_the_host_with_the_most_memory_free_comes_first():
    hosts = [Host('full', memory_mb_used=512), Host('big', memory_mb_limit=4096), Host('empty')]
    assert names(wanted(), hosts) == ['big', 'empty', 'full']


@pytest.mark.parametrize(('host', 'request_', 'reason'), [
    (Host(disabled=True), wanted(), 'ComputeFilter: it is disabled (h1)'),
    (Host(forced_down=True), wanted(), 'ComputeFilter: it was forced down (h1)'),
    (Host(last_seen=NOW - datetime.timedelta(seconds=61)), wanted(),
     'ComputeFilter: it has gone quiet (h1)'),
    (Host(), wanted(zone='other'), 'AvailabilityZoneFilter: it is in zone nova, not other (h1)'),
    (Host(), wanted(avoid=('h1',)),
     'RetryFilter: it is where the server is now, or has failed before (h1)'),
    (Host(), wanted(vcpus=9), 'ResourceFilter: VCPU: 9 wanted, 8 free (h1)'),
    (Host(memory_mb_used=600), wanted(), 'ResourceFilter: MEMORY_MB: 512 wanted, 424 free (h1)'),
    (Host(), wanted(disk_gb=101), 'ResourceFilter: DISK_GB: 101 wanted, 100 free (h1)'),
])
def test_a_host_that_will_not_do_is_left_out_and_says_why(host, request_, reason):
    assert names(request_, [host]) == []
    assert place.reasons(request_, [host]) == reason


def test_hosts_with_one_reason_are_one_line_and_five_names():
    hosts = [Host(f'h{number}', disabled=True) for number in range(1, 8)]
    assert place.reasons(wanted(), hosts) == (
        'ComputeFilter: it is disabled (h1, h2, h3, h4, h5 and 2 more)')


def test_no_hosts_at_all_is_a_reason_too():
    assert 'no hosts at all' in place.reasons(wanted(), [])


def test_hosts_that_are_equal_are_not_always_taken_in_the_same_order():
    hosts = [Host(f'h{number}') for number in range(8)]
    first = {place.ranked(wanted(), hosts, random.Random(seed))[0].name for seed in range(40)}
    assert len(first) > 3


numbers = st.integers(0, 2000)
any_host = st.builds(
    Host, name=st.sampled_from(['h1', 'h2', 'h3']), zone=st.sampled_from(['nova', 'other']),
    disabled=st.booleans(), forced_down=st.booleans(),
    last_seen=st.sampled_from([NOW, NOW - datetime.timedelta(days=1)]),
    vcpus_limit=numbers, vcpus_used=numbers, memory_mb_limit=numbers, memory_mb_used=numbers,
    disk_gb_limit=numbers, disk_gb_used=numbers)
any_wish = st.builds(
    wanted, vcpus=numbers, memory_mb=numbers, disk_gb=numbers,
    zone=st.sampled_from([None, 'nova']), avoid=st.sampled_from([(), ('h1',), ('h1', 'h2')]))


@given(any_wish, st.lists(any_host))
def test_every_host_is_either_ranked_or_has_a_reason(wish, hosts):
    ranked = place.ranked(wish, hosts, random.Random(1))
    refused = [host for host in hosts if filters.refusal(host, wish)]
    assert len(ranked) + len(refused) == len(hosts)
    free = [host.memory_mb_limit - host.memory_mb_used for host in ranked]
    assert free == sorted(free, reverse=True)
    for host in ranked:
        assert not host.disabled and host.name not in wish.avoid
        assert host.vcpus_used + wish.size['vcpus'] <= host.vcpus_limit
    assert place.reasons(wish, hosts)
