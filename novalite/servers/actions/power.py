"""Start, stop, reboot, pause, suspend: the guest's power, its disk untouched."""

from novalite.servers import shares
from novalite.servers.states import Vm


def power_off(task):
    server, driver = task.server, task.driver
    power_state = driver.power_off(server.uuid)
    for share in server.shares:
        driver.unmount_share(server.uuid, share['share_id'])
    return {'power_state': power_state} | shares.all_are(server.shares, shares.INACTIVE)


def power_on(task):
    server, driver = task.server, task.driver
    for share in server.shares:
        driver.mount_share(server.uuid, share)
    return {'power_state': driver.power_on(server.uuid)} | shares.all_are(
        server.shares, shares.ACTIVE)


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
