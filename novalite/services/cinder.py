"""Volumes that a real Cinder keeps, attached as Nova does it since 3.27."""

import contextlib
import types

from novalite import errors
from novalite.servers import devices
from novalite.services import remote

#: What is asked for: attachments since 3.27, completed since 3.44.
VERSION = {'OpenStack-API-Version': 'volume 3.44'}
_REIMAGING = {'OpenStack-API-Version': 'volume 3.68'}

#: Seconds between two looks at a volume that is being made.
_LOOK = 1


class Volumes:
    """As steps of the conductor use them; see ``own.Volumes``.

    Volumes that a server is to have are made by the API, for they are to be the project's own.
    """

    def __init__(self, cinder, conf, runtime):
        self._cinder, self._conf, self._runtime = cinder, conf, runtime

    def ask(self, method, path, body=None, missing=None, version=VERSION):
        return self._cinder.ask(method, path, body, missing, headers=version)

    def make(self, server):
        for device in server.volumes:
            if device['source'] != 'volume':
                self._await(server, device['volume_id'])
        return [self._set_aside(server, device) for device in server.volumes]

    def _await(self, server, volume_id):
        status = self._made(volume_id)
        if status is None:
            raise errors.BuildAborted(uuid=server.uuid, reason=(
                f'Volume {volume_id} did not finish being created in time.'))
        if status.startswith('error'):
            raise errors.BuildAborted(uuid=server.uuid, reason=(
                f'Volume {volume_id} could not be created: its status is {status}.'))

    def _made(self, volume_id):
        """The status of a volume that is not being made any more; None if it is for too long."""
        until = self._runtime.monotonic() + self._conf.cinder.creation_timeout
        while self._runtime.monotonic() <= until:
            missing = errors.VolumeNotFound(id=volume_id)
            status = self.ask('GET', f'/volumes/{volume_id}', missing=missing)['volume']['status']
            if status not in ('creating', 'downloading'):
                return status
            self._runtime.sleep(_LOOK)
        return None

    def _set_aside(self, server, device):
        if device['attachment_id']:
            self.attaching(server, device)
            return device
        known = self._attachments(server.uuid, device['volume_id'])
        if known:
            return device | {'attachment_id': known[0]['id']}
        return device | {'attachment_id': self._reserve(server.uuid, device['volume_id'])}

    def _attachments(self, server, volume_id=None):
        found = self.ask(
            'GET', f'/attachments?all_tenants=1&instance_id={server}')['attachments']
        return [one for one in found if volume_id in (None, one['volume_id'])]

    def _reserve(self, server, volume_id):
        return self.ask('POST', '/attachments', {'attachment': {
            'volume_uuid': volume_id, 'instance_uuid': server}},
            errors.VolumeNotFound(id=volume_id))['attachment']['id']

    def unmake(self, server):
        """Those that were made stay: perhaps another host has more luck; else they are deleted
        with the server, if they were to be."""
        for device in devices.attached(server.volumes):
            self.release(device['attachment_id'])
        return [device | {'attachment_id': None} for device in server.volumes]

    def attaching(self, server, device):
        id = device['attachment_id']
        self.ask('GET', f'/attachments/{id}', missing=errors.VolumeAttachmentNotFound(id=id))

    def attached(self, server, device):
        """A server that is on no host has its volumes set aside until it is."""
        if server.host:
            self._complete(device['attachment_id'], _connector(server.host, device))

    def _complete(self, id, connector):
        missing = errors.VolumeAttachmentNotFound(id=id)
        self.ask('PUT', f'/attachments/{id}', {'attachment': {'connector': connector}}, missing)
        self.ask('POST', f'/attachments/{id}/action', {'os-complete': {}}, missing)

    def detaching(self, volume_id):
        missing = errors.VolumeNotFound(id=volume_id)
        volume = self.ask('GET', f'/volumes/{volume_id}', missing=missing)['volume']
        if volume['status'] != 'detaching':
            self.act(volume_id, 'os-begin_detaching')

    def act(self, volume_id, name):
        self.ask('POST', f'/volumes/{volume_id}/action', {name: {}},
                 errors.VolumeNotFound(id=volume_id))

    def settle(self, volume_id):
        # Fine if it is gone, or was never on its way out.
        with contextlib.suppress(errors.NotFound, errors.Invalid):
            self.act(volume_id, 'os-roll_detaching')

    def release(self, attachment_id):
        remote.fine_if_gone(self.ask, 'DELETE', f'/attachments/{attachment_id}')

    def rebind(self, server, host):
        """On another host a volume has another attachment.

        The old one ends first: Cinder connects no second host. Between the two the volume is
        the server's still.
        """
        return [self._moved(server, device, host) if device['attachment_id'] else device
                for device in server.volumes]

    def _moved(self, server, device, host):
        anew = self._disconnected(server, device)
        self._complete(anew['attachment_id'], _connector(host, device))
        return anew

    def _disconnected(self, server, device):
        """The volume is the server's still, by another attachment."""
        known = [one['id'] for one in self._attachments(server.uuid, device['volume_id'])
                 if one['id'] != device['attachment_id']]
        id = known[0] if known else self._reserve(server.uuid, device['volume_id'])
        self.release(device['attachment_id'])
        return device | {'attachment_id': id}

    def reimage(self, server, volume_id, image_id):
        """Cinder does that with a volume that is connected to no host."""
        device = devices.find(server.volumes, volume_id)
        anew = self._disconnected(server, device)
        self.ask('POST', f'/volumes/{volume_id}/action', {
            'os-reimage': {'image_id': image_id, 'reimage_reserved': True}},
            errors.VolumeNotFound(id=volume_id), _REIMAGING)
        status = self._made(volume_id)
        if status is None or status.startswith('error'):
            raise errors.VolumeNotReimaged(id=volume_id, status=status or 'downloading')
        self._complete(anew['attachment_id'], _connector(server.host, device))
        return [anew if one == device else one for one in server.volumes]

    def release_all(self, server):
        known = [one['id'] for one in self._attachments(server.uuid)]
        recorded = [device['attachment_id'] for device in devices.attached(server.volumes)]
        for id in dict.fromkeys(known + recorded):
            self.release(id)
        for device in server.volumes:
            if device['delete_on_termination'] and device['volume_id']:
                self.delete(device['volume_id'])

    def delete(self, volume_id):
        """Delete a volume, unless somebody needs it; fine if it is gone."""
        with contextlib.suppress(errors.NotFound, errors.Invalid):
            self.ask('DELETE', f'/volumes/{volume_id}')


