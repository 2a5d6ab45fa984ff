"""What a user does on novalite with OpenStack's own services around it: see real.sh.

    real_story.py DIR [CHAPTER...]

All that is done is done by the stock `openstack` command; what came of it is looked at in the
services themselves. A chapter ends at the first thing that is not as told; whatever it
leaves is deleted, and must then be gone everywhere.
"""

import contextlib
import json
import multiprocessing
import os
import pathlib
import sys
import tempfile
import time
import traceback

import openstack
from openstackclient import shell

CLOUD = 'novalite'
#: A command is a copy of this process: what it imports it has already, and takes a second less.
FORK = multiprocessing.get_context('fork')
PATIENCE = 90

admin = openstack.connect(cloud='novalite-admin')
chapters = {}


def chapter(function):
    chapters[function.__name__] = function
    return function


class Refused(Exception):
    """The command ended with another status than 0; what it said."""


def run(command, cloud=CLOUD):
    """What the command printed."""
    words = command if isinstance(command, list) else command.split()
    with tempfile.TemporaryDirectory() as directory:
        said, wrong = pathlib.Path(directory, 'said'), pathlib.Path(directory, 'wrong')
        child = FORK.Process(target=command_line, args=(
            ['--os-cloud', cloud, *words], said, wrong))
        child.start()
        child.join()
        if child.exitcode:
            raise Refused(f'{" ".join(words)}: {wrong.read_text().strip()[-600:]}')
        return said.read_text()


def command_line(words, said, wrong):
    with said.open('w') as out, wrong.open('w') as err, contextlib.redirect_stdout(
            out), contextlib.redirect_stderr(err):
        try:
            status = shell.OpenStackShell().run(words)
        except SystemExit as exc:
            status = exc.code
    os._exit(status or 0)


def ask(command, cloud=CLOUD):
    """What the command printed, as data."""
    return json.loads(run(f'{command} -f json', cloud))


def refused(command, *words, cloud=CLOUD):
    try:
        run(command, cloud)
    except Refused as exc:
        for word in words:
            assert word.lower() in str(exc).lower(), f'no "{word}" in: {exc}'
        return
    raise AssertionError(f'{command}: was not refused')


def until(what, look):
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < end, f'after {PATIENCE} s still not: {what}'
        time.sleep(0.3)
    return found


def same(found, wanted, what):
    assert found == wanted, f'{what}: {found!r}, not {wanted!r}'


def server(id):
    return admin.compute.get_server(id)


def settled(id, status):
    """The server, when nothing is being done to it any more and it has this status."""
    def look():
        found = server(id)
        return found if found.task_state is None and found.status in (status, 'ERROR') else None
    found = until(f'server {id} is {status}', look)
    assert found.status == status, f'server {id} is {found.status}: {found.fault}'
    return found


def boot(name, more='--network private --image cirros'):
    id = ask(f'server create --flavor m1.tiny {more} {name}')['id']
    return settled(id, 'ACTIVE')


def ports(id):
    return sorted(admin.network.ports(device_id=id), key=lambda port: port.created_at)


def bound(id):
    """Each port of the server is bound to its host and ACTIVE."""
    found = server(id)

    def look():
        return all((one.status, one.binding_host_id, one.binding_vif_type) == (
            'ACTIVE', found.compute_host, 'ovs') for one in ports(id))
    until(f'the ports of {id} are ACTIVE on {found.compute_host}', look)


def volume(id):
    return admin.block_storage.get_volume(id)


def has_status(id, status):
    until(f'volume {id} is {status}', lambda: volume(id).status == status)
    return volume(id)


def new_volume(more=''):
    return has_status(ask(f'volume create --size 1 {more} data')['id'], 'available').id


def attach(id, volume_id):
    run(f'server add volume {id} {volume_id}')
    attached(id, volume_id)


def attached(id, volume_id):
    (one,) = has_status(volume_id, 'in-use').attachments
    same((one['server_id'], one['host_name']), (id, server(id).compute_host), 'the attachment')


def delete(id):
    def look():
        try:
            found = server(id)
        except openstack.exceptions.NotFoundException:
            return True
        assert found.status in (before, 'DELETED'), f'{found.status}: {found.fault}'
    before = server(id).status
    run(f'server delete {id}')
    until(f'server {id} is gone', look)

    same(ports_made(id), [], 'ports of a server that is gone')
    same([one.id for one in admin.block_storage.attachments(all_projects=True)
          if one.instance == id], [], 'attachments of a server that is gone')


