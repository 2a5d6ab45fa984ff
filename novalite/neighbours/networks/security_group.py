"""Security groups and their rules."""

import ipaddress

from novalite import errors
from novalite.db import network_quotas as quotas
from novalite.db import networks
from novalite.db import security
from novalite.neighbours.networks import nouns
from novalite.neighbours.networks.nouns import Field

PROTOCOLS = ('tcp', 'udp', 'icmp', 'icmpv6', 'ipv6-icmp', 'ah', 'dccp', 'egp', 'esp', 'gre',
             'igmp', 'ipip', 'ospf', 'pgm', 'rsvp', 'sctp', 'udplite', 'vrrp', 'ipv6-encap',
             'ipv6-frag', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route')


def _protocol(value):
    if value is None or str(value).lower() in ('any', '0'):
        return None
    value = str(value).lower()
    if value not in PROTOCOLS and not (value.isdigit() and int(value[:4]) <= 255):
        raise ValueError(f"Security group rule protocol '{value}' not supported.")
    return value


def _ethertype(value):
    known = {'ipv4': 'IPv4', 'ipv6': 'IPv6'}
    if str(value).lower() not in known:
        raise ValueError(f"'{value}' is not in ['IPv4', 'IPv6'].")
    return known[str(value).lower()]


def _prefix(value):
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not a valid IP range.")
    return str(ipaddress.ip_interface(value))      # as it was given, as Neutron keeps it


def _more(_call, _connection, rows):
    return {row.id: {'normalized_cidr': row.remote_ip_prefix, 'remote_address_group_id': None,
                     'belongs_to_default_sg': False} for row in rows}


RULE = nouns.Noun(
    'security_group_rule', 'security_group_rules', security.rules,
    errors.SecurityGroupRuleNotFound, (
        Field('id'),
        nouns.PROJECT,
        Field('security_group_id', nouns.text(36), needed=True),
        Field('direction', nouns.one_of('ingress', 'egress'), needed=True),
        Field('ethertype', _ethertype),
        Field('protocol', _protocol),
        Field('port_range_min', nouns.number(0, 65535, null=True)),
        Field('port_range_max', nouns.number(0, 65535, null=True)),
        Field('remote_ip_prefix', _prefix),
        Field('remote_group_id', nouns.text(36, null=True)),
        Field('description', nouns.text()),
        *nouns.LAST),
    derived=_more)

def _with_rules(call, connection, rows):
    rules = security.rules_of(connection, [row.id for row in rows])
    return {group_id: {'security_group_rules': RULE.views(call, connection, found),
                       'shared': False} for group_id, found in rules.items()}


GROUP = nouns.Noun(
    'security_group', 'security_groups', security.groups, errors.SecurityGroupNotFound, (
        *nouns.FIRST,
        Field('stateful', nouns.flag),
        *nouns.LAST),
    derived=_with_rules)


# Groups

def index(call):
    """A list; asking for it is what makes a project's ``default`` group."""
    project_id = call.ctxt.project_id
    if project_id is not None:
        with call.db.read() as connection:
            known = networks.find(connection, security.groups, security.default_id(project_id))
        if known is None:
            with call.db.write() as connection:
                security.default(connection, call.runtime, project_id)
    return GROUP.index(call)


def create(call):
    columns = GROUP.given(call, 'post')
    if columns.setdefault('name', '') == 'default':
        raise errors.Conflict('Default security group already exists.')
    with call.db.write() as connection:
        security.default(connection, call.runtime, columns['project_id'])
        quotas.refuse_excess(connection, columns['project_id'], 'security_group')
        return GROUP.shown(call, connection, security.create(connection, call.runtime, **columns))


def update(call, row_id):
    columns = GROUP.given(call, 'put')
    with call.db.write() as connection:
        row = GROUP.owned(call, connection, row_id)
        name = columns.get('name', row.name)
        if name != row.name and (security.is_default(row) or name == 'default'):
            raise errors.Conflict('Updating default security group not allowed.')
        networks.change(connection, call.runtime, security.groups, row_id, **columns)
        return GROUP.shown(call, connection, row_id)


def delete(call, row_id):
    with call.db.write() as connection:
        row = GROUP.owned(call, connection, row_id)
        if networks.group_in_use(connection, row_id):
            raise errors.SecurityGroupInUse(id=row_id)
        if security.is_default(row) and not call.admin:
            raise errors.Conflict('Insufficient rights for removing default security group.')
        networks.remove(connection, security.groups, row_id)


# Rules

def create_rule(call):
    columns = {'ethertype': 'IPv4'} | RULE.given(call, 'post')
    _check(columns)
    with call.db.write() as connection:
        # Locked, so that the same rule is not made twice at once.
        group = GROUP.owned(call, connection, columns['security_group_id'])
        if columns.get('remote_group_id'):
            GROUP.fetch(call, connection, columns['remote_group_id'])
        columns['project_id'] = group.project_id
        security.refuse_twin(connection, group.id, columns)
        quotas.refuse_excess(connection, group.project_id, 'security_group_rule')
        rule_id = networks.insert(connection, call.runtime, security.rules, **columns)
        return RULE.shown(call, connection, rule_id)


def _check(columns):
    low, high = columns.get('port_range_min'), columns.get('port_range_max')
    protocol = columns.get('protocol')
    if (low is not None or high is not None) and protocol is None:
        raise errors.Invalid('Must also specify protocol if port range is given.')
    if protocol not in ('icmp', 'icmpv6', 'ipv6-icmp') and (low is None) != (high is None):
        raise errors.Invalid('A port range has a port_range_min and a port_range_max.')
    if protocol in ('tcp', 'udp') and low is not None and low > high:
        raise errors.Invalid("For TCP/UDP protocols, port_range_min must be <= port_range_max")
    if columns.get('remote_ip_prefix') and columns.get('remote_group_id'):
        raise errors.Invalid('Only remote_ip_prefix or remote_group_id may be provided.')
    prefix = columns.get('remote_ip_prefix')
    if prefix and (':' in prefix) != (columns['ethertype'] == 'IPv6'):
        raise errors.Invalid(
            f'Conflicting value ethertype {columns["ethertype"]} for CIDR {prefix}')


def delete_rule(call, row_id):
    with call.db.write() as connection:
        RULE.owned(call, connection, row_id)
        networks.remove(connection, security.rules, row_id)
