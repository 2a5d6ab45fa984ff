"""A cloud whose Keystone, Glance, Neutron and Cinder are real ones: those of another novalite.

What they have at the end is looked at there, with their own clients.
"""

import pytest

from novalite import services
from novalite.services import asked
from novalite.testing import Cloud

_SECTION = """
[{section}]
auth_type = password
auth_url = {url}/identity/v3
username = admin
password = secret
project_name = admin
user_domain_name = Default
project_domain_name = Default
"""


def configuration(path, url, sections=('keystone_authtoken', 'glance', 'neutron', 'cinder')):
    path.write_text(''.join(_SECTION.format(section=name, url=url) for name in sections))
    return path


@pytest.fixture(scope='module')
def real():
    """The cloud that has the services, and no servers."""
    with Cloud(hosts=1) as real:
        yield real


@pytest.fixture(scope='module')
def shared(real, tmp_path_factory):
    file = configuration(tmp_path_factory.mktemp('novalite') / 'novalite.conf', real.url)
    with Cloud(hosts=3, config_file=file, around=real.url,
               neighbours__enabled=['placement']) as cloud:
        yield cloud


@pytest.fixture
def cloud(shared, real):
    yield shared
    shared.behave()
    shared.wipe()
    real.wipe()
    assert left(real) == {'ports': [], 'volumes': [], 'attachments': []}


def left(real):
    """What servers have of the services."""
    admin = real.connection('admin')
    return {
        'ports': [port.id for port in admin.network.ports()
                  if port.device_owner.startswith('compute:')],
        'volumes': [volume.id for volume in admin.block_storage.volumes(all_projects=True)],
        'attachments': [one.id for one in admin.block_storage.attachments(all_projects=True)]}


def ports_of(real, server):
    return list(real.connection('admin').network.ports(device_id=server))


def volume_of(real, **more):
    return real.connection().block_storage.create_volume(**{'size': 1} | more)


def status(real, volume):
    return real.connection().block_storage.get_volume(volume).status


def test_a_server_boots_from_their_image_on_their_network(cloud, real):
    server = cloud.boot('web')
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE', shown.get('fault')
    (port,) = ports_of(real, server)
    assert (port.status, port.binding_host_id, port.device_owner) == (
        'ACTIVE', shown['OS-EXT-SRV-ATTR:host'], 'compute:nova')
    demo = real.connection()
    assert port.project_id == demo.current_project_id
    assert {ip['addr'] for ip in shown['addresses']['private']} == {
        ip['ip_address'] for ip in port.fixed_ips}
    assert shown['security_groups'] == [{'name': 'default'}]

    cloud.ask(server, 'forceDelete')
    cloud.settle(server)
    assert ports_of(real, server) == []


