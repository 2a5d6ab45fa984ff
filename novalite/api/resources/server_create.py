"""POST /servers: what may be asked for, and the rows it becomes."""

import ipaddress
import re

from novalite import errors
from novalite.api import intent
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import server_devices
from novalite.api.resources import server_groups
from novalite.api.resources import server_networks
from novalite.api.schema import Field
from novalite.db import flavors
from novalite.db import hosts
from novalite.db import keypairs
from novalite.db import quotas
from novalite.db import server_tags
from novalite.db import servers
from novalite.faults import rules as fault_rules
from novalite.servers import devices
from novalite.servers import machine
from novalite.servers import model
from novalite.servers.states import Task
from novalite.servers.states import Vm

RULES = (
    policy.rule('servers:create', policy.MEMBER, 'Create a server.'),
    policy.rule('servers:create:attach_network', policy.MEMBER,
                'Create a server with networks or ports that are named.'),
    policy.rule('network:attach_external_network', policy.ADMIN,
                'Plug a server into a network that leads outside.'),
    policy.rule('servers:create:attach_volume', policy.MEMBER,
                'Create a server with volumes.'),
    policy.rule('servers:create:trusted_certs', policy.MEMBER,
                'Create a server with certificates that its image is trusted by.'),
    policy.rule('servers:create:zero_disk_flavor', policy.ADMIN,
                'Create a server whose flavor has no disk, from an image of any size.'),
    policy.rule('servers:create:forced_host', policy.ADMIN,
                'Create a server on a host that is named with its zone.'),
    policy.rule('compute:servers:create:requested_destination', policy.ADMIN,
                'Create a server on a host that is named.'),
)

HOSTNAME = {'type': 'string', 'minLength': 2, 'maxLength': 63,
            'pattern': '^[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]\\Z'}
FQDN = schema.HOST
USER_DATA = {'type': 'string', 'format': 'base64', 'maxLength': 65535}
USER_DATA_OR_NULL = {'oneOf': [USER_DATA, {'type': 'null'}]}
NAME_OR_NULL = {'type': ['string', 'null'], 'minLength': 1, 'maxLength': 255}
#: Files put into the guest, until they ended with 2.57; they are checked, and not kept.
PERSONALITY = schema.array({
    'type': 'object', 'properties': {
        'path': {'type': 'string', 'minLength': 1, 'maxLength': 255},
        'contents': {'type': 'string', 'format': 'base64'}},
    'required': ['path', 'contents'], 'additionalProperties': False}, maxItems=5)
CERTIFICATES_OR_NULL = {'oneOf': [
    {'type': 'array', 'minItems': 1, 'maxItems': 50, 'uniqueItems': True,
     'items': {'type': 'string', 'minLength': 1}}, {'type': 'null'}]}
#: Words that a server is found by.
TAG = {'type': 'string', 'minLength': 1, 'maxLength': 60, 'pattern': '^[^,/]*$'}
MOST_TAGS = 50
TAGS = schema.array(TAG, maxItems=MOST_TAGS, uniqueItems=True)
DISK_CONFIG = {'enum': ['AUTO', 'MANUAL']}
IPV4 = {'type': 'string', 'format': 'ipv4'}
IPV6 = {'type': 'string', 'format': 'ipv6', 'pattern': '^[^%]*$'}


def address(text):
    """An address as it is commonly written: IPv6 can be spelled in many ways."""
    return str(ipaddress.ip_address(text))


