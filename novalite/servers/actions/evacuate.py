"""Evacuate: the host is dead, so the guest is built anew on another one."""

from novalite.servers.states import Vm


def choose_host(task):
    server = task.server
    host = task.tools.place(server, server.flavor, role='destination', zone=server.requested_zone,
                            avoid=(server.host,), host=task.params.get('host'))
    return {'destination': host.name}


def leave_destination(task):
    if task.tools.stranded('destination'):
        return None     # what may be left there is for a delete to clear
    task.tools.release(task.server, 'destination')
    return {'destination': None}


def rebuild_elsewhere(task):
    server = task.server
    power_state = task.driver.spawn(server, server.flavor)
    if server.came_from == Vm.STOPPED or task.params['stopped']:
        power_state = task.driver.power_off(server.uuid)
    return {'power_state': power_state, 'launched': True}


def destroy(task):
    task.driver.destroy(task.server.uuid)


def move_in(task):
    """What is left on the dead host is destroyed when that comes back."""
    server = task.server
    task.tools.fence(server.host)
    task.tools.release(server, 'server')
    task.tools.hand_over(server, 'destination', 'server')
    zone = task.tools.rebind(server, server.destination)
    stopped = server.came_from == Vm.STOPPED or task.params['stopped']
    return {'host': server.destination, 'destination': None, 'availability_zone': zone,
            'vm_state': Vm.STOPPED if stopped else Vm.ACTIVE}
