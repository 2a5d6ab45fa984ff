"""The image a shelved server is kept as; servers by how long they have been in a state"""

from alembic import op
import sqlalchemy as sa

revision = 'shelved'
down_revision = '0003'


def upgrade():
    with op.batch_alter_table('servers') as table:
        table.add_column(sa.Column('shelved_image_id', sa.String(36)))
        table.add_column(sa.Column('trusted_certs', sa.JSON(none_as_null=True)))
        table.create_index(op.f('ix_servers_vm_state_updated_at'), ['vm_state', 'updated_at'])
