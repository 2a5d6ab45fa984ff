"""What the API shows of a server: every field, with the versions and people it is for."""

import hashlib

from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.schema import Field
from novalite.servers import devices
from novalite.servers import states

ATTRIBUTES = 'os-extended-server-attributes'
HOST_STATUS = 'servers:show:host_status'
#: Who may see no other status than UNKNOWN.
HOST_UNKNOWN = 'servers:show:host_status:unknown-only'

_WITH_PROGRESS = frozenset((
    'ACTIVE', 'BUILD', 'REBUILD', 'RESIZE', 'VERIFY_RESIZE', 'REVERT_RESIZE', 'MIGRATING'))
_WITH_FAULT = frozenset(('ERROR', 'DELETED'))


def moment(time):
    """A time as the API shows it: to the second, in UTC; None stays None."""
    return time and time.strftime('%Y-%m-%dT%H:%M:%SZ')


def precise(time):
    """A time in the older style, without a zone."""
    return time and time.strftime('%Y-%m-%dT%H:%M:%S.%f')


def host_id(server):
    """A word for the host that tells a tenant only whether two of its servers share one."""
    if not server.host:
        return ''
    return hashlib.sha224(f'{server.project_id}{server.host}'.encode()).hexdigest()


def _each(nic):
    for ip in nic['ips']:
        yield ip['version'], ip['address'], 'fixed'
        for one in nic.get('floating', ()):
            if one['fixed'] == ip['address']:
                yield 4, one['address'], 'floating'


def addresses(server):
    """What it is plugged into: network name -> its addresses there."""
    shown = {}
    for nic in server.nics:
        shown.setdefault(nic['network_name'], []).extend({
            'version': version, 'addr': address,
            'OS-EXT-IPS:type': kind, 'OS-EXT-IPS-MAC:mac_addr': nic['mac'],
        } for version, address, kind in _each(nic))
    return shown


def plain(addresses):
    """The same with nothing but the addresses and their version."""
    return {network: [{'version': one['version'], 'addr': one['addr']} for one in all_]
            for network, all_ in addresses.items()}


def _status(server, req):
    return states.status(server.vm_state, server.task_state)


def _flavor_link(server, req):
    id = server.flavor['id']
    return {'id': id, 'links': [{'rel': 'bookmark', 'href': req.bookmark('flavors', id)}]}


def _flavor_embedded(server, req):
    flavor = server.flavor
    shown = {'original_name': flavor['name'], 'ram': flavor['ram'], 'vcpus': flavor['vcpus'],
             'disk': flavor['disk'], 'ephemeral': flavor['ephemeral'], 'swap': flavor['swap']}
    if req.may('servers:show:flavor-extra-specs'):
        shown['extra_specs'] = flavor['extra_specs']
    return shown


def _image(server, req):
    if not server.image_id:
        return ''
    link = {'rel': 'bookmark', 'href': req.bookmark('images', server.image_id)}
    shown = {'id': server.image_id, 'links': [link]}
    if req.version >= V(2, 98):
        shown['properties'] = server.image_properties
    return shown


def _progress(server, req):
    return server.progress if _status(server, req) in _WITH_PROGRESS else schema.ABSENT


def _fault(server, req):
    fault = req.faults.get(server.uuid)
    if fault is None or _status(server, req) not in _WITH_FAULT:
        return schema.ABSENT
    shown = {'code': fault.code, 'created': moment(fault.created), 'message': fault.message}
    if fault.details and fault.code == 500 and req.is_admin:
        shown['details'] = fault.details
    return shown


def _security_groups(server, req):
    return [{'name': name} for name in server.security_groups] or schema.ABSENT


def _volumes(server, req):
    ends = req.version >= V(2, 3)
    return [{'id': device['volume_id']} | (
        {'delete_on_termination': device['delete_on_termination']} if ends else {})
        for device in devices.attached(server.volumes)]


def _host_status(server, req):
    status = req.host_status.get(server.host, '')
    if req.may(HOST_STATUS) or (status == 'UNKNOWN' and req.may(HOST_UNKNOWN)):
        return status
    return schema.ABSENT


