"""Start, stop and reboot: the guest's power, its disk untouched."""


def power_off(task):
    return {'power_state': task.driver.power_off(task.server.uuid)}


def power_on(task):
    return {'power_state': task.driver.power_on(task.server.uuid)}


def reboot(task):
    return {'power_state': task.driver.reboot(task.server.uuid, hard=False)}


def reboot_hard(task):
    return {'power_state': task.driver.reboot(task.server.uuid, hard=True)}
