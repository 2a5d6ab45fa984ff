"""Choosing a host: a pure function, so it is asked anything."""

import dataclasses
import datetime
import random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from novalite.conf import filter_scheduler
from novalite.scheduler import filters
from novalite.scheduler import place
from novalite.scheduler import specs

NOW = datetime.datetime(2026, 1, 1)


@dataclasses.dataclass(frozen=True)
class Host:
    name: str = 'h1'
    zone: str = 'nova'
    disabled: bool = False
    forced_down: bool = False
    last_seen: datetime.datetime = NOW
    left_at: datetime.datetime | None = None
    vcpus_limit: int = 8
    vcpus_used: int = 0
    memory_mb_limit: int = 1024
    memory_mb_used: int = 0
    disk_gb_limit: int = 100
    disk_gb_used: int = 0
    servers: int = 0
    traits: tuple = ()
    hypervisor_type: str = 'simulated'
    hypervisor_version: int = 1000
    cpu_info: dict = dataclasses.field(default_factory=lambda: {
        'arch': 'x86_64', 'features': ['avx', 'sse'], 'topology': {'cores': 8}})


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
    (Host(left_at=NOW), wanted(), 'ComputeFilter: it is being shut down (h1)'),
    (Host(last_seen=NOW - datetime.timedelta(seconds=61)), wanted(),
     'ComputeFilter: it has gone quiet (h1)'),
    (Host(), wanted(zone='other'), 'AvailabilityZoneFilter: it is in zone nova, not other (h1)'),
    (Host(), wanted(avoid=('h1',)),
     'RetryFilter: it is where the server is now, or has failed before (h1)'),
    (Host(), wanted(vcpus=9), 'ResourceFilter: VCPU: 9 wanted, 8 free (h1)'),
    (Host(memory_mb_used=600), wanted(), 'ResourceFilter: MEMORY_MB: 512 wanted, 424 free (h1)'),
    (Host(), wanted(disk_gb=101), 'ResourceFilter: DISK_GB: 101 wanted, 100 free (h1)'),
    (Host(), wanted(host='h2'), 'RequestedHostFilter: h2 was asked for (h1)'),
    (Host(), wanted(extra_specs={'trait:CUSTOM_SSD': 'required'}),
     'TraitsFilter: it does not have the trait CUSTOM_SSD (h1)'),
    (Host(traits=('CUSTOM_SSD',)), wanted(image_properties={'trait:CUSTOM_SSD': 'forbidden'}),
     'TraitsFilter: it has the trait CUSTOM_SSD (h1)'),
    (Host(), wanted(extra_specs={'capabilities:hypervisor_version': '>= 2000'}),
     'ComputeCapabilitiesFilter: its hypervisor_version is not >= 2000 (h1)'),
    (Host(), wanted(extra_specs={'capabilities:cpu_info:features': '<in> avx512'}),
     'ComputeCapabilitiesFilter: its cpu_info:features is not <in> avx512 (h1)'),
    (Host(), wanted(image_properties={'hw_architecture': 'aarch64'}),
     'ImagePropertiesFilter: it is x86_64, and the image is for aarch64 (h1)'),
    (Host(), wanted(image_properties={'img_hv_type': 'kvm'}),
     'ImagePropertiesFilter: its hypervisor is simulated, and the image is for kvm (h1)'),
    (Host(), wanted(group=filters.Group(policy='affinity', rules={}, members={'h2': 1})),
     'ServerGroupAffinityFilter: its server group is on another host (h1)'),
    (Host(), wanted(group=filters.Group(policy='anti-affinity', rules={}, members={'h1': 1})),
     'ServerGroupAntiAffinityFilter: it has as many servers of the server group as it may (h1)'),
    (Host(), wanted(same_host=('h2',)),
     'SameHostFilter: none of the servers it is to be with is there (h1)'),
    (Host(), wanted(different_host=('h1',)),
     'DifferentHostFilter: a server it is not to be with is there (h1)'),
    (Host(servers=2), wanted(filters=('NumInstancesFilter',), max_instances_per_host=2),
     'NumInstancesFilter: it has 2 servers (h1)'),
    (Host(), wanted(filters=('AggregateInstanceExtraSpecsFilter',), extra_specs={'ssd': 'true'},
                    aggregates={'h1': [{'ssd': 'false'}]}),
     'AggregateInstanceExtraSpecsFilter: no aggregate of it has ssd true (h1)'),
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


