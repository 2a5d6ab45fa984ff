"""The calls of Terraform's OpenStack provider: provider 3 and gophercloud 2, as far as stored.

``Provider`` logs in and calls as gophercloud does: without a version, or with the one that the
resource names; with the statuses that it takes; and decodes the answer into what it expects.
"""

import urllib.parse

import requests

from novalite import clouds
from novalite.testing import client
from tests.functional import go_types as go

#: What gophercloud takes for a success where a call does not say otherwise.
OK = {'GET': {200}, 'POST': {201, 202}, 'PUT': {201, 202}, 'PATCH': {200, 204},
      'DELETE': {202, 204}}
#: Types of service in the catalogue: volumes by their name of old, which older gopherclouds want.
SERVICES = {'compute': 'compute', 'image': 'image', 'network': 'network', 'volume': 'volumev3'}
#: What gophercloud puts behind the address in the catalogue.
BASES = {'compute': '', 'image': 'v2/', 'network': 'v2.0/', 'volume': ''}

_link = go.struct(href=go.string, rel=go.string)
VERSIONS = go.struct(versions=go.struct(values=go.many(go.struct(
    needs=('id', 'status', 'links'), id=go.string, status=go.string, links=go.many(_link)))))
TOKEN = go.struct(token=go.struct(
    needs=('expires_at', 'catalog'), expires_at=go.token_time, catalog=go.many(go.struct(
        needs=('type', 'endpoints'), id=go.string, name=go.string, type=go.string,
        endpoints=go.many(go.struct(needs=('url', 'interface'), id=go.string, region=go.string,
                                    region_id=go.string, interface=go.string, url=go.string))))))

_server = go.struct(**{
    'needs': ('id',), 'id': go.string, 'tenant_id': go.string, 'user_id': go.string,
    'name': go.string, 'updated': go.time, 'created': go.time, 'hostid': go.string,
    'status': go.string, 'progress': go.integer, 'accessIPv4': go.string,
    'accessIPv6': go.string, 'image': go.anything, 'flavor': go.mapping(go.anything),
    'addresses': go.mapping(go.anything), 'metadata': go.mapping(go.string),
    'links': go.many(go.anything), 'key_name': go.string, 'adminPass': go.string,
    'security_groups': go.many(go.struct(needs=('name',), name=go.string)),
    'os-extended-volumes:volumes_attached': go.many(go.struct(needs=('id',), id=go.string)),
    'fault': go.struct(code=go.integer, created=go.time, details=go.string, message=go.string),
    'tags': go.many(go.string), 'server_groups': go.many(go.string), 'locked': go.boolean,
    'OS-EXT-SRV-ATTR:host': go.string, 'OS-EXT-SRV-ATTR:instance_name': go.string,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': go.string,
    'OS-EXT-SRV-ATTR:reservation_id': go.string, 'OS-EXT-SRV-ATTR:launch_index': go.integer,
    'OS-EXT-SRV-ATTR:ramdisk_id': go.string, 'OS-EXT-SRV-ATTR:kernel_id': go.string,
    'OS-EXT-SRV-ATTR:hostname': go.string, 'OS-EXT-SRV-ATTR:root_device_name': go.string,
    'OS-EXT-SRV-ATTR:user_data': go.string, 'OS-EXT-STS:task_state': go.string,
    'OS-EXT-STS:vm_state': go.string, 'OS-EXT-STS:power_state': go.integer,
    'OS-SRV-USG:launched_at': go.bare_time, 'OS-SRV-USG:terminated_at': go.bare_time,
    'OS-DCF:diskConfig': go.string, 'OS-EXT-AZ:availability_zone': go.string})
_flavor = go.struct(**{
    'needs': ('id', 'name'), 'id': go.string, 'name': go.string, 'disk': go.integer,
    'ram': go.integer, 'rxtx_factor': go.number, 'swap': go.swap, 'vcpus': go.integer,
    'os-flavor-access:is_public': go.boolean, 'OS-FLV-EXT-DATA:ephemeral': go.integer,
    'description': go.string, 'extra_specs': go.mapping(go.string)})
_group = go.struct(
    needs=('id',), id=go.string, name=go.string, policies=go.many(go.string),
    members=go.many(go.string), user_id=go.string, project_id=go.string,
    metadata=go.mapping(go.anything), policy=go.string,
    rules=go.struct(max_server_per_host=go.integer))
