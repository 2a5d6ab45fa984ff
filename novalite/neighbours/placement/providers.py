"""Resource providers: our hosts, and of each its room, its use, its traits and its aggregates."""

from novalite import errors
from novalite.db import aggregates as db_aggregates
from novalite.db import hosts
from novalite.neighbours.placement import names
from novalite.neighbours.placement import wanted

#: Since when a list may be narrowed by what.
FILTERS = {'name': (1, 0), 'uuid': (1, 0), 'member_of': (1, 3), 'resources': (1, 4),
           'in_tree': (1, 14), 'required': (1, 18)}


def index(call):
    """GET /resource_providers"""
    group, equal = wanted.Group(), {}
    for name, value in call.params():
        if call.version < FILTERS.get(name, (9, 0)):
            raise errors.Invalid('Invalid query string parameters: Additional properties are not '
                                 f"allowed ('{name}' was unexpected)")
        if name in ('name', 'uuid'):
            equal['hypervisor_uuid' if name == 'uuid' else name] = value
        else:
            wanted.read(call, group, name, value)
    with call.db.read() as connection:
        names.known_traits(connection, group.traits)
        found = matching(connection, group, **equal)
    return {'resource_providers': [_view(call, host) for host in found]}


def matching(connection, group, **equal):
    """The hosts that have what is wanted of one."""
    rows = hosts.listed(connection, **equal)
    member_of = db_aggregates.uuids_of_hosts(connection)
    return [host for host in rows if group.fits(host, member_of.get(host.name, set()))]


def show(call, id):
    """GET /resource_providers/{id}"""
    return _view(call, _find(call, id))


def _find(call, id):
    with call.db.read() as connection:
        found = hosts.listed(connection, hypervisor_uuid=id)
    if not found:
        raise errors.NotFound(f'No resource provider with uuid {id} found')
    return found[0]


def _view(call, host):
    id, own = host.hypervisor_uuid, _path(call, host)
    more = (('aggregates', (1, 1)), ('traits', (1, 6)), ('allocations', (1, 11)))
    shown = {
        'uuid': id, 'name': host.name, 'generation': generation(host),
        'links': [{'rel': 'self', 'href': own}, *(
            {'rel': name, 'href': f'{own}/{name}'} for name in ('inventories', 'usages', *(
                name for name, since in more if call.version >= since)))]}
    if call.version >= (1, 14):
        shown |= {'parent_provider_uuid': None, 'root_provider_uuid': id}
    return shown


def _path(call, host):
    return f'{call.req.root_path}/resource_providers/{host.hypervisor_uuid}'


def generation(host):
    """It says nothing but that nobody else writes here: see ``version.refuse``."""
    return host.id


# What a host has

def inventories(call, id):
    """GET /resource_providers/{id}/inventories"""
    host = _find(call, id)
    return _of(host, inventories={name: _inventory(host, name) for name in names.COUNTED})


def inventory(call, id, resource_class):
    """GET /resource_providers/{id}/inventories/{resource_class}"""
    host = _find(call, id)
    if resource_class not in names.COUNTED:
        raise errors.NotFound(f'No inventory of class {resource_class} for {id}')
    return _of(host, **_inventory(host, resource_class))


def _inventory(host, resource_class):
    column = names.COUNTED[resource_class]
    total, most = getattr(host, column), getattr(host, f'{column}_limit')
    # What is kept free of a host, and how often the rest may be given, is one number here.
    return {'total': total, 'reserved': 0, 'min_unit': 1, 'max_unit': total, 'step_size': 1,
            'allocation_ratio': most / total}


def usages(call, id):
    """GET /resource_providers/{id}/usages"""
    host = _find(call, id)
    return _of(host, usages={
        name: getattr(host, f'{column}_used') for name, column in names.COUNTED.items()})


def aggregates(call, id):
    """GET /resource_providers/{id}/aggregates"""
    host = _find(call, id)
    with call.db.read() as connection:
        found = sorted(db_aggregates.uuids_of_hosts(connection).get(host.name, ()))
    return _of(host, aggregates=found) if call.version >= (1, 19) else {'aggregates': found}


def traits(call, id):
    """GET /resource_providers/{id}/traits"""
    host = _find(call, id)
    return _of(host, traits=sorted(host.traits or ()))


def allocations(call, id):
    """GET /resource_providers/{id}/allocations"""
    host = _find(call, id)
    with call.db.read() as connection:
        held = hosts.held(connection, host=host.name)
    found = {}
    for consumer, resources in summed(held, 'server').items():
        found[consumer] = {'resources': resources}
        if call.version >= (1, 28):
            found[consumer]['consumer_generation'] = 1
    return _of(host, allocations=found)


def summed(held, column):
    """What is held, by a column of the allocations: a resize may hold a host twice."""
    found = {}
    for row in held:
        sums = found.setdefault(getattr(row, column), dict.fromkeys(names.COUNTED, 0))
        for name, size in names.COUNTED.items():
            sums[name] += getattr(row, size)
    # Placement has no allocations of nothing.
    return {key: {name: amount for name, amount in sums.items() if amount}
            for key, sums in found.items()}


def _of(host, **shown):
    return {'resource_provider_generation': generation(host), **shown}
