"""Rebuild: the guest begins anew from an image, in its place and with its addresses."""

from novalite.servers.states import Vm


def check_image(task):
    """The image was there at the 202; nothing has been touched yet if it is gone now.

    ``root`` is the volume that the server boots from, if that is to begin anew too.
    """
    # What was begun before a server could have another image than its volume does not say it.
    image_id = task.params.get('image_id', task.server.image_id)
    task.tools.images.require(image_id)
    if not task.params.get('root'):
        return None
    return {'volumes': task.tools.volumes.reimage(task.server, task.params['root'], image_id)}


def keep_old_image(task):
    # Once a host has been at it, the guest is no longer what the old image made.
    if task.tools.fault['step'] == check_image.__name__:
        return {'image_id': task.params['old_image_id'],
                'image_properties': task.params['old_image_properties']}
    return None


def rebuild(task):
    server = task.server
    power_state = task.driver.rebuild(server, server.flavor)
    if server.came_from == Vm.STOPPED:
        return {'power_state': task.driver.power_off(server.uuid), 'vm_state': Vm.STOPPED}
    return {'power_state': power_state, 'launched': True}
