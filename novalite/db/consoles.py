"""The tokens that open a server's console: kept as digests, and forgotten when they end."""

import datetime
import hashlib

import sqlalchemy as sa

from novalite.db import models

tokens = sa.Table(
    'console_tokens', models.metadata,
    sa.Column('id', models.BigId, primary_key=True),
    sa.Column('digest', sa.String(64), nullable=False, unique=True),
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), nullable=False, index=True),
    sa.Column('type', sa.String(32), nullable=False),
    sa.Column('host', sa.String(255), nullable=False),
    sa.Column('address', sa.String(39), nullable=False),
    sa.Column('port', sa.Integer, nullable=False),
    sa.Column('tls_port', sa.Integer),
    sa.Column('internal_access_path', sa.String(255)),
    sa.Column('expires_at', models.Time, nullable=False, index=True),
)


def create(connection, runtime, seconds, **columns):
    """A new token, which nobody can read here again."""
    now = runtime.now()
    connection.execute(tokens.delete().where(tokens.c.expires_at <= now))
    token = runtime.uuid()
    connection.execute(tokens.insert().values(
        digest=_digest(token), expires_at=now + datetime.timedelta(seconds=seconds), **columns))
    return token


def find(connection, runtime, token):
    """What a token opens, or None: its server must still be where it was."""
    servers = models.servers
    joined = sa.select(tokens).join(servers, servers.c.uuid == tokens.c.server)
    return connection.execute(joined.where(
        tokens.c.digest == _digest(token), tokens.c.expires_at > runtime.now(),
        servers.c.deleted.is_(False), servers.c.host == tokens.c.host)).one_or_none()


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()
