"""Nova's own example requests and responses against our declarations, version by version.

They are read from where the facts about Nova lie, beside the repository; elsewhere these tests
are skipped. A file's folder names the version that brought its shape, which holds until the next
folder that has a file of that name.
"""

import json
import os
import pathlib
import re

import pytest

from novalite.api import microversion
from novalite.api import routes
from novalite.api import schema
from novalite.api.resources import server_actions

SAMPLES = pathlib.Path(os.environ.get(
    'NOVALITE_NOVA_SAMPLES', '/work/shared/nova-samples/api_samples'))

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason='Nova\'s samples are not here')

_SERVER = '/v2.1/servers/{id}'
_ACTION = f'POST {_SERVER}/action'

#: Resource -> {pattern of file names: the route it belongs to}. The first that matches counts.
ROUTES = {
    'flavor-access': {'.*create-req': 'POST /v2.1/flavors',
                      '.*-tenant-.*': 'POST /v2.1/flavors/{id}/action',
                      '.*list.*': 'GET /v2.1/flavors/{id}/os-flavor-access'},
    'flavor-extra-specs': {'.*create.*': 'POST /v2.1/flavors/{id}/os-extra_specs',
                           '.*list.*': 'GET /v2.1/flavors/{id}/os-extra_specs',
                           '.*update.*': 'PUT /v2.1/flavors/{id}/os-extra_specs/{key}',
                           '.*get.*': 'GET /v2.1/flavors/{id}/os-extra_specs/{key}'},
    'flavor-manage': {'.*create.*': 'POST /v2.1/flavors', '.*update.*': 'PUT /v2.1/flavors/{id}'},
    'flavors': {'.*get.*': 'GET /v2.1/flavors/{id}', '.*detail.*': 'GET /v2.1/flavors/detail',
                '.*list.*': 'GET /v2.1/flavors'},
    'images': {'image-get.*': 'GET /v2.1/images/{id}',
               'images-details.*': 'GET /v2.1/images/detail', 'images-list.*': 'GET /v2.1/images',
               'image-meta-key-get.*': 'GET /v2.1/images/{id}/metadata/{key}',
               'image-meta-key-put.*': 'PUT /v2.1/images/{id}/metadata/{key}',
               'image-metadata-get.*': 'GET /v2.1/images/{id}/metadata',
               'image-metadata-post.*': 'POST /v2.1/images/{id}/metadata',
               'image-metadata-put.*': 'PUT /v2.1/images/{id}/metadata'},
    'limits': {'.*': 'GET /v2.1/limits'},
    'os-aggregates': {'aggregate-post.*': 'POST /v2.1/os-aggregates',
                      'aggregate-images.*': 'POST /v2.1/os-aggregates/{id}/images',
                      'aggregate-update.*': 'PUT /v2.1/os-aggregates/{id}',
                      'aggregates?-(add|remove|metadata).*': 'POST /v2.1/os-aggregates/{id}/action',
                      'aggregates-get.*': 'GET /v2.1/os-aggregates/{id}',
                      'aggregates-list.*': 'GET /v2.1/os-aggregates'},
    'os-attach-interfaces': {'.*create.*': f'POST {_SERVER}/os-interface',
                             '.*list.*': f'GET {_SERVER}/os-interface',
                             '.*show.*': f'GET {_SERVER}/os-interface/{{port_id}}'},
    'os-availability-zone': {'.*detail.*': 'GET /v2.1/os-availability-zone/detail',
                             '.*list.*': 'GET /v2.1/os-availability-zone'},
    'os-console-auth-tokens': {'create.*': f'POST {_SERVER}/remote-consoles',
                               'get.*': 'GET /v2.1/os-console-auth-tokens/{token}'},
    'os-hypervisors': {'.*detail.*': 'GET /v2.1/os-hypervisors/detail',
                       '.*search.*': 'GET /v2.1/os-hypervisors/{id}/search',
                       '.*-show.*': 'GET /v2.1/os-hypervisors/{id}',
                       '.*statistics.*': 'GET /v2.1/os-hypervisors/statistics',
                       '.*uptime.*': 'GET /v2.1/os-hypervisors/{id}/uptime',
                       '.*without-servers.*': 'GET /v2.1/os-hypervisors/{id}/servers',
                       '.*list.*|.*with-servers.*': 'GET /v2.1/os-hypervisors'},
    'os-instance-actions': {'instance-action-get.*':
                            f'GET {_SERVER}/os-instance-actions/{{request_id}}',
                            'instance-actions-list.*': f'GET {_SERVER}/os-instance-actions'},
    'os-keypairs': {'.*get.*': 'GET /v2.1/os-keypairs/{id}', '.*list.*': 'GET /v2.1/os-keypairs',
                    '.*post.*': 'POST /v2.1/os-keypairs'},
    'os-migrations': {'.*': 'GET /v2.1/os-migrations'},
    'os-multiple-create': {'.*': 'POST /v2.1/servers'},
    'os-quota-class-sets': {'.*show.*': 'GET /v2.1/os-quota-class-sets/{id}',
                            '.*update.*': 'PUT /v2.1/os-quota-class-sets/{id}'},
    'os-quota-sets': {'.*defaults.*': 'GET /v2.1/os-quota-sets/{id}/defaults',
                      '.*detail.*': 'GET /v2.1/os-quota-sets/{id}/detail',
                      '.*show.*': 'GET /v2.1/os-quota-sets/{id}',
                      '.*update.*': 'PUT /v2.1/os-quota-sets/{id}'},
    'os-remote-consoles': {'create.*': f'POST {_SERVER}/remote-consoles', 'get.*': _ACTION},
    'os-security-groups': {'security-group-(add|remove)-.*': _ACTION,
                           'server-.*': f'GET {_SERVER}/os-security-groups',
                           'security-groups-list.*': 'GET /v2.1/os-security-groups',
                           'security-groups-get.*': 'GET /v2.1/os-security-groups/{id}',
                           'security-group-rules.*': 'POST /v2.1/os-security-group-rules',
                           'security-groups?-(post|create).*': 'POST /v2.1/os-security-groups'},
    'os-server-diagnostics': {'.*': f'GET {_SERVER}/diagnostics'},
    'os-server-external-events': {'.*': 'POST /v2.1/os-server-external-events'},
    'os-server-groups': {'.*get.*': 'GET /v2.1/os-server-groups/{id}',
                         '.*list.*': 'GET /v2.1/os-server-groups',
                         '.*post.*': 'POST /v2.1/os-server-groups'},
    'os-server-password': {'.*': f'GET {_SERVER}/os-server-password'},
    'os-server-tags': {'.*index.*': f'GET {_SERVER}/tags', '.*put-all.*': f'PUT {_SERVER}/tags',
                       'server-tags-show.*': f'GET {_SERVER}',
                       'servers-tags.*': 'GET /v2.1/servers/detail'},
    'os-server-topology': {'.*': f'GET {_SERVER}/topology'},
    'os-services': {'.*put.*': 'PUT /v2.1/os-services/{id}', '.*list.*': 'GET /v2.1/os-services'},
    'os-simple-tenant-usage': {
        '.*specific|.*get-detail': 'GET /v2.1/os-simple-tenant-usage/{id}',
        '.*': 'GET /v2.1/os-simple-tenant-usage'},
    'os-snapshots': {'.*create.*': 'POST /v2.1/os-snapshots',
                     '.*(list|detail).*': 'GET /v2.1/os-snapshots',
                     '.*show.*': 'GET /v2.1/os-snapshots/{id}'},
    'os-volume_attachments': {
        'attach.*': f'POST {_SERVER}/os-volume_attachments',
        'list.*': f'GET {_SERVER}/os-volume_attachments',
        'update.*': f'PUT {_SERVER}/os-volume_attachments/{{volume_id}}',
        'volume.*detail.*': f'GET {_SERVER}/os-volume_attachments/{{volume_id}}'},
    'os-volumes': {'.*get.*': 'GET /v2.1/os-volumes/{id}', '.*post.*': 'POST /v2.1/os-volumes',
                   '.*(index|detail).*': 'GET /v2.1/os-volumes'},
    'server-ips': {'.*network.*': f'GET {_SERVER}/ips/{{network}}', '.*': f'GET {_SERVER}/ips'},
    'server-metadata': {'.*-all-req': f'POST {_SERVER}/metadata',
                        '.*-all-resp': f'GET {_SERVER}/metadata',
                        '.*-req': f'PUT {_SERVER}/metadata/{{key}}',
                        '.*-resp': f'GET {_SERVER}/metadata/{{key}}'},
    'server-migrations': {'live-migrate.*': _ACTION,
                          'force.*': f'POST {_SERVER}/migrations/{{migration}}/action',
                          '.*index': f'GET {_SERVER}/migrations',
                          '.*get': f'GET {_SERVER}/migrations/{{migration}}'},
    'servers-sort': {'.*': 'GET /v2.1/servers'},
    'servers': {'server-action-.*|lock.*': _ACTION, 'server-create.*': 'POST /v2.1/servers',
                'server-groups.*': 'POST /v2.1/os-server-groups',
                'server-(update|put).*': f'PUT {_SERVER}', 'server-get.*': f'GET {_SERVER}',
                'servers-details.*': 'GET /v2.1/servers/detail',
                'servers-list.*': 'GET /v2.1/servers'},
    'os-rescue': {'server-get.*': f'GET {_SERVER}', '.*': _ACTION},
    **dict.fromkeys(
        ('os-admin-actions', 'os-admin-password', 'os-console-output', 'os-create-backup',
         'os-deferred-delete', 'os-evacuate', 'os-lock-server', 'os-migrate-server', 'os-multinic',
         'os-pause-server', 'os-preserve-ephemeral-rebuild', 'os-shelve', 'os-suspend-server'),
        {'.*': _ACTION}),
}

def samples():
    if not SAMPLES.is_dir():
        return
    for file in sorted(SAMPLES.rglob('*.json')):
        resource, *folders = file.relative_to(SAMPLES).parts[:-1]
        version = microversion.V(*map(int, folders[0][1:].split('.'))) if folders \
            else microversion.MIN
        route = next((route for pattern, route in ROUTES.get(resource, {}).items()
                      if re.fullmatch(pattern, file.stem)), None)
        yield resource, version, file, route
