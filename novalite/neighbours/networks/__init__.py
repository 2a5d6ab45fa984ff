"""Neutron v2, as much of it as stock clients need to put servers on networks."""

import functools
import types

from novalite import errors
from novalite.db import networks
from novalite.neighbours import request
from novalite.neighbours.networks import availability
from novalite.neighbours.networks import binding
from novalite.neighbours.networks import floating_ip
from novalite.neighbours.networks import network
from novalite.neighbours.networks import port
from novalite.neighbours.networks import quota
from novalite.neighbours.networks import router
from novalite.neighbours.networks import security_group
from novalite.neighbours.networks import trunk


def app(conf, db, runtime):
    service = types.SimpleNamespace(conf=conf, db=db, runtime=runtime)
    return request.application(service, ROUTES, {'/', '/v2.0'}, _error)


#: Where Neutron's word for an error is not our class's name.
TYPES = {'Invalid': 'HTTPBadRequest', 'Forbidden': 'PolicyNotAuthorized',
         'NotFound': 'HTTPNotFound', 'HTTPRouteNotFound': 'HTTPNotFound',
         'NetworkQuotaExceeded': 'OverQuota'}


def _error(exc, _code, message):
    name = type(exc).__name__
    return {'NeutronError': {'type': TYPES.get(name, name), 'message': message, 'detail': ''}}


def versions(call):
    return {'versions': [{'id': 'v2.0', 'status': 'CURRENT', 'links': [
        {'rel': 'self', 'href': f'{call.req.prefix}/v2.0/'}]}]}


def resources(call):
    """What Neutron answers here, and its version: clients may be given this address."""
    return versions(call) | {'resources': [
        {'name': noun.singular, 'collection': noun.plural, 'links': [
            {'rel': 'self', 'href': f'{call.req.prefix}/v2.0/{_path(noun)}'}]}
        for noun in NOUNS]}


# What is served

#: Alias and name of each extension clients may count on.
EXTENSIONS = {
    'allowed-address-pairs': 'Allowed Address Pairs',
    'availability_zone': 'Availability Zone',
    'binding': 'Port Binding',
    'binding-extended': 'Port Bindings Extended',
    'ext-gw-mode': 'Neutron L3 Configurable external gateway mode',
    'external-net': 'Neutron external network',
    'extraroute': 'Neutron Extra Route',
    'extra_dhcp_opt': 'Neutron Extra DHCP options',
    'fip-port-details': 'Floating IP Port Details Extension',
    'filter-validation': 'Filter parameters validation',
    'net-mtu': 'Network MTU',
    'net-mtu-writable': 'Network MTU (writable)',
    'network-ip-availability': 'Network IP Availability',
    'network_availability_zone': 'Network Availability Zone',
    'pagination': 'Pagination support',
    'port-security': 'Port Security',
    'project-id': 'project_id field enabled',
    'provider': 'Provider Network',
    'quota_details': 'Quota details management support',
    'quotas': 'Quota management support',
    'router': 'Neutron L3 Router',
    'security-group': 'security-group',
    'sorting': 'Sorting support',
    'standard-attr-description': 'standard-attr-description',
    'standard-attr-revisions': 'Resource revision numbers',
    'standard-attr-tag': 'Tag support for resources with standard attribute',
    'standard-attr-timestamp': 'Resource timestamps',
    'stateful-security-group': 'Stateful security group',
    'trunk': 'Trunk Extension',
    'trunk-details': 'Trunk port details',
}


def _extension(alias):
    return {'alias': alias, 'name': EXTENSIONS[alias], 'description': EXTENSIONS[alias],
            'links': [], 'updated': '2020-01-01T00:00:00-00:00'}


def extensions(_call):
    return {'extensions': [_extension(alias) for alias in EXTENSIONS]}


def extension(_call, alias):
    if alias not in EXTENSIONS:
        raise errors.NotFound(f'Extension with alias {alias} does not exist')
    return {'extension': _extension(alias)}


def zones(_call):
    return {'availability_zones': [
        {'name': 'nova', 'resource': 'network', 'state': 'available'}]}


def nothing(plural):
    """A list that is always empty, for clients that look before they act."""
    return lambda _call: {plural: []}


# Tags

def tags(noun, call, row_id):
    with call.db.read() as connection:
        return {'tags': noun.fetch(call, connection, row_id).tags}


def has_tag(noun, call, row_id, tag):
    if tag not in tags(noun, call, row_id)['tags']:
        raise errors.NotFound(f'Tag {tag} could not be found.')


def set_tags(noun, call, row_id):
    body = call.body()
    given = body.get('tags') if isinstance(body, dict) else None
    if not isinstance(given, list):
        raise errors.Invalid("The body must be a JSON object with a list 'tags'.")
    return _change_tags(noun, call, row_id, lambda _tags: given)


def no_tags(noun, call, row_id):
    _change_tags(noun, call, row_id, lambda _tags: [])


def tag(noun, call, row_id, tag):
    _change_tags(noun, call, row_id, lambda tags: [*tags, tag])


def untag(noun, call, row_id, tag):
    has_tag(noun, call, row_id, tag)
    _change_tags(noun, call, row_id, lambda tags: [other for other in tags if other != tag])


