"""Availability zones: the groups that hosts are in."""

from novalite.api import policy
from novalite.api import schema
from novalite.api.resources import services
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import hosts

RULES = (
    policy.rule('os-availability-zone:list', policy.ANYONE, 'List zones.'),
    policy.rule('os-availability-zone:detail', policy.ADMIN, 'List zones with their hosts.'),
)


def _zones(hosts):
    return (
        Field('zoneName', schema.STRING),
        Field('zoneState', schema.Shown((Field('available', schema.BOOLEAN),))),
        Field('hosts', hosts),
    )


_SERVICE = schema.Shown((
    Field('active', schema.BOOLEAN), Field('available', schema.BOOLEAN),
    Field('updated_at', schema.TIME_OR_NULL)))
#: Of each host its services, by name.
_HOSTS = {'type': 'object', 'additionalProperties': {
    'type': 'object', 'additionalProperties': _SERVICE}}


@schema.returns(200, 'availabilityZoneInfo', _zones(schema.NULL), many=True)
def index(req):
    """GET /os-availability-zone: 200; a zone is available if a host in it is enabled."""
    req.authorize('os-availability-zone:list')
    with req.db.read() as connection:
        zones = hosts.zones(connection)
    return {'availabilityZoneInfo': [_zone(name, usable, None) for name, usable in zones]}


@schema.returns(200, 'availabilityZoneInfo', _zones(_HOSTS), many=True)
def detail(req):
    """GET /os-availability-zone/detail: 200 with the services of every host, ours too."""
    req.authorize('os-availability-zone:detail')
    with req.db.read() as connection:
        rows = hosts.services(connection)
    zones = {}
    for row in rows:
        zones.setdefault(row.zone, {}).setdefault(row.host, {})[row.binary] = {
            'active': not row.disabled, 'available': services.is_up(row, req),
            'updated_at': precise(row.last_seen)}
    return {'availabilityZoneInfo': [
        _zone(name, any(service['active'] for found in zones[name].values()
                        for service in found.values()), zones[name])
        for name in sorted(zones)]}


def _zone(name, usable, found):
    return {'zoneName': name, 'zoneState': {'available': usable}, 'hosts': found}
