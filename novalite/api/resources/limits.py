"""Limits: what the caller's project may have, and what of it is used."""

from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.db import quotas

RULES = (
    policy.rule('limits', policy.ANYONE, 'See the limits of one\'s own project.'),
    policy.rule('limits:other_project', policy.ADMIN, 'See the limits of another project.'),
)


def _limit(name, resource, until=None):
    return Field(name, schema.INTEGER, lambda known, req: known[0][resource],
                 **({'until': until} if until else {}))


def _used(name, resource):
    return Field(name, schema.INTEGER, lambda known, req: known[1][resource])


def _fixed(name, value, until):
    """What Nova leaves to other services, with no limit of its own."""
    return Field(name, schema.INTEGER, lambda known, req: value, until=until)


_NETWORKS_GONE, _IMAGES_GONE, _FILES_GONE = V(2, 35), V(2, 38), V(2, 56)

#: Of a pair: the limits and the usage.
ABSOLUTE = (
    _limit('maxTotalInstances', 'instances'),
    _limit('maxTotalCores', 'cores'),
    _limit('maxTotalRAMSize', 'ram'),
    _limit('maxTotalKeypairs', 'key_pairs'),
    _limit('maxServerMeta', 'metadata_items'),
    _limit('maxImageMeta', 'metadata_items', _IMAGES_GONE),
    _limit('maxPersonality', 'injected_files', _FILES_GONE),
    _limit('maxPersonalitySize', 'injected_file_content_bytes', _FILES_GONE),
    _limit('maxServerGroups', 'server_groups'),
    _limit('maxServerGroupMembers', 'server_group_members'),
    _fixed('maxSecurityGroups', -1, _NETWORKS_GONE),
    _fixed('maxSecurityGroupRules', -1, _NETWORKS_GONE),
    _fixed('maxTotalFloatingIps', -1, _NETWORKS_GONE),
    _used('totalInstancesUsed', 'instances'),
    _used('totalCoresUsed', 'cores'),
    _used('totalRAMUsed', 'ram'),
    _used('totalServerGroupsUsed', 'server_groups'),
    _fixed('totalSecurityGroupsUsed', 0, _NETWORKS_GONE),
    _fixed('totalFloatingIpsUsed', 0, _NETWORKS_GONE),
)


@schema.query(Field('tenant_id', schema.STRING), strict_since=V(2, 75))
@schema.returns(200, 'limits', (Field('rate', schema.array(schema.OBJECT, maxItems=0)),
                                Field('absolute', schema.Shown(ABSOLUTE))))
def index(req):
    """GET /limits: 200; ``tenant_id`` is for administrators, else 403."""
    req.authorize('limits')
    project_id = req.query.get('tenant_id', req.context.project_id)
    if 'tenant_id' in req.query:
        req.authorize('limits:other_project')
    with req.db.read() as connection:
        known = (quotas.limits(connection, req.conf, project_id),
                 quotas.usage(connection, project_id))
    return {'limits': {'rate': [], 'absolute': schema.view(ABSOLUTE, req, known)}}
