"""Options of a compute worker."""

from oslo_config import cfg

GROUP = 'compute'

OPTS = [
    cfg.IntOpt(
        'hosts', default=4, min=1,
        help='How many hosts this worker carries. Each is a service and a hypervisor to the API.'),
    cfg.StrOpt(
        'host_prefix', default='h',
        help='Hosts are called by this and a number from 1: h1, h2 and so on. Workers must not '
             'share names, so a second worker needs another prefix.'),
    cfg.StrOpt(
        'driver', default='simulated',
        help='The hypervisor driver: a name in the entry point group novalite.hypervisors.'),
    cfg.StrOpt('zone', default='nova', help='The availability zone of these hosts.'),
    cfg.IntOpt(
        'report_interval', default=5, min=1,
        help='Seconds between two signs of life. All hosts of a worker give one together.'),
    cfg.IntOpt(
        'service_down_time', default=20, min=2,
        help='Seconds without a sign of life after which a host is down: what waits for it is '
             'placed elsewhere, or fails.'),
    cfg.FloatOpt('cpu_allocation_ratio', default=4.0, min=0.0,
                 help='How many virtual CPUs are given out for each real one.'),
    cfg.FloatOpt('ram_allocation_ratio', default=1.0, min=0.0,
                 help='How much memory is given out for each MiB there is.'),
    cfg.FloatOpt('disk_allocation_ratio', default=1.0, min=0.0,
                 help='How much disk is given out for each GiB there is.'),
    cfg.IntOpt('reserved_host_memory_mb', default=512, min=0,
               help='Memory in MiB that is kept for the host itself.'),
]
