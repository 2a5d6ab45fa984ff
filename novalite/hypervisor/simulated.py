"""A hypervisor made of a dict: guests with power and size, on a shelf that outlives the process."""

import json
import pathlib

from novalite import errors
from novalite.servers.states import Power


def hosts(names, conf, runtime, worker):
    """The simulated hosts of a worker, by name; their guests lie in one file for each worker."""
    shelf = Shelf(pathlib.Path(conf.state_dir, 'guests', f'{worker}.jsonl'), runtime)
    return {name: SimulatedDriver(name, conf, shelf) for name in names}


class SimulatedDriver:
    """One simulated host. ``shelf`` keeps its guests, as a real host's disk would."""

    def __init__(self, host, conf, shelf):
        self._host = host
        self._conf = conf
        self._shelf = shelf
        self._guests = shelf.guests_of(host)

    def inventory(self):
        simulated, compute = self._conf.simulated, self._conf.compute
        return {
            'name': self._host, 'zone': compute.zone, 'hypervisor_type': 'simulated',
            'hypervisor_version': 1000, 'host_ip': '127.0.0.1',
            'cpu_info': {'arch': 'x86_64', 'vendor': 'novalite', 'model': 'simulated',
                         'features': [], 'topology': {
                             'sockets': 1, 'cores': simulated.vcpus, 'threads': 1}},
            'vcpus': simulated.vcpus, 'memory_mb': simulated.memory_mb,
            'disk_gb': simulated.disk_gb,
            'vcpus_limit': int(simulated.vcpus * compute.cpu_allocation_ratio),
            'memory_mb_limit': int((simulated.memory_mb - compute.reserved_host_memory_mb)
                                   * compute.ram_allocation_ratio),
            'disk_gb_limit': int(simulated.disk_gb * compute.disk_allocation_ratio),
        }

    def guests(self):
        return {uuid: dict(guest) for uuid, guest in list(self._guests.items())}

    def spawn(self, server, flavor):
        nics = [{name: nic[name] for name in ('port_id', 'mac')} for nic in server.nics]
        return self._keep(server.uuid, name=server.name, power_state=Power.RUNNING, nics=nics,
                          **_size(flavor))

    def destroy(self, uuid):
        if self._guests.pop(uuid, None) is not None:
            self._shelf.put(self._host, uuid, None)

    def power_off(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.SHUTDOWN)

    def power_on(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def reboot(self, uuid, hard):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def pause(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.PAUSED)

    def unpause(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def suspend(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.SUSPENDED)

    def resume(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def rescue(self, uuid, image_id):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING,
                          rescued_by=image_id)

    def unrescue(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING, rescued_by=None)

    def set_password(self, uuid):
        self._guest(uuid)

    def crash_dump(self, uuid):
        guest = self._guest(uuid)
        self._keep(uuid, guest, crash_dumps=guest.get('crash_dumps', 0) + 1)

    def crash(self, uuid):
        """No verb: what happens to a guest when its operating system dies."""
        return self._keep(uuid, self._guest(uuid), power_state=Power.CRASHED)

    def attach_interface(self, uuid, nic):
        guest = self._guest(uuid)
        rest = [other for other in guest.get('nics', ()) if other['port_id'] != nic['port_id']]
        self._keep(uuid, guest, nics=[*rest, {name: nic[name] for name in ('port_id', 'mac')}])

    def detach_interface(self, uuid, port_id):
        guest = self._guest(uuid)
        self._keep(uuid, guest, nics=[
            nic for nic in guest.get('nics', ()) if nic['port_id'] != port_id])

    def console_output(self, uuid):
        return f'{self._guest(uuid)["name"]} login: '

    def diagnostics(self, uuid):
        guest = self._guest(uuid)
        state = {Power.NOSTATE: 'pending', Power.PAUSED: 'paused', Power.SHUTDOWN: 'shutdown',
                 Power.CRASHED: 'crashed', Power.SUSPENDED: 'suspended'}
        memory = {'maximum': guest['memory_mb'], 'used': guest['memory_mb'] // 4}
        nics = [{'mac_address': nic['mac']} | dict.fromkeys((
            'rx_octets', 'rx_errors', 'rx_drop', 'rx_packets', 'rx_rate', 'tx_octets',
            'tx_errors', 'tx_drop', 'tx_packets', 'tx_rate'), 0) for nic in guest.get('nics', ())]
        return {
            'state': state.get(guest['power_state'], 'running'), 'driver': 'simulated',
            'hypervisor': 'simulated', 'hypervisor_os': 'linux', 'uptime': 0,
            'config_drive': False, 'memory_details': memory,
            'num_cpus': guest['vcpus'], 'num_nics': len(nics), 'num_disks': 1,
            'cpu_details': [{'id': number, 'time': 0, 'utilisation': 0}
                            for number in range(guest['vcpus'])],
            'nic_details': nics,
            'disk_details': [dict.fromkeys((
                'read_bytes', 'read_requests', 'write_bytes', 'write_requests',
                'errors_count'), 0)],
        }

    def claim(self, server, flavor):
        self._keep(server.uuid, name=server.name, power_state=Power.NOSTATE, **_size(flavor))

    def send_disk(self, uuid, host):
        self._keep(uuid, self._guest(uuid), disk_sent_to=host)

    def snapshot(self, uuid, image_id):
        guest = self._guest(uuid)
        # What stands for the disk: enough to see whose it was.
        copy = json.dumps({'server': uuid, 'name': guest['name'], 'disk_gb': guest['disk_gb']})
        # Only the newest: what came before was uploaded, or given up.
        self._keep(uuid, guest, snapshots={image_id: copy})

    def discard_snapshot(self, uuid, image_id):
        guest = self._guests.get(uuid)
        if guest and image_id in guest.get('snapshots', {}):
            rest = {key: copy for key, copy in guest['snapshots'].items() if key != image_id}
            self._keep(uuid, guest, snapshots=rest)

    def upload_snapshot(self, uuid, image_id):
        copies = self._guest(uuid).get('snapshots', {})
        if image_id not in copies:
            raise errors.NovaliteError(f'There is no snapshot for image {image_id} here.')
        return {'data': copies[image_id]}

    def close(self):
        self._shelf.close()

    def _guest(self, uuid):
        try:
            return self._guests[uuid]
        except KeyError:
            raise errors.GuestNotFound(uuid=uuid, host=self._host) from None

    def _keep(self, uuid, guest=None, **changes):
        guest = (guest or {}) | changes
        self._guests[uuid] = guest
        self._shelf.put(self._host, uuid, guest)
        return guest['power_state']


def _size(flavor):
    return {'vcpus': flavor['vcpus'], 'memory_mb': flavor['ram'], 'disk_gb': flavor['disk']}


class Shelf:
    """Guests of many hosts in one file: a line for each change, the newest counts.

    A killed process loses nothing that was written; the line it was writing is
    ignored. The file is rewritten without its past when it is opened.
    """

    def __init__(self, path, runtime):
        self._lock = runtime.lock()
        self._hosts = {}
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            for line in path.read_text().splitlines():
                self._replay(line)
        fresh = path.with_suffix('.new')
        with fresh.open('w') as lines:
            for host, guests in self._hosts.items():
                for uuid, guest in guests.items():
                    lines.write(json.dumps([host, uuid, guest]) + '\n')
        fresh.replace(path)
        self._file = path.open('a', buffering=1)

    def guests_of(self, host):
        return self._hosts.setdefault(host, {})

    def put(self, host, uuid, guest):
        with self._lock:
            self._file.write(json.dumps([host, uuid, guest]) + '\n')

    def close(self):
        self._file.close()

    def _replay(self, line):
        try:
            host, uuid, guest = json.loads(line)
        except ValueError:
            return      # the last line of a process that was killed while it wrote
        guests = self._hosts.setdefault(host, {})
        if guest is None:
            guests.pop(uuid, None)
        else:
            guests[uuid] = guest