_keypair = go.struct(needs=('name',), name=go.string, fingerprint=go.string, public_key=go.string,
                     private_key=go.string, user_id=go.string, type=go.string)
_attachment = go.struct(needs=('id',), id=go.string, device=go.string, volumeId=go.string,
                        serverId=go.string, tag=go.string, delete_on_termination=go.boolean)
_fixed = go.many(go.struct(subnet_id=go.string, ip_address=go.string))
_interface = go.struct(needs=('port_id',), port_state=go.string, fixed_ips=_fixed,
                       port_id=go.string, net_id=go.string, mac_addr=go.string)
_aggregate = go.struct(
    needs=('id',), availability_zone=go.string, hosts=go.many(go.string), id=go.integer,
    metadata=go.mapping(go.string), name=go.string, created_at=go.bare_time,
    updated_at=go.bare_time, deleted_at=go.bare_time, deleted=go.boolean)
_quotas = go.struct(id=go.string, **{name: go.integer for name in (
    'fixed_ips', 'floating_ips', 'injected_file_content_bytes', 'injected_file_path_bytes',
    'injected_files', 'key_pairs', 'metadata_items', 'ram', 'security_group_rules',
    'security_groups', 'cores', 'instances', 'server_groups', 'server_group_members')})
_limits = go.struct(absolute=go.struct(**{name: go.integer for name in (
    'maxTotalCores', 'maxImageMeta', 'maxServerMeta', 'maxPersonality', 'maxPersonalitySize',
    'maxTotalKeypairs', 'maxSecurityGroups', 'maxSecurityGroupRules', 'maxServerGroups',
    'maxServerGroupMembers', 'maxTotalFloatingIps', 'maxTotalInstances', 'maxTotalRAMSize',
    'totalCoresUsed', 'totalInstancesUsed', 'totalFloatingIpsUsed', 'totalRAMUsed',
    'totalSecurityGroupsUsed', 'totalServerGroupsUsed')}))
#: Of a hypervisor three numbers must be there: gophercloud refuses null for them.
_hypervisor = go.struct(
    needs=('id', 'hypervisor_hostname', 'hypervisor_version', 'free_disk_gb', 'local_gb'),
    id=go.anything, cpu_info=go.anything, current_workload=go.integer, status=go.string,
    state=go.string, disk_available_least=go.integer, host_ip=go.string,
    free_disk_gb=go.number, free_ram_mb=go.integer, hypervisor_hostname=go.string,
    hypervisor_type=go.string, hypervisor_version=go.number, local_gb=go.number,
    local_gb_used=go.integer, memory_mb=go.integer, memory_mb_used=go.integer,
    running_vms=go.integer, vcpus=go.integer, vcpus_used=go.integer,
    service=go.struct(host=go.string, id=go.anything, disabled_reason=go.string))
_zones = go.many(go.struct(zoneName=go.string, zoneState=go.struct(available=go.boolean)))

_image = go.struct(
    needs=('id', 'status', 'created_at', 'updated_at'), id=go.string, name=go.string,
    status=go.string, tags=go.many(go.string), container_format=go.string,
    disk_format=go.string, min_disk=go.integer, min_ram=go.integer, owner=go.string,
    protected=go.boolean, visibility=go.string, os_hidden=go.boolean, checksum=go.string,
    size=go.number, metadata=go.mapping(go.string), created_at=go.time, updated_at=go.time,
    file=go.string, schema=go.string, virtual_size=go.integer, properties=go.string)

_times = {'created_at': go.either_time, 'updated_at': go.either_time}
_owned = {'id': go.string, 'name': go.string, 'description': go.string, 'tenant_id': go.string,
          'project_id': go.string, 'tags': go.many(go.string), 'revision_number': go.integer,
          'admin_state_up': go.boolean, 'status': go.string}
_network = go.struct(needs=('id', 'name', 'status'), **_owned, **_times, **{
    'subnets': go.many(go.string), 'shared': go.boolean, 'mtu': go.integer,
    'availability_zone_hints': go.many(go.string), 'router:external': go.boolean,
    'port_security_enabled': go.boolean, 'dns_domain': go.string, 'qos_policy_id': go.string,
    'provider:network_type': go.string, 'provider:physical_network': go.string,
    'vlan_transparent': go.boolean})