BODY = (
    Field('name', schema.NAME, required=True),
    Field('imageRef', {'type': 'string', 'oneOf': [{'maxLength': 0}, {'format': 'uuid'}]}),
    Field('flavorRef', {'type': ['string', 'integer'], 'minLength': 1}, required=True, parse=str),
    Field('adminPass', schema.STRING),
    Field('metadata', schema.METADATA),
    *server_networks.FIELDS,
    Field('key_name', schema.NAME),
    Field('user_data', USER_DATA),
    Field('availability_zone', schema.NAME),
    Field('config_drive', schema.BOOLEAN_LIKE, parse=schema.boolean),
    Field('security_groups', schema.array({
        'type': 'object', 'properties': {'name': schema.NAME}, 'additionalProperties': False})),
    Field('min_count', schema.POSITIVE, parse=int),
    Field('max_count', schema.POSITIVE, parse=int),
    Field('return_reservation_id', schema.BOOLEAN_LIKE, parse=schema.boolean),
    Field('OS-DCF:diskConfig', DISK_CONFIG),
    Field('accessIPv4', IPV4, parse=address),
    Field('accessIPv6', IPV6, parse=address),
    *server_devices.FIELDS,
    Field('personality', PERSONALITY, until=V(2, 56)),
    Field('description', schema.DESCRIPTION, since=V(2, 19)),
    Field('trusted_image_certificates', CERTIFICATES_OR_NULL, since=V(2, 63)),
    Field('hostname', HOSTNAME, since=V(2, 90), until=V(2, 93)),
    Field('hostname', FQDN, since=V(2, 94)),
    Field('tags', TAGS, since=V(2, 52)),
    Field('host', schema.HOST, since=V(2, 74)),
    Field('hypervisor_hostname', schema.HOST, since=V(2, 74)),
)

_SERVERS = {'oneOf': [schema.UUID, schema.array(schema.UUID)]}
#: Hints that no filter of ours reads are kept and shown, as in Nova.
_HINTS = {'type': 'object', 'properties': {
    'group': schema.UUID, 'same_host': _SERVERS, 'different_host': _SERVERS}}
#: The hints have two names, and stand beside the server.
HINTS = (Field('os:scheduler_hints', _HINTS), Field('OS-SCH-HNT:scheduler_hints', _HINTS))

CREATED = (
    Field('id', schema.UUID), Field('links', schema.LINKS), Field('adminPass', schema.STRING),
    Field('OS-DCF:diskConfig', DISK_CONFIG), Field('security_groups', schema.NAMES),
)
#: A server, or the mark of all that were asked for together.
ANSWER = {'oneOf': [
    schema.Shown((Field('server', schema.Shown(CREATED)),)),
    schema.Shown((Field('reservation_id', schema.STRING),))]}


@schema.accepts('server', *BODY, beside=HINTS)
@schema.returns(202, fields=ANSWER, fails=(404, 409))
def create(req):
    """POST /servers: 202 with the id, Location and adminPass, or a reservation id.

    From then on each server has its row, its action and its promise.
    """
    req.authorize('servers:create')
    body = req.body
    with req.db.write() as connection:
        common = _wanted(req, connection)
        least, most = _counts(req, body)
        server_devices.refuse_sharing(common['volumes'], most)
        count = _count(req, connection, common['flavor'], least, most)
        if common['server_group']:
            joins = server_groups.join(req, connection, common['server_group'], count)
        # The same ones, should the request have to begin anew.
        uuids = req.answers.keep('uuids', lambda: [req.runtime.uuid() for _ in range(most)])[:count]
        params = {'host': host} if (host := _host(req, connection)) else {}
        for index, uuid in enumerate(uuids):
            _write(req, connection, common | _named(body, uuid, index, count), params)
            for tag in body.get('tags', ()):
                server_tags.add(connection, uuid, tag)
    if common['server_group']:
        server_groups.joined(req, *joins, uuids)
    for uuid in uuids:
        intent.tell(req, uuid, machine.VERBS['create'])
    if body.get('return_reservation_id'):
        return {'reservation_id': common['reservation_id']}
    req.headers['Location'] = req.link('servers', uuids[0])
    return {'server': {
        'id': uuids[0], 'links': req.links('servers', uuids[0]),
        'OS-DCF:diskConfig': common['disk_config'],
        'security_groups': [{'name': name} for name in common['security_groups']],
        'adminPass': body.get('adminPass') or req.runtime.secret(6)}}


def _counts(req, body):
    least = body.get('min_count', 1)
    most = body.get('max_count', least)
    if most > req.conf.api.max_limit:
        raise errors.Invalid(
            f'At most {req.conf.api.max_limit} servers can be asked for at once.')
    if least > most:
        raise errors.Invalid('min_count must be <= max_count')
    networks = body.get('networks')
    if most > 1 and isinstance(networks, list) and any(one.get('port') for one in networks):
        raise errors.Invalid('Several servers cannot share a port: create them one by one.')
    return least, most


