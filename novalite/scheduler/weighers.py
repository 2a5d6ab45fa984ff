"""Which of the hosts that would do is best: the higher, the better."""


def ram(host):
    """Nova's RAMWeigher: spread servers over the hosts with the most memory free."""
    return host.memory_mb_limit - host.memory_mb_used


WEIGHERS = (ram,)


def weight(host):
    return tuple(weigh(host) for weigh in WEIGHERS)
