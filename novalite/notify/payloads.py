"""What a notification carries: Nova's versioned payloads, made of plain records.

Pure functions. A record is anything with the columns as its attributes.
"""

import dataclasses
import types

from novalite.servers import devices
from novalite.servers.states import Power

#: Nova's objects, and the version of each whose fields these are.
VERSIONS = {
    'AggregateCachePayload': '1.0',
    'AggregatePayload': '1.1',
    'AuditPeriodPayload': '1.0',
    'BlockDevicePayload': '1.0',
    'ComputeTaskPayload': '1.0',
    'ExceptionPayload': '1.1',
    'FlavorPayload': '1.4',
    'ImageMetaPayload': '1.0',
    'ImageMetaPropsPayload': '1.19',
    'InstanceActionPayload': '1.9',
    'InstanceActionRebuildPayload': '1.10',
    'InstanceActionRescuePayload': '1.4',
    'InstanceActionResizePrepPayload': '1.4',
    'InstanceActionSharePayload': '1.0',
    'InstanceActionSnapshotPayload': '1.10',
    'InstanceActionVolumePayload': '1.7',
    'InstanceActionVolumeSwapPayload': '1.9',
    'InstanceCreatePayload': '1.13',
    'InstanceExistsPayload': '2.1',
    'InstancePCIRequestsPayload': '1.0',
    'InstanceStateUpdatePayload': '1.0',
    'InstanceUpdatePayload': '2.1',
    'IpPayload': '1.0',
    'KeypairPayload': '1.0',
    'RequestSpecPayload': '1.1',
    'ServerGroupPayload': '1.1',
    'ServiceStatusPayload': '1.1',
    'SharePayload': '1.0',
}

_POWER = {Power.NOSTATE: 'pending', Power.RUNNING: 'running', Power.PAUSED: 'paused',
          Power.SHUTDOWN: 'shutdown', Power.CRASHED: 'crashed', Power.SUSPENDED: 'suspended'}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """A server as it was at one moment, and what was being done to it."""

    server: object
    #: Who asked, under which request id.
    ctxt: object
    now: object
    params: dict = dataclasses.field(default_factory=dict)
    #: What ``errors.fault`` kept of the exception, if that is what is told.
    fault: dict | None = None
    #: Whether volumes are shown where it is not their being made that is told.
    shows_volumes: bool = False
    #: Looked up only for what shows them.
    tags: tuple = ()
    keypair: object = None
    image: object = None
    #: The states before: (vm_state, task_state).
    before: tuple = (None, None)
    #: The span of time that is counted, if it is not this month until now.
    period: tuple | None = None
    #: What it was called, if that was changed.
    old_name: str | None = None


def _made(name, /, **data):
    return {'nova_object.name': name, 'nova_object.namespace': 'nova',
            'nova_object.version': VERSIONS[name], 'nova_object.data': data}


def _time(value):
    return None if value is None else value.strftime('%Y-%m-%dT%H:%M:%SZ')


# Servers

def _instance(facts):
    """The fields that every payload about a server has."""
    server, properties = facts.server, facts.server.image_properties
    return {
        'uuid': server.uuid, 'user_id': server.user_id, 'tenant_id': server.project_id,
        'reservation_id': server.reservation_id, 'display_name': server.name,
        'display_description': server.description, 'host_name': server.hostname,
        'host': server.host, 'node': server.host, 'os_type': properties.get('os_type'),
        'architecture': properties.get('hw_architecture', properties.get('architecture')),
        'availability_zone': server.availability_zone, 'flavor': _embedded(server.flavor),
        'image_uuid': server.image_id, 'key_name': server.key_name,
        'kernel_id': properties.get('kernel_id', ''),
        'ramdisk_id': properties.get('ramdisk_id', ''),
        'created_at': _time(server.created_at), 'launched_at': _time(server.launched_at),
        'terminated_at': _time(server.terminated_at), 'updated_at': _time(server.updated_at),
        'deleted_at': _time(server.terminated_at), 'state': server.vm_state,
        'power_state': _POWER[server.power_state], 'task_state': server.task_state,
        'progress': server.progress, 'ip_addresses': _addresses(server.nics),
        'block_devices': _block_devices(server.volumes) if facts.shows_volumes else None,
        'metadata': server.metadata,
        'locked': server.locked, 'locked_reason': server.locked_reason,
        'auto_disk_config': server.disk_config, 'shares': _shares(server.shares),
        'request_id': facts.ctxt.request_id, 'action_initiator_user': facts.ctxt.user_id,
        'action_initiator_project': facts.ctxt.project_id,
    }


