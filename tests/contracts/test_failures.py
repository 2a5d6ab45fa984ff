"""Every row of what is known to go wrong is a test, which says in a sentence what it is about."""

import ast
import pathlib
import re

ROWS = range(1, 22)
FAILURES = pathlib.Path(__file__).parents[1] / 'failures'


def test_every_row_has_its_test():
    told = {}
    for file in sorted(FAILURES.glob('test_*.py')):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (row := re.match(r'test_a(\d+)_', node.name)):
                told.setdefault(int(row[1]), []).append(node)
    assert sorted(told) == list(ROWS)
    assert not [node.name for nodes in told.values() for node in nodes
                if not ast.get_docstring(node)]
