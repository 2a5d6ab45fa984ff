"""Evacuate: the host is dead, so the guest is built anew on another one."""

from novalite.servers.states import Vm


def rebuild_elsewhere(task):
    server = task.server
    power_state = task.driver.spawn(server, server.flavor)
    if server.came_from == Vm.STOPPED or task.params['stopped']:
        power_state = task.driver.power_off(server.uuid)
    return {'power_state': power_state, 'launched': True}


def move_in(task):
    """What is left on the dead host is destroyed when that comes back."""
    server = task.server
    task.tools.fence(server.host)
    task.tools.release(server, 'server')
    task.tools.hand_over(server, 'destination', 'server')
    stopped = server.came_from == Vm.STOPPED or task.params['stopped']
    return {'host': server.destination, 'destination': None,
            'availability_zone': task.tools.zone_of(server.destination),
            'vm_state': Vm.STOPPED if stopped else Vm.ACTIVE}
