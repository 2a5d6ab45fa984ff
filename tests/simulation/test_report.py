"""The page and the picture of a simulation, by the command."""

import re
import subprocess
import sys

PLAN = '''
about: A worker dies while servers boot.
for: 60s
cloud: {racks: [{workers: 2, hosts: 2}], timings: {spawn: 2}}
workload:
  - {clients: 2, servers: 2, think: 3s, mix: {create: 1}}
faults:
  - {who: compute1, then: crash, at: 10s, for: 20s}
'''


def test_the_report_sets_both_semantics_side_by_side(tmp_path):
    (tmp_path / 'plan.yaml').write_text(PLAN)
    said = subprocess.run(
        [sys.executable, '-m', 'novalite.cmd.novalite', 'simulate', 'plan.yaml',
         '--report', 'r.html', '--png', 'r.png'],
        cwd=tmp_path, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
    page = (tmp_path / 'r.html').read_text()
    assert 'A worker dies while servers boot.' in page
    for semantics in ('durable', 'nova'):
        assert f'semantics = {semantics}' in page
    assert '<svg' in page and 'memory of hosts' in page
    # Self-contained: nothing is fetched from elsewhere.
    assert not re.search(r'(src|href)="https?://', page)
    assert '--seed 1' in page
    assert (tmp_path / 'r.png').read_bytes().startswith(b'\x89PNG')
