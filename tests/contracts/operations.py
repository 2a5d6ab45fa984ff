"""Every operation of the compute API: method, path, first and last version, one a line.

``{}`` stands for any name. A path that ends in an action names it after a colon. ``-`` alone
is every version; what is gone answers 410 in each. Made from the routes of Nova's API v2.1, not
from ours: ``test_routes`` compares the two.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, order=True)
class Operation:
    path: str
    method: str
    action: str = ''
    first: int = 1
    last: int = 104


def _read(table):
    for line in table.split('\n'):
        if not line.strip():
            continue
        methods, path, *versions = line.split()
        first, _, last = (versions or ['-'])[0].partition('-')
        path, _, action = path.partition(':')
        for method in methods.split(','):
            yield Operation(path, method, action, int(first or 1), int(last or 104))


#: The numbers are those after ``2.``.
OPERATIONS = frozenset(_read('''
GET             /versions/{}
GET             /extensions
GET             /extensions/{}

GET,POST        /flavors
GET             /flavors/detail
GET,DELETE      /flavors/{}
PUT             /flavors/{}                                     55-
POST            /flavors/{}/action:addTenantAccess
POST            /flavors/{}/action:removeTenantAccess
GET,POST        /flavors/{}/os-extra_specs
GET,PUT,DELETE  /flavors/{}/os-extra_specs/{}
GET             /flavors/{}/os-flavor-access

GET             /images                                         -35
GET             /images/detail                                  -35
GET,DELETE      /images/{}                                      -35
GET,POST,PUT    /images/{}/metadata                             -38
GET,PUT,DELETE  /images/{}/metadata/{}                          -38

GET             /limits
GET,POST        /os-aggregates
GET,PUT,DELETE  /os-aggregates/{}
POST            /os-aggregates/{}/action:add_host
POST            /os-aggregates/{}/action:remove_host
POST            /os-aggregates/{}/action:set_metadata
POST            /os-aggregates/{}/images                        81-
POST            /os-assisted-volume-snapshots
DELETE          /os-assisted-volume-snapshots/{}
GET             /os-availability-zone
GET             /os-availability-zone/detail
GET,POST        /os-baremetal-nodes                             -35
GET,DELETE      /os-baremetal-nodes/{}                          -35
POST            /os-baremetal-nodes/{}/action:add_interface     -35
POST            /os-baremetal-nodes/{}/action:remove_interface  -35
GET             /os-console-auth-tokens/{}
GET             /os-floating-ip-pools                           -35
GET,POST        /os-floating-ips                                -35
GET,DELETE      /os-floating-ips/{}                             -35
GET             /os-hosts                                       -42
GET,PUT         /os-hosts/{}                                    -42
GET             /os-hosts/{}/reboot                             -42
GET             /os-hosts/{}/shutdown                           -42
GET             /os-hosts/{}/startup                            -42
GET             /os-hypervisors
GET             /os-hypervisors/detail
GET             /os-hypervisors/statistics                      -87
GET             /os-hypervisors/{}
GET             /os-hypervisors/{}/search                       -52
GET             /os-hypervisors/{}/servers                      -52
GET             /os-hypervisors/{}/uptime                       -87
GET             /os-instance_usage_audit_log
GET             /os-instance_usage_audit_log/{}
GET,POST        /os-keypairs
GET,DELETE      /os-keypairs/{}
GET             /os-migrations
GET             /os-networks                                    -35
GET             /os-networks/{}                                 -35
GET,PUT         /os-quota-class-sets/{}
GET,PUT,DELETE  /os-quota-sets/{}
GET             /os-quota-sets/{}/detail
GET             /os-quota-sets/{}/defaults
POST            /os-security-group-rules                        -35
DELETE          /os-security-group-rules/{}                     -35
GET,POST        /os-security-groups                             -35
GET,PUT,DELETE  /os-security-groups/{}                          -35
POST            /os-server-external-events
GET,POST        /os-server-groups
GET,DELETE      /os-server-groups/{}
GET             /os-services
PUT,DELETE      /os-services/{}
GET             /os-simple-tenant-usage
GET             /os-simple-tenant-usage/{}
GET,POST        /os-snapshots                                   -35
GET             /os-snapshots/detail                            -35
GET,DELETE      /os-snapshots/{}                                -35
GET             /os-tenant-networks                             -35
GET             /os-tenant-networks/{}                          -35
GET,POST        /os-volumes                                     -35
GET             /os-volumes/detail                              -35
GET,DELETE      /os-volumes/{}                                  -35
GET,POST        /os-volumes_boot                                -102
GET             /os-volumes_boot/detail                         -102
GET,PUT,DELETE  /os-volumes_boot/{}                             -102

GET,POST        /servers
GET             /servers/detail
GET,PUT,DELETE  /servers/{}
POST            /servers/{}/action:addFixedIp                   -43
POST            /servers/{}/action:addFloatingIp                -43
POST            /servers/{}/action:addSecurityGroup
POST            /servers/{}/action:changePassword
POST            /servers/{}/action:confirmResize
POST            /servers/{}/action:createBackup
POST            /servers/{}/action:createImage
POST            /servers/{}/action:evacuate
POST            /servers/{}/action:forceDelete
POST            /servers/{}/action:injectNetworkInfo
POST            /servers/{}/action:lock
POST            /servers/{}/action:migrate
POST            /servers/{}/action:os-getConsoleOutput
POST            /servers/{}/action:os-getRDPConsole             -5
POST            /servers/{}/action:os-getSPICEConsole           -5
POST            /servers/{}/action:os-getSerialConsole          -5
POST            /servers/{}/action:os-getVNCConsole             -5
POST            /servers/{}/action:os-migrateLive
POST            /servers/{}/action:os-resetState
POST            /servers/{}/action:os-start
POST            /servers/{}/action:os-stop
POST            /servers/{}/action:pause
POST            /servers/{}/action:reboot
POST            /servers/{}/action:rebuild
POST            /servers/{}/action:removeFixedIp                -43
POST            /servers/{}/action:removeFloatingIp             -43
POST            /servers/{}/action:removeSecurityGroup
POST            /servers/{}/action:rescue
POST            /servers/{}/action:resetNetwork
POST            /servers/{}/action:resize
POST            /servers/{}/action:restore
POST            /servers/{}/action:resume
POST            /servers/{}/action:revertResize
POST            /servers/{}/action:shelve
POST            /servers/{}/action:shelveOffload
POST            /servers/{}/action:suspend
POST            /servers/{}/action:trigger_crash_dump           17-
POST            /servers/{}/action:unlock
POST            /servers/{}/action:unpause
POST            /servers/{}/action:unrescue
POST            /servers/{}/action:unshelve
GET             /servers/{}/diagnostics
GET             /servers/{}/ips
GET             /servers/{}/ips/{}
GET,POST,PUT    /servers/{}/metadata
GET,PUT,DELETE  /servers/{}/metadata/{}
GET             /servers/{}/migrations                          23-
GET             /servers/{}/migrations/{}                       23-
DELETE          /servers/{}/migrations/{}                       24-
POST            /servers/{}/migrations/{}/action:force_complete 22-
GET             /servers/{}/os-instance-actions
GET             /servers/{}/os-instance-actions/{}
GET,POST        /servers/{}/os-interface
GET,DELETE      /servers/{}/os-interface/{}
GET             /servers/{}/os-security-groups
GET,DELETE      /servers/{}/os-server-password
GET,POST        /servers/{}/os-volume_attachments
GET,PUT,DELETE  /servers/{}/os-volume_attachments/{}
POST            /servers/{}/remote-consoles                     6-
GET,POST        /servers/{}/shares                              97-
GET,DELETE      /servers/{}/shares/{}                           97-
GET,PUT,DELETE  /servers/{}/tags                                26-
GET,PUT,DELETE  /servers/{}/tags/{}                             26-
GET             /servers/{}/topology                            78-
'''))

#: What was taken away, and says so in every version.
GONE = frozenset(_read('''
GET,POST        /os-agents
PUT,DELETE      /os-agents/{}
GET,POST        /os-cells
GET             /os-cells/capacities
GET             /os-cells/detail
GET             /os-cells/info
POST            /os-cells/sync_instances
GET,PUT,DELETE  /os-cells/{}
GET             /os-cells/{}/capacities
POST            /os-certificates
GET             /os-certificates/{}
GET,POST        /os-cloudpipe
PUT             /os-cloudpipe/{}
GET             /os-fixed-ips/{}
POST            /os-fixed-ips/{}/action
GET             /os-floating-ip-dns
PUT,DELETE      /os-floating-ip-dns/{}
GET,PUT,DELETE  /os-floating-ip-dns/{}/entries/{}
GET,POST        /os-floating-ips-bulk
GET,PUT         /os-floating-ips-bulk/{}
GET             /os-fping
GET             /os-fping/{}
POST            /os-networks
POST            /os-networks/add
DELETE          /os-networks/{}
POST            /os-networks/{}/action
GET,POST        /os-security-group-default-rules
GET,DELETE      /os-security-group-default-rules/{}
POST            /os-tenant-networks
DELETE          /os-tenant-networks/{}
GET,POST        /servers/{}/consoles
GET,DELETE      /servers/{}/consoles/{}
GET             /servers/{}/os-virtual-interfaces
'''))
