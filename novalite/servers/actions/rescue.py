"""Rescue: boot the guest from another image, to mend what is on its own disk."""


def rescue(task):
    return {'power_state': task.driver.rescue(task.server.uuid, task.params['image_id'])}


def unrescue(task):
    return {'power_state': task.driver.unrescue(task.server.uuid)}
