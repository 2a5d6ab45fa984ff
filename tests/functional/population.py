"""A cloud with one of everything, for tests that ask it anything."""

import contextlib
import re

from novalite.testing import Cloud
from tests.functional import writes


@contextlib.contextmanager
def populated():
    """A cloud that an administrator may ask anything, and what there is in it."""
    with Cloud(api__max_limit=20, quota__instances=-1, quota__cores=-1, quota__ram=-1,
               quota__key_pairs=-1, quota__server_groups=-1,
               consoleauth__types=['novnc', 'rdp-html5', 'spice-html5', 'serial']) as cloud:
        yield cloud, _things(cloud)


def of(path, things):
    """What there is for each name in a path; nothing for names of what there is none of."""
    names = re.findall(r'/([^/{]*)/{(\w+)}', path)
    return {name: things[word] for word, name in names if word in things}


def _things(cloud):
    """Names and ids of what there is, by the word in the path that they follow."""
    admin = cloud.connection('admin')
    project = admin.current_project_id
    admin.block_storage.put(f'/os-quota-sets/{project}', json={
        'quota_set': {'volumes': -1, 'snapshots': -1, 'gigabytes': -1}})
    server = cloud.boot(who='admin', metadata={'a': 'b'}, tags=['blue'])

    def made(path, root, body, version='2.35', **more):
        answer = cloud.request('POST', path, {root: body}, who='admin', version=version, **more)
        assert answer.status_code < 300, answer.text
        return str(answer.json()[root].get('id'))

    def ids(path, root, key='id', version='2.90'):
        return [str(one[key]) for one in cloud.get(path, who='admin', version=version)[root]]
    made('/os-keypairs', 'keypair', {'name': 'mine'})
    made('/flavors/42/os-extra_specs', 'extra_specs', {'hw:cpu_policy': 'shared'})
    volume, other = (made('/os-volumes', 'volume', {'size': 1}) for _ in range(2))
    made(f'/servers/{server}/os-volume_attachments', 'volumeAttachment', {'volumeId': volume})
    cloud.settle(server)
    tokens = [re.search('token(=|%3D)(.*)', cloud.request(
        'POST', f'/servers/{server}/remote-consoles', who='admin', json={
            'remote_console': {'protocol': protocol, 'type': kind}},
    ).json()['remote_console']['url'])[2] for protocol, kind in (
        ('vnc', 'novnc'), ('rdp', 'rdp-html5'))]
    prop = next(iter(cloud.get('/images/detail', version='2.35')['images'][0]['metadata']), 'a')
    private = made('/flavors', 'flavor', {'name': 'private', 'ram': 1, 'vcpus': 1, 'disk': 1,
                                           'os-flavor-access:is_public': False})
    network = next(admin.network.networks(name='private'))
    return {
        'servers': [server], 'metadata': ['a', prop], 'tags': ['blue'],
        'ips': list(cloud.show(server)['addresses']),
        'flavors': ['42', '1', private], 'os-extra_specs': ['hw:cpu_policy'],
        'images': [image.id for image in admin.image.images()], 'os-volumes_boot': [server],
        'os-aggregates': [made('/os-aggregates', 'aggregate', {'name': 'rack'})],
        'os-keypairs': ['mine'],
        'os-server-groups': [made('/os-server-groups', 'server_group',
                                  {'name': 'g', 'policies': ['affinity']})],
        'os-instance-actions': ids(
            f'/servers/{server}/os-instance-actions', 'instanceActions', 'request_id'),
        'os-interface': ids(
            f'/servers/{server}/os-interface', 'interfaceAttachments', 'port_id'),
        'os-volume_attachments': [volume], 'os-volumes': [other],
        'os-snapshots': [made('/os-snapshots', 'snapshot', {'volume_id': other})],
        'os-security-groups': ids('/os-security-groups', 'security_groups', version='2.35'),
        'os-floating-ips': [writes.floating_ip(cloud)['id']],
        'os-networks': [network.id], 'os-tenant-networks': [network.id],
        'os-services': [*ids('/os-services', 'services'), 'enable', 'force-down'],
        'os-hypervisors': [*ids('/os-hypervisors', 'hypervisors'), '1', 'host'],
        'os-hosts': ids('/os-hosts', 'hosts', 'host_name', version='2.42'),
        'os-quota-sets': [project], 'os-simple-tenant-usage': [project],
        'os-quota-class-sets': ['default'], 'extensions': ['OS-DCF'], 'versions': ['v2.1'],
        'migrations': ['1'], 'os-console-auth-tokens': tokens,
        'os-instance_usage_audit_log': ['2026-01-01 00:00:00'],
    }
