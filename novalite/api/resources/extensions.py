"""Extensions: what old clients ask for before they use it. The list never changes."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.schema import Field

RULES = (
    policy.rule('extensions', policy.ANYONE, 'List extensions.'),
)

#: Alias, name, what it was for.
EXTENSIONS = (
    ('NMN', 'Multinic', 'More addresses of a server, and fewer.'),
    ('OS-DCF', 'DiskConfig', 'How the disk of a server is partitioned.'),
    ('OS-EXT-AZ', 'ExtendedAvailabilityZone', 'The zone of a server.'),
    ('OS-EXT-IMG-SIZE', 'ImageSize', 'The size of an image.'),
    ('OS-EXT-IPS', 'ExtendedIps', 'The type of an address of a server.'),
    ('OS-EXT-IPS-MAC', 'ExtendedIpsMac', 'The MAC address behind an address of a server.'),
    ('OS-EXT-SRV-ATTR', 'ExtendedServerAttributes', 'Where a server is.'),
    ('OS-EXT-STS', 'ExtendedStatus', 'The states behind the status of a server.'),
    ('OS-FLV-DISABLED', 'FlavorDisabled', 'Whether a flavor is disabled.'),
    ('OS-FLV-EXT-DATA', 'FlavorExtraData', 'The ephemeral disk of a flavor.'),
    ('OS-SCH-HNT', 'SchedulerHints', 'What the scheduler is to heed of a server.'),
    ('OS-SRV-USG', 'ServerUsage', 'When a server was launched and terminated.'),
    ('os-access-ips', 'AccessIPs', 'The addresses under which a server is to be reached.'),
    ('os-admin-actions', 'AdminActions', 'What only administrators do to servers.'),
    ('os-admin-password', 'AdminPassword', 'Changing the password of a server.'),
    ('os-agents', 'Agents', 'Agents inside guests; gone.'),
    ('os-aggregates', 'Aggregates', 'The aggregates of hosts.'),
    ('os-assisted-volume-snapshots', 'AssistedVolumeSnapshots',
     'Snapshots of volumes with the help of compute.'),
    ('os-attach-interfaces', 'AttachInterfaces', 'Ports of a server, plugged in and out.'),
    ('os-availability-zone', 'AvailabilityZone', 'The zones there are.'),
    ('os-baremetal-ext-status', 'BareMetalExtStatus', 'The states of bare metal nodes.'),
    ('os-baremetal-nodes', 'BareMetalNodes', 'Bare metal nodes, to 2.35.'),
    ('os-block-device-mapping', 'BlockDeviceMapping', 'Booting from volumes.'),
    ('os-block-device-mapping-v2-boot', 'BlockDeviceMappingV2Boot', 'Booting from volumes.'),
    ('os-cell-capacities', 'CellCapacities', 'What cells have room for; gone.'),
    ('os-cells', 'Cells', 'Cells, the first kind; gone.'),
    ('os-certificates', 'Certificates', 'Certificates; gone.'),
    ('os-cloudpipe', 'Cloudpipe', 'Private networks by servers of their own; gone.'),
    ('os-cloudpipe-update', 'CloudpipeUpdate', 'Changing those; gone.'),
    ('os-config-drive', 'ConfigDrive', 'Whether a server has a config drive.'),
    ('os-console-auth-tokens', 'ConsoleAuthTokens', 'What a token of a console leads to.'),
    ('os-console-output', 'ConsoleOutput', 'What a server has written to its console.'),
    ('os-consoles', 'Consoles', 'The addresses of the consoles of a server.'),
    ('os-create-backup', 'CreateBackup', 'Images of a server, so many of each kind.'),
    ('os-create-server-ext', 'Createserverext', 'The older address of servers.'),
    ('os-deferred-delete', 'DeferredDelete', 'Deletes that can be taken back.'),
    ('os-evacuate', 'Evacuate', 'Building a server anew when its host has died.'),
    ('os-extended-evacuate-find-host', 'ExtendedEvacuateFindHost',
     'Evacuating to a host that compute finds.'),
    ('os-extended-floating-ips', 'ExtendedFloatingIps',
     'Floating addresses for one address of a server.'),
    ('os-extended-hypervisors', 'ExtendedHypervisors', 'More of each hypervisor.'),
    ('os-extended-networks', 'ExtendedNetworks', 'More of each network.'),
    ('os-extended-quotas', 'ExtendedQuotas', 'Quotas that are set back, or set by force.'),
    ('os-extended-rescue-with-image', 'ExtendedRescueWithImage',
     'Rescuing with an image that is named.'),
    ('os-extended-services', 'ExtendedServices', 'Why a service is disabled.'),
    ('os-extended-services-delete', 'ExtendedServicesDelete', 'Deleting services.'),
    ('os-extended-status', 'ExtendedStatus', 'The states behind the status of a server.'),
    ('os-extended-volumes', 'ExtendedVolumes', 'The volumes of a server.'),
    ('os-fixed-ips', 'FixedIPs', 'Fixed addresses; gone.'),
    ('os-flavor-access', 'FlavorAccess', 'Who may use a flavor.'),
    ('os-flavor-extra-specs', 'FlavorExtraSpecs', 'The extra specs of a flavor.'),
    ('os-flavor-manage', 'FlavorManage', 'Making and deleting flavors.'),
    ('os-flavor-rxtx', 'FlavorRxtx', 'The bandwidth factor of a flavor.'),
    ('os-flavor-swap', 'FlavorSwap', 'The swap of a flavor.'),
    ('os-floating-ip-dns', 'FloatingIpDns', 'Names of floating addresses; gone.'),
    ('os-floating-ip-pools', 'FloatingIpPools', 'Where floating addresses come from, to 2.35.'),
    ('os-floating-ips', 'FloatingIps', 'Floating addresses, to 2.35.'),
    ('os-floating-ips-bulk', 'FloatingIpsBulk', 'Many floating addresses at once; gone.'),
    ('os-fping', 'Fping', 'Whether servers answer a ping; gone.'),
    ('os-hide-server-addresses', 'HideServerAddresses',
     'Hiding the addresses of servers in some states.'),
    ('os-hosts', 'Hosts', 'The hosts there are, to 2.42.'),
    ('os-hypervisor-status', 'HypervisorStatus', 'Whether a hypervisor is up.'),
    ('os-hypervisors', 'Hypervisors', 'The hypervisors there are.'),
    ('os-instance-actions', 'InstanceActions', 'What was done to a server.'),
    ('os-instance_usage_audit_log', 'OSInstanceUsageAuditLog',
     'What the audits of usage have found.'),
    ('os-keypairs', 'Keypairs', 'Keypairs.'),
    ('os-lock-server', 'LockServer', 'Locking a server.'),
    ('os-migrate-server', 'MigrateServer', 'Moving a server to another host.'),
    ('os-migrations', 'Migrations', 'The moves of servers.'),
    ('os-multiple-create', 'MultipleCreate', 'Making several servers at once.'),
    ('os-networks', 'Networks', 'The networks there are, to 2.35.'),
    ('os-networks-associate', 'NetworkAssociationSupport',
     'Networks of one project or host; gone.'),
    ('os-pause-server', 'PauseServer', 'Pausing a server.'),
    ('os-personality', 'Personality', 'Files put into a server.'),
    ('os-preserve-ephemeral-rebuild', 'PreserveEphemeralOnRebuild',
     'Keeping the ephemeral disk in a rebuild.'),
    ('os-quota-class-sets', 'QuotaClasses', 'The quotas of all projects.'),
    ('os-quota-sets', 'Quotas', 'The quotas of a project.'),
    ('os-rescue', 'Rescue', 'Booting a server from another image, to mend it.'),
    ('os-security-group-default-rules', 'SecurityGroupDefaultRules',
     'What new security groups let in; gone.'),
    ('os-security-groups', 'SecurityGroups', 'The security groups of a server.'),
    ('os-server-diagnostics', 'ServerDiagnostics', 'What a server uses.'),
    ('os-server-external-events', 'ServerExternalEvents', 'What other services tell.'),
    ('os-server-group-quotas', 'ServerGroupQuotas', 'Quotas of server groups.'),
    ('os-server-groups', 'ServerGroups', 'Servers that are kept together, or apart.'),
    ('os-server-list-multi-status', 'ServerListMultiStatus',
     'Listing servers by several statuses.'),
    ('os-server-password', 'ServerPassword', 'The password that a server has made for itself.'),
    ('os-server-sort-keys', 'ServerSortKeys', 'Sorting lists of servers.'),
    ('os-server-start-stop', 'ServerStartStop', 'Starting and stopping a server.'),
    ('os-services', 'Services', 'The services there are.'),
    ('os-shelve', 'Shelve', 'Putting a server aside.'),
    ('os-simple-tenant-usage', 'SimpleTenantUsage', 'How long servers ran, and how big.'),
    ('os-suspend-server', 'SuspendServer', 'Suspending a server.'),
    ('os-tenant-networks', 'OSTenantNetworks', 'The networks of a project, to 2.35.'),
    ('os-used-limits', 'UsedLimits', 'How much of its limits a project uses.'),
    ('os-used-limits-for-admin', 'UsedLimitsForAdmin',
     'The same of any project, for administrators.'),
    ('os-user-data', 'UserData', 'Data that a server finds at its first boot.'),
    ('os-user-quotas', 'UserQuotas', 'Quotas of single users.'),
    ('os-virtual-interfaces', 'VirtualInterfaces', 'Virtual interfaces of servers; gone.'),
    ('os-volume-attachment-update', 'VolumeAttachmentUpdate',
     'Putting another volume in the place of one.'),
    ('os-volumes', 'Volumes', 'Volumes, and those of a server.'),
)


def _view(alias, name, description):
    return {'alias': alias, 'name': name, 'description': description, 'links': [],
            'namespace': 'http://docs.openstack.org/compute/ext/fake_xml',
            'updated': '2014-12-03T00:00:00Z'}


EXTENSION = (
    *(Field(name, schema.STRING) for name in (
        'alias', 'name', 'description', 'namespace', 'updated')),
    Field('links', schema.LINKS),
)


@schema.returns(200, 'extensions', EXTENSION, many=True)
def index(req):
    """GET /extensions: 200."""
    req.authorize('extensions')
    return {'extensions': [_view(*row) for row in EXTENSIONS]}


@schema.returns(200, 'extension', EXTENSION)
def show(req, id):
    """GET /extensions/{alias}: 200, or 404."""
    req.authorize('extensions')
    row = next((row for row in EXTENSIONS if row[0] == id), None)
    if row is None:
        raise errors.NotFound(f'There is no extension {id}.')
    return {'extension': _view(*row)}
