"""Keypairs: made here or brought along, and only their public half is kept."""

import base64
import binascii
import datetime
import hashlib

from cryptography import exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import keypairs as store
from novalite.db import quotas
from novalite.notify import payloads

_OWNER = f'({policy.ADMIN}) or user_id:%(user_id)s'

RULES = (
    policy.rule('os-keypairs:index', _OWNER, 'List keypairs of a user.'),
    policy.rule('os-keypairs:create', _OWNER, 'Make or import a keypair.'),
    policy.rule('os-keypairs:delete', _OWNER, 'Delete a keypair.'),
    policy.rule('os-keypairs:show', _OWNER, 'Show a keypair.'),
)

TYPE = {'type': 'string', 'enum': ['ssh', 'x509']}

BRIEF = (
    Field('name', schema.STRING, lambda key, req: key.name),
    Field('public_key', schema.STRING, lambda key, req: key.public_key),
    Field('fingerprint', schema.STRING, lambda key, req: key.fingerprint),
    Field('type', TYPE, lambda key, req: key.type, since=V(2, 2)),
)

CREATED = (*BRIEF, Field('user_id', schema.STRING, lambda key, req: key.user_id))

#: With the private half, if it was made here.
MADE = (*CREATED, Field('private_key', schema.STRING, until=V(2, 91), optional=True))

DETAIL = (
    *CREATED,
    Field('id', schema.INTEGER, lambda key, req: key.id),
    Field('created_at', schema.TIME, lambda key, req: precise(key.created_at)),
    Field('updated_at', schema.NULL, lambda key, req: None),
    Field('deleted', schema.BOOLEAN, lambda key, req: False),
    Field('deleted_at', schema.NULL, lambda key, req: None),
)

_USER = Field('user_id', schema.STRING, since=V(2, 10))


def _user(req, given, rule):
    """Whose keypairs are meant: the caller's own, or those of whom an administrator names."""
    user_id = given.get('user_id') or req.context.user_id
    req.authorize(f'os-keypairs:{rule}', {'user_id': user_id})
    return user_id


# Lists

@schema.query(Field('limit', schema.NON_NEGATIVE, since=V(2, 35), parse=int),
              Field('marker', schema.STRING, since=V(2, 35)), _USER, strict_since=V(2, 75))
@schema.returns(200, 'keypairs', (Field('keypair', schema.Shown(BRIEF)),), many=True,
                beside=(schema.paging('keypairs_links', since=V(2, 35)),))
def index(req):
    """GET /os-keypairs: 200, by name; in pages from 2.35 on."""
    user_id = _user(req, req.query, 'index')
    size = req.page_size() if req.version >= V(2, 35) else None
    with req.db.read() as connection:
        rows = store.listed(connection, user_id, req.query.get('marker'), size)
    body = {'keypairs': [{'keypair': shown} for shown in schema.views(BRIEF, req, rows)]}
    if rows and len(rows) == size:
        body['keypairs_links'] = [req.next_link(rows[-1].name, 'os-keypairs')]
    return body


@schema.query(_USER, strict_since=V(2, 75))
@schema.returns(200, 'keypair', DETAIL)
def show(req, id):
    """GET /os-keypairs/{name}: 200, without the private half, which nobody has kept."""
    user_id = _user(req, req.query, 'show')
    with req.db.read() as connection:
        key = store.get(connection, user_id, id)
    if key is None:
        raise errors.KeypairNotFound(name=id, user=user_id)
    return {'keypair': schema.view(DETAIL, req, key)}


# Changes

def _name(characters):
    return {'type': 'string', 'minLength': 1, 'maxLength': 255,
            'pattern': f'^(?! )[a-zA-Z0-9{characters} _-]+(?<! )\\Z'}


