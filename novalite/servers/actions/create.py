"""Create: make its volumes, find a host with room, plug it into its networks, boot the guest."""

from novalite.servers import devices


def make_volumes(task):
    return {'volumes': task.tools.volumes.make(task.server)}


def unmake_volumes(task):
    return {'volumes': task.tools.volumes.unmake(task.server)}


def choose_host(task):
    host = task.tools.place(task.server, task.server.flavor, zone=task.server.requested_zone,
                            host=task.params.get('host'))
    return {'host': host.name, 'availability_zone': host.zone}


def leave_host(task):
    if task.tools.stranded('host'):
        return None     # what may be left there is for a delete to clear
    task.tools.release(task.server)
    return {'host': None, 'availability_zone': None}


def plug(task):
    return {'nics': task.tools.networks.plug(task.server)}


def unplug(task):
    task.tools.networks.unplug(task.server)
    return {'nics': []}


def spawn(task):
    return {'power_state': task.driver.spawn(task.server, task.server.flavor), 'launched': True}


def destroy(task):
    task.driver.destroy(task.server.uuid)
    return {'power_state': 0}


def attach_volumes(task):
    for device in devices.attached(task.server.volumes):
        task.tools.volumes.attached(task.server, device)
