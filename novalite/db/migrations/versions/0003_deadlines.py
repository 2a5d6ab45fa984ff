"""When an action is to have ended, and when a host's worker said that it ends"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = '0003'
down_revision = '0002'

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')


def upgrade():
    with op.batch_alter_table('actions') as table:
        table.add_column(sa.Column('deadline', TIME))
    with op.batch_alter_table('hosts') as table:
        table.add_column(sa.Column('left_at', TIME))