@schema.accepts(
    'keypair',
    Field('name', _name(''), required=True, until=V(2, 91)),
    Field('name', _name('@.'), required=True, since=V(2, 92)),
    Field('public_key', schema.STRING, until=V(2, 91)),
    Field('public_key', schema.STRING, required=True, since=V(2, 92)),
    Field('type', TYPE, since=V(2, 2)),
    _USER,
)
@schema.returns({MIN: 200, V(2, 2): 201}, 'keypair', MADE, fails=(409,))
def create(req):
    """POST /os-keypairs: 200, or 201 from 2.2 on; with ``private_key`` if it was made here.

    400 for a key that is none, 403 over the quota, 409 if there is one of this name.
    """
    asked = req.body
    user_id = _user(req, asked, 'create')
    kind = asked.get('type', 'ssh')
    private = None
    if 'public_key' in asked:
        public = asked['public_key']
    elif kind == 'ssh':
        public, private = _make_ssh()
    else:
        public, private = _make_x509(req.context.user_id, req.runtime.now())
    fingerprint = _FINGERPRINTS[kind](public)
    with req.db.write() as connection:
        _check_quota(req, connection, user_id)
        made = store.create(
            connection, user_id=user_id, name=asked['name'], type=kind, public_key=public,
            fingerprint=fingerprint, created_at=req.runtime.now())
        if not made:
            raise errors.Conflict(f"Key pair '{asked['name']}' already exists.")
        key = store.get(connection, user_id, asked['name'])
    verb, known = ('import', {'public_key': public}) if private is None else ('create', {})
    req.notify(f'keypair.{verb}.start', payloads.keypair_asked, key, known)
    req.notify(f'keypair.{verb}.end', payloads.keypair, key)
    shown = schema.view(CREATED, req, key)
    return {'keypair': shown if private is None else shown | {'private_key': private}}


def _check_quota(req, connection, user_id):
    most = quotas.limits(connection, req.conf, req.context.project_id, user_id)['key_pairs']
    if 0 <= most <= store.count(connection, user_id):
        raise errors.Forbidden('Quota exceeded, too many key pairs.')


@schema.query(_USER, strict_since=V(2, 75))
@schema.returns({MIN: 202, V(2, 2): 204})
def delete(req, id):
    """DELETE /os-keypairs/{name}: 202, or 204 from 2.2 on."""
    user_id = _user(req, req.query, 'delete')
    with req.db.write() as connection:
        key = store.get(connection, user_id, id)
        if not store.delete(connection, user_id, id):
            raise errors.KeypairNotFound(name=id, user=user_id)
    req.notify('keypair.delete.start', payloads.keypair, key)
    req.notify('keypair.delete.end', payloads.keypair, key)


# Keys

def _make_ssh():
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return (f'{public.decode()} Generated-by-novalite\n',
            _pem(key, serialization.PrivateFormat.TraditionalOpenSSL))


def _make_x509(user_id, now):
    """A certificate that a Windows guest takes for its administrator's."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, user_id[:64])])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .sign(key, hashes.SHA256()))
    return (certificate.public_bytes(serialization.Encoding.PEM).decode(),
            _pem(key, serialization.PrivateFormat.PKCS8))


def _pem(key, form):
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _ssh_fingerprint(public):
    """The MD5 of a key, as ssh-keygen shows it."""
    try:
        serialization.load_ssh_public_key(public.encode())
        blob = base64.b64decode(public.split()[1])
    except (ValueError, IndexError, binascii.Error, exceptions.UnsupportedAlgorithm):
        raise _no_key() from None
    return _colons(hashlib.md5(blob, usedforsecurity=False).digest())


def _x509_fingerprint(public):
    try:
        certificate = x509.load_pem_x509_certificate(public.encode())
    except ValueError:
        raise _no_key() from None
    return _colons(certificate.fingerprint(hashes.SHA1()))


_FINGERPRINTS = {'ssh': _ssh_fingerprint, 'x509': _x509_fingerprint}


def _no_key():
    return errors.Invalid('Keypair data is invalid: failed to generate fingerprint')


def _colons(digest):
    return ':'.join(f'{byte:02x}' for byte in digest)
