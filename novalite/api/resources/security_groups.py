"""Security groups as compute shows them; to 2.35 they could also be made and changed here."""

import ipaddress

from oslo_utils import uuidutils

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN
from novalite.api.resources import networks as networks_resource
from novalite.api.schema import Field
from novalite.db import networks
from novalite.db import security

RULES = (
    policy.rule('os-security-groups:get', policy.READER, 'List security groups, to 2.35.'),
    policy.rule('os-security-groups:show', policy.READER, 'Show a security group, to 2.35.'),
    policy.rule('os-security-groups:create', policy.MEMBER, 'Make a security group, to 2.35.'),
    policy.rule('os-security-groups:update', policy.MEMBER, 'Change a security group, to 2.35.'),
    policy.rule('os-security-groups:delete', policy.MEMBER, 'Delete a security group, to 2.35.'),
    policy.rule('os-security-groups:rule:create', policy.MEMBER,
                'Add a rule to a security group, to 2.35.'),
    policy.rule('os-security-groups:rule:delete', policy.MEMBER,
                'Take a rule from a security group, to 2.35.'),
)

_LAST = networks_resource.LAST

#: Members of a group, or a range of addresses: one of them shows nothing.
_REMOTE = (Field('name', schema.STRING, optional=True),
           Field('tenant_id', schema.STRING, optional=True))
_RANGE = (Field('cidr', schema.STRING, optional=True),)

#: Of a (rule, groups by id).
RULE = (
    Field('id', schema.UUID, lambda it, r: it[0].id),
    Field('parent_group_id', schema.UUID, lambda it, r: it[0].security_group_id),
    Field('ip_protocol', schema.STRING_OR_NULL, lambda it, r: it[0].protocol),
    Field('from_port', schema.INTEGER_OR_NULL, lambda it, r: _ports(it[0])[0]),
    Field('to_port', schema.INTEGER_OR_NULL, lambda it, r: _ports(it[0])[1]),
    Field('group', schema.Shown(_REMOTE), lambda it, r: _others(*it)),
    Field('ip_range', schema.Shown(_RANGE), lambda it, r: _range(it[0])),
)

#: Of a (group, its rules, groups by id).
GROUP = (
    Field('id', schema.UUID, lambda it, r: it[0].id),
    Field('name', schema.STRING, lambda it, r: it[0].name),
    Field('description', schema.STRING, lambda it, r: it[0].description),
    Field('tenant_id', schema.STRING, lambda it, r: it[0].project_id),
    Field('rules', schema.array(schema.Shown(RULE)), lambda it, r: schema.views(
        RULE, r, [(rule, it[2]) for rule in it[1]])),
)


def _ports(rule):
    """The ports, with what it meant in the networks of old that none are named."""
    ports = rule.port_range_min, rule.port_range_max
    if rule.protocol and ports == (None, None):
        return (1, 65535) if rule.protocol in ('tcp', 'udp') else (-1, -1)
    return ports


def _others(rule, known):
    group = known.get(rule.remote_group_id)
    return {'name': group.name, 'tenant_id': group.project_id} if group else {}


def _range(rule):
    return {} if rule.remote_group_id else {'cidr': rule.remote_ip_prefix or '0.0.0.0/0'}


def views(req, connection, groups):
    """Groups with what they let in, by project and name."""
    rules = req.networks.rules_of(connection, [group.id for group in groups])
    inward = {id: [rule for rule in found if rule.direction == 'ingress']
              for id, found in rules.items()}
    known = req.networks.groups_named(connection, sorted(
        {rule.remote_group_id for found in inward.values() for rule in found} - {None}))
    return schema.views(GROUP, req, [
        (group, inward[group.id], known)
        for group in sorted(groups, key=lambda group: (group.project_id, group.name))])


# Groups

_TEXT = {'type': 'string', 'maxLength': 255}
NEW = (Field('name', _TEXT, required=True), Field('description', _TEXT, required=True))


