"""Every route of the compute API: path -> method -> handler."""

from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import aggregates
from novalite.api.resources import assisted_snapshots
from novalite.api.resources import availability_zones
from novalite.api.resources import baremetal_nodes
from novalite.api.resources import extensions
from novalite.api.resources import flavor_access
from novalite.api.resources import flavor_extra_specs
from novalite.api.resources import flavors
from novalite.api.resources import floating_ips
from novalite.api.resources import gone
from novalite.api.resources import hosts
from novalite.api.resources import hypervisors
from novalite.api.resources import images
from novalite.api.resources import instance_actions
from novalite.api.resources import keypairs
from novalite.api.resources import limits
from novalite.api.resources import migrations
from novalite.api.resources import networks
from novalite.api.resources import quota_class_sets
from novalite.api.resources import quota_sets
from novalite.api.resources import security_groups
from novalite.api.resources import server_actions
from novalite.api.resources import server_addresses
from novalite.api.resources import server_consoles
from novalite.api.resources import server_create
from novalite.api.resources import server_external_events
from novalite.api.resources import server_groups
from novalite.api.resources import server_inside
from novalite.api.resources import server_interfaces
from novalite.api.resources import server_metadata
from novalite.api.resources import server_security_groups
from novalite.api.resources import server_shares
from novalite.api.resources import server_tags
from novalite.api.resources import servers
from novalite.api.resources import services
from novalite.api.resources import tenant_usage
from novalite.api.resources import usage_audits
from novalite.api.resources import versions
from novalite.api.resources import volume_attachments
from novalite.api.resources import volumes

#: The modules whose RULES make the policy.
RESOURCES = (
    versions, servers, server_actions, server_metadata, instance_actions, flavors,
    server_interfaces, server_consoles, server_inside, server_addresses, server_security_groups,
    aggregates, availability_zones, extensions, flavor_access, flavor_extra_specs, hypervisors,
    server_groups, server_tags,
    images, volumes, volume_attachments, server_external_events, keypairs, limits, migrations,
    quota_class_sets, quota_sets, services, tenant_usage,
    networks, floating_ips, security_groups, hosts, baremetal_nodes,
    assisted_snapshots, server_shares, usage_audits,
)

