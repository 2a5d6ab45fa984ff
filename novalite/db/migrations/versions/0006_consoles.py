"""The tokens of consoles"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = 'consoles'
down_revision = 'volumes'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade():
    op.create_table(
        'console_tokens',
        sa.Column('id', BIG_ID, nullable=False),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('server', sa.String(36), nullable=False),
        sa.Column('type', sa.String(32), nullable=False),
        sa.Column('host', sa.String(255), nullable=False),
        sa.Column('address', sa.String(39), nullable=False),
        sa.Column('port', sa.Integer, nullable=False),
        sa.Column('tls_port', sa.Integer),
        sa.Column('internal_access_path', sa.String(255)),
        sa.Column('expires_at', TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ['server'], ['servers.uuid'], name=op.f('fk_console_tokens_server_servers')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_console_tokens')),
        sa.UniqueConstraint('digest', name=op.f('uq_console_tokens_digest')))
    for column in ('server', 'expires_at'):
        op.create_index(op.f(f'ix_console_tokens_{column}'), 'console_tokens', [column])
