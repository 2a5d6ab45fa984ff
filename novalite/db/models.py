"""The tables of the compute service.

Times are naive UTC with microseconds. Rows of ``faults`` and ``events`` are
only ever added, and an event is closed once (I8).
"""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import sqlite

metadata = sa.MetaData(naming_convention={
    'ix': 'ix_%(table_name)s_%(column_0_N_name)s',
    'uq': 'uq_%(table_name)s_%(column_0_N_name)s',
    'fk': 'fk_%(table_name)s_%(column_0_N_name)s',
    'pk': 'pk_%(table_name)s',
})

class _Moment(sqlite.DATETIME):
    """As SQLAlchemy's, to the letter: that one puts each moment together from seven numbers."""

    def bind_processor(self, dialect):
        return lambda moment: moment and moment.isoformat(' ', 'microseconds')


#: MySQL keeps whole seconds unless told otherwise.
Time = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb').with_variant(
    _Moment(), 'sqlite')
#: MySQL's TEXT ends at 64 KiB; a traceback may not.
Text = sa.Text().with_variant(mysql.MEDIUMTEXT(), 'mysql', 'mariadb')
#: None is NULL, not the JSON text 'null'.
Json = sa.JSON(none_as_null=True)
#: SQLite numbers only an INTEGER by itself.
BigId = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def uuid_column(name='uuid', **options):
    return sa.Column(name, sa.String(36), nullable=options.pop('nullable', False), **options)


def project_column(**options):
    return sa.Column('project_id', sa.String(64), nullable=False, **options)


def described():
    """The columns that everything of Neutron's has."""
    return (
        uuid_column('id', primary_key=True),
        project_column(index=True),
        sa.Column('name', sa.String(255), nullable=False, default=''),
        sa.Column('description', sa.String(255), nullable=False, default=''),
        sa.Column('tags', sa.JSON, nullable=False, default=[]),
        sa.Column('created_at', Time, nullable=False),
        sa.Column('updated_at', Time, nullable=False),
        sa.Column('revision_number', sa.Integer, nullable=False, default=1),
    )


servers = sa.Table(
    'servers', metadata,
    sa.Column('id', BigId, primary_key=True),
    uuid_column(unique=True),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('hostname', sa.String(255)),
    sa.Column('description', sa.String(255)),
    project_column(),
    sa.Column('user_id', sa.String(64), nullable=False),
    sa.Column('created_at', Time, nullable=False),
    sa.Column('updated_at', Time),
    sa.Column('launched_at', Time),
    sa.Column('terminated_at', Time),
    sa.Column('deleted', sa.Boolean, nullable=False, default=False),
    # Where it is: at rest only `host` is set, or `origin` too while a resize
    # waits to be confirmed.
    sa.Column('host', sa.String(255)),
    sa.Column('destination', sa.String(255)),
    sa.Column('origin', sa.String(255)),
    sa.Column('availability_zone', sa.String(255)),
    sa.Column('requested_zone', sa.String(255)),
    # The flavor is copied at create and at resize: a flavor may be deleted.
    sa.Column('flavor', Json, nullable=False),
    # What of it quotas are counted in.
    sa.Column('vcpus', sa.Integer, nullable=False),
    sa.Column('memory_mb', sa.Integer, nullable=False),
    sa.Column('new_flavor', Json),
    sa.Column('old_flavor', Json),
    sa.Column('old_vm_state', sa.String(32)),
    sa.Column('image_id', sa.String(36)),
    sa.Column('image_properties', Json, nullable=False),
    sa.Column('shelved_image_id', sa.String(36)),
    sa.Column('trusted_certs', Json),
    sa.Column('key_name', sa.String(255)),
    sa.Column('user_data', Text),
    sa.Column('config_drive', sa.String(255)),
    sa.Column('disk_config', sa.String(16), nullable=False, default='MANUAL'),
    sa.Column('access_ip_v4', sa.String(39)),
    sa.Column('access_ip_v6', sa.String(39)),
    sa.Column('metadata', Json, nullable=False),
    sa.Column('networks', Json),               # what was asked: 'none', 'auto' or a list
    sa.Column('nics', Json, nullable=False),   # what it has; see servers.model.Nic
    sa.Column('volumes', Json, nullable=False, default=[]),     # see servers.model.Server
    sa.Column('shares', Json, nullable=False, default=[], server_default='[]'),     # servers.shares
    sa.Column('security_groups', Json, nullable=False),
    sa.Column('server_group', sa.String(36), index=True),
    sa.Column('scheduler_hints', Json),
    sa.Column('reservation_id', sa.String(32)),
    sa.Column('launch_index', sa.Integer, nullable=False, default=0),
    sa.Column('vm_state', sa.String(32), nullable=False),
    sa.Column('task_state', sa.String(32)),
    sa.Column('power_state', sa.Integer, nullable=False, default=0),
    sa.Column('progress', sa.Integer, nullable=False, default=0),
    sa.Column('locked', sa.Boolean, nullable=False, default=False),
    sa.Column('locked_by', sa.String(16)),        # 'owner' or 'admin'
    sa.Column('locked_reason', sa.String(255)),
    # Who is in charge (a request id), and the state to go back to.
    sa.Column('owner', sa.String(64)),
    sa.Column('came_from', sa.String(32)),
    sa.Index(None, 'project_id', 'deleted', 'created_at', 'id'),
    sa.Index(None, 'deleted', 'created_at', 'id'),
    sa.Index(None, 'host', 'deleted'),
    sa.Index(None, 'vm_state', 'updated_at'),
)

