"""What Nova has taken away: its routes are known in every version, and answer 410."""

from novalite import errors
from novalite.api import schema

RULES = ()


@schema.ignores_query
@schema.returns(410)
def say(req, **_names):
    """Any method: 410, whatever was sent."""
    raise errors.Gone()


#: Path -> the methods there were.
ROUTES = {
    '/v2.1/os-agents': ('GET', 'POST'),
    '/v2.1/os-agents/{id}': ('PUT', 'DELETE'),
    '/v2.1/os-cells': ('GET', 'POST'),
    '/v2.1/os-cells/capacities': ('GET',),
    '/v2.1/os-cells/detail': ('GET',),
    '/v2.1/os-cells/info': ('GET',),
    '/v2.1/os-cells/sync_instances': ('POST',),
    '/v2.1/os-cells/{id}': ('GET', 'PUT', 'DELETE'),
    '/v2.1/os-cells/{id}/capacities': ('GET',),
    '/v2.1/os-certificates': ('POST',),
    '/v2.1/os-certificates/{id}': ('GET',),
    '/v2.1/os-cloudpipe': ('GET', 'POST'),
    '/v2.1/os-cloudpipe/{id}': ('PUT',),
    '/v2.1/os-fixed-ips/{id}': ('GET',),
    '/v2.1/os-fixed-ips/{id}/action': ('POST',),
    '/v2.1/os-floating-ip-dns': ('GET',),
    '/v2.1/os-floating-ip-dns/{domain}': ('PUT', 'DELETE'),
    '/v2.1/os-floating-ip-dns/{domain}/entries/{id}': ('GET', 'PUT', 'DELETE'),
    '/v2.1/os-floating-ips-bulk': ('GET', 'POST'),
    '/v2.1/os-floating-ips-bulk/{id}': ('GET', 'PUT'),
    '/v2.1/os-fping': ('GET',),
    '/v2.1/os-fping/{id}': ('GET',),
    '/v2.1/os-networks': ('POST',),
    '/v2.1/os-networks/add': ('POST',),
    '/v2.1/os-networks/{id}': ('DELETE',),
    '/v2.1/os-networks/{id}/action': ('POST',),
    '/v2.1/os-security-group-default-rules': ('GET', 'POST'),
    '/v2.1/os-security-group-default-rules/{id}': ('GET', 'DELETE'),
    '/v2.1/os-tenant-networks': ('POST',),
    '/v2.1/os-tenant-networks/{id}': ('DELETE',),
    '/v2.1/servers/{id}/consoles': ('GET', 'POST'),
    '/v2.1/servers/{id}/consoles/{console}': ('GET', 'DELETE'),
    '/v2.1/servers/{id}/os-virtual-interfaces': ('GET',),
}