# What is inside of what they show

FLAVOR_LINK = (Field('id', schema.STRING), Field('links', schema.LINKS))
FLAVOR = (
    Field('original_name', schema.STRING),
    *(Field(name, schema.INTEGER) for name in ('ram', 'vcpus', 'disk', 'ephemeral', 'swap')),
    Field('extra_specs', schema.STRING_MAP, rule='servers:show:flavor-extra-specs'),
)
IMAGE = (Field('id', schema.UUID), Field('links', schema.LINKS),
         Field('properties', schema.STRING_MAP, since=V(2, 98)))
FAULT = (Field('code', schema.INTEGER), Field('created', schema.TIME),
         Field('message', schema.STRING), Field('details', schema.STRING, optional=True))
#: By the name of the network.
ADDRESSES = {'type': 'object', 'additionalProperties': schema.array(schema.Shown((
    Field('version', {'enum': [4, 6]}), Field('addr', schema.STRING),
    Field('OS-EXT-IPS:type', {'enum': ['fixed', 'floating']}),
    Field('OS-EXT-IPS-MAC:mac_addr', schema.STRING))))}
PLAIN_ADDRESSES = {'type': 'object', 'additionalProperties': schema.array(schema.Shown(
    (Field('version', {'enum': [4, 6]}), Field('addr', schema.STRING))))}
VOLUME = (Field('id', schema.UUID), Field('delete_on_termination', schema.BOOLEAN, since=V(2, 3)))


BRIEF = (
    Field('id', schema.UUID, lambda s, r: s.uuid),
    Field('name', schema.STRING, lambda s, r: s.name),
    Field('links', schema.LINKS, lambda s, r: r.links('servers', s.uuid)),
)

#: What every view but the brief one shows.
BASIC = (
    *BRIEF,
    Field('status', {'enum': sorted(states.STATUSES)}, _status),
    Field('tenant_id', schema.STRING, lambda s, r: s.project_id),
    Field('user_id', schema.STRING, lambda s, r: s.user_id),
    Field('metadata', schema.STRING_MAP, lambda s, r: s.metadata),
    Field('hostId', schema.STRING, lambda s, r: host_id(s)),
    Field('image', {'oneOf': [{'enum': ['']}, schema.Shown(IMAGE)]}, _image),
    Field('flavor', schema.Shown(FLAVOR_LINK), _flavor_link, until=V(2, 46)),
    Field('flavor', schema.Shown(FLAVOR), _flavor_embedded, since=V(2, 47)),
    Field('created', schema.TIME, lambda s, r: moment(s.created_at)),
    Field('updated', schema.TIME, lambda s, r: moment(s.updated_at or s.created_at)),
    Field('accessIPv4', schema.STRING, lambda s, r: s.access_ip_v4 or ''),
    Field('accessIPv6', schema.STRING, lambda s, r: s.access_ip_v6 or ''),
    Field('OS-DCF:diskConfig', {'enum': ['AUTO', 'MANUAL']}, lambda s, r: s.disk_config),
    Field('progress', schema.INTEGER, _progress, optional=True),
    Field('fault', schema.Shown(FAULT), _fault, optional=True),
    Field('locked', schema.BOOLEAN, lambda s, r: s.locked, since=V(2, 9)),
    Field('description', schema.STRING_OR_NULL, lambda s, r: s.description, since=V(2, 19)),
    Field('tags', schema.STRINGS, lambda s, r: r.tags.get(s.uuid, []), since=V(2, 26)),
    Field('trusted_image_certificates', schema.STRINGS | {'type': ['array', 'null']},
          lambda s, r: s.trusted_certs, since=V(2, 63)),
    Field('locked_reason', schema.STRING_OR_NULL, lambda s, r: s.locked_reason, since=V(2, 73)),
)

#: What is in no list: it costs a look-up for each server.
_ALONE = (
    Field('server_groups', schema.array(schema.UUID),
          lambda s, r: [s.server_group] if s.server_group in r.groups else [], since=V(2, 71)),
)

