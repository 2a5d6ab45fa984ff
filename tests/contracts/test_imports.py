"""Who may import whom: the arrows of doc/architecture.md, kept by import-linter."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def test_the_arrows_of_the_architecture_are_kept():
    command = pathlib.Path(sys.prefix) / 'bin' / 'lint-imports'
    done = subprocess.run([command, '--no-cache'], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
