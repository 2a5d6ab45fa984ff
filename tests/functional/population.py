"""A cloud with one of everything, for tests that ask it anything."""

import contextlib
import re

from novalite.testing import Cloud


@contextlib.contextmanager
def populated():
    """A cloud that an administrator may ask anything, and what there is in it."""
    with Cloud(api__max_limit=20, quota__instances=-1, quota__cores=-1, quota__ram=-1) as cloud:
        yield cloud, _things(cloud)


def of(path, things):
    """What there is for each name in a path; nothing for names of what there is none of."""
    names = re.findall(r'/([^/{]*)/{(\w+)}', path)
    return {name: things[word] for word, name in names if word in things}


def _things(cloud):
    """Names and ids of what there is, by the word in the path that they follow."""
    server = cloud.boot(who='admin', metadata={'a': 'b'}, tags=['blue'])
    cloud.request('POST', '/os-aggregates', {'aggregate': {'name': 'rack'}}, who='admin')
    cloud.request('POST', '/os-keypairs', {'keypair': {'name': 'mine'}}, who='admin',
                  version='2.91')
    cloud.request('POST', '/os-server-groups',
                  {'server_group': {'name': 'g', 'policy': 'affinity'}}, who='admin')

    def ids(path, root, key='id', version='2.90'):
        return [str(one[key]) for one in cloud.get(path, who='admin', version=version)[root]]
    images = [image.id for image in cloud.connection('admin').image.images()]
    return {
        'servers': [server], 'metadata': ['a', 'os_distro'], 'tags': ['blue'],
        'flavors': ['42', '1'], 'os-extra_specs': ['hw:cpu_policy'], 'images': images,
        'os-aggregates': ids('/os-aggregates', 'aggregates'), 'os-keypairs': ['mine'],
        'os-server-groups': ids('/os-server-groups', 'server_groups'),
        'os-instance-actions': ids(
            f'/servers/{server}/os-instance-actions', 'instanceActions', 'request_id'),
        'os-interface': ids(
            f'/servers/{server}/os-interface', 'interfaceAttachments', 'port_id'),
        'os-services': [*ids('/os-services', 'services'), 'enable', 'force-down'],
        'os-hypervisors': [*ids('/os-hypervisors', 'hypervisors'), '1', 'host'],
        'os-quota-sets': [cloud.connection('admin').current_project_id],
        'os-simple-tenant-usage': [cloud.connection('admin').current_project_id],
        'os-quota-class-sets': ['default'], 'extensions': ['OS-DCF'],
        'migrations': ['1'],
    }
