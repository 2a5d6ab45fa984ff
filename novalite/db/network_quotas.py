"""How much of each thing a project may have."""

from novalite import errors
from novalite.db import floating
from novalite.db import networks
from novalite.db import security

#: Neutron's defaults. Only routers and floating addresses are held to them.
LIMITS = {'network': 100, 'subnet': 100, 'port': 500, 'router': 10, 'floatingip': 50,
          'security_group': 10, 'security_group_rule': 100, 'subnetpool': -1, 'rbac_policy': 10}
_TABLES = {'network': networks.networks, 'subnet': networks.subnets, 'port': networks.ports,
           'router': floating.routers, 'floatingip': floating.floating_ips,
           'security_group': security.groups, 'security_group_rule': security.rules}


def used(connection, project_id):
    return {name: floating.count(connection, table, project_id)
            for name, table in _TABLES.items()}


def refuse_excess(connection, project_id, name):
    """Raise NetworkQuotaExceeded if the project has all it may have."""
    if floating.count(connection, _TABLES[name], project_id) >= LIMITS[name]:
        raise errors.NetworkQuotaExceeded(resource=name)
