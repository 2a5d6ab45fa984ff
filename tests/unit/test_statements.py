"""What is prepared says to the database what SQLAlchemy would, and brings back what it would."""

import datetime

from oslo_db import exception as db_exception
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects import postgresql

from novalite.db import engine
from novalite.db import models
from novalite.db import statements

things = sa.Table(
    'things', sa.MetaData(),
    sa.Column('id', models.BigId, primary_key=True),
    sa.Column('name', sa.String(64), nullable=False, unique=True),
    sa.Column('at', models.Time),
    sa.Column('said', models.Json),
    sa.Column('done', sa.Boolean, nullable=False, default=False),
    sa.Column('size', sa.Integer, nullable=False, default=7),
    sa.Column('factor', sa.Float),
)
AT = datetime.datetime(2026, 1, 2, 3, 4, 5, 600)
NAMED = statements.select(things, 'name')


@pytest.fixture
def db(db):
    things.create(db.engine)
    return db


def test_a_row_is_what_sqlalchemy_reads(db):
    with db.write() as connection:
        statements.insert(connection, things, {'name': 'a', 'at': AT, 'said': {'ö': [1, None]}})
        statements.insert(connection, things, {'name': 'b', 'said': None, 'done': True})
    with db.read() as connection:
        for name in 'ab':
            row = NAMED.row(connection, {'name': name})
            theirs = connection.execute(sa.select(things).where(things.c.name == name)).one()
            assert row == theirs
            assert row._asdict() == theirs._asdict()
        assert row == (2, 'b', None, None, True, 7, None)
        assert NAMED.row(connection, {'name': 'c'}) is None


def test_an_update_says_how_many_it_changed(db):
    with db.write() as connection:
        for name in 'abc':
            statements.insert(connection, things, {'name': name})
        assert statements.update(connection, things, {'size': 7, 'done': False},
                                 {'said': ['x'], 'at': AT}) == 3
        assert statements.update(connection, things, {'size': 8}, {'said': None}) == 0
        assert [row.at for row in statements.select(things, 'size').rows(
            connection, {'size': 7})] == [AT] * 3


def test_a_list_among_the_parameters_may_have_any_length(db):
    some = statements.Prepared(sa.select(things.c.name).where(
        things.c.name.in_(sa.bindparam('names', expanding=True))).order_by(things.c.name))
    with db.write() as connection:
        for name in 'abc':
            statements.insert(connection, things, {'name': name})
        for names in ([], ['b'], ['c', 'a', 'z']):
            found = [row.name for row in some.rows(connection, {'names': names})]
            assert found == sorted(set(names) & set('abc'))


def test_what_is_wrong_comes_as_from_sqlalchemy_and_is_undone(db):
    with db.write() as connection:
        statements.insert(connection, things, {'name': 'a'})
    with pytest.raises(db_exception.DBDuplicateEntry) as caught, db.write() as connection:
        statements.insert(connection, things, {'name': 'b'})
        statements.insert(connection, things, {'name': 'a'})
    assert caught.value.columns == ['name']
    with db.read() as connection:
        assert NAMED.row(connection, {'name': 'b'}) is None


def test_what_is_undone_to_a_savepoint_leaves_the_rest(db):
    with db.write() as connection:
        statements.insert(connection, things, {'name': 'a'})
        with pytest.raises(KeyError), engine.Savepoint(connection) as inner:
            statements.insert(inner, things, {'name': 'b'})
            raise KeyError
        assert NAMED.row(connection, {'name': 'b'}) is None
    with db.read() as connection:
        assert NAMED.row(connection, {'name': 'a'})


def test_a_parameter_that_is_missing_is_an_error(db):
    with db.read() as connection, pytest.raises(KeyError, match='name'):
        NAMED.rows(connection, {'nmae': 'a'})


class _Driver:
    """A connection that only keeps what a driver would be given."""

    def __init__(self, dialect):
        self.dialect, self.connection, self.given = dialect, self, None
        dialect.server_version_info = (15, 0)

    def cursor(self):
        return self

    def execute(self, text, parameters):
        self.given = text, parameters

    #: A name, and what else a driver says of the one column.
    description = (('name', 1043, None, None, None, None, None),)

    def fetchall(self):
        return []

    def close(self):
        pass


@pytest.mark.parametrize('dialect, text, parameters', [
    (postgresql.psycopg2.dialect, 'things.size > %(least)s OR things.size < -%(least)s) '
     'AND things.done = %(done_1)s', {'least': 3, 'done_1': True}),
    (mysql.pymysql.dialect, 'things.size > %s OR things.size < -%s) AND things.done = %s',
     [3, 3, True])])
def test_each_driver_gets_parameters_as_it_names_them(dialect, text, parameters):
    least = sa.bindparam('least', type_=sa.Integer)
    big = statements.Prepared(sa.select(things.c.name).where(
        (things.c.size > least) | (things.c.size < -least), things.c.done == sa.bindparam(
            'done_1', True, type_=sa.Boolean)))
    driver = _Driver(dialect())
    assert big.rows(driver, {'least': 3}) == []
    said, given = driver.given
    assert text in said.replace('\n', ' ')
    assert given == parameters
