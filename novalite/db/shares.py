"""The tables of the share neighbour, and every statement on them.

A share is a directory that many may mount; who may is said by its rules. A rule with a server is
compute's own: the share stays for as long as there is one.
"""

import sqlalchemy as sa

from novalite import errors
from novalite.db import models
from novalite.db import paging

shares = sa.Table(
    'shares', models.metadata,
    models.uuid_column('id', primary_key=True),
    models.project_column(index=True),
    sa.Column('user_id', sa.String(64)),
    sa.Column('name', sa.String(255)),
    sa.Column('description', sa.String(255)),
    sa.Column('status', sa.String(32), nullable=False),
    sa.Column('size', sa.Integer, nullable=False),      # GiB
    sa.Column('protocol', sa.String(16), nullable=False),
    sa.Column('is_public', sa.Boolean, nullable=False),
    sa.Column('metadata', sa.JSON, nullable=False),
    sa.Column('created_at', models.Time, nullable=False),
    sa.Column('updated_at', models.Time, nullable=False),
)

rules = sa.Table(
    'share_rules', models.metadata,
    models.uuid_column('id', primary_key=True),
    sa.Column('share_id', sa.String(36), sa.ForeignKey('shares.id'), nullable=False, index=True),
    sa.Column('access_type', sa.String(16), nullable=False),
    sa.Column('access_to', sa.String(255), nullable=False),
    sa.Column('access_level', sa.String(2), nullable=False),
    # The server that has the share, if compute has made the rule.
    sa.Column('server', sa.String(36), index=True),
    sa.Column('created_at', models.Time, nullable=False),
)


def export_location(share):
    """Where a share is mounted from."""
    host = {'CEPHFS': '10.254.0.1:6789:'}.get(share.protocol, '10.254.0.1:')
    return f'{host}/shares/{share.id}'


def find(connection, share_id, ctxt=None, lock=False):
    """The share or None: of ``ctxt`` only what the caller may see.

    With ``lock``, nobody else changes it until the transaction ends.
    """
    statement = shares.select().where(shares.c.id == share_id)
    if ctxt is not None and 'admin' not in ctxt.roles:
        statement = statement.where(
            (shares.c.project_id == ctxt.project_id) | shares.c.is_public)
    return connection.execute(statement.with_for_update() if lock else statement).first()


def listed(connection, ctxt, everyone=False, offset=0, limit=None, **equals):
    """Shares by age, those of the caller's project or everybody's."""
    statement = shares.select().filter_by(**equals)
    if not everyone:
        statement = statement.where(shares.c.project_id == ctxt.project_id)
    statement = paging.ordered(statement, shares, (('created_at', 'desc'),))
    return connection.execute(statement.offset(offset).limit(limit)).all()


def create(connection, runtime, **columns):
    """A new share's id; there is nothing to wait for, so it is available at once."""
    now = runtime.now()
    columns = {'id': runtime.uuid(), 'status': 'available', 'created_at': now,
               'updated_at': now} | columns
    connection.execute(shares.insert().values(**columns))
    return columns['id']


def change(connection, runtime, share_id, **columns):
    connection.execute(shares.update().where(shares.c.id == share_id).values(
        updated_at=runtime.now(), **columns))


def delete(connection, share_id):
    """Delete a share with its rules; raises Conflict while a server has it."""
    locks = [rule.id for rule in rules_of(connection, share_id) if rule.server]
    if locks:
        raise errors.Conflict(f'Resource lock/s [{",".join(locks)}] prevent delete action.')
    connection.execute(rules.delete().where(rules.c.share_id == share_id))
    connection.execute(shares.delete().where(shares.c.id == share_id))


# Who may mount it

def rules_of(connection, share_id):
    return connection.execute(rules.select().where(rules.c.share_id == share_id).order_by(
        rules.c.created_at, rules.c.id)).all()


def rule(connection, rule_id):
    return connection.execute(rules.select().where(rules.c.id == rule_id)).first()


def allow(connection, runtime, share_id, access_type, access_to, access_level='rw', server=None):
    """A new rule's id."""
    rule_id = runtime.uuid()
    connection.execute(rules.insert().values(
        id=rule_id, share_id=share_id, access_type=access_type, access_to=access_to,
        access_level=access_level, server=server, created_at=runtime.now()))
    return rule_id


def deny(connection, rule_id):
    connection.execute(rules.delete().where(rules.c.id == rule_id))


def let_in(connection, runtime, share_id, server, host_ip):
    """Let a server's host mount a share; fine if it may. Raises ShareNotFound."""
    share = find(connection, share_id, lock=True)
    if share is None:
        raise errors.ShareNotFound(id=share_id)
    if any(rule.server == server for rule in rules_of(connection, share_id)):
        return
    kind, to = ('cephx', 'nova') if share.protocol == 'CEPHFS' else ('ip', host_ip)
    allow(connection, runtime, share_id, kind, to, server=server)


def shut_out(connection, server, share_id=None):
    """A server may mount the share no more, or none of its shares; fine if it never could."""
    theirs = rules.c.server == server
    if share_id is not None:
        theirs &= rules.c.share_id == share_id
    connection.execute(rules.delete().where(theirs))
