"""What a simulated hypervisor counts of a guest: made up, and growing with the guest's age."""

import datetime
import hashlib

from novalite.servers.states import Power

_STATES = {Power.NOSTATE: 'pending', Power.RUNNING: 'running', Power.PAUSED: 'paused',
           Power.SHUTDOWN: 'shutdown', Power.CRASHED: 'crashed', Power.SUSPENDED: 'suspended'}
#: What begins the time a guest is up.
_BOOTS = frozenset(('boot', 'start', 'reset', 'reboot', 'rescue', 'unrescue', 'crash_dump'))


def of(uuid, guest, now):
    """The body of Nova's diagnostics, as of 2.48."""
    uptime = _uptime(guest, now)
    nics = guest.get('nics', ())
    disks = ['own', *(['rescue'] if guest.get('rescued_by') else []),
             *(volume['volume_id'] for volume in guest.get('volumes', ()))]
    return {
        'state': _STATES[guest['power_state']], 'driver': 'libvirt', 'hypervisor': 'simulated',
        'hypervisor_os': 'linux', 'uptime': uptime,
        'config_drive': bool(guest.get('config_drive')),
        'num_cpus': guest['vcpus'], 'num_nics': len(nics),
        'num_disks': len(disks),
        'memory_details': {
            'maximum': guest['memory_mb'],
            'used': min(guest['memory_mb'], 48 + _share(uuid, 'memory', guest['memory_mb'] // 4))},
        'cpu_details': [_cpu(uuid, number, uptime) for number in range(guest['vcpus'])],
        'nic_details': [_nic(nic['mac'], uptime) for nic in nics],
        'disk_details': [_disk(f'{uuid} {disk}', uptime) for disk in disks],
    }


def _uptime(guest, now):
    begun = [when for what, when, *_ in guest.get('log', ()) if what in _BOOTS]
    if not begun or guest['power_state'] in (Power.NOSTATE, Power.SHUTDOWN, Power.CRASHED,
                                             Power.SUSPENDED):
        return 0
    return max(0, int((now - datetime.datetime.fromisoformat(begun[-1])).total_seconds()))


def _cpu(uuid, number, uptime):
    utilisation = 1 + _share(uuid, f'cpu{number}', 30)
    # A boot takes its share, whatever the guest does afterwards; in nanoseconds.
    return {'id': number, 'utilisation': utilisation,
            'time': 1_700_000_000 + uptime * utilisation * 10_000_000}


def _nic(mac, uptime):
    came, went = 10 + _share(mac, 'rx', 90), 5 + _share(mac, 'tx', 45)
    return {'mac_address': mac,
            'rx_octets': 8400 + uptime * came * 90, 'rx_packets': 60 + uptime * came,
            'rx_rate': came * 90, 'rx_errors': 0, 'rx_drop': 0,
            'tx_octets': 5200 + uptime * went * 80, 'tx_packets': 52 + uptime * went,
            'tx_rate': went * 80, 'tx_errors': 0, 'tx_drop': 0}


def _disk(seed, uptime):
    writes = 1 + _share(seed, 'disk', 9)
    return {'read_bytes': 20_971_520, 'read_requests': 1_120,
            'write_bytes': 1_048_576 + uptime * writes * 4096,
            'write_requests': 240 + uptime * writes, 'errors_count': 0}


def _share(seed, what, most):
    """A number below ``most``, always the same for the same guest."""
    return int(hashlib.sha256(f'{seed} {what}'.encode()).hexdigest()[:8], 16) % max(most, 1)
