"""Which of the hosts that would do is best: each weigher counts as much as it is configured to.

What a weigher says is first brought between 0 and 1 over the hosts there are, as in
Nova, so that MiB and CPUs can be added.
"""


def cpu(host, wanted):
    return host.vcpus_limit - host.vcpus_used


def ram(host, wanted):
    return host.memory_mb_limit - host.memory_mb_used


def disk(host, wanted):
    return host.disk_gb_limit - host.disk_gb_used


def soft_affinity(host, wanted):
    return _members(host, wanted, 'soft-affinity')


def soft_anti_affinity(host, wanted):
    return -_members(host, wanted, 'soft-anti-affinity')


def _members(host, wanted, policy):
    """How many servers of the group are there, if it has this policy."""
    group = wanted.group
    return group.members.get(host.name, 0) if group and group.policy == policy else 0


#: By the names of the options that say how much they count.
WEIGHERS = {
    'cpu_weight_multiplier': cpu,
    'ram_weight_multiplier': ram,
    'disk_weight_multiplier': disk,
    'soft_affinity_weight_multiplier': soft_affinity,
    'soft_anti_affinity_weight_multiplier': soft_anti_affinity,
}


def weights(hosts, wanted):
    """The weight of each host, in their order: the higher, the better."""
    total = [0.0] * len(hosts)
    for name, weigh in WEIGHERS.items():
        said = [weigh(host, wanted) for host in hosts]
        least, span = min(said, default=0), max(said, default=0) - min(said, default=0)
        if span:
            multiplier = wanted.multipliers.get(name, 1.0)
            total = [weight + multiplier * (value - least) / span
                     for weight, value in zip(total, said, strict=True)]
    return total