def _group(req, connection, id, lock=False):
    if not uuidutils.is_uuid_like(id):
        raise errors.Invalid('Security group id should be uuid')
    row = networks.find(connection, security.groups, id, req.context, lock)
    if row is None:
        raise errors.NotFound(f'Security group {id} not found.')
    return row


@schema.between(MIN, _LAST)
@schema.query(schema.LIMIT, schema.OFFSET, Field('all_tenants', schema.STRING))
@schema.returns(200, 'security_groups', GROUP, many=True)
def index(req):
    """GET /os-security-groups: 200; with ``all_tenants`` administrators see everybody's."""
    networks_resource.need(req)
    req.authorize('os-security-groups:get')
    everybodys = req.is_admin and 'all_tenants' in req.query
    with req.db.write() as connection:
        # Asking for it is what makes a project's default group.
        security.default(connection, req.runtime, req.context.project_id)
        rows = networks.listed(
            connection, security.groups, req.context,
            [] if everybodys else [security.groups.c.project_id == req.context.project_id])
        first = req.query.get('offset', 0)
        return {'security_groups': views(req, connection, rows[first:first + req.page_size()])}


@schema.between(MIN, _LAST)
@schema.returns(200, 'security_group', GROUP)
def show(req, id):
    """GET /os-security-groups/{id}: 200; 400 for what is no UUID."""
    networks_resource.need(req)
    req.authorize('os-security-groups:show')
    with req.db.read() as connection:
        return {'security_group': views(req, connection, [_group(req, connection, id)])[0]}


@schema.between(MIN, _LAST)
@schema.accepts('security_group', *NEW, extra=True)
@schema.returns(200, 'security_group', GROUP)
def create(req):
    """POST /os-security-groups: 200 with the group, which lets nothing in."""
    networks_resource.need(req)
    req.authorize('os-security-groups:create')
    project_id, name = req.context.project_id, req.body['name']
    with req.db.write() as connection:
        if name == 'default':
            raise errors.Forbidden('Default security group already exists.')
        id = security.create(connection, req.runtime, project_id, name,
                             description=req.body['description'])
        return {'security_group': views(req, connection, [_group(req, connection, id)])[0]}


@schema.between(MIN, _LAST)
@schema.accepts('security_group', *NEW, extra=True)
@schema.returns(200, 'security_group', GROUP)
def update(req, id):
    """PUT /os-security-groups/{id}: 200; the default group keeps its name."""
    networks_resource.need(req)
    req.authorize('os-security-groups:update')
    name = req.body['name']
    with req.db.write() as connection:
        row = _group(req, connection, id, lock=True)
        if name != row.name and (security.is_default(row) or name == 'default'):
            raise errors.Invalid('Updating default security group not allowed.')
        networks.change(connection, req.runtime, security.groups, id, name=name,
                        description=req.body['description'])
        return {'security_group': views(req, connection, [_group(req, connection, id)])[0]}


@schema.between(MIN, _LAST)
@schema.returns(202)
def delete(req, id):
    """DELETE /os-security-groups/{id}: 202; 400 while a server is in it."""
    networks_resource.need(req)
    req.authorize('os-security-groups:delete')
    with req.db.write() as connection:
        row = _group(req, connection, id, lock=True)
        if networks.group_in_use(connection, id):
            raise errors.Invalid(f'Security Group {id} in use.')
        if security.is_default(row) and not req.is_admin:
            raise errors.Invalid('Insufficient rights for removing default security group.')
        networks.remove(connection, security.groups, id)


# Rules

_PORT = {'type': ['integer', 'string', 'null'], 'pattern': '^-?[0-9]{1,9}$'}

NEW_RULE = (
    Field('parent_group_id', schema.ANYTHING, required=True, parse=str),
    Field('group_id', schema.STRING_OR_NULL),
    Field('cidr', schema.STRING_OR_NULL),
    Field('ip_protocol', schema.STRING_OR_NULL),
    Field('from_port', _PORT, parse=int),
    Field('to_port', _PORT, parse=int),
)