#: What a detailed list shows.
LISTED = (
    *BASIC,
    Field('addresses', ADDRESSES, lambda s, r: addresses(s)),
    Field('key_name', schema.STRING_OR_NULL, lambda s, r: s.key_name),
    Field('config_drive', schema.STRING, lambda s, r: s.config_drive or ''),
    Field('security_groups', schema.NAMES, _security_groups, optional=True),
    Field('OS-EXT-AZ:availability_zone', schema.STRING, lambda s, r: s.availability_zone or ''),
    Field('OS-EXT-STS:task_state', {'enum': [None, *states.Task]},
          lambda s, r: s.task_state),
    Field('OS-EXT-STS:vm_state', {'enum': [*states.Vm]}, lambda s, r: s.vm_state),
    Field('OS-EXT-STS:power_state', {'enum': [*states.Power]}, lambda s, r: s.power_state),
    Field('OS-SRV-USG:launched_at', schema.TIME_OR_NULL, lambda s, r: precise(s.launched_at)),
    Field('OS-SRV-USG:terminated_at', schema.TIME_OR_NULL,
          lambda s, r: precise(s.terminated_at)),
    Field('os-extended-volumes:volumes_attached', schema.array(schema.Shown(VOLUME)), _volumes),
    Field('OS-EXT-SRV-ATTR:host', schema.STRING_OR_NULL, lambda s, r: s.host, rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:hypervisor_hostname', schema.STRING_OR_NULL, lambda s, r: s.host,
          rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:instance_name', schema.STRING, lambda s, r: f'instance-{s.id:08x}',
          rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:reservation_id', schema.STRING_OR_NULL, lambda s, r: s.reservation_id,
          since=V(2, 3), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:launch_index', schema.INTEGER, lambda s, r: s.launch_index,
          since=V(2, 3), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:hostname', schema.STRING_OR_NULL, lambda s, r: s.hostname,
          since=V(2, 3), until=V(2, 89), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:hostname', schema.STRING_OR_NULL, lambda s, r: s.hostname,
          since=V(2, 90)),
    Field('OS-EXT-SRV-ATTR:kernel_id', schema.STRING_OR_NULL,
          lambda s, r: s.image_properties.get('kernel_id', ''), since=V(2, 3), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:ramdisk_id', schema.STRING_OR_NULL,
          lambda s, r: s.image_properties.get('ramdisk_id', ''), since=V(2, 3), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:root_device_name', schema.STRING_OR_NULL, lambda s, r: '/dev/vda',
          since=V(2, 3), rule=ATTRIBUTES),
    Field('OS-EXT-SRV-ATTR:user_data', schema.STRING_OR_NULL, lambda s, r: s.user_data,
          since=V(2, 3), rule=ATTRIBUTES),
    Field('host_status', {'enum': ['UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', '']}, _host_status,
          since=V(2, 16), optional=True),
    Field('pinned_availability_zone', schema.STRING_OR_NULL, lambda s, r: s.requested_zone,
          since=V(2, 96)),
    Field('scheduler_hints', schema.OBJECT, lambda s, r: s.scheduler_hints or {},
          since=V(2, 100)),
)

#: What GET shows of one server, and PUT since 2.75.
FULL = (*LISTED, *_ALONE)

#: What PUT and rebuild show: to 2.74 only the more common part, and of an address only that.
UPDATED = (
    *schema.clipped((*BASIC, *_ALONE), until=V(2, 74)),
    Field('addresses', PLAIN_ADDRESSES, lambda s, r: plain(addresses(s)), until=V(2, 74)),
    *schema.clipped(FULL, since=V(2, 75)),
)

_USER_DATA = 'OS-EXT-SRV-ATTR:user_data'
REBUILT = (
    *(field for field in UPDATED if field.name != _USER_DATA),
    Field('key_name', schema.STRING_OR_NULL, lambda s, r: s.key_name, since=V(2, 54),
          until=V(2, 74)),
    Field('user_data', schema.STRING_OR_NULL, lambda s, r: s.user_data, since=V(2, 57)),
)
