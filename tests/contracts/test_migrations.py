"""A migration may run while daemons of the version before work: it only adds.

What takes something away, or makes a rule stricter, comes a release later, when no daemon uses it
any more: such a revision says ``contracts = '…'``, with the release since which nobody does.
"""

import ast

from alembic import config
from alembic import script
import pytest

from novalite.db import schema

#: From before the first release: nobody has upgraded over these while a cloud ran.
BEFORE = ('0001', '0002', '0003', '0004', 'volumes', 'consoles', 'floating', 'moves', 'aggregates',
          'server_groups', 'server_tags')

_ADDS = frozenset({'create_table', 'create_index', 'add_column', 'batch_alter_table', 'f'})


def broken_by(source):
    """What in a migration would break daemons of the version before, in words."""
    tree = ast.parse(source)
    if any(isinstance(node, ast.Assign) and node.targets[0].id == 'contracts'
           for node in tree.body if isinstance(node, ast.Assign)):
        return []
    upgrade = next(node for node in tree.body
                   if isinstance(node, ast.FunctionDef) and node.name == 'upgrade')
    made = {call.args[0].value for call in _calls(upgrade)
            if call.func.attr == 'create_table' and isinstance(call.args[0], ast.Constant)}
    return [words for call in _calls(upgrade) if (words := _breaks(call, made))]


def _calls(tree):
    """Calls of alembic's operations: op.x(), and x() of a batch."""
    batches = {item.optional_vars.id for node in ast.walk(tree) if isinstance(node, ast.With)
               for item in node.items}
    return [node for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name) and node.func.value.id in {'op', *batches}]


def _breaks(call, made):
    name, options = call.func.attr, {word.arg: word.value for word in call.keywords}
    if name not in _ADDS:
        return f'{name} changes what is there, or locks it for long'
    if name == 'create_index' and _is(options.get('unique'), True) \
            and not any(isinstance(one, ast.Constant) and one.value in made for one in call.args):
        return 'a unique index refuses what was allowed'
    if name == 'add_column':
        (column,) = [one for one in call.args if isinstance(one, ast.Call)]
        given = {word.arg: word.value for word in column.keywords}
        if _is(given.get('nullable'), False) and 'server_default' not in given:
            return f'nobody fills {column.args[0].value} yet: it needs a server_default'
    return None


def _is(node, value):
    return isinstance(node, ast.Constant) and node.value is value


def _revisions():
    settings = config.Config()
    settings.set_main_option('script_location', str(schema.MIGRATIONS))
    return list(script.ScriptDirectory.from_config(settings).walk_revisions())


@pytest.mark.parametrize('revision', [
    one for one in _revisions() if one.revision not in BEFORE], ids=lambda one: one.revision)
def test_a_migration_only_adds(revision):
    with open(revision.path) as file:
        assert broken_by(file.read()) == []


@pytest.mark.parametrize('line', [
    "op.drop_column('servers', 'host')", "op.drop_table('servers')",
    "op.alter_column('servers', 'host', nullable=False)", "op.rename_table('servers', 'guests')",
    "op.create_unique_constraint('u', 'servers', ['host'])",
    "op.create_index('i', 'servers', ['host'], unique=True)",
    "op.execute('DELETE FROM servers')",
    "op.add_column('servers', sa.Column('x', sa.Integer, nullable=False))",
    "with op.batch_alter_table('servers') as table: table.drop_column('host')"])
def test_what_takes_away_is_seen(line):
    assert broken_by(f'def upgrade():\n    {line}\n')
    assert not broken_by(f"contracts = '0.2.0'\ndef upgrade():\n    {line}\n")


@pytest.mark.parametrize('line', [
    "op.add_column('servers', sa.Column('x', sa.Integer))",
    "op.add_column('servers', sa.Column('x', sa.Integer, nullable=False, server_default='1'))",
    "op.create_index('i', 'servers', ['host'])",
    "with op.batch_alter_table('servers') as table: table.add_column(sa.Column('x', sa.Integer))"])
def test_what_adds_is_not_complained_of(line):
    assert broken_by(f'def upgrade():\n    {line}\n') == []
