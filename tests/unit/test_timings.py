"""How long verbs take, as it is written."""

import random
import types

import pytest

from novalite import errors
from novalite import runtime
from novalite.faults import inject
from novalite.faults import rules
from novalite.faults import timings

SERVER = types.SimpleNamespace(uuid='u1', name='web', project_id='p', flavor={'name': 'f'},
                               metadata={})


def of(text):
    return timings.Timings(text, random.Random(7))


def drawn(text, verb, times=200):
    some = of(text)
    return [some.seconds(verb) for _ in range(times)]


def test_what_is_not_named_takes_no_time():
    assert of('').seconds('spawn') == 0
    assert of(' , ').seconds('spawn') == 0
    assert of('destroy=3').seconds('spawn') == 0


def test_a_fixed_time_is_what_it_says():
    assert set(drawn('spawn=2.5', 'spawn')) == {2.5}


def test_a_uniform_time_lies_between():
    seconds = drawn('spawn=uniform(2, 5)', 'spawn')
    assert 2 <= min(seconds) < 3 and 4 < max(seconds) <= 5


def test_a_lognormal_time_has_its_median_at_e_to_the_mu():
    seconds = sorted(drawn('send_disk=lognormal(1.2,0.4)', 'send_disk', 2001))
    assert 3.1 < seconds[1000] < 3.5
    assert max(drawn('spawn=lognormal(12,5)', 'spawn')) == timings.LONGEST


def test_a_verb_of_its_own_goes_before_a_pattern_and_the_first_pattern_before_the_next():
    some = of('*=0.1, spawn=uniform(2,2), power_*=5')
    assert [some.seconds(verb) for verb in ('spawn', 'power_on', 'reboot')] == [2, 0.1, 0.1]
    assert of('power_*=5,*=1').seconds('power_on') == 5


@pytest.mark.parametrize(('item', 'reason'), [
    ('spawn', 'write VERB=SECONDS'), ('spawn=', 'write VERB=SECONDS'),
    ('spwan=1', "no verb 'spwan'"), ('=1', "no verb ''"), ('spawn=soon', 'a number of seconds'),
    ('spawn=-1', 'from 0 to 86400'), ('spawn=nan', 'from 0 to 86400'),
    ('spawn=1e9', 'from 0 to 86400'), ('spawn=normal(1,2)', "no distribution 'normal'"),
    ('spawn=uniform(1)', 'two numbers'), ('spawn=uniform(1,x)', 'a number of seconds'),
    ('spawn=uniform(5,2)', 'the smaller number first'), ('spawn=uniform(1,2', 'a number of'),
    ('spawn=lognormal(1,-1)', 'sigma from 0 to 5'), ('spawn=lognormal(nan,1)', 'mu from')])
def test_what_is_no_timing_is_named_with_its_option(item, reason):
    with pytest.raises(errors.CannotStart) as caught:
        of(f'destroy=1, {item}')
    said = str(caught.value)
    assert said.startswith('[simulated] timings cannot be used: ')
    assert repr(item.split(',')[0]) in said or repr(item) in said
    assert reason in said


# Who takes the time

@pytest.fixture
def injector():
    return inject.Injector(runtime.Runtime(), timings=of('spawn=60, power_on=0.01'))


def test_work_that_takes_its_time_can_be_interrupted(injector):
    injector.interrupt('h1', 'u1')
    with pytest.raises(errors.Interrupted):
        injector.ask('spawn', 'h1', SERVER)


def test_work_that_takes_its_time_is_handed_back_when_the_worker_ends(injector):
    injector.close()
    with pytest.raises(errors.HandedBack):
        injector.ask('spawn', 'h1', SERVER)


def test_work_takes_its_time_before_it_fails(injector):
    injector.add(rules.Rule('power_on', 'fail'))
    clock = runtime.Runtime()
    begun = clock.monotonic()
    with pytest.raises(errors.InjectedFault):
        injector.ask('power_on', 'h1', SERVER)
    assert clock.monotonic() - begun >= 0.01