actions = sa.Table(
    'actions', metadata,
    sa.Column('id', BigId, primary_key=True),
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), nullable=False),
    sa.Column('request_id', sa.String(64), nullable=False),
    sa.Column('user_id', sa.String(64)),
    sa.Column('project_id', sa.String(64)),
    sa.Column('name', sa.String(64), nullable=False),
    sa.Column('verb', sa.String(64), nullable=False),    # the row of the machine's table
    sa.Column('params', Json, nullable=False),
    # The form of this row, of the parameters and of the step's name; see db.history.
    sa.Column('format', sa.Integer, nullable=False, default=1, server_default='1'),
    sa.Column('context', Json, nullable=False),     # as it was at the 202, to go on with later
    sa.Column('start_time', Time, nullable=False),
    sa.Column('updated_at', Time, nullable=False),
    sa.Column('finish_time', Time),
    sa.Column('message', sa.String(255)),
    sa.Column('fault', Json),                       # what went wrong, until the server rests
    sa.Column('tried', Json),                       # [{host, message}]: who has failed it so far
    # What is to be done next and by whom: `step` is NULL when the action has ended.
    sa.Column('step', sa.String(64)),
    sa.Column('back', sa.Boolean, nullable=False, default=False),
    sa.Column('attempt', sa.Integer, nullable=False, default=0),
    sa.Column('held_by', sa.String(255)),              # the host the step was sent to
    sa.Column('lease_until', Time),                    # NULL: nobody has taken the step
    sa.Column('deadline', Time),                       # by then it turns back
    sa.Column('cancelled_by', sa.String(64)),          # the request that wants it to
    sa.UniqueConstraint('server', 'request_id'),
    sa.Index(None, 'request_id'),
    sa.Index(None, 'finish_time', 'lease_until'),
)

events = sa.Table(
    'events', metadata,
    sa.Column('id', BigId, primary_key=True),
    sa.Column('action_id', BigId, sa.ForeignKey('actions.id'), nullable=False, index=True),
    sa.Column('name', sa.String(64), nullable=False),
    sa.Column('step', sa.String(64), nullable=False),
    sa.Column('attempt', sa.Integer, nullable=False),
    sa.Column('host', sa.String(255)),
    sa.Column('hops', Json, nullable=False),
    sa.Column('start_time', Time, nullable=False),
    sa.Column('finish_time', Time),
    sa.Column('result', sa.String(16)),
    sa.Column('details', sa.String(255)),
    sa.Column('traceback', Text),
)

faults = sa.Table(
    'faults', metadata,
    sa.Column('id', BigId, primary_key=True),
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), nullable=False),
    sa.Column('request_id', sa.String(64), nullable=False),
    sa.Column('code', sa.Integer, nullable=False),
    sa.Column('message', sa.String(255), nullable=False),
    sa.Column('details', Text),
    sa.Column('created', Time, nullable=False),
    sa.Index(None, 'server', 'id'),
)

#: A host is at once a row, a nova-compute service and a hypervisor.
hosts = sa.Table(
    'hosts', metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('name', sa.String(255), nullable=False, unique=True),
    uuid_column('service_uuid', unique=True),
    uuid_column('hypervisor_uuid', unique=True),
    sa.Column('worker', sa.String(255), nullable=False, index=True),
    sa.Column('incarnation', sa.String(36), nullable=False),
    sa.Column('knows', sa.String(16), nullable=False, server_default='1.0'),     # bus.compute
    sa.Column('created_at', Time, nullable=False),
    sa.Column('updated_at', Time),
    sa.Column('last_seen', Time, nullable=False),
    sa.Column('left_at', Time),                        # when its worker said that it ends
    sa.Column('disabled', sa.Boolean, nullable=False, default=False),
    sa.Column('disabled_reason', sa.String(255)),
    sa.Column('forced_down', sa.Boolean, nullable=False, default=False),
    # That of its aggregates, or else its own: as its worker was told. See hosts.rezone.
    sa.Column('zone', sa.String(255), nullable=False),
    sa.Column('own_zone', sa.String(255)),
    sa.Column('traits', Json),
    sa.Column('hypervisor_type', sa.String(64), nullable=False),
    sa.Column('hypervisor_version', sa.Integer, nullable=False),
    sa.Column('host_ip', sa.String(39), nullable=False),
    sa.Column('cpu_info', Json, nullable=False),
    # Capacity as a scheduler counts it: times ratio, less what is reserved.
    sa.Column('vcpus', sa.Integer, nullable=False),
    sa.Column('memory_mb', sa.Integer, nullable=False),
    sa.Column('disk_gb', sa.Integer, nullable=False),
    sa.Column('vcpus_limit', sa.Integer, nullable=False),
    sa.Column('memory_mb_limit', sa.Integer, nullable=False),
    sa.Column('disk_gb_limit', sa.Integer, nullable=False),
    sa.Column('vcpus_used', sa.Integer, nullable=False, default=0),
    sa.Column('memory_mb_used', sa.Integer, nullable=False, default=0),
    sa.Column('disk_gb_used', sa.Integer, nullable=False, default=0),
    sa.Column('servers', sa.Integer, nullable=False, default=0),
    # Kept by the database: the emptiest of ten thousand hosts are found without reading the rest.
    sa.Column('memory_mb_free', sa.Integer, sa.Computed('memory_mb_limit - memory_mb_used')),
    sa.Index(None, 'memory_mb_free', 'id'),
)