ROUTES = {
    '/': {'GET': versions.index},
    '/v2': {'GET': versions.show_old},
    '/v2.1': {'GET': versions.show},

    '/v2.1/servers': {'GET': servers.index, 'POST': server_create.create},
    '/v2.1/servers/detail': {'GET': servers.detail},
    '/v2.1/servers/{id}': {
        'GET': servers.show, 'PUT': servers.update, 'DELETE': servers.delete},
    '/v2.1/servers/{id}/action': {'POST': server_actions.act},
    '/v2.1/servers/{id}/migrations': {'GET': migrations.index_of_server},
    '/v2.1/servers/{id}/migrations/{migration}': {
        'GET': migrations.show, 'DELETE': migrations.abort},
    '/v2.1/servers/{id}/migrations/{migration}/action': {'POST': migrations.act},
    '/v2.1/os-migrations': {'GET': migrations.index},
    '/v2.1/servers/{id}/ips': {'GET': servers.addresses},
    '/v2.1/servers/{id}/ips/{network}': {'GET': servers.addresses_of},
    '/v2.1/servers/{id}/metadata': {
        'GET': server_metadata.index, 'POST': server_metadata.update,
        'PUT': server_metadata.replace},
    '/v2.1/servers/{id}/metadata/{key}': {
        'GET': server_metadata.show, 'PUT': server_metadata.set_item,
        'DELETE': server_metadata.delete},
    '/v2.1/servers/{id}/tags': {
        'GET': server_tags.index, 'PUT': server_tags.replace, 'DELETE': server_tags.clear},
    '/v2.1/servers/{id}/tags/{tag}': {
        'GET': server_tags.show, 'PUT': server_tags.add, 'DELETE': server_tags.delete},
    '/v2.1/servers/{id}/remote-consoles': {'POST': server_consoles.create},
    '/v2.1/servers/{id}/diagnostics': {'GET': server_inside.diagnostics},
    '/v2.1/servers/{id}/topology': {'GET': server_inside.topology},
    '/v2.1/servers/{id}/os-server-password': {
        'GET': server_inside.password, 'DELETE': server_inside.clear_password},
    '/v2.1/servers/{id}/os-security-groups': {'GET': server_security_groups.index},
    '/v2.1/servers/{id}/os-interface': {
        'GET': server_interfaces.index, 'POST': server_interfaces.create},
    '/v2.1/servers/{id}/os-interface/{port_id}': {
        'GET': server_interfaces.show, 'DELETE': server_interfaces.delete},
    '/v2.1/servers/{id}/os-volume_attachments': {
        'GET': volume_attachments.index, 'POST': volume_attachments.create},
    '/v2.1/servers/{id}/os-volume_attachments/{volume_id}': {
        'GET': volume_attachments.show, 'PUT': volume_attachments.update,
        'DELETE': volume_attachments.delete},
    '/v2.1/servers/{id}/shares': {'GET': server_shares.index, 'POST': server_shares.create},
    '/v2.1/servers/{id}/shares/{share_id}': {
        'GET': server_shares.show, 'DELETE': server_shares.delete},
    '/v2.1/servers/{id}/os-instance-actions': {'GET': instance_actions.index},
    '/v2.1/servers/{id}/os-instance-actions/{request_id}': {'GET': instance_actions.show},

    '/v2.1/flavors': {'GET': flavors.index, 'POST': flavors.create},
    '/v2.1/flavors/detail': {'GET': flavors.detail},
    '/v2.1/flavors/{id}': {
        'GET': flavors.show, 'PUT': flavors.update, 'DELETE': flavors.delete},
    '/v2.1/flavors/{id}/action': {'POST': flavor_access.act},
    '/v2.1/flavors/{id}/os-flavor-access': {'GET': flavor_access.index},
    '/v2.1/flavors/{id}/os-extra_specs': {
        'GET': flavor_extra_specs.index, 'POST': flavor_extra_specs.create},
    '/v2.1/flavors/{id}/os-extra_specs/{key}': {
        'GET': flavor_extra_specs.show, 'PUT': flavor_extra_specs.update,
        'DELETE': flavor_extra_specs.delete},

    '/v2.1/os-console-auth-tokens/{token}': {'GET': server_consoles.show_token},
    '/v2.1/os-server-external-events': {'POST': server_external_events.create},

    '/v2.1/os-keypairs': {'GET': keypairs.index, 'POST': keypairs.create},
    '/v2.1/os-keypairs/{id}': {'GET': keypairs.show, 'DELETE': keypairs.delete},

    '/v2.1/os-server-groups': {'GET': server_groups.index, 'POST': server_groups.create},
    '/v2.1/os-server-groups/{id}': {'GET': server_groups.show, 'DELETE': server_groups.delete},

    '/v2.1/limits': {'GET': limits.index},
    '/v2.1/os-simple-tenant-usage': {'GET': tenant_usage.index},
    '/v2.1/os-simple-tenant-usage/{id}': {'GET': tenant_usage.show},
    '/v2.1/os-quota-class-sets/{id}': {
        'GET': quota_class_sets.show, 'PUT': quota_class_sets.update},
    '/v2.1/os-quota-sets/{id}': {
        'GET': quota_sets.show, 'PUT': quota_sets.update, 'DELETE': quota_sets.delete},
    '/v2.1/os-quota-sets/{id}/detail': {'GET': quota_sets.detail},
    '/v2.1/os-quota-sets/{id}/defaults': {'GET': quota_sets.defaults},

    '/v2.1/os-aggregates': {'GET': aggregates.index, 'POST': aggregates.create},
    '/v2.1/os-aggregates/{id}': {
        'GET': aggregates.show, 'PUT': aggregates.update, 'DELETE': aggregates.delete},
    '/v2.1/os-aggregates/{id}/action': {'POST': aggregates.act},
    '/v2.1/os-aggregates/{id}/images': {'POST': aggregates.cache_images},
    '/v2.1/os-availability-zone': {'GET': availability_zones.index},
    '/v2.1/os-availability-zone/detail': {'GET': availability_zones.detail},
    '/v2.1/os-services': {'GET': services.index},
    '/v2.1/os-services/{id}': {'PUT': services.update, 'DELETE': services.delete},
    '/v2.1/os-hypervisors': {'GET': hypervisors.index},
    '/v2.1/os-hypervisors/detail': {'GET': hypervisors.detail},
    '/v2.1/os-hypervisors/statistics': {'GET': hypervisors.statistics},
    '/v2.1/os-hypervisors/{id}': {'GET': hypervisors.show},
    '/v2.1/os-hypervisors/{id}/search': {'GET': hypervisors.search},
    '/v2.1/os-hypervisors/{id}/servers': {'GET': hypervisors.servers},
    '/v2.1/os-hypervisors/{id}/uptime': {'GET': hypervisors.uptime},

    '/v2.1/images': {'GET': images.index},
    '/v2.1/images/detail': {'GET': images.detail},
    '/v2.1/images/{id}': {'GET': images.show, 'DELETE': images.delete},
    '/v2.1/images/{id}/metadata': {
        'GET': images.metadata, 'POST': images.update_metadata, 'PUT': images.replace_metadata},
    '/v2.1/images/{id}/metadata/{key}': {
        'GET': images.metadata_item, 'PUT': images.set_metadata_item,
        'DELETE': images.delete_metadata_item},

    '/v2.1/os-volumes': {'GET': volumes.index, 'POST': volumes.create},
    '/v2.1/os-volumes/detail': {'GET': volumes.detail},
    '/v2.1/os-volumes/{id}': {'GET': volumes.show, 'DELETE': volumes.delete},
    '/v2.1/os-snapshots': {'GET': volumes.snapshots, 'POST': volumes.create_snapshot},
    '/v2.1/os-snapshots/detail': {'GET': volumes.snapshots_detail},
    '/v2.1/os-snapshots/{id}': {
        'GET': volumes.show_snapshot, 'DELETE': volumes.delete_snapshot},

    '/v2.1/os-networks': {'GET': networks.index},
    '/v2.1/os-networks/{id}': {'GET': networks.show},
    '/v2.1/os-tenant-networks': {'GET': networks.index_of_tenant},
    '/v2.1/os-tenant-networks/{id}': {'GET': networks.show_of_tenant},
    '/v2.1/os-floating-ip-pools': {'GET': floating_ips.pools},
    '/v2.1/os-floating-ips': {'GET': floating_ips.index, 'POST': floating_ips.create},
    '/v2.1/os-floating-ips/{id}': {'GET': floating_ips.show, 'DELETE': floating_ips.delete},
    '/v2.1/os-security-groups': {'GET': security_groups.index, 'POST': security_groups.create},
    '/v2.1/os-security-groups/{id}': {
        'GET': security_groups.show, 'PUT': security_groups.update,
        'DELETE': security_groups.delete},
    '/v2.1/os-security-group-rules': {'POST': security_groups.create_rule},
    '/v2.1/os-security-group-rules/{id}': {'DELETE': security_groups.delete_rule},
    '/v2.1/os-hosts': {'GET': hosts.index},
    '/v2.1/os-hosts/{id}': {'GET': hosts.show, 'PUT': hosts.update},
    '/v2.1/os-hosts/{id}/startup': {'GET': hosts.startup},
    '/v2.1/os-hosts/{id}/shutdown': {'GET': hosts.shutdown},
    '/v2.1/os-hosts/{id}/reboot': {'GET': hosts.reboot},
    '/v2.1/os-baremetal-nodes': {
        'GET': baremetal_nodes.index, 'POST': baremetal_nodes.create},
    '/v2.1/os-baremetal-nodes/{id}': {
        'GET': baremetal_nodes.show, 'DELETE': baremetal_nodes.delete},
    '/v2.1/os-baremetal-nodes/{id}/action': {'POST': baremetal_nodes.act},

    '/v2.1/os-assisted-volume-snapshots': {'POST': assisted_snapshots.create},
    '/v2.1/os-assisted-volume-snapshots/{id}': {'DELETE': assisted_snapshots.delete},

    '/v2.1/os-instance_usage_audit_log': {'GET': usage_audits.index},
    '/v2.1/os-instance_usage_audit_log/{before}': {'GET': usage_audits.show},

    '/v2.1/versions/{id}': {'GET': versions.show_named},
    '/v2.1/extensions': {'GET': extensions.index},
    '/v2.1/extensions/{id}': {'GET': extensions.show},
}

# Servers once had a second address, for those that boot from volumes.
ROUTES |= {
    path.replace('/servers', '/os-volumes_boot'): {
        method: schema.ended(handler, V(2, 102)) for method, handler in ROUTES[path].items()}
    for path in ('/v2.1/servers', '/v2.1/servers/detail', '/v2.1/servers/{id}',
                 '/v2.1/servers/{id}/action')}

for path, methods in gone.ROUTES.items():
    ROUTES[path] = ROUTES.get(path, {}) | dict.fromkeys(methods, gone.say)

#: First words of paths: anything else there may be a project id.
NOUNS = frozenset(path.split('/')[2] for path in ROUTES if path.startswith('/v2.1/'))
