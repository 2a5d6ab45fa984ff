"""Attach, detach, swap and extend volumes: the volume service and the guest, in step.

The API has set the volumes aside in the transaction that made the promise; what is left
of that is taken back here when it comes to nothing. ``device`` is a record of
``servers.devices``.
"""

from novalite.servers import devices


# Attach

def reserve(task):
    device = task.params['device']
    task.tools.volume_attaching(device['attachment_id'])
    return {'volumes': [*devices.without(task.server.volumes, device), device]}


def release(task):
    device = task.params['device']
    task.tools.release_volume(device['attachment_id'])
    return {'volumes': devices.without(task.server.volumes, device)}


def attach(task):
    task.driver.attach_volume(task.server.uuid, task.params['device'])


def take_away(task):
    task.driver.detach_volume(task.server.uuid, task.params['device']['volume_id'])


def complete(task):
    task.tools.volume_attached(task.server, task.params['device'])


def abandon_attach(task):
    task.tools.forget_device(task.server, task.params['device'])


# Detach

def begin_detaching(task):
    task.tools.volume_detaching(task.params['volume_id'])


def keep(task):
    task.tools.settle_volume(task.params['volume_id'])


def detach(task):
    task.driver.detach_volume(task.server.uuid, task.params['volume_id'])


def put_back(task):
    task.driver.attach_volume(task.server.uuid, task.params['device'])


def free(task):
    return release(task)


# Swap: ``device`` is as it was, ``new`` as it will be

def begin_swap(task):
    task.tools.volume_detaching(task.params['old_volume_id'])
    task.tools.volume_attaching(task.params['new']['attachment_id'])


def drop_swap(task):
    task.tools.release_volume(task.params['new']['attachment_id'])
    task.tools.settle_volume(task.params['old_volume_id'])


def swap(task):
    task.driver.swap_volume(
        task.server.uuid, task.params['old_volume_id'], task.params['new'])


def swap_back(task):
    task.driver.swap_volume(
        task.server.uuid, task.params['new_volume_id'], task.params['device'])


def finish_swap(task):
    device, new = task.params['device'], task.params['new']
    task.tools.volume_attached(task.server, new)
    task.tools.release_volume(device['attachment_id'])
    return {'volumes': devices.replaced(task.server.volumes, device, new)}


# Extend

def extend(task):
    task.driver.extend_volume(
        task.server.uuid, task.params['volume_id'], task.params['size'])