#: Groups of hosts that administrators make; one with an availability zone puts its hosts there.
aggregates = sa.Table(
    'aggregates', metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    uuid_column(unique=True),
    sa.Column('name', sa.String(255), nullable=False, unique=True),
    sa.Column('availability_zone', sa.String(255)),
    sa.Column('metadata', Json, nullable=False),        # all but the zone
    sa.Column('created_at', Time, nullable=False),
    sa.Column('updated_at', Time),
)

aggregate_hosts = sa.Table(
    'aggregate_hosts', metadata,
    sa.Column('aggregate', sa.Integer, sa.ForeignKey('aggregates.id'), primary_key=True),
    sa.Column('host', sa.String(255), primary_key=True, index=True),
)

#: What a server holds of a host; a server that is being resized holds two.
allocations = sa.Table(
    'allocations', metadata,
    sa.Column('id', BigId, primary_key=True),
    sa.Column('server', sa.String(36), sa.ForeignKey('servers.uuid'), nullable=False),
    sa.Column('host', sa.String(255), nullable=False, index=True),
    sa.Column('vcpus', sa.Integer, nullable=False),
    sa.Column('memory_mb', sa.Integer, nullable=False),
    sa.Column('disk_gb', sa.Integer, nullable=False),
    # Resizing to the same host holds room for both sizes: one row each.
    sa.Column('role', sa.String(16), nullable=False),
    sa.UniqueConstraint('server', 'role'),
)

#: Daemons that carry no host: conductors and their schedulers.
daemons = sa.Table(
    'daemons', metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    uuid_column(unique=True),
    sa.Column('binary', sa.String(64), nullable=False),
    sa.Column('host', sa.String(255), nullable=False),
    sa.Column('created_at', Time, nullable=False),
    sa.Column('last_seen', Time, nullable=False),
    sa.Column('disabled', sa.Boolean, nullable=False, default=False),
    sa.Column('disabled_reason', sa.String(255)),
    sa.UniqueConstraint('binary', 'host'),
)

flavors = sa.Table(
    'flavors', metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('flavor_id', sa.String(255), nullable=False, unique=True),
    sa.Column('name', sa.String(255), nullable=False, unique=True),
    sa.Column('description', Text),
    sa.Column('vcpus', sa.Integer, nullable=False),
    sa.Column('memory_mb', sa.Integer, nullable=False),
    sa.Column('root_gb', sa.Integer, nullable=False),
    sa.Column('ephemeral_gb', sa.Integer, nullable=False, default=0),
    sa.Column('swap', sa.Integer, nullable=False, default=0),
    sa.Column('rxtx_factor', sa.Float, nullable=False, default=1.0),
    sa.Column('is_public', sa.Boolean, nullable=False, default=True),
    sa.Column('disabled', sa.Boolean, nullable=False, default=False),
    sa.Column('extra_specs', Json, nullable=False),
    sa.Column('created_at', Time, nullable=False),
    sa.Column('updated_at', Time),
)

flavor_projects = sa.Table(
    'flavor_projects', metadata,
    sa.Column('flavor', sa.Integer, sa.ForeignKey('flavors.id', ondelete='CASCADE'),
              primary_key=True),
    sa.Column('project_id', sa.String(64), primary_key=True),
)

keypairs = sa.Table(
    'keypairs', metadata,
    sa.Column('id', sa.Integer, primary_key=True),
    sa.Column('user_id', sa.String(64), nullable=False),
    sa.Column('name', sa.String(255), nullable=False),
    sa.Column('type', sa.String(16), nullable=False),
    sa.Column('public_key', Text, nullable=False),
    sa.Column('fingerprint', sa.String(255), nullable=False),
    sa.Column('created_at', Time, nullable=False),
    sa.UniqueConstraint('user_id', 'name'),
)
