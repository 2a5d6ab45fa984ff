"""Shelve: keep a server as an image only, and bring it back when it is wanted."""

from novalite.servers.actions import power
from novalite.servers.actions import resize


def begin_image(task):
    task.tools.images.change(task.params['image_id'], status='saving', progress=50)
    return {'shelved_image_id': task.params['image_id']}


def drop_image(task):
    task.tools.images.delete(task.params['image_id'])
    return {'shelved_image_id': None}


def shelve(task):
    power_state = task.driver.power_off(task.server.uuid)
    task.driver.snapshot(task.server.uuid, task.params['image_id'])
    return {'power_state': power_state}


def unshelve_in_place(task):
    """The guest as it was when it was shelved, and no copy of it left behind."""
    task.driver.discard_snapshot(task.server.uuid, task.params['image_id'])
    return power.as_it_was(task)


def offload(task):
    task.driver.destroy(task.server.uuid)
    return {'power_state': 0}


def unbind(task):
    """Its ports stay its own, but are on no host."""
    task.tools.networks.rebind(task.server, '')


def leave_host(task):
    # A part that an earlier move has left elsewhere is there still, and so keeps its room.
    task.tools.release(task.server, 'server')
    return {'host': None, 'availability_zone': task.server.requested_zone}


# Unshelve

def get_image(task):
    task.tools.images.require(task.server.shelved_image_id)


def choose_host(task):
    """``zone`` and ``pinned`` are what was asked: where to, and what stays pinned from now on."""
    zone = task.params.get('zone', task.server.requested_zone)
    host = task.tools.place(task.server, task.server.flavor, zone=zone,
                            host=task.params.get('host'))
    return {'host': host.name, 'availability_zone': host.zone,
            'requested_zone': task.params.get('pinned', task.server.requested_zone)}


def give_host_up(task):
    if task.tools.stranded('host'):
        return None     # what may be left there is for a delete to clear
    return leave_host(task)


def rebind(task):
    """Its ports and volumes are where it is now."""
    return resize.bound_to(task, task.server.host)


def forget_image(task):
    task.tools.images.delete(task.server.shelved_image_id)
    return {'shelved_image_id': None}