def ports_made(id):
    return [port.id for port in ports(id)]


@chapter
def boots_on_a_network():
    found = boot('web')
    bound(found.id)
    (port,) = ports(found.id)
    shown = ask(f'server show {found.id}')
    same(shown['addresses'], {'private': [port.fixed_ips[0]['ip_address']]}, 'addresses')
    same(port.project_id, found.project_id, "the port's project")
    same(port.device_owner, 'compute:nova', "the port's owner")
    (event,) = ask(f'server event list {found.id}')
    same(event['Action'], 'create', 'the event')
    run(f'server stop {found.id}')
    settled(found.id, 'SHUTOFF')
    run(f'server start {found.id}')
    settled(found.id, 'ACTIVE')
    run(f'server reboot --hard {found.id}')
    settled(found.id, 'ACTIVE')
    refused(f'server show {found.id}', 'No Server found', cloud='novalite-other')
    delete(found.id)


@chapter
def boots_on_a_port():
    port = ask('port create --network private mine')['id']
    found = boot('web', f'--image cirros --port {port}')
    bound(found.id)
    refused(f'server create --flavor m1.tiny --image cirros --port {port} db', 'in use')
    delete(found.id)
    kept = admin.network.get_port(port)
    same((kept.device_id, kept.device_owner, kept.binding_host_id), ('', '', ''), 'the port kept')
    run(f'port delete {port}')


@chapter
def chooses_and_names_networks():
    found = boot('web', '--image cirros --nic auto')
    same([port.network_id for port in ports(found.id)],
         [admin.network.find_network('private').id], 'networks')
    delete(found.id)
    found = boot('web', '--image cirros --nic none')
    same(ports(found.id), [], 'ports')
    delete(found.id)
    network = admin.network.find_network('private').id
    found = boot('web', f'--image cirros --nic net-id={network},v4-fixed-ip=10.20.0.77')
    same(ports(found.id)[0].fixed_ips[0]['ip_address'], '10.20.0.77', 'the fixed address')
    taken = ask('server create --flavor m1.tiny --image cirros '
                f'--nic net-id={network},v4-fixed-ip=10.20.0.77 db')['id']
    until('the second is in ERROR', lambda: server(taken).status == 'ERROR')
    assert '10.20.0.77' in server(taken).fault['message'], server(taken).fault
    delete(taken)
    delete(found.id)
    refused(f'server create --flavor m1.tiny --image cirros --network {network} x',
            cloud='novalite-other')


@chapter
def has_security_groups_and_floating_addresses():
    group = ask('security group create web')['id']
    run(f'security group rule create --proto tcp --dst-port 80 {group}')
    found = boot('web', '--image cirros --network private --security-group web')
    (port,) = ports(found.id)
    same(port.security_group_ids, [group], 'groups of the port')
    same([one['name'] for one in found.security_groups], ['web'], 'groups of the server')
    run(f'server add security group {found.id} default')
    same(len(ports(found.id)[0].security_group_ids), 2, 'groups of the port')
    run(f'server remove security group {found.id} web')
    same(len(ports(found.id)[0].security_group_ids), 1, 'groups of the port')
    refused(f'server add security group {found.id} nosuch', 'nosuch')
    floating = ask('floating ip create public')['floating_ip_address']
    run(f'server add floating ip {found.id} {floating}')
    until('the server shows its floating address', lambda: floating in str(
        ask(f'server show {found.id}')['addresses']))
    run(f'server remove floating ip {found.id} {floating}')
    until('the server does not show it any more', lambda: floating not in str(
        ask(f'server show {found.id}')['addresses']))
    run(f'floating ip delete {floating}')
    delete(found.id)
    run(f'security group delete {group}')


