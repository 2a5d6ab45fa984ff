"""Nova's own example requests and responses against our declarations, version by version.

They are read from where the facts about Nova lie, beside the repository; elsewhere these tests
are skipped. A file's folder names the version that brought its shape, which holds until the next
folder that has a file of that name.
"""

import json
import os
import pathlib
import re
import uuid

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
        '.*specific': 'GET /v2.1/os-simple-tenant-usage/{id}',
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


#: Samples that say what Nova itself would not take or show, or what nobody here ever is shown.
_ODD = {
    # A cell that is down is shown by what little is known; ours is never down.
    'servers/v2.69/.*', '.*-down-cell-.*', 'os-services/v2.69/.*',
    # Named after the version that they are for, and not by their folder.
    'servers/server-create-req-v2(37|57)', 'os-hypervisors/v2.(53|88)/.*(search|without-servers).*',
    # No body of a request at all, or one of a version before.
    'os-rescue/.*server-rescue', 'os-keypairs/v2.92/keypairs-post-req',
    'servers/v2.9[04]/server-create-req',
    # NUMA nodes, which no host of ours has, and an image with a property that is null.
    'os-server-topology/.*', 'images/images-details-get-resp',
    # A pattern where a UUID would be, and an event that only Nova's own tests send.
    'servers/v2.(47|63|66)/server-create-req', 'os-server-external-events/event-create-req',
}


def _samples():
    for file in sorted(SAMPLES.rglob('*.json')) if SAMPLES.is_dir() else ():
        name = str(file.relative_to(SAMPLES).with_suffix(''))
        resource, *folders = file.relative_to(SAMPLES).parts[:-1]
        route = next((route for pattern, route in ROUTES.get(resource, {}).items()
                      if re.fullmatch(pattern, file.stem)), None)
        if route is None or any(re.fullmatch(odd, name) for odd in _ODD):
            continue
        version = microversion.V(*map(int, folders[0][1:].split('.'))) if folders \
            else microversion.MIN
        yield pytest.param(file, version, route, id=name)


def _handler(route):
    method, path = route.split()
    return routes.ROUTES[path][method]


#: What an action answers does not say which: file names -> verbs.
_ANSWERS = {
    '.*rebuild': 'rebuild', 'server-action-create-image': 'createImage',
    'create-backup': 'createBackup', 'console-output': 'os-getConsoleOutput',
    'server-evacuate': 'evacuate', 'get-rdp': 'os-getRDPConsole', 'get-spice': 'os-getSPICEConsole',
    'get-serial': 'os-getSerialConsole', 'get-vnc': 'os-getVNCConsole'}


def _is_answer(file, route):
    return 'resp' in file.stem or route.startswith('GET')


_ALL = list(_samples())


@pytest.mark.parametrize('file, version, route', [
    sample for sample in _ALL if not _is_answer(sample.values[0], sample.values[2])])
def test_what_nova_takes_is_taken(file, version, route):
    body, handler = json.loads(file.read_text()), _handler(route)
    if route == _ACTION:
        (name, value), = body.items()
        verb = server_actions.VERBS[name]
        assert verb.since <= version <= verb.until
        if verb.fields is not None and not (verb.or_null and value is None):
            schema.check_body(body, version, name, verb.fields)
    else:
        root, fields, beside, extra = handler.accepts
        schema.check_body(body, version, root, fields, beside, extra)


@pytest.mark.parametrize('file, version, route', [
    sample for sample in _ALL if _is_answer(sample.values[0], sample.values[2])])
def test_what_nova_shows_is_what_is_declared(file, version, route):
    """No key more, and none less but what only some may see."""
    known = f'"{uuid.UUID(int=1)}"'
    body = json.loads(re.sub('"volume_id[0-9]"', known, file.read_text()))
    if route == _ACTION:
        name = next(name for pattern, name in _ANSWERS.items() if re.match(pattern, file.stem))
        returns = server_actions.VERBS[name].returns
    else:
        returns = _handler(route).returns
    assert schema.checker(returns.body(version)).complaint(body) is None
