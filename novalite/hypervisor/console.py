"""What a simulated guest has written to its serial console: made up, but always the same.

A guest's ``log`` has what happened to it, a list of ``[what, when, detail, nics,
devices of volumes]``. Each is told as a CirrOS would tell it, so the output grows as
the guest lives.
"""

import hashlib
import re

#: Nobody reads further back, and a guest that is rebooted for ever must not grow for ever.
KEPT = 20

_BANNER = r"""
  ____               ____  ____
 / __/ __ ____ ____ / __ \/ __/
/ /__ / // __// __// /_/ /\ \
\___//_//_/  /_/   \____/___/
   http://cirros-cloud.net

"""
_GOING_DOWN = ('The system is going down NOW!', 'Sent SIGTERM to all processes',
               'Sent SIGKILL to all processes')


def output(uuid, guest):
    """All that is left of the console of this guest."""
    log = guest.get('log') or [['boot', '', '', guest.get('nics', []), []]]
    return ''.join(
        _TELLS[what](_Told(uuid, guest | {'nics': nics, 'volumes': volumes}, number, detail))
        for number, (what, _when, detail, nics, volumes) in enumerate(log))


class _Told:
    """One thing that happened, and what is needed to tell it."""

    def __init__(self, uuid, guest, number, detail):
        self.uuid, self.guest, self.detail = uuid, guest, detail
        self.digest = hashlib.sha256(f'{uuid} {number}'.encode()).hexdigest()
        self._seconds = 0.0
        self._step = 0

    @property
    def hostname(self):
        name = re.sub(r'[^a-z0-9.-]+', '-', self.guest['name'].lower()).strip('-.')
        return name or f'server-{self.uuid}'

    def kernel(self, text):
        """A line with the kernel's clock, which goes at a pace of the guest's own."""
        line = f'[{self._seconds:12.6f}] {text}'
        byte = self.digest[self._step % 60:self._step % 60 + 3]
        self._step, self._seconds = self._step + 3, self._seconds + int(byte, 16) / 23456
        return line

    def later(self):
        """The kernel has been up for a while."""
        self._seconds = 60 + int(self.digest[:6], 16) / 4096
        return self


def _boot(told):
    return '\n'.join([*_kernel(told), *_system(told)]) + _BANNER + _login(told)


def _kernel(told):
    guest = told.guest
    disks = [('vda', guest['disk_gb'])]
    if told.detail:
        disks = [('vda', 1), ('vdb', guest['disk_gb'])]
    return [told.kernel(text) for text in (
        'Linux version 5.15.0-117-generic (novalite@simulated) #127 SMP',
        'Command line: LABEL=cirros-rootfs ro console=tty1 console=ttyS0',
        'Hypervisor detected: novalite',
        f'Memory: {guest["memory_mb"] * 984}K/{guest["memory_mb"] * 1024}K available',
        f'smp: Brought up 1 node, {guest["vcpus"]} CPU{"s" if guest["vcpus"] > 1 else ""}',
        'Run /init as init process',
        *(f'virtio_blk: [{name}] {size * 2097152} 512-byte logical blocks ({size} GiB)'
          for name, size in disks),
        *(f'virtio_blk: {device}: a volume' for device in guest['volumes']),
        *(f'virtio_net: eth{number}: {nic["mac"]}'
          for number, nic in enumerate(guest['nics'])),
        'EXT4-fs (vda1): mounted filesystem with ordered data mode')]


def _system(told):
    guest = told.guest
    if told.detail:
        yield f'Rescue: booted from image {told.detail}; the disk of this server is /dev/vdb'
    else:
        yield f'GROWROOT: partition 1 of /dev/vda now has {guest["disk_gb"]} GiB'
    yield 'Starting network: OK'
    for number, nic in enumerate(guest['nics']):
        for address in nic.get('ips', ()):
            yield f'if-info: eth{number},up,{address},{nic["mac"]}'
    yield f'hostname: {told.hostname}'
    key = hashlib.sha256(f'{told.uuid} host key'.encode()).hexdigest()[:43]
    yield f'Starting dropbear sshd: host key SHA256:{key}: OK'
    if guest.get('key_name'):
        yield f'authorized_keys of cirros: {guest["key_name"]}'
    yield f'=== cirros: current=0.6.2 instance={told.uuid} ==='


def _login(told):
    return ("login as 'cirros' user. default password: 'gocubsgo'. use 'sudo' for root.\n"
            f'{told.hostname} login: ')


def _down(told, last):
    return '\n'.join(['', *_GOING_DOWN, told.later().kernel(last), ''])


def _crash(told):
    told.later()
    return '\n'.join(['', *(told.kernel(text) for text in (
        'sysrq: Trigger a crash', 'Kernel panic - not syncing: sysrq triggered crash',
        'kdump: saved vmcore')), '']) + _boot(told)


def _line(told, text):
    return f'\n{text}\n{told.hostname} login: '


_TELLS = {
    'boot': _boot,
    'start': lambda told: '\n' + _boot(told),
    'reset': lambda told: '\n' + _boot(told),
    'reboot': lambda told: (_down(told, 'reboot: Restarting system')
                            + _boot(_Told(told.uuid, told.guest, told.digest, ''))),
    'stop': lambda told: _down(told, 'reboot: Power down'),
    'rescue': lambda told: '\n' + _boot(told),
    'unrescue': lambda told: '\n' + _boot(told),
    'crash_dump': _crash,
    'panic': lambda told: '\n' + told.later().kernel('Kernel panic - not syncing: Fatal exception'),
    'password': lambda told: _line(told, 'passwd: password for cirros changed'),
    'disks': lambda told: _line(told, told.later().kernel(f'virtio_blk: volumes: {told.detail}')),
    'plug': lambda told: _line(told, told.later().kernel(f'virtio_net: {told.detail} is there')),
    'unplug': lambda told: _line(told, told.later().kernel(f'virtio_net: {told.detail} is gone')),
}
