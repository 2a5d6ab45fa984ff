"""Interfaces: plug a server that runs into one port more, or pull it out of one.

``params['nic']`` is what is plugged, an element of ``Server.nics``. The API has made the
port in the transaction that also wrote the action down.
"""

from novalite import errors


def expect_port(task):
    """Its owner may have deleted the port since it was promised."""
    nic = task.params['nic']
    if nic['port_id'] not in {other['port_id'] for other in task.server.nics}:
        raise errors.PortNotFound(id=nic['port_id'])


def plug_in(task):
    task.driver.attach_interface(task.server.uuid, task.params['nic'])


def pull_out(task):
    task.driver.detach_interface(task.server.uuid, task.params['nic']['port_id'])


def let_go_of_port(task):
    port_id = task.params['nic']['port_id']
    task.tools.networks.unplug(task.server, port_id)
    return {'nics': [nic for nic in task.server.nics if nic['port_id'] != port_id]}