@chapter
def has_interfaces_added_and_removed():
    found = boot('web')
    (first,) = ports(found.id)
    run(f'server add network {found.id} private')
    until('it has two', lambda: len(ports(found.id)) == 2)
    bound(found.id)
    until('it shows two', lambda: len(ask(f'server show {found.id}')['addresses']['private']) == 2)
    port = ask('port create --network private mine')['id']
    run(f'server add port {found.id} {port}')
    until('it has three', lambda: len(ports(found.id)) == 3)
    bound(found.id)
    run(f'server remove port {found.id} {port}')
    until('its own port is free', lambda: admin.network.get_port(port).device_id == '')
    run(f'server add fixed ip {found.id} private')
    until('it has three', lambda: len(ports(found.id)) == 3)
    run(f'server remove port {found.id} {first.id}')
    until('it has two', lambda: len(ports(found.id)) == 2)
    run(f'port delete {port}')
    # A port that is deleted behind its back is told by Neutron.
    run(f'port delete {ports(found.id)[0].id}', cloud='novalite-admin')
    until('it shows one', lambda: len(ask(f'server show {found.id}')['addresses']['private']) == 1)
    delete(found.id)


@chapter
def has_volumes_attached_and_detached():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    (shown,) = ask(f'server volume list {found.id}')
    same((shown['Volume ID'], shown['Device']), (data, '/dev/vdb'), 'the attachment shown')
    other = boot('db')
    refused(f'server add volume {other.id} {data}', 'in-use')
    refused(f'volume delete {data}', 'status must be')
    run(f'server stop {found.id}')
    settled(found.id, 'SHUTOFF')
    run(f'server start {found.id}')
    settled(found.id, 'ACTIVE')
    run(f'server remove volume {found.id} {data}')
    has_status(data, 'available')
    attach(other.id, data)
    delete(other.id)
    has_status(data, 'available')
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def has_a_volume_that_grows():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    run(f'volume set --size 2 {data}')
    until('it is larger', lambda: volume(data).size == 2)
    has_status(data, 'in-use')
    until('novalite was told', lambda: any(
        one['Action'] == 'extend_volume' for one in ask(f'server event list {found.id}')))
    settled(found.id, 'ACTIVE')
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def boots_from_volumes():
    found = boot('web', '--image cirros --boot-from-volume 1 --network private')
    (root,) = [one['id'] for one in found.attached_volumes]
    attached(found.id, root)
    same(volume(root).is_bootable, True, 'bootable')
    same(volume(root).project_id, found.project_id, 'the project of the volume')
    delete(found.id)
    has_status(root, 'available')
    found = boot('web', f'--volume {root} --network private')
    attached(found.id, root)
    snapshot = ask('--os-volume-api-version 3.66 volume snapshot create '
                   f'--volume {root} saved')['id']
    until('there is a snapshot', lambda: admin.block_storage.get_snapshot(
        snapshot).status == 'available')
    delete(found.id)
    found = boot('web', f'--snapshot {snapshot} --network private')
    (copy,) = [one['id'] for one in found.attached_volumes]
    delete(found.id)
    found = boot('web', '--image cirros --network private --block-device '
                 'source_type=blank,destination_type=volume,volume_size=1,'
                 'delete_on_termination=true')
    (blank,) = [one['id'] for one in found.attached_volumes]
    delete(found.id)
    until('what was to end with it is gone',
          lambda: admin.block_storage.find_volume(blank) is None)
    run(f'volume snapshot delete {snapshot}')
    until('the snapshot is gone', lambda: admin.block_storage.find_snapshot(snapshot) is None)
    run(f'volume delete {root} {copy}')


@chapter
def is_made_an_image_of():
    found = boot('web')
    image = ask(f'server image create --name golden {found.id}')['id']
    until('the image is active', lambda: admin.image.get_image(image).status == 'active')
    same(admin.image.get_image(image).owner, found.project_id, 'the owner')
    again = boot('copy', f'--image {image} --network private')
    same(again.image.id, image, 'the image')
    delete(again.id)
    for night in ('first', 'second'):
        run(f'server backup create --name {night} --type daily --rotate 1 {found.id}')
        settled(found.id, 'ACTIVE')
        until('there is a backup', lambda night=night: [
            one for one in admin.image.images(name=night) if one.status == 'active'])
    until('the first is gone', lambda: not list(admin.image.images(name='first')))
    delete(found.id)
    run(f'image delete {image} second')


