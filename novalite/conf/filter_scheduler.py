"""Options of the scheduler's filters and weighers, by Nova's names."""

from oslo_config import cfg

GROUP = 'filter_scheduler'

FILTERS = (
    'ComputeFilter', 'AvailabilityZoneFilter', 'AggregateInstanceExtraSpecsFilter',
    'ComputeCapabilitiesFilter', 'ImagePropertiesFilter', 'ServerGroupAntiAffinityFilter',
    'ServerGroupAffinityFilter', 'SameHostFilter', 'DifferentHostFilter', 'NumInstancesFilter')
_DEFAULT = [name for name in FILTERS
            if name not in ('AggregateInstanceExtraSpecsFilter', 'NumInstancesFilter')]


def _multiplier(name, what):
    return cfg.FloatOpt(
        f'{name}_weight_multiplier', default=1.0, mutable=True,
        help=f'How much {what} counts when hosts are weighed; less than 0 turns it round.')


OPTS = [
    cfg.ListOpt(
        'enabled_filters', default=_DEFAULT, mutable=True,
        item_type=cfg.types.String(choices=FILTERS),
        help='The filters that may rule a host out. Whether a host is alive, is in the zone, has '
             'room and has the traits that are asked for is always looked at.'),
    cfg.IntOpt('max_instances_per_host', default=50, mutable=True, min=1,
               help='The most servers of one host, if NumInstancesFilter is enabled.'),
    _multiplier('cpu', 'the number of CPUs that are free'),
    _multiplier('ram', 'the memory that is free'),
    _multiplier('disk', 'the disk that is free'),
    _multiplier('soft_affinity', 'that servers of a soft-affinity group are there'),
    _multiplier('soft_anti_affinity', 'that servers of a soft-anti-affinity group are not there'),
]
