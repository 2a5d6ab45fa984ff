"""Live migration: the guest goes to another host and hardly notices."""

from novalite.servers.states import Vm


def check_destination(task):
    task.driver.check_destination(task.server.uuid)


def prepare(task):
    task.driver.claim(task.server, task.server.flavor)


def migrate(task):
    """From here on the guest does not run on this host."""
    task.driver.live_migrate(task.server.uuid, task.server.destination)


def arrive(task):
    power_state = task.driver.spawn(task.server, task.server.flavor)
    if task.server.came_from == Vm.PAUSED:
        power_state = task.driver.pause(task.server.uuid)
    return {'power_state': power_state}


def move_in(task):
    server = task.server
    task.tools.hand_over(server, 'server', 'origin')
    task.tools.hand_over(server, 'destination', 'server')
    return {'host': server.destination, 'origin': server.host, 'destination': None,
            'availability_zone': task.tools.zone_of(server.destination)}


def leave_origin(task):
    task.driver.destroy(task.server.uuid)


def settle(task):
    task.tools.release(task.server, 'origin')
    return {'origin': None}
