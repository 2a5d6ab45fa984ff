"""Delete: destroy the guest wherever there is something of it, then give all back."""

from novalite.servers.actions import power


def destroy(task):
    task.driver.destroy(task.server.uuid)
    return {'power_state': 0}


def destroy_at_destination(task):
    task.driver.destroy(task.server.uuid)


def destroy_at_origin(task):
    task.driver.destroy(task.server.uuid)


def soft_delete(task):
    return power.power_off(task)


def settle(task):
    """A resize that waited to be confirmed is confirmed by that."""
    if task.server.origin is None:
        return None
    task.tools.release(task.server, 'origin')
    return {'origin': None, 'old_flavor': None, 'old_vm_state': None}


def restore(task):
    return power.power_on(task)


def give_back(task):
    task.tools.images.delete(task.server.shelved_image_id)
    task.tools.networks.unplug(task.server)
    task.tools.volumes.release_all(task.server)
    return {'nics': [], 'volumes': [], 'shelved_image_id': None}


def forget(task):
    task.tools.release(task.server)
    task.tools.revoke_shares(task.server)
    return {'shares': [], 'destination': None, 'origin': None}
