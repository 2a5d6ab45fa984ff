"""``novalite simulate`` as a user runs it."""

import json
import pathlib
import subprocess
import sys

import novalite

PLAN = '''
for: 20s
cloud: {racks: [{workers: 2, hosts: 2}], timings: {spawn: 'uniform(3,9)'}}
workload: [{clients: 6, servers: 2}]
faults: [{who: 'compute*', then: crash, at: 5s, for: 3s}, {verb: spawn, then: fail, times: 1}]
'''


def simulate(*words, hash_seed='random', code=0, cwd=None):
    done = subprocess.run(
        [sys.executable, '-m', 'novalite.cmd.novalite', 'simulate', *map(str, words)],
        capture_output=True, text=True, cwd=cwd, env={
            'PYTHONHASHSEED': hash_seed, 'PYTHONPATH': ':'.join(sys.path)})
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_two_traces_of_one_seed_are_the_same_to_the_byte(tmp_path):
    plan = tmp_path / 'plan.yaml'
    plan.write_text(PLAN)
    # Nor does it matter where novalite is installed.
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'elsewhere' / 'novalite').symlink_to(pathlib.Path(novalite.__file__).parent)
    traces = []
    for hash_seed, cwd in (('0', None), ('4711', tmp_path / 'elsewhere')):
        trace = tmp_path / f'{hash_seed}.jsonl'
        said = simulate(plan, '--seed', 7, '--trace', trace, hash_seed=hash_seed, cwd=cwd)
        assert 'Seed 7: 2 hosts' in said
        traces.append(trace.read_bytes())
    assert traces[0] == traces[1]
    assert b'recording.py' in traces[0]
    events = [json.loads(line) for line in traces[0].splitlines()]
    assert {'start', 'commit', 'send', 'reply', 'fault', 'mended', 'kill'} <= {
        event['what'] for event in events}


def test_many_seeds_are_summed_up(tmp_path):
    plan = tmp_path / 'plan.yaml'
    plan.write_text(PLAN)
    said = simulate(plan, '--seeds', '1..3', '--jobs', 2)
    assert '3 seeds of ' in said
    assert 'Every promise was kept.' in said


def test_a_broken_promise_ends_with_1_and_says_how_to_see_it_again(tmp_path):
    plan = tmp_path / 'plan.yaml'
    plan.write_text(PLAN + 'must: {boot: {p50: 10ms}}')
    said = simulate(plan, '--seed', 2, code=1)
    assert 'p50 of the boots took' in said
    assert f'Again: novalite simulate {plan} --seed 2' in said.replace('\n', '')
    said = simulate(plan, '--seeds', '2..2', code=1)
    assert '1 seeds broke a promise' in said


def test_a_bad_plan_ends_with_2_and_says_where(tmp_path):
    plan = tmp_path / 'plan.yaml'
    plan.write_text('for: 1m\nclod: {}')
    assert f'novalite: {plan}:2: clod: there is no such key here' in simulate(plan, code=2)


def test_the_ready_made_plans_are_listed():
    assert 'standard' in simulate()
