"""A hypervisor made of a dict: guests with power and size, on a shelf that outlives the process."""

import json
import pathlib

from novalite import errors
from novalite.hypervisor import console
from novalite.hypervisor import diagnostics
from novalite.servers import devices
from novalite.servers.states import Power


def hosts(names, conf, runtime, worker):
    """The simulated hosts of a worker, by name; their guests lie in one file for each worker."""
    shelf = Shelf(pathlib.Path(conf.state_dir, 'guests', f'{worker}.jsonl'), runtime)
    return {name: SimulatedDriver(name, conf, shelf) for name in names}


#: What may become of a guest by itself: the power_state it has then, and what its console tells.
BY_ITSELF = {
    'halt': (Power.SHUTDOWN, ('stop',)), 'wake': (Power.RUNNING, ('start',)),
    'pause': (Power.PAUSED, None), 'panic': (Power.CRASHED, ('panic',)),
}


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
            'traits': [trait for host, _, trait in (
                one.rpartition(':') for one in simulated.traits) if host in ('', self._host)],
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
        return {uuid: {name: value for name, value in guest.items() if name != 'log'}
                for uuid, guest in list(self._guests.items())}

    def spawn(self, server, flavor):
        known = self._guests.get(server.uuid, {})
        runs = known.get('power_state') == Power.RUNNING
        return self._keep(server.uuid, {'log': known.get('log', [])}, None if runs else ('boot',),
                          name=server.name, power_state=Power.RUNNING,
                          nics=[_nic(nic) for nic in server.nics],
                          volumes=[_volume(one) for one in devices.attached(server.volumes)],
                          key_name=server.key_name,
                          config_drive=server.config_drive, **_size(flavor))

    def destroy(self, uuid):
        if uuid in self._guests:
            self._shelf.put(self._host, uuid, None)

    def power_off(self, uuid):
        guest = self._guest(uuid)
        happened = ('stop',) if guest['power_state'] == Power.RUNNING else None
        return self._keep(uuid, guest, happened, power_state=Power.SHUTDOWN)

    def power_on(self, uuid):
        guest = self._guest(uuid)
        happened = None if guest['power_state'] == Power.RUNNING else ('start',)
        return self._keep(uuid, guest, happened, power_state=Power.RUNNING)

    def reboot(self, uuid, hard):
        return self._keep(uuid, self._guest(uuid), ('reset' if hard else 'reboot',),
                          power_state=Power.RUNNING)

    def pause(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.PAUSED)

    def unpause(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def suspend(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.SUSPENDED)

    def resume(self, uuid):
        return self._keep(uuid, self._guest(uuid), power_state=Power.RUNNING)

    def rescue(self, uuid, image_id):
        guest = self._guest(uuid)
        happened = None if guest.get('rescued_by') == image_id else ('rescue', image_id)
        return self._keep(uuid, guest, happened, power_state=Power.RUNNING, rescued_by=image_id)

    def unrescue(self, uuid):
        guest = self._guest(uuid)
        happened = ('unrescue',) if guest.get('rescued_by') else None
        return self._keep(uuid, guest, happened, power_state=Power.RUNNING, rescued_by=None)

    def rebuild(self, server, flavor):
        return self.spawn(server, flavor)

    def set_password(self, uuid):
        self._keep(uuid, self._guest(uuid), ('password',))

    def crash_dump(self, uuid):
        guest = self._guest(uuid)
        self._keep(uuid, guest, ('crash_dump',), crash_dumps=guest.get('crash_dumps', 0) + 1)

    def by_itself(self, uuid, what):
        if what == 'vanish':
            return self._shelf.change(self._host, uuid, lambda guest: None)
        power_state, happened = BY_ITSELF[what]

        def change(guest):
            # What has not booted, but has room set aside for it, cannot change.
            if guest['power_state'] in (Power.NOSTATE, power_state):
                return guest
            return self._told(guest | {'power_state': power_state}, happened)
        return self._shelf.change(self._host, uuid, change)

    def attach_interface(self, uuid, nic):
        guest = self._guest(uuid)
        rest = [other for other in guest.get('nics', ()) if other['port_id'] != nic['port_id']]
        happened = ('plug', nic['mac']) if rest == guest.get('nics', []) else None
        self._keep(uuid, guest, happened, nics=[*rest, _nic(nic)])

    def detach_interface(self, uuid, port_id):
        guest = self._guest(uuid)
        gone = [nic for nic in guest.get('nics', ()) if nic['port_id'] == port_id]
        happened = ('unplug', gone[0]['mac']) if gone else None
        self._keep(uuid, guest, happened, nics=[
            nic for nic in guest.get('nics', ()) if nic not in gone])

    def attach_volume(self, uuid, device):
        self._exchange_volume(uuid, device['volume_id'], device)

    def detach_volume(self, uuid, volume_id):
        self._exchange_volume(uuid, volume_id)

    def swap_volume(self, uuid, volume_id, device):
        self._exchange_volume(uuid, volume_id, device)

    def extend_volume(self, uuid, volume_id, size):
        guest = self._guest(uuid)
        self._keep(uuid, guest, volumes=[
            volume | {'size': size} if volume['volume_id'] == volume_id else volume
            for volume in guest.get('volumes', ())])

    def _exchange_volume(self, uuid, volume_id, device=None):
        guest = self._guest(uuid)
        gone = {volume_id, device and device['volume_id']}
        rest = [one for one in guest.get('volumes', ()) if one['volume_id'] not in gone]
        volumes = [*rest, _volume(device)] if device else rest
        before, after = (sorted(one['device'] for one in some)
                         for some in (guest.get('volumes', ()), volumes))
        happened = ('disks', ' '.join(after) or 'none') if before != after else None
        self._keep(uuid, guest, happened, volumes=volumes)

    def mount_share(self, uuid, share):
        guest = self._guest(uuid)
        mounted = {'share_id': share['share_id'], 'tag': share['tag'],
                   'export_location': share['export_location']}
        self._keep(uuid, guest, shares=[*self._other_shares(guest, share['share_id']), mounted])

    def unmount_share(self, uuid, share_id):
        guest = self._guest(uuid)
        self._keep(uuid, guest, shares=self._other_shares(guest, share_id))

    @staticmethod
    def _other_shares(guest, share_id):
        return [one for one in guest.get('shares', ()) if one['share_id'] != share_id]

    def console_output(self, uuid):
        guest = self._guest(uuid)
        if guest['power_state'] == Power.NOSTATE:
            raise errors.ConsoleNotAvailable()      # room was set aside for it, nothing more
        return console.output(uuid, guest)

    def diagnostics(self, uuid):
        return diagnostics.of(uuid, self._guest(uuid), self._shelf.runtime.now())

    def claim(self, server, flavor):
        self._keep(server.uuid, name=server.name, power_state=Power.NOSTATE, **_size(flavor))

    def check_destination(self, uuid):
        """Any simulated host can take any guest."""

    def live_migrate(self, uuid, host):
        self._keep(uuid, self._guest(uuid), power_state=Power.SHUTDOWN, sent_to=host)

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

    def _keep(self, uuid, guest=None, happened=None, **changes):
        """Change a guest; ``happened``, (what, detail), is added to what its console tells."""
        guest = self._told((guest or {}) | changes, happened)
        self._shelf.put(self._host, uuid, guest)
        return guest['power_state']

    def _told(self, guest, happened):
        """The guest, whose console tells of it."""
        if not happened:
            return guest
        what, detail = (*happened, '')[:2]
        now = self._shelf.runtime.now().isoformat()
        entry = [what, now, detail, guest.get('nics', []),
                 [volume['device'] for volume in guest.get('volumes', ())]]
        return guest | {'log': [*guest.get('log', []), entry][-console.KEPT:]}


def _volume(device):
    return {name: device[name] for name in ('volume_id', 'device')}


def _nic(nic):
    return {'port_id': nic['port_id'], 'mac': nic['mac'],
            'ips': [ip['address'] for ip in nic.get('ips', ())]}


def _size(flavor):
    return {'vcpus': flavor['vcpus'], 'memory_mb': flavor['ram'], 'disk_gb': flavor['disk']}


class Shelf:
    """Guests of many hosts in one file: a line for each change, the newest counts.

    A killed process loses nothing that was written; the line it was writing is
    ignored. The file is rewritten without its past when it is opened.
    """

    def __init__(self, path, runtime):
        self.runtime = runtime
        self._lock = runtime.lock()
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._hosts = on_shelf(path) if path.exists() else {}
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
        """That is the guest now; None: it is gone."""
        with self._lock:
            self._put(host, uuid, guest)

    def change(self, host, uuid, change):
        """``change`` makes another guest of it, or None; whether there was one, and it is another.

        Nobody puts it meanwhile: a guest that is destroyed at that moment does not come back.
        """
        with self._lock:
            guest = self._hosts[host].get(uuid)
            changed = guest and change(guest)
            if changed is guest:
                return False
            self._put(host, uuid, changed)
            return True

    def _put(self, host, uuid, guest):
        if guest is None:
            self._hosts[host].pop(uuid, None)
        else:
            self._hosts[host][uuid] = guest
        self._file.write(json.dumps([host, uuid, guest]) + '\n')

    def close(self):
        self._file.close()


def on_shelf(path):
    """The guests that a shelf's file tells of: host -> uuid -> guest. Changes nothing."""
    hosts = {}
    for line in path.read_text().splitlines():
        try:
            host, uuid, guest = json.loads(line)
        except ValueError:
            continue    # the last line of a process that was killed while it wrote
        guests = hosts.setdefault(host, {})
        if guest is None:
            guests.pop(uuid, None)
        else:
            guests[uuid] = guest
    return hosts
