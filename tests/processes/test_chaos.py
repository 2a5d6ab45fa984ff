"""Real daemons are killed, frozen and cut off while clients use them, and every promise is kept."""

import os
import pathlib
import subprocess
import sys

import pytest

from novalite.chaos.schedule import What

pytestmark = pytest.mark.daemons

BIN = pathlib.Path(sys.prefix) / 'bin'
#: NOVALITE_CHAOS=2000 is a night's worth of operations, with a kill every two seconds.
OPERATIONS = os.environ.get('NOVALITE_CHAOS')
SIZE = (['--operations', OPERATIONS] if OPERATIONS else
        ['--operations', '1000', '--duration', '45', '--clients', '6'])


@pytest.mark.timeout(7200 if OPERATIONS else 300)
def test_whatever_befalls_the_daemons_every_promise_is_kept(tmp_path):
    report = tmp_path / 'chaos.html'
    done = subprocess.run(
        [BIN / 'novalite', 'chaos', '--seed', '1', *SIZE, '--report', report],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    drawn = report.read_text()
    for what in What:
        assert f'<title>{what} ' in drawn, f'nothing came of {what}'
    assert 'Every promise was kept.' in drawn
