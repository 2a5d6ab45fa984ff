"""Options of the simulated hypervisor."""

from oslo_config import cfg

GROUP = 'simulated'

OPTS = [
    cfg.IntOpt('vcpus', default=16, min=1, help='CPUs of each host.'),
    cfg.IntOpt('memory_mb', default=32768, min=1, help='Memory of each host in MiB.'),
    cfg.IntOpt('disk_gb', default=1024, min=1, help='Disk of each host in GiB.'),
    cfg.ListOpt(
        'traits', default=[],
        help='What flavors and images may require or forbid with trait:NAME. Every host has '
             'them; HOST:NAME is for that host alone, for example h1:CUSTOM_SSD.'),
    cfg.StrOpt(
        'faults_file', mutable=True,
        help='A YAML file of fault rules; see etc/novalite/faults.yaml. They are asked before '
             'the rules in the metadata of a server.'),
    cfg.BoolOpt(
        'metadata_faults', default=True, mutable=True,
        help='Whether a server\'s metadata may ask for trouble with the key novalite:fault.'),
    cfg.StrOpt(
        'timings', default='', mutable=True,
        help='How long the verbs of the hypervisor take, in seconds: a fixed time, '
             'uniform(FROM,TO) or lognormal(MU,SIGMA), for example "spawn=uniform(2,5), '
             'send_disk=lognormal(1.2,0.4), *=0.1". What is not named takes no time.'),
]
