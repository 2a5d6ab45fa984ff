"""Resize: move the guest to a host where the new flavor fits, and let the user look
before confirming or going back."""

from oslo_log import log as logging

from novalite import errors
from novalite.servers import model
from novalite.servers.states import Power
from novalite.servers.states import Task
from novalite.servers.states import Vm

LOG = logging.getLogger(__name__)


def choose_host(task):
    """For every way to another host: with the flavor it is to have there."""
    server = task.server
    host = task.tools.place(server, server.new_flavor or server.flavor, role='destination',
                            zone=server.requested_zone, avoid=(server.host,),
                            host=task.params.get('host'))
    return {'destination': host.name}


def leave_destination(task):
    if task.tools.stranded('destination'):
        return None     # what may be left there is for a delete to clear
    task.tools.release(task.server, 'destination')
    return {'destination': None}


def claim(task):
    task.driver.claim(task.server, task.server.new_flavor)


def unclaim(task):
    task.driver.destroy(task.server.uuid)


def send_disk(task):
    power_state = task.driver.power_off(task.server.uuid)
    task.driver.send_disk(task.server.uuid, task.server.destination)
    return {'power_state': power_state, 'task_state': Task.RESIZE_MIGRATED}


def boot(task):
    power_state = task.driver.spawn(task.server, task.server.new_flavor)
    if task.server.came_from == Vm.STOPPED:
        power_state = task.driver.power_off(task.server.uuid)
    return {'power_state': power_state, 'launched': True}


def unboot(task):
    task.driver.destroy(task.server.uuid)


def rebind(task):
    """Its ports and volumes follow it."""
    return bound_to(task, task.server.destination)


def rebind_back(task):
    """The server has never left: it stays there, whatever is to be said of its ports."""
    server = task.server
    try:
        task.tools.networks.rebind(server, server.host)
    except errors.PortBindingFailed as exc:
        LOG.warning('Server %s stays on %s: %s', server.uuid, server.host, exc)
    return _volumes_to(task, server.host)


def rebind_to_origin(task):
    return bound_to(task, task.server.origin)


def bound_to(task, host):
    task.tools.networks.rebind(task.server, host)
    return _volumes_to(task, host)


def _volumes_to(task, host):
    volumes = task.tools.volumes.rebind(task.server, host)
    return {'volumes': volumes} if volumes != task.server.volumes else None


def move_in(task):
    server = task.server
    task.tools.hand_over(server, 'server', 'origin')
    task.tools.hand_over(server, 'destination', 'server')
    return _sized(server.new_flavor) | {
        'host': server.destination, 'origin': server.host, 'destination': None,
        'availability_zone': task.tools.zone_of(server.destination),
        'old_flavor': server.flavor,
        'old_vm_state': server.came_from}


def destroy_old(task):
    task.driver.destroy(task.server.uuid)


def settle(task):
    task.tools.release(task.server, 'origin')
    stopped = task.server.power_state == Power.SHUTDOWN
    return {'origin': None, 'old_flavor': None, 'old_vm_state': None,
            'vm_state': Vm.STOPPED if stopped else Vm.ACTIVE}


def destroy_new(task):
    task.driver.destroy(task.server.uuid)


def move_back(task):
    server = task.server
    task.tools.release(server, 'server')
    task.tools.hand_over(server, 'origin', 'server')
    return _sized(server.old_flavor) | {
        'host': server.origin, 'origin': None, 'old_flavor': None,
        'availability_zone': task.tools.zone_of(server.origin)}


def boot_old(task):
    state = task.server.old_vm_state
    if state == Vm.STOPPED:
        return {'power_state': task.driver.power_off(task.server.uuid), 'vm_state': Vm.STOPPED,
                'old_vm_state': None}
    return {'power_state': task.driver.power_on(task.server.uuid), 'launched': True,
            'old_vm_state': None}


def _sized(flavor):
    size = model.size(flavor)
    return {'flavor': flavor, 'vcpus': size['vcpus'], 'memory_mb': size['memory_mb']}