def _action(name, /, facts, **more):
    fault = facts.fault and exception(facts.fault)
    return _made(name, fault=fault, **_instance(facts), **more)


def action(facts):
    return _action('InstanceActionPayload', facts)


def not_plugged_in(facts):
    """The API has given the server its port already, but no host knows of it."""
    port_id = facts.params['nic']['port_id']
    nics = [nic for nic in facts.server.nics if nic['port_id'] != port_id]
    server = types.SimpleNamespace(**vars(facts.server) | {'nics': nics})
    return action(dataclasses.replace(facts, server=server))


def create(facts):
    facts = dataclasses.replace(facts, shows_volumes=True)
    return _action(
        'InstanceCreatePayload', facts, tags=list(facts.tags),
        trusted_image_certificates=facts.server.trusted_certs,
        keypairs=[keypair(facts.keypair)] if facts.keypair else [],
        instance_name=f'instance-{facts.server.id:08x}')


def rebuild(facts):
    return _action('InstanceActionRebuildPayload', facts,
                   trusted_image_certificates=facts.server.trusted_certs)


def rescue(facts):
    return _action(
        'InstanceActionRescuePayload', facts, rescue_image_ref=facts.params['image_id'])


def resize_prep(facts):
    return _action('InstanceActionResizePrepPayload', facts,
                   new_flavor=facts.server.new_flavor and _embedded(facts.server.new_flavor))


def snapshot(facts):
    return _action(
        'InstanceActionSnapshotPayload', facts, snapshot_image_id=facts.params['image_id'])


def volume(facts):
    return _action('InstanceActionVolumePayload', facts, volume_id=facts.params['volume_id'])


def volume_swap(facts):
    return _action('InstanceActionVolumeSwapPayload', facts,
                   old_volume_id=facts.params['old_volume_id'],
                   new_volume_id=facts.params['new_volume_id'])


def update(facts):
    """A change of state: what it was and what it is."""
    (old_state, old_task_state), server = facts.before, facts.server
    return _made(
        'InstanceUpdatePayload', **_instance(facts), tags=list(facts.tags),
        old_display_name=facts.old_name,
        audit_period=_period(*_this_month(facts.now)), state_update=_made(
            'InstanceStateUpdatePayload', old_state=old_state, state=server.vm_state,
            old_task_state=old_task_state, new_task_state=server.task_state))


def exists(facts):
    """That a server is there, for who counts what is used."""
    return _made('InstanceExistsPayload', **_instance(facts), audit_period=_period(
        *facts.period or _this_month(facts.now)))


def _this_month(now):
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), now


def _period(begin, end):
    return _made('AuditPeriodPayload', audit_period_beginning=_time(begin),
                 audit_period_ending=_time(end))


def _addresses(nics):
    return [_made('IpPayload', label=nic['network_name'], mac=nic['mac'], meta={},
                  port_uuid=nic['port_id'], version=ip['version'], address=ip['address'],
                  device_name=f'tap{nic["port_id"][:11]}')
            for nic in nics for ip in nic['ips']]


def share(facts):
    return _action('InstanceActionSharePayload', facts,
                   share_id=facts.params['share']['share_id'])


def _shares(shares):
    return [_made('SharePayload', share_mapping_uuid=one['uuid'],
                  **{name: one[name] for name in ('share_id', 'status', 'tag', 'export_location')})
            for one in shares]


def _block_devices(volumes):
    return [_made('BlockDevicePayload', volume_id=device['volume_id'],
                  device_name=device['device'], boot_index=device['boot_index'],
                  delete_on_termination=device['delete_on_termination'], tag=device['tag'])
            for device in devices.attached(volumes)]


# What went wrong

def exception(fault):
    return _made(
        'ExceptionPayload', exception=fault['exception'], exception_message=fault['message'],
        module_name=fault['module'], function_name=fault['function'], traceback=fault['details'])


def compute_exception(facts):
    return exception(facts.fault)


def compute_task(facts):
    """No host was found for what was to be done."""
    return _made('ComputeTaskPayload', instance_uuid=facts.server.uuid,
                 request_spec=request_spec(facts), reason=exception(facts.fault),
                 state=facts.server.vm_state)


