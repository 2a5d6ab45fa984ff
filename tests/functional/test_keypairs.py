"""Keypairs: made, imported, listed and deleted."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
import pytest

from tests.functional.conftest import said

PUBLIC = (
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDx8nkQv/zgGgB4rMYmIf+6A4l6Rr+o/6lHBQdW5aYd44bd8JttDCE/'
    'F/pNRr0lRE+PiqSPO8nDPHw0010JeMH9gYgnnFlyY3/OcJ02RhIPyyxYpv9FhY+2YiUkpwFOcLImyrxEsYXpD/0d3ac3'
    '0bNH6Sw9JD9UZHYcpSxsIbECHw== somebody')
FINGERPRINT = '1e:2c:9b:56:79:4b:45:77:f9:ca:7a:98:2c:b0:d5:3c'


def bring(api, name, version='2.10', as_='demo', **more):
    return api.post('/os-keypairs', {'keypair': {'name': name, 'public_key': PUBLIC} | more},
                    version, as_)


def names(answer):
    assert answer.status_code == 200, answer.text
    return [entry['keypair']['name'] for entry in answer.json()['keypairs']]


def test_a_key_that_is_brought_along_is_kept(api):
    made = bring(api, 'mine')
    assert made.status_code == 201
    assert made.json()['keypair'] == {
        'name': 'mine', 'type': 'ssh', 'public_key': PUBLIC, 'fingerprint': FINGERPRINT,
        'user_id': 'someone'}
    shown = api.get('/os-keypairs/mine', '2.2', 'demo').json()['keypair']
    assert made.json()['keypair'].items() <= shown.items()
    assert (shown['deleted'], shown['deleted_at'], shown['updated_at']) == (False, None, None)
    assert api.get('/os-keypairs', '2.2', 'demo').json() == {'keypairs': [{'keypair': {
        'name': 'mine', 'type': 'ssh', 'public_key': PUBLIC, 'fingerprint': FINGERPRINT}}]}


def test_a_key_that_is_made_here_fits_its_public_half(api):
    made = api.post('/os-keypairs', {'keypair': {'name': 'ours'}}, as_='demo')
    assert made.status_code == 200
    keypair = made.json()['keypair']
    assert keypair['private_key'].startswith('-----BEGIN RSA PRIVATE KEY-----')
    private = serialization.load_pem_private_key(keypair['private_key'].encode(), None)
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    assert keypair['public_key'].startswith(public)
    assert 'private_key' not in api.get('/os-keypairs/ours', as_='demo').json()['keypair']


def test_a_certificate_can_be_made_and_brought_along(api):
    asked = {'keypair': {'name': 'windows', 'type': 'x509'}}
    made = api.post('/os-keypairs', asked, '2.2', 'demo').json()['keypair']
    assert made['public_key'].startswith('-----BEGIN CERTIFICATE-----')
    assert made['type'] == 'x509'
    again = bring(api, 'again', '2.2', public_key=made['public_key'], type='x509')
    assert again.json()['keypair']['fingerprint'] == made['fingerprint']


def test_2_1_knows_no_type_and_its_own_codes(api):
    made = bring(api, 'mine', '2.1')
    assert made.status_code == 200
    assert 'type' not in made.json()['keypair']
    assert 'type' not in api.get('/os-keypairs/mine', as_='demo').json()['keypair']
    said(bring(api, 'other', '2.1', type='ssh'), 400)
    assert api.delete('/os-keypairs/mine', '2.1', 'demo').status_code == 202
    bring(api, 'mine')
    assert api.delete('/os-keypairs/mine', '2.2', 'demo').status_code == 204
    assert said(api.delete('/os-keypairs/mine', '2.2', 'demo'), 404) == \
        'Keypair mine not found for user someone'


def test_keypairs_are_only_brought_along_since_2_92(api):
    asked = {'keypair': {'name': 'mine'}}
    assert 'public_key' in said(api.post('/os-keypairs', asked, '2.92', 'demo'), 400)
    assert api.post('/os-keypairs', asked, '2.91', 'demo').status_code == 201


def test_names_may_have_an_at_and_a_dot_since_2_92(api):
    assert 'name' in said(bring(api, 'me@home.example', '2.91'), 400)
    assert bring(api, 'me@home.example', '2.92').status_code == 201
    assert api.get('/os-keypairs/me@home.example', as_='demo').status_code == 200


@pytest.mark.parametrize('name', ['', ' mine', 'mine ', 'a/b', 'ä', 'x' * 256, 7, 'a\n'])
def test_other_names_are_refused(api, name):
    said(bring(api, name, '2.92'), 400)


@pytest.mark.parametrize('key', ['', 'ssh-rsa', 'ssh-rsa AAAA', 'ssh-rsa ä', 'nonsense',
                                 PUBLIC.replace('AAAAB3', 'AAAAB4')])
def test_a_key_that_is_none_is_refused(api, key):
    assert said(bring(api, 'mine', public_key=key), 400) == \
        'Keypair data is invalid: failed to generate fingerprint'
    said(bring(api, 'mine', public_key=key, type='x509'), 400)


def test_newer_kinds_of_keys_are_fine(api):
    public = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    assert bring(api, 'mine', public_key=public).status_code == 201


def test_a_name_is_taken_once_per_user(api):
    bring(api, 'mine')
    assert said(bring(api, 'mine'), 409) == "Key pair 'mine' already exists."
    assert bring(api, 'mine', as_='admin', user_id='else').status_code == 201


def test_administrators_have_keypairs_of_others_in_hand(api):
    assert bring(api, 'theirs', as_='admin', user_id='else').json()['keypair']['user_id'] == 'else'
    assert names(api.get('/os-keypairs', '2.10', user_id='else')) == ['theirs']
    assert names(api.get('/os-keypairs', '2.10')) == []
    assert names(api.get('/os-keypairs', '2.9', user_id='else')) == []
    assert api.get('/os-keypairs/theirs', '2.10', user_id='else').status_code == 200
    said(api.get('/os-keypairs', '2.10', 'demo', user_id='else'), 403)
    said(api.delete('/os-keypairs/theirs', '2.10', 'demo', user_id='else'), 403)
    said(bring(api, 'mine', user_id='else'), 403)
    said(bring(api, 'mine', '2.9', user_id='someone'), 400)
    assert api.delete('/os-keypairs/theirs', '2.10', user_id='else').status_code == 204


def test_lists_come_in_pages_since_2_35(api):
    for name in ('c', 'a', 'b'):
        bring(api, name)
    first = api.get('/os-keypairs', '2.35', 'demo', limit=2)
    assert names(first) == ['a', 'b']
    (link,) = first.json()['keypairs_links']
    assert link['rel'] == 'next'
    rest = api.get(link['href'].removeprefix(f'{api.url}/v2.1'), '2.35', 'demo')
    assert names(rest) == ['c']
    assert 'keypairs_links' not in rest.json()
    said(api.get('/os-keypairs', '2.35', 'demo', marker='nowhere'), 400)
    assert names(api.get('/os-keypairs', '2.34', 'demo', limit=2)) == ['a', 'b', 'c']


def test_there_is_a_quota(api):
    api.conf.set_override('key_pairs', 1, group='quota')
    bring(api, 'first')
    assert said(bring(api, 'second'), 403) == 'Quota exceeded, too many key pairs.'
    api.conf.set_override('key_pairs', -1, group='quota')
    assert bring(api, 'second').status_code == 201
