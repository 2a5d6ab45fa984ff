"""One seed is one run, to the byte of its trace, whatever the process, its hash seed and its past.

In the suite twenty seeds, in two processes each; more of them:

    NOVALITE_TRACES=300 pytest tests/simulation/test_one_seed.py
"""

import os
import subprocess
import sys

import pytest

from novalite.simulation import plan as plans
from tests.simulation import traces

WANTED = int(os.environ.get('NOVALITE_TRACES', 20))
#: How each process hashes, and in which order it takes the seeds: a run may not know of others.
PROCESSES = (('0', 1), ('4711', -1), ('random', 1))


def told(seeds, order, hash_seed):
    """What a process of its own says of these seeds: seed -> line."""
    done = subprocess.run(
        [sys.executable, '-m', 'tests.simulation.traces', order, *map(str, seeds)],
        capture_output=True, text=True, env={
            'PYTHONHASHSEED': hash_seed, 'PYTHONPATH': ':'.join(sys.path)})
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: line for line in done.stdout.splitlines()}


@pytest.mark.parametrize('order', ['random', 'pct'])
def test_runs_of_a_seed_are_the_same_in_every_process(order):
    seeds = range(1, WANTED // 2 + 1)
    first, *others = [told(seeds[::step], order, hash_seed)
                      for hash_seed, step in PROCESSES[:2 if WANTED <= 20 else 3]]
    assert len(first) == len(seeds)
    assert all(other == first for other in others)
    assert len({line.split()[1] for line in first.values()}) == len(seeds)


def test_what_is_compared_is_rich():
    plan = plans.read(traces.PLAN)
    assert {fault.then for fault in plan.faults} >= {
        *plans.DAEMONS, *plans.BROKER, *plans.DATABASE, 'fail', 'stall', 'halt', 'vanish'}
    line, result = traces.run_of(plan, 1)
    assert line.startswith(f'1 {result.trace_hash} ')
    assert len(result.asked) > 2 and len(result.accidents) > 10