def _change_tags(noun, call, row_id, changed):
    with call.db.write() as connection:
        row = noun.owned(call, connection, row_id)
        tags = changed(row.tags)
        if len(tags) > 50 or not all(isinstance(tag, str) and 0 < len(tag) <= 255 for tag in tags):
            raise errors.Invalid('There may be 50 tags of 1 to 255 characters each.')
        tags = sorted(set(tags))
        networks.change(connection, call.runtime, noun.table, row_id, tags=tags)
    return {'tags': tags}


# Routes

NOUNS = (network.NETWORK, network.SUBNET, port.PORT, security_group.GROUP, security_group.RULE,
         router.ROUTER, floating_ip.FLOATING_IP, trunk.TRUNK)

#: What there is none of: path -> the list's name.
NOTHING = {'agents': 'agents', 'subnetpools': 'subnetpools', 'qos/policies': 'policies',
           'address-scopes': 'address_scopes', 'address-groups': 'address_groups',
           'rbac-policies': 'rbac_policies', 'service-providers': 'service_providers'}


def _path(noun):
    return noun.plural.replace('_', '-')


def _show(noun, call, row_id):
    with call.db.read() as connection:
        return noun.shown(call, connection, row_id)


def _noun(noun, create, delete, update=None, index=None):
    path = f'/v2.0/{_path(noun)}'
    one = f'{path}/{{row_id}}'
    yield 'GET', path, 200, index or noun.index
    yield 'POST', path, 201, create
    yield 'GET', one, 200, functools.partial(_show, noun)
    yield 'DELETE', one, 204, delete
    if update is not None:
        yield 'PUT', one, 200, update
    if 'tags' in noun.table.c:
        for method, rest, status, handler in TAGS:
            yield method, f'{one}/tags{rest}', status, functools.partial(handler, noun)


TAGS = (
    ('GET', '', 200, tags),
    ('PUT', '', 200, set_tags),
    ('DELETE', '', 204, no_tags),
    ('GET', '/{tag}', 204, has_tag),
    ('PUT', '/{tag}', 201, tag),
    ('DELETE', '/{tag}', 204, untag),
)

ROUTES = (
    ('GET', '/', 200, versions),
    ('GET', '/v2.0', 200, resources),
    ('GET', '/v2.0/extensions', 200, extensions),
    ('GET', '/v2.0/extensions/{alias}', 200, extension),
    ('GET', '/v2.0/availability_zones', 200, zones),
    ('GET', '/v2.0/quotas', 200, quota.index),
    ('GET', '/v2.0/quotas/{project_id}', 200, quota.show),
    ('PUT', '/v2.0/quotas/{project_id}', 200, quota.update),
    ('DELETE', '/v2.0/quotas/{project_id}', 204, quota.reset),
    ('GET', '/v2.0/quotas/{project_id}/default', 200, quota.defaults),
    ('GET', '/v2.0/quotas/{project_id}/details', 200, quota.details),
    *(('GET', f'/v2.0/{path}', 200, nothing(plural)) for path, plural in NOTHING.items()),
    ('GET', '/v2.0/network-ip-availabilities', 200, availability.index),
    ('GET', '/v2.0/network-ip-availabilities/{row_id}', 200, availability.show),
    *_noun(network.NETWORK, network.create, network.delete, network.update),
    *_noun(network.SUBNET, network.create_subnet, network.delete_subnet, network.update_subnet),
    *_noun(port.PORT, port.create, port.delete, port.update),
    ('GET', '/v2.0/ports/{row_id}/bindings', 200, binding.index),
    ('POST', '/v2.0/ports/{row_id}/bindings', 201, binding.create),
    ('GET', '/v2.0/ports/{row_id}/bindings/{host}', 200, binding.show),
    ('PUT', '/v2.0/ports/{row_id}/bindings/{host}', 200, binding.update),
    ('DELETE', '/v2.0/ports/{row_id}/bindings/{host}', 204, binding.delete),
    ('PUT', '/v2.0/ports/{row_id}/bindings/{host}/activate', 200, binding.activate),
    *_noun(trunk.TRUNK, trunk.create, trunk.delete, trunk.update),
    ('GET', '/v2.0/trunks/{row_id}/get_subports', 200, trunk.sub_ports),
    ('PUT', '/v2.0/trunks/{row_id}/add_subports', 200, trunk.add_sub_ports),
    ('PUT', '/v2.0/trunks/{row_id}/remove_subports', 200, trunk.remove_sub_ports),
    *_noun(security_group.GROUP, security_group.create, security_group.delete,
           security_group.update, security_group.index),
    *_noun(router.ROUTER, router.create, router.delete, router.update),
    ('PUT', '/v2.0/routers/{row_id}/add_router_interface', 200, router.add_interface),
    ('PUT', '/v2.0/routers/{row_id}/remove_router_interface', 200, router.remove_interface),
    *_noun(floating_ip.FLOATING_IP, floating_ip.create, floating_ip.delete, floating_ip.update),
    *_noun(security_group.RULE, security_group.create_rule, security_group.delete_rule),
)