@schema.between(MIN, _LAST)
@schema.accepts('security_group_rule', *NEW_RULE, extra=True)
@schema.returns(200, 'security_group_rule', RULE)
def create_rule(req):
    """POST /os-security-group-rules: 200 with the rule, by which more is let in.

    Either from addresses, with protocol and ports, or from the members of a group.
    """
    networks_resource.need(req)
    req.authorize('os-security-groups:rule:create')
    with req.db.write() as connection:
        # Locked, so that the same rule is not made twice at once.
        group = _group(req, connection, req.body['parent_group_id'], lock=True)
        from_group = req.body.get('group_id')
        if from_group is not None:
            _group(req, connection, from_group)
        columns = _wanted(req.body) | {
            'project_id': group.project_id, 'security_group_id': group.id,
            'remote_group_id': from_group}
        try:
            security.refuse_twin(connection, group.id, columns)
        except errors.SecurityGroupRuleExists:
            raise errors.Invalid(f'This rule already exists in group {group.id}') from None
        id = networks.insert(connection, req.runtime, security.rules, **columns)
        row = networks.find(connection, security.rules, id)
        known = security.named(connection, [from_group] if from_group else [])
        return {'security_group_rule': schema.view(RULE, req, (row, known))}


def _wanted(body):
    """The columns of a rule; what it leaves open is open for a group, and an error for a range."""
    from_group = body.get('group_id') is not None
    network = None if from_group else _network(body.get('cidr'))
    protocol, low, high = (body.get(name) for name in ('ip_protocol', 'from_port', 'to_port'))
    if from_group and protocol and low is None and high is None:
        low, high = {'icmp': (-1, -1), 'tcp': (1, 65535), 'udp': (1, 65535)}.get(
            protocol.lower(), (None, None))
    if not protocol or low is None or high is None:
        if not from_group:
            raise errors.Invalid('Not enough parameters to build a valid rule.')
        protocol = low = high = None
    else:
        protocol = protocol.lower()
        _check_ports(protocol, low, high)
    # What was -1 for ICMP is nothing now.
    low, high = (None if port == -1 else port for port in (low, high))
    return {'direction': 'ingress', 'protocol': protocol,
            'port_range_min': low, 'port_range_max': high,
            'ethertype': 'IPv6' if network and network.version == 6 else 'IPv4',
            'remote_ip_prefix': network and str(network)}


def _network(cidr):
    cidr = cidr or '0.0.0.0/0'
    try:
        network = ipaddress.ip_interface(cidr)      # as it was given
    except ValueError:
        raise errors.Invalid(f'{cidr} is not a valid IP network.') from None
    if '/' not in cidr:
        raise errors.Invalid(f'{cidr} is not a valid IP network.')
    if network.network.prefixlen == 0 and cidr.split('/')[0] not in ('0.0.0.0', '::'):
        raise errors.Invalid(f'Bad prefix for network in cidr {cidr}')
    return network


def _check_ports(protocol, low, high):
    if protocol not in ('tcp', 'udp', 'icmp'):
        raise errors.Invalid(f'Invalid IP protocol {protocol}.')
    reason = None
    if protocol == 'icmp':
        if not (-1 <= low <= 255 and -1 <= high <= 255):
            reason = 'For ICMP, the type:code must be valid'
    elif low > high:
        reason = 'Former value cannot be greater than the later'
    elif low < 1 or high > 65535:
        reason = f'Valid {protocol.upper()} ports should be between 1-65535'
    if reason:
        raise errors.Invalid(f'Invalid port range {low}:{high}. {reason}')


@schema.between(MIN, _LAST)
@schema.returns(202)
def delete_rule(req, id):
    """DELETE /os-security-group-rules/{id}: 202."""
    networks_resource.need(req)
    req.authorize('os-security-groups:rule:delete')
    if not uuidutils.is_uuid_like(id):
        raise errors.Invalid('Security group id should be uuid')
    with req.db.write() as connection:
        row = networks.find(connection, security.rules, id, req.context, lock=True)
        if row is None:
            raise errors.NotFound(f'Rule ({id}) not found')
        networks.remove(connection, security.rules, id)