@chapter
def volume_backed_is_made_an_image_of():
    found = boot('web', '--image cirros --boot-from-volume 1 --network private')
    (root,) = [one['id'] for one in found.attached_volumes]
    image = ask(f'server image create --name golden {found.id}')['id']
    until('the image is active', lambda: admin.image.get_image(image).status == 'active')
    (snapshot,) = [one.id for one in admin.block_storage.snapshots(all_projects=True)]
    delete(found.id)
    run(f'image delete {image}')
    run(f'volume snapshot delete {snapshot}')
    until('the snapshot is gone', lambda: admin.block_storage.find_snapshot(snapshot) is None)
    run(f'volume delete {root}')


@chapter
def is_rebuilt():
    found = boot('web')
    data = new_volume()
    attach(found.id, data)
    before = [port.id for port in ports(found.id)]
    run(f'server rebuild --image cirros {found.id}')
    settled(found.id, 'ACTIVE')
    same([port.id for port in ports(found.id)], before, 'the ports')
    bound(found.id)
    attached(found.id, data)
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def volume_backed_is_rebuilt():
    found = boot('web', '--image cirros --boot-from-volume 1 --network private')
    (root,) = [one['id'] for one in found.attached_volumes]
    run('image create --container-format bare --disk-format raw --file /dev/null other')
    try:
        run(f'--os-compute-api-version 2.93 server rebuild --image other '
            f'--reimage-boot-volume {found.id}')
        settled(found.id, 'ACTIVE')
        attached(found.id, root)
        same(volume(root).volume_image_metadata['image_name'], 'other', 'what it is a copy of')
    finally:
        delete(found.id)
        run('image delete other')
        run(f'volume delete {root}')


@chapter
def is_resized():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    run(f'server resize --flavor m1.small {found.id}')
    moved = settled(found.id, 'VERIFY_RESIZE')
    assert moved.compute_host != found.compute_host
    bound(found.id)
    attached(found.id, data)
    run(f'server resize revert {found.id}')
    back = settled(found.id, 'ACTIVE')
    same(back.compute_host, found.compute_host, 'the host')
    bound(found.id)
    attached(found.id, data)
    run(f'server resize --flavor m1.small {found.id}')
    moved = settled(found.id, 'VERIFY_RESIZE')
    run(f'server resize confirm {found.id}')
    settled(found.id, 'ACTIVE')
    bound(found.id)
    attached(found.id, data)
    delete(found.id)
    has_status(data, 'available')
    run(f'volume delete {data}')


@chapter
def is_migrated():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    for command in ('server migrate --live-migration', 'server migrate'):
        host = server(found.id).compute_host
        run(f'{command} {found.id}', cloud='novalite-admin')
        if 'live' in command:
            until('it is elsewhere', lambda host=host: server(found.id).compute_host != host)
            settled(found.id, 'ACTIVE')
        else:
            settled(found.id, 'VERIFY_RESIZE')
            run(f'server migration confirm {found.id}', cloud='novalite-admin')
            settled(found.id, 'ACTIVE')
        assert server(found.id).compute_host != host
        bound(found.id)
        attached(found.id, data)
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def is_evacuated():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    host = found.compute_host
    run(f'compute service set --down {host} nova-compute', cloud='novalite-admin')
    try:
        run(f'server evacuate {found.id}', cloud='novalite-admin')
        until('it is elsewhere', lambda: server(found.id).compute_host != host)
        settled(found.id, 'SHUTOFF')
        run(f'server start {found.id}')
        settled(found.id, 'ACTIVE')
        bound(found.id)
        attached(found.id, data)
    finally:
        run(f'compute service set --up {host} nova-compute', cloud='novalite-admin')
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def is_shelved():
    found, data = boot('web'), new_volume()
    attach(found.id, data)
    run(f'server shelve --offload {found.id}')
    settled(found.id, 'SHELVED_OFFLOADED')
    until('its ports are on no host', lambda: {
        port.binding_host_id for port in ports(found.id)} == {''})
    run(f'server unshelve {found.id}')
    settled(found.id, 'ACTIVE')
    bound(found.id)
    attached(found.id, data)
    until('the image of the shelf is gone', lambda: not list(
        admin.image.images(name='web-shelved')))
    delete(found.id)
    run(f'volume delete {data}')


