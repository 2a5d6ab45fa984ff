"""Start, stop, reboot, pause, suspend: the guest's power, its disk untouched."""

from novalite.servers.states import Vm


def power_off(task):
    return {'power_state': task.driver.power_off(task.server.uuid)}


def power_on(task):
    return {'power_state': task.driver.power_on(task.server.uuid)}


def reboot(task):
    return {'power_state': task.driver.reboot(task.server.uuid, hard=False)}


def reboot_hard(task):
    return {'power_state': task.driver.reboot(task.server.uuid, hard=True)}


def pause(task):
    return {'power_state': task.driver.pause(task.server.uuid)}


def unpause(task):
    return {'power_state': task.driver.unpause(task.server.uuid)}


def suspend(task):
    return {'power_state': task.driver.suspend(task.server.uuid)}


def resume(task):
    return {'power_state': task.driver.resume(task.server.uuid)}


def as_it_was(task):
    """The undo of whatever stopped a guest: moving a stopped server must not start it."""
    driver, uuid = task.driver, task.server.uuid
    if task.server.came_from == Vm.STOPPED:
        return {'power_state': driver.power_off(uuid)}
    power_state = driver.power_on(uuid)
    if task.server.came_from == Vm.PAUSED:
        power_state = driver.pause(uuid)
    if task.server.came_from == Vm.SUSPENDED:
        power_state = driver.suspend(uuid)
    return {'power_state': power_state}