def test_a_volume_is_attached_and_given_back(cloud, real):
    server, volume = cloud.boot('web'), volume_of(real)
    answer = cloud.request('POST', f'/servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume.id}}, version='2.1')
    assert answer.status_code == 200, answer.text
    cloud.settle(server)
    found = real.connection('admin').block_storage.get_volume(volume)
    (attachment,) = found.attachments
    assert (found.status, attachment['server_id'], attachment['device']) == (
        'in-use', server, '/dev/vdb')
    assert attachment['host_name'] == cloud.show(server)['OS-EXT-SRV-ATTR:host']

    taken = cloud.request('POST', f'/servers/{cloud.boot("db")}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume.id}})
    assert taken.status_code == 400 and 'in-use' in taken.text

    cloud.request('DELETE', f'/servers/{server}/os-volume_attachments/{volume.id}')
    cloud.settle(server)
    assert status(real, volume) == 'available'


def test_an_interface_that_comes_while_neutron_is_asked_stays(cloud, real):
    """Neutron tells of a port as soon as it is a server's, while compute still writes it down."""
    server = cloud.boot('web')
    answers = asked.Answers()
    around = services.Services(
        cloud.conf, cloud.services.db, cloud.services.runtime).for_request(None, None, answers)

    def refresh():
        with cloud.services.db.write() as connection:
            around.networks.refresh(connection, server)

    with pytest.raises(asked.AskFirst) as stopped:
        refresh()
    seen = stopped.value.ask()
    added = cloud.request('POST', f'/servers/{server}/os-interface', {'interfaceAttachment': {}})
    assert added.status_code == 200, added.text
    cloud.settle(server)
    answers.keep(stopped.value.key, lambda: seen)
    refresh()
    port = added.json()['interfaceAttachment']['port_id']
    assert cloud.request(
        'DELETE', f'/servers/{server}/os-interface/{port}').status_code == 202
    cloud.settle(server)
    assert len(ports_of(real, server)) == 1


def test_a_snapshot_of_a_server_is_an_image_there(cloud, real):
    server = cloud.boot('web')
    answer = cloud.ask(server, 'createImage', {'name': 'golden'})
    image_id = answer.json()['image_id']
    cloud.settle(server)
    image = real.connection().image.get_image(image_id)
    assert (image.status, image.name, image.owner) == (
        'active', 'golden', real.connection().current_project_id)
    assert image.size > 0
    again = cloud.boot('again', imageRef=image_id)
    assert cloud.show(again)['status'] == 'ACTIVE'
    real.connection().image.delete_image(image_id)


def test_a_snapshot_that_fails_leaves_nothing_there(cloud, real):
    server = cloud.boot('web')
    cloud.fail('snapshot')
    image_id = cloud.ask(server, 'createImage', {'name': 'broken'}).json()['image_id']
    cloud.settle(server)
    assert real.connection().image.find_image(image_id) is None
    assert cloud.actions(server)[-1] == ('createImage', 'Error')


def boot_from_volume(cloud, image, delete=True):
    return cloud.boot('web', imageRef='', block_device_mapping_v2=[{
        'source_type': 'image', 'destination_type': 'volume', 'uuid': image.id, 'boot_index': 0,
        'volume_size': 2, 'delete_on_termination': delete}])


def test_an_image_of_a_server_with_volumes_is_made_of_snapshots_there(cloud, real):
    demo = real.connection()
    server = boot_from_volume(
        cloud, demo.image.find_image('cirros-0.6.2-x86_64-disk'), delete=False)
    answer = cloud.ask(server, 'createImage', {'name': 'golden'})
    assert answer.status_code == 202, answer.text
    cloud.settle(server)
    image = demo.image.get_image(answer.json()['image_id'])
    assert (image.status, image.size) == ('active', 0)
    (snapshot,) = demo.block_storage.snapshots()
    assert (snapshot.name, snapshot.size) == ('snapshot for golden', 2)
    assert snapshot.id in image.properties['block_device_mapping']
    again = cloud.boot('again', imageRef=image.id)
    shown = cloud.show(again)
    assert shown['status'] == 'ACTIVE', shown.get('fault')
    (attached,) = shown['os-extended-volumes:volumes_attached']
    assert demo.block_storage.get_volume(attached['id']).snapshot_id == snapshot.id
    demo.image.delete_image(image)


def test_the_volume_a_server_boots_from_begins_anew_there(cloud, real):
    demo = real.connection()
    server = boot_from_volume(cloud, demo.image.find_image('cirros-0.6.2-x86_64-disk'))
    other = demo.image.create_image(
        name='other', disk_format='raw', container_format='bare', data=b'x')
    cloud.act(server, 'rebuild', {'imageRef': other.id}, version='2.93')
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE', shown.get('fault')
    (attached,) = shown['os-extended-volumes:volumes_attached']
    volume = real.connection('admin').block_storage.get_volume(attached['id'])
    assert (volume.status, volume.volume_image_metadata['image_name']) == ('in-use', 'other')
    (attachment,) = volume.attachments
    assert attachment['host_name'] == shown['OS-EXT-SRV-ATTR:host']
    demo.image.delete_image(other)


def test_a_server_boots_from_a_volume_made_of_their_image(cloud, real):
    image = real.connection().image.find_image('cirros-0.6.2-x86_64-disk')
    server = boot_from_volume(cloud, image)
    shown = cloud.show(server)
    assert shown['status'] == 'ACTIVE', shown.get('fault')
    (attached,) = shown['os-extended-volumes:volumes_attached']
    volume = real.connection().block_storage.get_volume(attached['id'])
    assert (volume.status, volume.is_bootable, volume.size) == ('in-use', True, 2)
    cloud.ask(server, 'forceDelete')
    cloud.settle(server)
    assert left(real)['volumes'] == []


def test_ports_and_volumes_follow_a_server_to_another_host(cloud, real):
    server, volume = cloud.boot('web', flavor='1'), volume_of(real)
    cloud.request('POST', f'/servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume.id}})
    cloud.settle(server)
    before = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    cloud.act(server, 'resize', {'flavorRef': '2'})
    after = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    assert after != before

    def hosts():
        (port,) = ports_of(real, server)
        (attachment,) = real.connection('admin').block_storage.get_volume(volume).attachments
        return port.binding_host_id, attachment['host_name']

    assert hosts() == (after, after)
    cloud.act(server, 'revertResize')
    assert hosts() == (before, before)


def test_interfaces_and_groups_change_while_a_server_runs(cloud, real):
    server, demo = cloud.boot('web'), real.connection()
    network = demo.network.find_network('shared')
    answer = cloud.request('POST', f'/servers/{server}/os-interface', {
        'interfaceAttachment': {'net_id': network.id}})
    assert answer.status_code == 200, answer.text
    port_id = answer.json()['interfaceAttachment']['port_id']
    cloud.settle(server)
    assert port_id in {port.id for port in ports_of(real, server)}
    listed = cloud.get(f'/servers/{server}/os-interface')['interfaceAttachments']
    assert {one['port_id'] for one in listed} == {port.id for port in ports_of(real, server)}

    group = demo.network.create_security_group(name='web')
    cloud.act(server, 'addSecurityGroup', {'name': 'web'})
    assert all(group.id in port.security_group_ids for port in ports_of(real, server))
    named = cloud.get(f'/servers/{server}/os-security-groups')['security_groups']
    assert {one['name'] for one in named} == {'default', 'web'}
    cloud.act(server, 'removeSecurityGroup', {'name': 'web'})
    demo.network.delete_security_group(group)

    cloud.request('DELETE', f'/servers/{server}/os-interface/{port_id}')
    cloud.settle(server)
    assert demo.network.find_port(port_id) is None


def test_a_port_of_ones_own_outlives_its_server(cloud, real):
    demo = real.connection()
    port = demo.network.create_port(network_id=demo.network.find_network('private').id)
    server = cloud.boot('web', networks=[{'port': port.id}])
    assert demo.network.get_port(port).device_id == server
    cloud.ask(server, 'forceDelete')
    cloud.settle(server)
    found = demo.network.get_port(port)
    assert (found.device_id, found.status) == ('', 'DOWN')
    demo.network.delete_port(port)


def test_what_is_another_projects_there_is_not_found(cloud, real):
    other = real.connection('other')
    image = other.image.create_image(
        name='secret', filename=None, data=b'x', disk_format='raw', container_format='bare')
    volume = other.block_storage.create_volume(size=1)
    network = other.network.create_network(name='theirs')
    for refused, words in (({'imageRef': image.id}, 'Can not find requested image'),
                           ({'networks': [{'uuid': network.id}]}, network.id)):
        answer = cloud.create(**refused)
        assert answer.status_code == 400 and words in answer.text
    server = cloud.boot('web')
    answer = cloud.request('POST', f'/servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume.id}})
    assert answer.status_code == 404
    other.image.delete_image(image)
    other.network.delete_network(network)


def test_what_was_made_for_a_request_that_is_refused_is_taken_back(cloud, real):
    server, volume = cloud.boot('web'), volume_of(real)
    cloud.act(server, 'suspend')
    answer = cloud.request('POST', f'/servers/{server}/os-volume_attachments', {
        'volumeAttachment': {'volumeId': volume.id}})
    assert answer.status_code == 409
    assert status(real, volume) == 'available'
    before = {port.id for port in ports_of(real, server)}
    network = real.connection().network.find_network('shared')
    answer = cloud.request('POST', f'/servers/{server}/os-interface', {
        'interfaceAttachment': {'net_id': network.id}})
    assert answer.status_code == 409
    assert {port.id for port in ports_of(real, server)} == before


def test_a_create_that_fails_on_its_host_leaves_nothing_there(cloud, real):
    cloud.fail('spawn', times=3)
    server = cloud.boot('web')
    shown = cloud.show(server)
    assert shown['status'] == 'ERROR'
    assert left(real)['ports'] == []


def test_a_server_is_shelved_and_comes_back(cloud, real):
    server = cloud.boot('web')
    cloud.act(server, 'shelve')
    assert cloud.show(server)['status'] == 'SHELVED_OFFLOADED'
    (port,) = ports_of(real, server)
    assert port.binding_host_id == ''
    cloud.act(server, 'unshelve')
    shown = cloud.show(server)
    (port,) = ports_of(real, server)
    assert (shown['status'], port.binding_host_id) == (
        'ACTIVE', shown['OS-EXT-SRV-ATTR:host'])
    assert not [image for image in real.connection().image.images() if 'shelved' in image.name]


def test_a_service_that_is_away_is_a_fault_that_says_so(tmp_path):
    real = Cloud(hosts=1).start()
    file = configuration(tmp_path / 'novalite.conf', real.url)
    with Cloud(hosts=1, config_file=file, around=real.url, glance__connect_retries=0,
               neutron__connect_retries=0, cinder__connect_retries=0,
               neighbours__enabled=['placement']) as cloud:
        server = cloud.boot('web')
        cloud.token('admin')
        cloud.show(server)
        image = cloud.show(server, who='demo')['image']['id']
        real.stop()
        # What the middleware has heard of a token it believes for a while.
        cloud.act(server, 'os-stop')
        answer = cloud.request('POST', '/servers', {'server': {
            'name': 'no', 'imageRef': image, 'flavorRef': '42', 'networks': 'none'}})
        assert answer.status_code == 503
        assert 'image service cannot be asked' in answer.text
        cloud.ask(server, 'forceDelete')
        cloud.settle(server)
        shown = cloud.show(server)
        assert shown['status'] == 'ERROR'
        assert 'service cannot be asked' in shown['fault']['message']
