"""novalite chaos where there is no clone: it says so, and leaves nothing behind."""

import argparse

import pytest
import rich.console

from novalite import errors
from novalite.chaos import stack
from novalite.cmd import chaos


def test_chaos_without_devstacks_scripts_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(stack, 'LIB', tmp_path / 'lib')
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    options = argparse.Namespace(
        seed=1, every=2.0, semantics='durable', database='postgresql', keep=False, plan=None,
        operations=None, clients=None, hosts=None, duration=None, report=None)
    with pytest.raises(errors.CannotStart, match='from a clone'):
        chaos.torment(options, rich.console.Console(quiet=True))
    assert not list(tmp_path.iterdir())