def _write(req, connection, columns, params):
    servers.create(connection, **columns | {'volumes': server_devices.reserved(
        req, connection, columns['uuid'], columns['volumes'])})
    intent.write(req, connection, columns['uuid'], machine.VERBS['create'], params,
                 columns['created_at'])


def _named(body, uuid, index, count):
    name = body['name'] if count == 1 else f'{body["name"]}-{index + 1}'
    hostname = body.get('hostname') or _hostname(name) or f'server-{uuid}'
    return {'uuid': uuid, 'name': name, 'launch_index': index, 'hostname': hostname}


def _hostname(name):
    """A host's name made of a server's: what DNS allows of it."""
    ascii_name = name.encode('ascii', 'ignore').decode()
    return re.sub(r'[^a-z0-9.-]', '', re.sub(r'[ _]', '-', ascii_name.lower())).strip('.-')[:63]


def _wanted(req, connection):
    """The columns all servers of the request share; raises for what cannot be had."""
    body, ctxt, now = req.body, req.context, req.runtime.now()
    hints = next((body[field.name] for field in HINTS if field.name in body), {})
    metadata = check_metadata(req, connection, body.get('metadata', {}))
    flavor = find_flavor(req, connection, body['flavorRef'])
    found = _image(req, connection, body.get('imageRef'))
    image_id, disks = server_devices.wanted(req, connection, body, flavor, found)
    # A root disk that is a volume has a size of its own.
    root = {'disk': 0} if devices.root(disks) else {}
    image = _fitting(found, image_id, flavor | root) if image_id and req.has('images') else None
    if body.get('key_name') and not keypairs.get(connection, ctxt.user_id, body['key_name']):
        raise errors.Invalid('Invalid key_name provided.')
    if disks:
        req.authorize('servers:create:attach_volume')
    if isinstance(body.get('networks'), list):
        req.authorize('servers:create:attach_network')
    if body.get('trusted_image_certificates'):
        req.authorize('servers:create:trusted_certs')
    if image_id and not flavor['disk'] and not req.may('servers:create:zero_disk_flavor'):
        raise errors.Forbidden('Only volume-backed servers are allowed for flavors with zero disk.')
    return {
        'project_id': ctxt.project_id, 'user_id': ctxt.user_id, 'created_at': now,
        'deleted': False, 'locked': False, 'progress': 0, 'power_state': 0,
        'vm_state': Vm.BUILDING, 'task_state': Task.SCHEDULING,
        'owner': ctxt.request_id, 'came_from': Vm.BUILDING,
        'trusted_certs': body.get('trusted_image_certificates'),
        'description': body.get('description'), 'metadata': metadata,
        'image_id': image.id if image else image_id, 'volumes': disks,
        'image_properties': (image.properties if image
                             else server_devices.properties(req, connection, disks)),
        'requested_zone': _zone(connection, _place(body)[0]),
        'scheduler_hints': hints, 'server_group': hints.get('group'),
        'key_name': body.get('key_name'), 'user_data': body.get('user_data'),
        'config_drive': 'True' if body.get('config_drive') else '',
        'disk_config': body.get('OS-DCF:diskConfig', 'MANUAL'),
        'access_ip_v4': body.get('accessIPv4'), 'access_ip_v6': body.get('accessIPv6'),
        'networks': server_networks.wanted(req, connection, body.get('networks', 'auto')),
        'nics': [], 'security_groups': server_networks.security_groups(
            req, connection, body.get('security_groups')),
        'reservation_id': f'r-{req.runtime.secret(4)}',
        **sized(flavor),
    }


def sized(flavor):
    """The columns that a flavor fills."""
    size = model.size(flavor)
    return {'flavor': flavor, 'vcpus': size['vcpus'], 'memory_mb': size['memory_mb']}