@chapter
def is_rescued():
    found = boot('web')
    run(f'server rescue {found.id}')
    settled(found.id, 'RESCUE')
    run(f'server unrescue {found.id}')
    settled(found.id, 'ACTIVE')
    run(f'server rescue --image cirros {found.id}')
    settled(found.id, 'RESCUE')
    run(f'server unrescue {found.id}')
    settled(found.id, 'ACTIVE')
    for there, back, status in (('pause', 'unpause', 'PAUSED'),
                                ('suspend', 'resume', 'SUSPENDED')):
        run(f'server {there} {found.id}')
        settled(found.id, status)
        run(f'server {back} {found.id}')
        settled(found.id, 'ACTIVE')
    bound(found.id)
    delete(found.id)


@chapter
def fails_as_told():
    run('image create --container-format bare --disk-format raw --file /dev/null short')
    image = admin.image.find_image('short').id
    run(f'image delete {image}')
    refused(f'server create --flavor m1.tiny --image {image} --network private x')
    refused('server create --flavor m1.tiny --image cirros --network private '
            '--security-group nosuch x', 'nosuch')
    refused(['server', 'create', '--flavor', 'm1.tiny', '--image', 'cirros', '--nic',
             'net-id=11111111-2222-3333-4444-555555555555', 'x'], 'No Network found')
    data = new_volume()
    for command in (f'server create --flavor m1.tiny --volume {data} --network none x',
                    f'volume show {data}'):
        refused(command, cloud='novalite-other')
    run(f'volume delete {data}')


@chapter
def keeps_to_quotas():
    project = admin.identity.find_project('demo').id
    used = len(list(admin.network.ports(project_id=project)))
    run(f'quota set --ports {used} {project}', cloud='novalite-admin')
    try:
        try:
            id = ask('server create --flavor m1.tiny --image cirros --network private x')['id']
        except Refused as exc:
            assert 'quota' in str(exc).lower(), exc
        else:
            until('it is in ERROR', lambda: server(id).status == 'ERROR')
            assert 'Quota exceeded' in server(id).fault['message'], server(id).fault
            delete(id)
    finally:
        run(f'quota set --ports 100 {project}', cloud='novalite-admin')
    run(f'quota set --volumes 0 {project}', cloud='novalite-admin')
    try:
        refused('server create --flavor m1.tiny --image cirros --boot-from-volume 1 '
                '--network private x', 'quota')
    finally:
        run(f'quota set --volumes 10 {project}', cloud='novalite-admin')


@chapter
def fails_where_a_port_cannot_be_bound():
    network = admin.network.find_network('elsewhere')
    if network is None:
        network = admin.network.create_network(
            name='elsewhere', provider_network_type='flat',
            provider_physical_network='elsewhere', is_shared=True)
        admin.network.create_subnet(network_id=network.id, ip_version=4, cidr='10.30.0.0/24')
    id = ask(f'server create --flavor m1.tiny --image cirros --network {network.id} x')['id']
    failed = until('it has ended', lambda: server(id).status != 'BUILD' and server(id))
    same(failed.status, 'ERROR', 'a server whose port cannot be bound')
    assert 'Binding failed for port' in failed.fault['message'], failed.fault
    same(ports(id), [], 'ports')
    delete(id)
    found = boot('web')
    refused(f'server add network {found.id} {network.id}', 'Binding failed for port')
    same(len(ports(found.id)), 1, 'ports')
    delete(found.id)


@chapter
def fails_where_a_volume_cannot_be_made():
    kind = admin.block_storage.create_type(
        name='nowhere', extra_specs={'volume_backend_name': 'nowhere'})
    try:
        id = ask('server create --flavor m1.tiny --network private --block-device '
                 'uuid=%s,source_type=image,destination_type=volume,volume_size=1,boot_index=0,'
                 'volume_type=nowhere,delete_on_termination=true x'
                 % admin.image.find_image('cirros').id)['id']
        until('it is in ERROR', lambda: server(id).status == 'ERROR')
        assert 'could not be created' in str(server(id).fault), server(id).fault
        delete(id)
        until('no volume is left', lambda: not list(
            admin.block_storage.volumes(all_projects=True)))
    finally:
        admin.block_storage.delete_type(kind)


