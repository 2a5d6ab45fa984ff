"""Attach, detach, swap and extend volumes: the volume service and the guest, in step.

The API has set the volumes aside in the transaction that made the promise; what is left
of that is taken back here when it comes to nothing. ``device`` is a record of
``servers.devices``.
"""

from novalite.servers import devices


# Attach

def reserve(task):
    device = task.params['device']
    task.tools.volumes.attaching(task.server, device)
    return {'volumes': [*devices.without(task.server.volumes, device), device]}


def release(task):
    device = task.params['device']
    task.tools.volumes.release(device['attachment_id'])
    return {'volumes': devices.without(task.server.volumes, device)}


def attach(task):
    task.driver.attach_volume(task.server.uuid, task.params['device'])


def take_away(task):
    task.driver.detach_volume(task.server.uuid, task.params['device']['volume_id'])


def complete(task):
    task.tools.volumes.attached(task.server, task.params['device'])


def abandon_attach(task):
    task.tools.forget_device(task.server, task.params['device'])


# Detach

def begin_detaching(task):
    task.tools.volumes.detaching(task.params['volume_id'])


def keep(task):
    task.tools.volumes.settle(task.params['volume_id'])


def detach(task):
    task.driver.detach_volume(task.server.uuid, task.params['volume_id'])


def put_back(task):
    task.driver.attach_volume(task.server.uuid, task.params['device'])


def free(task):
    return release(task)


# Swap: ``device`` is as it was, ``new`` as it will be

def begin_swap(task):
    task.tools.volumes.detaching(task.params['old_volume_id'])
    task.tools.volumes.attaching(task.server, task.params['new'])


def drop_swap(task):
    task.tools.volumes.release(task.params['new']['attachment_id'])
    task.tools.volumes.settle(task.params['old_volume_id'])


def swap(task):
    task.driver.swap_volume(
        task.server.uuid, task.params['old_volume_id'], task.params['new'])


def swap_back(task):
    task.driver.swap_volume(
        task.server.uuid, task.params['new_volume_id'], task.params['device'])


def finish_swap(task):
    device, new = task.params['device'], task.params['new']
    task.tools.volumes.attached(task.server, new)
    task.tools.volumes.release(device['attachment_id'])
    return {'volumes': devices.replaced(task.server.volumes, device, new)}


# Extend

def extend(task):
    task.driver.extend_volume(
        task.server.uuid, task.params['volume_id'], task.params['size'])