def check_metadata(req, connection, metadata):
    """Metadata a server may have; raises QuotaExceeded, or BadRule for a fault nobody knows."""
    if not metadata:
        return metadata
    limit = quotas.limits(connection, req.conf, req.context.project_id,
                          req.context.user_id)['metadata_items']
    if 0 <= limit < len(metadata):
        raise errors.Forbidden(f'Maximum number of metadata items exceeds {limit}')
    try:
        fault_rules.from_metadata(metadata)
    except fault_rules.BadRule as exc:
        key = fault_rules.METADATA_KEY
        raise errors.InvalidField(name=key, value=metadata[key], reason=str(exc)) from exc
    return metadata


def find_flavor(req, connection, flavor_id):
    """The flavor as a server carries it; raises Invalid for one the caller cannot use."""
    row = flavors.get(connection, flavor_id, req.context)
    if row is None or row.disabled:
        raise errors.Invalid(f'Flavor {flavor_id} could not be found.')
    return flavors.embedded(row)


def find_image(req, connection, image_id, flavor):
    """The image's row, if this flavor has room for it; None where there are no images."""
    if not req.has('images'):
        return None
    return _fitting(_image(req, connection, image_id), image_id, flavor)


def _image(req, connection, image_id):
    return req.images.find(connection, image_id) if image_id and req.has('images') else None


def _fitting(image, image_id, flavor):
    if image is None:
        raise errors.Invalid('Can not find requested image')
    if image.status != 'active':
        raise errors.Invalid(f'Image {image_id} is not active.')
    if flavor['ram'] < image.min_ram:
        raise errors.Invalid("Flavor's memory is too small for requested image.")
    if flavor['disk'] and flavor['disk'] < image.min_disk:
        gib = 1024 ** 3
        raise errors.Invalid(
            f"Flavor's disk is smaller than the minimum size specified in image metadata. Flavor "
            f"disk is {flavor['disk'] * gib} bytes, minimum size is {image.min_disk * gib} bytes.")
    return image


def _place(body):
    """The zone that is asked for, and the host: they are written ZONE:HOST, both or one."""
    zone, _, host = (body.get('availability_zone') or '').partition(':')
    return zone or None, host.strip(':').split(':')[0] or None


def _host(req, connection):
    """The host that is asked for, by one way or the other, or None."""
    _, forced = _place(req.body)
    named = [req.body[name] for name in ('host', 'hypervisor_hostname') if name in req.body]
    if forced:
        req.authorize('servers:create:forced_host')
        if named:
            raise errors.Invalid(
                'One mechanism with host and/or hypervisor_hostname and another mechanism with '
                'zone:host:node are mutually exclusive.')
    elif named:
        req.authorize('compute:servers:create:requested_destination')
    for host in [forced, *named]:
        if host and hosts.get(connection, host) is None:
            raise errors.Invalid(f'Compute host {host} could not be found.')
    if len(set(named)) > 1:
        raise errors.Invalid(f'No compute host matches host {named[0]} and node {named[1]}.')
    return forced or (named[0] if named else None)


def _zone(connection, zone):
    if zone is not None and not hosts.listed(connection, zone=zone):
        raise errors.Invalid('The requested availability zone is not available')
    return zone


def _count(req, connection, flavor, least, most):
    """As many servers as the quota allows of ``most``; QuotaExceeded if that is below ``least``."""
    each = {'instances': 1, 'cores': flavor['vcpus'], 'ram': flavor['ram']}
    owner = req.context
    found = quotas.room(connection, req.conf, owner.project_id, owner.user_id, each, alone=True)
    room = min([most, *((limits[name] - used[name]) // size for limits, used in found
                        for name, size in each.items() if limits[name] >= 0 and size)])
    if room < least:
        refuse_excess(req, connection, owner, {
            name: most * size for name, size in each.items()})
    return room


def refuse_excess(req, connection, owner, wanted):
    """Raise QuotaExceeded, naming every resource there would be too much of.

    ``owner`` is who has it then: a server, or the caller.
    """
    for limits, used in quotas.room(
            connection, req.conf, owner.project_id, owner.user_id, wanted):
        over = [name for name, more in wanted.items()
                if more > 0 and 0 <= limits[name] < used[name] + more]
        if over:
            raise errors.QuotaExceeded(
                resources=', '.join(over), requested=_listed(over, wanted),
                used=_listed(over, used), allowed=_listed(over, limits))


def _listed(names, values):
    return ', '.join(str(values[name]) for name in names)