def _connector(host, device):
    return {'host': host, 'mountpoint': device['device'], 'initiator': f'iqn.novalite:{host}'}


class Asked:
    """As a request of the API asks for them, with the token of whoever sent it."""

    def __init__(self, as_user, answers):
        self._user, self._answers = as_user, answers

    def _find(self, noun, id):
        def ask():
            found = remote.fine_if_gone(self._user.ask, 'GET', f'/{noun}s/{id}', headers=VERSION)
            return found and _plain(found[noun])
        return self._answers.get((noun, id), ask)

    def find(self, _connection, volume_id):
        return self._find('volume', volume_id)

    def find_snapshot(self, _connection, snapshot_id):
        return self._find('snapshot', snapshot_id)

    def image_metadata(self, connection, source, source_id):
        if source == 'snapshot':
            snapshot = self.find_snapshot(connection, source_id)
            source, source_id = 'volume', snapshot and snapshot.volume_id
        volume = self.find(connection, source_id) if source == 'volume' and source_id else None
        return (volume.image_metadata if volume else None) or {}

    def knows_type(self, _connection, name):
        found = self._answers.get('types', lambda: self._user.get('/types'))['volume_types']
        return any(name in (kind['id'], kind['name']) for kind in found)

    def shared(self, _connection, volume_id):
        return len(self.find(None, volume_id).attachments) > 1

    def snapshots(self, connection, server, name):
        return [self._snapshot(connection, device, name)
                for device in devices.attached(server.volumes)]

    def _snapshot(self, connection, device, name):
        """Here it is made already, for it is to be the project's own and not novalite's."""
        volume = self.find(connection, device['volume_id'])
        if volume is None:
            raise errors.VolumeNotFound(id=device['volume_id'])
        body = {'volume_id': volume.id, 'name': name, 'force': True}
        return devices.in_image(device, volume.size, self._answers.get(
            ('new snapshot', volume.id),
            lambda: self._user.ask('POST', '/snapshots', {'snapshot': body},
                                   headers=VERSION)['snapshot']['id'],
            lambda id: remote.fine_if_gone(self._user.ask, 'DELETE', f'/snapshots/{id}')))

    def reserve(self, connection, volume_id, server, host=None):
        volume = self.find(connection, volume_id)
        free = ('available', 'in-use', 'reserved') if volume.multiattach else ('available',)

        def ask():
            if volume.status not in free:
                raise errors.VolumeNotAvailable(
                    id=volume_id, wanted=' or '.join((*free[:2], 'downloading')),
                    status=volume.status)
            return self._user.ask('POST', '/attachments', {'attachment': {
                'volume_uuid': volume_id, 'instance_uuid': server}},
                errors.VolumeNotFound(id=volume_id), headers=VERSION)['attachment']['id']

        return self._answers.get(('reserve', volume_id, server), ask, lambda id: (
            remote.fine_if_gone(self._user.ask, 'DELETE', f'/attachments/{id}',
                                headers=VERSION)))

    def begin_detaching(self, _connection, volume_id):
        def act(name):
            self._user.ask('POST', f'/volumes/{volume_id}/action', {name: {}},
                           errors.VolumeNotFound(id=volume_id))
        self._answers.get(('detach', volume_id), lambda: act('os-begin_detaching'),
                          lambda _answer: act('os-roll_detaching'))

    def make(self, connection, server, record):
        """Here it is made already, for it is to be the project's own and not novalite's."""
        if record['source'] == 'volume':
            return None
        of = {'image': 'imageRef', 'snapshot': 'snapshot_id'}.get(record['source'])
        body = {'size': record['size'], 'volume_type': record['type'],
                'description': f'for server {server}'} | ({of: record['source_id']} if of else {})
        return self._answers.get(
            ('new volume', server, record['device']),
            lambda: self._user.ask('POST', '/volumes', {'volume': body},
                                   headers=VERSION)['volume']['id'],
            lambda id: remote.fine_if_gone(self._user.ask, 'DELETE', f'/volumes/{id}'))


def _plain(found):
    """What Cinder shows, with names as of a row."""
    return types.SimpleNamespace(**{
        name: value for name, value in found.items() if name.isidentifier()} | {
        'bootable': str(found.get('bootable')).lower() == 'true',
        'image_metadata': found.get('volume_image_metadata')})
