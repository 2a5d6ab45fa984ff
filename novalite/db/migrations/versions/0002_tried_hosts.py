"""Which hosts have failed an action so far"""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'


def upgrade():
    with op.batch_alter_table('actions') as table:
        table.add_column(sa.Column('tried', sa.JSON(none_as_null=True)))
