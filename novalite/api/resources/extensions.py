"""Extensions: what old clients ask for before they use it. The list never changes."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema

RULES = (
    policy.rule('extensions', policy.ANYONE, 'List extensions.'),
)

#: Alias, name, what it was for.
_EXTENSIONS = (
    ('OS-DCF', 'DiskConfig', 'How the disk of a server is partitioned.'),
    ('OS-EXT-AZ', 'ExtendedAvailabilityZone', 'The zone of a server.'),
    ('OS-EXT-IMG-SIZE', 'ImageSize', 'The size of an image.'),
    ('OS-EXT-IPS', 'ExtendedIps', 'The type of an address of a server.'),
    ('OS-EXT-IPS-MAC', 'ExtendedIpsMac', 'The MAC address behind an address of a server.'),
    ('OS-EXT-SRV-ATTR', 'ExtendedServerAttributes', 'Where a server is.'),
    ('OS-EXT-STS', 'ExtendedStatus', 'The states behind the status of a server.'),
    ('OS-FLV-DISABLED', 'FlavorDisabled', 'Whether a flavor is disabled.'),
    ('OS-FLV-EXT-DATA', 'FlavorExtraData', 'The ephemeral disk of a flavor.'),
    ('OS-SRV-USG', 'ServerUsage', 'When a server was launched and terminated.'),
    ('os-admin-actions', 'AdminActions', 'What only administrators do to servers.'),
    ('os-admin-password', 'AdminPassword', 'Changing the password of a server.'),
    ('os-aggregates', 'Aggregates', 'The aggregates of hosts.'),
    ('os-attach-interfaces', 'AttachInterfaces', 'Ports of a server, plugged in and out.'),
    ('os-availability-zone', 'AvailabilityZone', 'The zones there are.'),
    ('os-block-device-mapping', 'BlockDeviceMapping', 'Booting from volumes.'),
    ('os-block-device-mapping-v2-boot', 'BlockDeviceMappingV2Boot', 'Booting from volumes.'),
    ('os-config-drive', 'ConfigDrive', 'Whether a server has a config drive.'),
    ('os-console-auth-tokens', 'ConsoleAuthTokens', 'What a token of a console leads to.'),
    ('os-console-output', 'ConsoleOutput', 'What a server has written to its console.'),
    ('os-consoles', 'Consoles', 'The addresses of the consoles of a server.'),
    ('os-create-backup', 'CreateBackup', 'Images of a server, so many of each kind.'),
    ('os-deferred-delete', 'DeferredDelete', 'Deletes that can be taken back.'),
    ('os-evacuate', 'Evacuate', 'Building a server anew when its host has died.'),
    ('os-extended-status', 'ExtendedStatus', 'The states behind the status of a server.'),
    ('os-extended-volumes', 'ExtendedVolumes', 'The volumes of a server.'),
    ('os-flavor-access', 'FlavorAccess', 'Who may use a flavor.'),
    ('os-flavor-extra-specs', 'FlavorExtraSpecs', 'The extra specs of a flavor.'),
    ('os-flavor-manage', 'FlavorManage', 'Making and deleting flavors.'),
    ('os-flavor-rxtx', 'FlavorRxtx', 'The bandwidth factor of a flavor.'),
    ('os-flavor-swap', 'FlavorSwap', 'The swap of a flavor.'),
    ('os-hypervisors', 'Hypervisors', 'The hypervisors there are.'),
    ('os-instance-actions', 'InstanceActions', 'What was done to a server.'),
    ('os-keypairs', 'Keypairs', 'Keypairs.'),
    ('os-lock-server', 'LockServer', 'Locking a server.'),
    ('os-migrate-server', 'MigrateServer', 'Moving a server to another host.'),
    ('os-migrations', 'Migrations', 'The moves of servers.'),
    ('os-multinic', 'Multinic', 'More addresses of a server, and fewer.'),
    ('os-multiple-create', 'MultipleCreate', 'Making several servers at once.'),
    ('os-pause-server', 'PauseServer', 'Pausing a server.'),
    ('os-personality', 'Personality', 'Files put into a server.'),
    ('os-quota-class-sets', 'QuotaClasses', 'The quotas of all projects.'),
    ('os-quota-sets', 'Quotas', 'The quotas of a project.'),
    ('os-remote-consoles', 'Consoles', 'The addresses of the consoles of a server.'),
    ('os-rescue', 'Rescue', 'Booting a server from another image, to mend it.'),
    ('os-security-groups', 'SecurityGroups', 'The security groups of a server.'),
    ('os-server-diagnostics', 'ServerDiagnostics', 'What a server uses.'),
    ('os-server-external-events', 'ServerExternalEvents', 'What other services tell.'),
    ('os-server-groups', 'ServerGroups', 'Servers that are kept together, or apart.'),
    ('os-server-sort-keys', 'ServerSortKeys', 'Sorting lists of servers.'),
    ('os-services', 'Services', 'The services there are.'),
    ('os-shelve', 'Shelve', 'Putting a server aside.'),
    ('os-simple-tenant-usage', 'SimpleTenantUsage', 'How long servers ran, and how big.'),
    ('os-suspend-server', 'SuspendServer', 'Suspending a server.'),
    ('os-used-limits', 'UsedLimits', 'How much of its limits a project uses.'),
    ('os-user-data', 'UserData', 'Data that a server finds at its first boot.'),
    ('os-volumes', 'Volumes', 'Volumes, and those of a server.'),
)


def _view(alias, name, description):
    return {'alias': alias, 'name': name, 'description': description, 'links': [],
            'namespace': 'http://docs.openstack.org/compute/ext/fake_xml',
            'updated': '2014-12-03T00:00:00Z'}


@schema.returns(200)
def index(req):
    """GET /extensions: 200."""
    req.authorize('extensions')
    return {'extensions': [_view(*row) for row in _EXTENSIONS]}


@schema.returns(200)
def show(req, id):
    """GET /extensions/{alias}: 200, or 404."""
    req.authorize('extensions')
    row = next((row for row in _EXTENSIONS if row[0] == id), None)
    if row is None:
        raise errors.NotFound(f'There is no extension {id}.')
    return {'extension': _view(*row)}