_subnet = go.struct(
    needs=('id', 'network_id', 'cidr'), **_owned, network_id=go.string, ip_version=go.integer,
    cidr=go.string, gateway_ip=go.string, dns_nameservers=go.many(go.string),
    dns_publish_fixed_ip=go.boolean, service_types=go.many(go.string),
    allocation_pools=go.many(go.struct(start=go.string, end=go.string)),
    host_routes=go.many(go.struct(destination=go.string, nexthop=go.string)),
    enable_dhcp=go.boolean, ipv6_address_mode=go.string, ipv6_ra_mode=go.string,
    subnetpool_id=go.string)
_port = go.struct(needs=('id', 'network_id', 'status'), **_owned, **_times, **{
    'network_id': go.string, 'mac_address': go.string, 'fixed_ips': _fixed,
    'device_owner': go.string, 'device_id': go.string, 'security_groups': go.many(go.string),
    'allowed_address_pairs': go.many(go.struct(ip_address=go.string, mac_address=go.string)),
    'propagate_uplink_status': go.boolean, 'port_security_enabled': go.boolean,
    'extra_dhcp_opts': go.many(go.struct(opt_name=go.string, opt_value=go.string,
                                         ip_version=go.integer)),
    'binding:host_id': go.string, 'binding:vnic_type': go.string, 'binding:vif_type': go.string,
    'binding:vif_details': go.mapping(go.anything), 'binding:profile': go.mapping(go.anything),
    'dns_name': go.string, 'dns_assignment': go.many(go.mapping(go.string)),
    'qos_policy_id': go.string})
_router = go.struct(
    needs=('id', 'status'), **_owned, **_times, distributed=go.boolean,
    routes=go.many(go.struct(destination=go.string, nexthop=go.string)),
    external_gateway_info=go.struct(
        network_id=go.string, enable_snat=go.boolean, external_fixed_ips=go.many(
            go.struct(ip_address=go.string, subnet_id=go.string)), qos_policy_id=go.string),
    availability_zone_hints=go.many(go.string))
_rule = go.struct(
    needs=('id', 'security_group_id'), **_owned, **_times, direction=go.string,
    ethertype=go.string, security_group_id=go.string, port_range_min=go.integer,
    port_range_max=go.integer, protocol=go.string, remote_group_id=go.string,
    remote_ip_prefix=go.string, remote_address_group_id=go.string)
_secgroup = go.struct(needs=('id', 'name'), **_owned, **_times, stateful=go.boolean,
                      security_group_rules=go.many(_rule))
_floating = go.struct(
    needs=('id', 'status', 'floating_ip_address'), **_owned, **_times,
    floating_network_id=go.string, floating_ip_address=go.string, port_id=go.string,
    fixed_ip_address=go.string, router_id=go.string, dns_name=go.string, dns_domain=go.string)
_volume = go.struct(**{
    'needs': ('id', 'status', 'size'), 'id': go.string, 'status': go.string,
    'size': go.integer, 'availability_zone': go.string, 'created_at': go.bare_time,
    'updated_at': go.bare_time, 'name': go.string, 'description': go.string,
    'attachments': go.many(go.struct(
        attached_at=go.bare_time, attachment_id=go.string, device=go.string,
        host_name=go.string, id=go.string, server_id=go.string, volume_id=go.string)),
    'volume_type': go.string, 'snapshot_id': go.string, 'source_volid': go.string,
    'backup_id': go.string, 'metadata': go.mapping(go.string), 'user_id': go.string,
    'bootable': go.string, 'encrypted': go.boolean, 'replication_status': go.string,
    'consistencygroup_id': go.string, 'multiattach': go.boolean,
    'volume_image_metadata': go.mapping(go.string), 'os-vol-host-attr:host': go.string,
    'os-vol-tenant-attr:tenant_id': go.string})

