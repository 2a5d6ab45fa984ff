"""Consumers: what a server holds of hosts, and what a project's servers hold together."""

from novalite import errors
from novalite.db import hosts
from novalite.db import servers
from novalite.neighbours.placement import names
from novalite.neighbours.placement import providers

#: What Nova calls all that consume.
TYPE = 'INSTANCE'


def allocations(call, consumer):
    """GET /allocations/{consumer}: empty for one nobody knows, as in Placement."""
    with call.db.read() as connection:
        held = hosts.held(connection, consumer)
        if not held:
            return {'allocations': {}}
        server = servers.get(connection, consumer)
        rows = hosts.named(connection, [row.host for row in held])
    found = {rows[name].hypervisor_uuid: {
        'generation': providers.generation(rows[name]), 'resources': resources}
        for name, resources in providers.summed(held, 'host').items()}
    shown = {'allocations': found}
    for since, name, value in (
            ((1, 12), 'project_id', server.project_id), ((1, 12), 'user_id', server.user_id),
            ((1, 28), 'consumer_generation', 1), ((1, 38), 'consumer_type', TYPE)):
        if call.version >= since:
            shown[name] = value
    return shown


def usages(call):
    """GET /usages?project_id=…: by resource class; since 1.38 by the consumers' type before."""
    asked = dict(call.params())
    known = {'project_id', 'user_id'} | ({'consumer_type'} if call.version >= (1, 38) else set())
    for name in asked:
        if name not in known:
            raise errors.Invalid('Invalid query string parameters: Additional properties are not '
                                 f"allowed ('{name}' was unexpected)")
    if not asked.get('project_id'):
        raise errors.Invalid("Invalid query string parameters: 'project_id' is a required property")
    if not call.admin and asked['project_id'] != call.ctxt.project_id:
        raise errors.Forbidden('Access was denied to this resource.')
    with call.db.read() as connection:
        held = hosts.held_by_project(connection, asked['project_id'], asked.get('user_id'))
    sums = {name: total for name, column in names.COUNTED.items()
            if (total := sum(getattr(row, column) for row in held))}
    if call.version < (1, 38):
        return {'usages': sums}
    count, kind = len({row.server for row in held}), asked.get('consumer_type', TYPE)
    if not held or kind not in (TYPE, 'all'):
        return {'usages': {}}
    return {'usages': {kind: {'consumer_count': count} | sums}}