@pytest.mark.parametrize('request_', [
    wanted(extra_specs={'hw:cpu_policy': 'shared', 'hw_rng:allowed': 'True'}),
    wanted(extra_specs={'trait:CUSTOM_SSD': 'required'}),
    wanted(extra_specs={'capabilities:cpu_info:topology:cores': '>= 8',
                        'capabilities:hypervisor_type': '<or> QEMU <or> simulated'}),
    wanted(image_properties={'architecture': 'i686', 'hypervisor_type': 'simulated'}),
    wanted(group=filters.Group(policy='affinity', rules={}, members={})),
    wanted(group=filters.Group(policy='anti-affinity', rules={'max_server_per_host': 3},
                               members={'h1': 2})),
    wanted(filters=('AggregateInstanceExtraSpecsFilter',),
           extra_specs={'aggregate_instance_extra_specs:ssd': 'true', 'size': '<or> 1 <or> 2'},
           aggregates={'h1': [{'ssd': 'true, fast'}, {'size': '2'}]}),
    wanted(filters=(), same_host=('h2',), image_properties={'img_hv_type': 'kvm'}),
])
def test_a_host_that_fulfils_what_is_asked_will_do(request_):
    assert names(request_, [Host(traits=('CUSTOM_SSD',))]) == ['h1']


@pytest.mark.parametrize(('has', 'demand', 'holds'), [
    ('5', '= 4', True), ('5', '== 5.0', True), ('5', '!= 5', False), ('5', '<= 4', False),
    ('many', '>= 4', False), ('b', 's== b', True), ('b', 's!= b', False), ('b', 's< c', True),
    ('b', 's> c', False), ('a b', '<in> b', True), ('a b', '<all-in> b a', True),
    ('a b', '<all-in> b c', False), ('b', '<or> a <or> b', True), ('c', '<or> a <or> b', False),
    ('true', 'true', True), ('true', 'True', False), ('', '', True)])
def test_operators_of_extra_specs(has, demand, holds):
    assert specs.fulfils(has, demand) is holds


def test_soft_groups_prefer_and_shun_hosts():
    hosts = [Host('h1'), Host('h2', memory_mb_used=100)]
    apart = filters.Group(policy='soft-anti-affinity', rules={}, members={'h1': 1})
    more = {'soft_anti_affinity_weight_multiplier': 2.0, 'soft_affinity_weight_multiplier': 2.0}
    assert names(wanted(group=apart, multipliers=more), hosts) == ['h2', 'h1']
    together = filters.Group(policy='soft-affinity', rules={}, members={'h2': 1})
    assert names(wanted(group=together, multipliers=more), hosts) == ['h2', 'h1']


def test_a_weigher_can_be_turned_round():
    hosts = [Host('empty'), Host('full', memory_mb_used=512)]
    assert names(wanted(multipliers={'ram_weight_multiplier': -1.0}), hosts) == ['full', 'empty']


def test_every_filter_can_be_enabled():
    assert {*filter_scheduler.FILTERS} == {*filters.FILTERS, 'ComputeFilter',
                                           'AvailabilityZoneFilter'}


numbers = st.integers(0, 2000)
any_host = st.builds(
    Host, name=st.sampled_from(['h1', 'h2', 'h3']), zone=st.sampled_from(['nova', 'other']),
    disabled=st.booleans(), forced_down=st.booleans(),
    last_seen=st.sampled_from([NOW, NOW - datetime.timedelta(days=1)]),
    vcpus_limit=numbers, vcpus_used=numbers, memory_mb_limit=numbers, memory_mb_used=numbers,
    disk_gb_limit=numbers, disk_gb_used=numbers)
any_wish = st.builds(
    wanted, vcpus=numbers, memory_mb=numbers, disk_gb=numbers,
    zone=st.sampled_from([None, 'nova']), avoid=st.sampled_from([(), ('h1',), ('h1', 'h2')]),
    host=st.sampled_from([None, 'h3']), same_host=st.sampled_from([None, (), ('h1', 'h2')]),
    different_host=st.sampled_from([None, ('h2',)]),
    group=st.none() | st.builds(
        filters.Group, policy=st.sampled_from(['affinity', 'anti-affinity', 'soft-affinity']),
        rules=st.sampled_from([{}, {'max_server_per_host': 2}]),
        members=st.dictionaries(st.sampled_from(['h1', 'h2']), st.integers(1, 3))),
    filters=st.sampled_from([(), filters.DEFAULT, tuple(filters.FILTERS)]))


@given(any_wish, st.lists(any_host))
def test_every_host_is_either_ranked_or_has_a_reason(wish, hosts):
    ranked = place.ranked(wish, hosts, random.Random(1))
    refused = [host for host in hosts if filters.judge(wish)(host)]
    assert len(ranked) + len(refused) == len(hosts)
    only, never = filters.narrowed(wish)
    for host in ranked:
        assert host.name not in never and (only is None or host.name in only)
        assert not host.disabled and host.name not in wish.avoid
        assert host.vcpus_used + wish.size['vcpus'] <= host.vcpus_limit
    assert place.reasons(wish, hosts)