#: What stands below which name in an answer.
ANSWERS = {
    'server': _server, 'servers': go.many(_server), 'flavor': _flavor,
    'flavors': go.many(_flavor), 'server_group': _group, 'keypair': _keypair,
    'volumeAttachment': _attachment, 'interfaceAttachment': _interface,
    'interfaceAttachments': go.many(_interface), 'aggregate': _aggregate,
    'aggregates': go.many(_aggregate), 'quota_set': _quotas, 'limits': _limits,
    'hypervisors': go.many(_hypervisor), 'hypervisor': _hypervisor,
    'availabilityZoneInfo': _zones, 'metadata': go.mapping(go.string), 'tags': go.many(go.string),
    'extra_specs': go.mapping(go.string), 'images': go.many(_image),
    'flavor_access': go.many(go.struct(flavor_id=go.string, tenant_id=go.string)),
    'network': _network, 'networks': go.many(_network), 'subnet': _subnet,
    'subnets': go.many(_subnet), 'port': _port, 'ports': go.many(_port), 'router': _router,
    'security_group': _secgroup, 'security_groups': go.many(_secgroup),
    'security_group_rule': _rule, 'floatingip': _floating, 'floatingips': go.many(_floating),
    'volume': _volume}


class Provider:
    """One configured provider: its token, its catalogue, its calls."""

    def __init__(self, cloud, who='demo'):
        self.cloud, self._http = cloud, requests.Session()
        auth = clouds.entry(cloud.url, client.PEOPLE[who], cloud.conf)['auth']
        identity = self._identity(auth['auth_url'])
        answer = self._http.post(f'{identity}auth/tokens', timeout=30, json={'auth': {
            'identity': {'methods': ['password'], 'password': {'user': {
                'name': auth['username'], 'password': auth['password'],
                'domain': {'name': 'Default'}}}},
            'scope': {'project': {'name': auth['project_name'],
                                  'domain': {'name': 'Default'}}}}})
        assert answer.status_code == 201, answer.text
        assert not go.misfits(TOKEN, answer.json())
        self._http.headers.update({'X-Auth-Token': answer.headers['X-Subject-Token'],
                                   'Accept': 'application/json'})
        self._catalog = answer.json()['token']['catalog']
        self.project = answer.json()['token']['project']['id']
        self.user = answer.json()['token']['user']['id']

    def _identity(self, url):
        """The v3 endpoint, found at the root as gophercloud does when it is not told."""
        root = url.removesuffix('/').removesuffix('/v3') + '/'
        answer = self._http.get(root, timeout=30)
        assert answer.status_code in (200, 300), answer.text
        assert not go.misfits(VERSIONS, answer.json())
        (found,) = [version for version in answer.json()['versions']['values']
                    if version['id'].startswith('v3') and version['status'] in (
                        'stable', 'current')]
        return next(link['href'] for link in found['links']
                    if link['rel'] == 'self').removesuffix('/') + '/'

    def endpoint(self, service):
        (entry,) = [entry for entry in self._catalog if entry['type'] == SERVICES[service]]
        (url,) = [one['url'] for one in entry['endpoints'] if one['interface'] == 'public']
        return url.removesuffix('/') + '/'

    def call(self, method, service, path, body=None, ok=None, version=None, **more):
        """What the answer has below its one name, or all of it; nothing for an empty body."""
        answer = self.send(method, service, path, body, version, **more)
        assert answer.status_code in (ok or OK[method]), (
            method, path, answer.status_code, answer.text)
        if not answer.content:
            return None
        shown = answer.json()
        if 'images' in shown:
            shown = {'images': shown['images']}
        elif service == 'image':
            assert not (wrong := go.misfits(_image, shown)), (path, wrong)
            return shown
        for name, value in shown.items():
            if name in ANSWERS:
                assert not (wrong := go.misfits(ANSWERS[name], value)), (path, wrong)
        names = [name for name in shown if not name.endswith('_links')]
        return shown[names[0]] if len(names) == 1 else shown

    def send(self, method, service, path, body=None, version=None, headers=None, **more):
        url = urllib.parse.urljoin(self.endpoint(service) + BASES[service], path)
        named = {'X-OpenStack-Nova-API-Version': version,
                 'OpenStack-API-Version': f'compute {version}'} if version else {}
        return self._http.request(method, url, json=body, timeout=30,
                                  headers=named | (headers or {}), **more)

    def gone(self, service, path):
        return self.send('GET', service, path).status_code == 404

    def await_status(self, service, path, *target, pending=None, version=None):
        """Asks until it is in a target state; a state beyond ``pending`` ends the apply."""
        def reached():
            status = self.call('GET', service, path, version=version)['status']
            assert status in target or pending is None or status in pending, (status, path)
            return status in target
        self.cloud.wait(reached)

    def await_gone(self, service, path):
        self.cloud.wait(lambda: self.gone(service, path))

    def close(self):
        self._http.close()
