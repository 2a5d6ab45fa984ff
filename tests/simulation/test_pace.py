"""The benchmark of the simulation: what it measures, not how fast it is."""

import pytest

from novalite.simulation import pace


def test_boots_are_measured_with_few_hosts_and_with_more():
    rounds = []
    few, more = pace.measured(3, hosts=(2, 30), rounds=2, on_round=lambda: rounds.append(1))
    assert (few.hosts, more.hosts, len(rounds)) == (2, 30, 4)
    for one in (few, more):
        assert 0 < one.cpu_ms_per_boot < 10000
        assert one.boots_per_second * one.cpu_ms_per_boot == pytest.approx(1000)
        assert one.times_real_time == one.boots_per_second / pace.RATE