# The scheduler's

def request_spec(facts):
    """What a host is looked for: this size, this image, in this zone."""
    server = facts.server
    return _made(
        'RequestSpecPayload', instance_uuid=server.uuid, project_id=server.project_id,
        user_id=server.user_id, availability_zone=server.requested_zone,
        flavor=_embedded(server.new_flavor or server.flavor),
        image=facts.image and _image(facts.image), num_instances=1,
        security_groups=server.security_groups, numa_topology=None,
        scheduler_hints={name: value if isinstance(value, list) else [value]
                         for name, value in (server.scheduler_hints or {}).items()},
        pci_requests=_made('InstancePCIRequestsPayload', instance_uuid=server.uuid, requests=[]),
        ignore_hosts=None, force_hosts=None, force_nodes=None, instance_group=None,
        requested_destination=None, retry=None)


def _image(row):
    return _made(
        'ImageMetaPayload', id=row.id, name=row.name, status=row.status,
        visibility=row.visibility, owner=row.owner, protected=row.protected,
        checksum=row.checksum, size=row.size, virtual_size=row.virtual_size,
        container_format=row.container_format, disk_format=row.disk_format,
        created_at=_time(row.created_at), updated_at=_time(row.updated_at), tags=row.tags,
        direct_url=None, min_ram=row.min_ram, min_disk=row.min_disk,
        properties=_made('ImageMetaPropsPayload', **{
            name: value for name, value in row.properties.items()
            if name.startswith(('hw_', 'img_', 'os_', 'traits_required'))}))


# What is no server

def aggregate(row, hosts):
    zone = row.availability_zone
    return _made('AggregatePayload', id=row.id, uuid=row.uuid, name=row.name, hosts=list(hosts),
                 metadata=row.metadata | ({'availability_zone': zone} if zone else {}))


def aggregate_asked(row):
    """An aggregate that is only being made: without what is not known then."""
    payload = aggregate(row, ())
    payload['nova_object.data'] |= {'id': None, 'hosts': None}
    return payload


def server_group(row, members=()):
    return _made(
        'ServerGroupPayload', uuid=row.uuid, name=row.name, project_id=row.project_id,
        user_id=row.user_id, policies=[row.policy], policy=row.policy,
        rules={name: str(value) for name, value in row.rules.items()},
        members=list(members), hosts=None)


def _embedded(flavor):
    """A flavor as a server carries it."""
    return _flavor(
        flavorid=flavor['id'], name=flavor['name'], vcpus=flavor['vcpus'],
        memory_mb=flavor['ram'], root_gb=flavor['disk'], ephemeral_gb=flavor['ephemeral'],
        swap=flavor['swap'], rxtx_factor=flavor.get('rxtx_factor', 1.0),
        extra_specs=flavor['extra_specs'])


def _flavor(disabled=False, is_public=True, projects=None, description=None, **more):
    return _made('FlavorPayload', disabled=disabled, is_public=is_public, projects=projects,
                 description=description, vcpu_weight=0, **more)


def flavor(row, projects=None):
    """A flavor of the catalogue; ``projects`` may use it, where that is looked up."""
    return _flavor(
        flavorid=row.flavor_id, name=row.name, vcpus=row.vcpus, memory_mb=row.memory_mb,
        root_gb=row.root_gb, ephemeral_gb=row.ephemeral_gb, swap=row.swap,
        rxtx_factor=row.rxtx_factor, extra_specs=row.extra_specs, disabled=row.disabled,
        is_public=row.is_public, description=row.description,
        projects=projects if projects is None else list(projects))


def keypair(row):
    return _made('KeypairPayload', user_id=row.user_id, name=row.name, type=row.type,
                 fingerprint=row.fingerprint, public_key=row.public_key)


def keypair_asked(row, known):
    """A keypair that is only being made: without what is not known then."""
    payload = keypair(row)
    payload['nova_object.data'] |= {'fingerprint': None, 'public_key': None} | known
    return payload


def service(row):
    """A row of ``hosts.services``."""
    return _made(
        'ServiceStatusPayload', host=row.host, binary=row.binary,
        topic=row.binary.removeprefix('nova-'), uuid=row.uuid, disabled=row.disabled,
        disabled_reason=row.disabled_reason, forced_down=bool(row.forced_down),
        availability_zone=None, last_seen_up=_time(row.last_seen), report_count=0, version=0)