@chapter
def shares_a_volume():
    if admin.block_storage.find_type('multi') is None:
        admin.block_storage.create_type(name='multi', extra_specs={'multiattach': '<is> True'})
    data = new_volume('--type multi')
    first, second = boot('web'), boot('db')
    for one in (first, second):
        run(f'--os-compute-api-version 2.60 server add volume {one.id} {data}')
    until('it has two attachments', lambda: [
        one for one in [volume(data)] if len(one.attachments) == 2
        and one.status == 'in-use'])
    run(f'server remove volume {first.id} {data}')
    until('it has one', lambda: len(volume(data).attachments) == 1)
    delete(second.id)
    has_status(data, 'available')
    delete(first.id)
    run(f'volume delete {data}')
    until('it is gone', lambda: admin.block_storage.find_volume(data) is None)


@chapter
def has_a_volume_swapped():
    found, old, new = boot('web'), new_volume(), new_volume()
    attach(found.id, old)
    answer = admin.compute.put(f'/servers/{found.id}/os-volume_attachments/{old}',
                               json={'volumeAttachment': {'volumeId': new}}, microversion='2.1')
    same(answer.status_code, 202, 'the status of a swap')
    attached(found.id, new)
    has_status(old, 'available')
    delete(found.id)
    run(f'volume delete {old} {new}')


@chapter
def is_made_many_at_once():
    run('server create --flavor m1.tiny --image cirros --network private --min 5 --max 5 many')
    until('all are ACTIVE', lambda: [
        one.status for one in admin.compute.servers(all_projects=True)] == ['ACTIVE'] * 5)
    many = list(admin.compute.servers(all_projects=True))
    for one in many:
        bound(one.id)
    same(len({port.fixed_ips[0]['ip_address'] for one in many for port in ports(one.id)}), 5,
         'addresses')
    run(['server', 'delete', *(one.id for one in many)])
    for one in many:
        until('it is gone', lambda one=one: admin.compute.find_server(
            one.id, ignore_missing=True) is None)
        same(ports_made(one.id), [], 'ports')


def delete_servers():
    left = list(admin.compute.servers(all_projects=True))
    for one in left:
        with contextlib.suppress(openstack.exceptions.NotFoundException):
            admin.compute.delete_server(one, force=True)
    until('no server is left', lambda: not list(admin.compute.servers(all_projects=True)))
    return [f'server {one.name}' for one in left]


def sweep():
    """Whatever a chapter has left of its own: it tells what that was."""
    left = delete_servers()
    for one in list(admin.network.ports()):
        if not one.device_owner.startswith('network:'):
            left.append(f'port {one.id}')
            admin.network.delete_port(one)
    for one in list(admin.network.ips()):
        left.append(f'address {one.floating_ip_address}')
        admin.network.delete_ip(one)
    for one in list(admin.block_storage.snapshots(all_projects=True)):
        left.append(f'snapshot {one.id}')
        admin.block_storage.delete_snapshot(one)
    until('no snapshot is left', lambda: not list(
        admin.block_storage.snapshots(all_projects=True)))
    for one in list(admin.block_storage.volumes(all_projects=True)):
        if one.status != 'deleting':
            left.append(f'volume {one.id} ({one.status})')
            admin.block_storage.delete_volume(one, force=True)
    until('no volume is left', lambda: not list(admin.block_storage.volumes(all_projects=True)))
    for one in list(admin.image.images()):
        if one.name != 'cirros':
            left.append(f'image {one.name}')
            admin.image.delete_image(one)
    for one in list(admin.network.security_groups()):
        if one.name != 'default':
            left.append(f'group {one.name}')
            admin.network.delete_security_group(one)
    return left


def main(names):
    failed = 0
    sweep()
    for name in names or chapters:
        started, problem = time.monotonic(), None
        try:
            chapters[name]()
        except Exception as exc:
            problem = exc
            trace = traceback.extract_tb(exc.__traceback__)
            line = next(one.lineno for one in reversed(trace) if one.name == name)
        left = sweep()
        if problem is None and left:
            problem, line = f'left: {", ".join(left)}', 0
        print(f'{"FAILED" if problem else "ok    "} {name.replace("_", " ")} '
              f'({time.monotonic() - started:.0f} s)')
        if problem:
            failed += 1
            print(f'       line {line}: {type(problem).__name__} {problem}')
    print(f'{failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[2:]))
