"""What is done over and over costs the same, however long the history and how many the hosts."""

import collections

import sqlalchemy as sa

from novalite.db import hosts
from novalite.testing import Cloud
from tests import sweeping


def test_a_round_of_the_sweep_is_one_indexed_query(own_cloud):
    server = own_cloud.boot(networks='none')
    db = own_cloud.services.db
    sweeping.fill(db, server, 20000)
    rows, asked = sweeping.sweep(db)
    assert rows == []
    ((statement, parameters),) = asked
    steps = [step['detail'] for step in sweeping.plan(db, statement, parameters)]
    assert not [step for step in steps if step.startswith('SCAN')], steps
    assert [step for step in steps
            if 'actions' in step and 'ix_actions_finish_time_lease_until' in step], steps


def test_the_emptiest_host_is_found_without_reading_the_others(own_cloud):
    db, size = own_cloud.services.db, {'vcpus': 1, 'memory_mb': 1, 'disk_gb': 1}
    rows, (text,) = sweeping.run_by_sqlite(db, lambda connection: next(
        hosts.with_room(connection, size, sweeping.PAST)))
    free = [row.memory_mb_limit - row.memory_mb_used for row in rows]
    assert free == sorted(free, reverse=True)
    (step,) = [step['detail'] for step in sweeping.plan(db, text)]
    assert 'USING INDEX ix_hosts_memory_mb_free_id' in step


def test_while_nothing_fails_a_step_costs_the_same_with_recovery_and_without():
    durable = _writes_of_three_boots('durable')
    assert durable == _writes_of_three_boots('nova')
    assert durable['INSERT', 'servers'] == 3


def _writes_of_three_boots(semantics):
    """How many rows are written, and how, beside what goes on all the time."""
    with Cloud(recovery__semantics=semantics, conductor__report_interval=3600,
               conductor__sweep_interval=3600, compute__report_interval=3600,
               compute__service_down_time=36000) as cloud:
        cloud.boot(networks='none')
        asked = collections.Counter()

        def note(text):
            verb, *words = text.split()
            if verb in ('INSERT', 'UPDATE', 'DELETE'):
                asked[verb, words[0] if verb == 'UPDATE' else words[1]] += 1

        sa.event.listen(cloud.services.db.writers, 'checkout',
                        lambda raw, *_: raw.set_trace_callback(note))
        for _ in range(3):
            cloud.boot(networks='none')
        return asked
