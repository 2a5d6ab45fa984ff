"""The grammar of faults, and who obeys it."""

import types

from hypothesis import given
from hypothesis import strategies as st
import pytest

from novalite import errors
from novalite import runtime
from novalite.faults import inject
from novalite.faults import rules

SERVER = types.SimpleNamespace(
    uuid='u1', name='doomed-1', project_id='p1', flavor={'name': 'm1.tiny'}, metadata={})


def of(text):
    return rules.from_metadata({rules.METADATA_KEY: text})


@pytest.mark.parametrize(('text', 'expected'), [
    ('spawn:fail', [rules.Rule('spawn', 'fail')]),
    ('spawn:fail=No room, sir', None),
    ('spawn:fail=No room', [rules.Rule('spawn', 'fail', message='No room')]),
    ('spawn:fail=a=b:c', [rules.Rule('spawn', 'fail', message='a=b:c')]),
    ('power_*:stall', [rules.Rule('power_*', 'stall')]),
    ('spawn:delay=1.5', [rules.Rule('spawn', 'delay', seconds=1.5)]),
    ('spawn:raise=libvirt is angry', [rules.Rule('spawn', 'raise', message='libvirt is angry')]),
    ('spawn:halt', [rules.Rule('spawn', 'halt')]),
    ('*:vanish=2.5', [rules.Rule('*', 'vanish', seconds=2.5)]),
    (' spawn:stall , destroy:fail ', [rules.Rule('spawn', 'stall'), rules.Rule('destroy', 'fail')]),
    ('', []), (',', []),
])
def test_metadata_says_what_misbehaves(text, expected):
    if expected is None:
        with pytest.raises(rules.BadRule):
            of(text)
    else:
        assert of(text) == expected


@pytest.mark.parametrize('text', [
    'spawn', 'fly:fail', ':fail', 'spawn:', 'spawn:explode', 'spawn:delay', 'spawn:delay=x',
    'spawn:delay=-1', 'spawn:delay=nan', 'spawn:delay=86401', 'spawn:stall=1', '{0}:fail',
    'spawn:halt=soon', 'spawn:panic=-1'])
def test_what_is_no_rule_is_refused_by_name(text):
    with pytest.raises(rules.BadRule) as caught:
        of(f'spawn:stall,{text}')
    assert repr(text) in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_rules_or_refused(text):
    try:
        found = of(text)
    except rules.BadRule as exc:
        assert exc.code == 400
    else:
        assert all(rule.then in rules.OUTCOMES for rule in found)


def written(tmp_path, text):
    path = tmp_path / 'faults.yaml'
    path.write_text(text)
    return rules.from_file(path)


def test_a_file_has_a_list_of_rules(tmp_path):
    assert written(tmp_path, """
        - {verb: spawn, then: fail, message: No room, times: 2, when: {server.name: 'doomed*'}}
        - {verb: '*', then: delay, seconds: 0.5, when: {host: h1}}
    """) == [
        rules.Rule('spawn', 'fail', {'server.name': 'doomed*'}, 'No room', times=2),
        rules.Rule('*', 'delay', {'host': 'h1'}, seconds=0.5)]
    assert written(tmp_path, '') == []


@pytest.mark.parametrize('text', [
    '{verb: spawn}', '- spawn:fail', '- {then: fail}', '- {verb: spawn}',
    '- {verb: spawn, then: fail, colour: red}', '- {verb: spawn, then: fail, times: 0}',
    '- {verb: spawn, then: fail, when: {moon: full}}', '- {verb: spawn, then: fail, when: 7}',
    '- {verb: spawn, then: fail, error: KeyError}', '- {verb: spawn, then: raise, error: a b}',
    '- {verb: spawn, then: vanish, seconds: x}',
    '- {verb: spawn, then: delay, seconds: soon}', '- [', 'x: [}', '\x00'])
def test_a_file_that_cannot_be_used_is_named_and_ends_the_start(tmp_path, text):
    with pytest.raises(errors.CannotStart, match='faults.yaml cannot be used'):
        written(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(errors.CannotStart, match='nowhere.yaml'):
        rules.from_file(tmp_path / 'nowhere.yaml')


@pytest.mark.parametrize(('when', 'matches'), [
    ({}, True), ({'host': 'h?'}, True), ({'host': 'rack2-*'}, False),
    ({'server.name': 'doomed*'}, True), ({'server.uuid': 'u2'}, False),
    ({'server.project_id': 'p1', 'server.flavor': 'm1.*'}, True),
    ({'server.project_id': 'p1', 'server.flavor': 'm2.*'}, False)])
def test_a_rule_is_about_what_it_names(when, matches):
    assert rules.Rule('spawn', 'fail', when).matches('spawn', 'h1', SERVER) is matches


# Who obeys

@pytest.fixture
def injector():
    return inject.Injector(runtime.Runtime())


def test_a_rule_applies_as_often_as_it_says(injector):
    injector.add(rules.Rule('spawn', 'fail', times=2))
    for _ in range(2):
        with pytest.raises(errors.InjectedFault, match="told to fail 'spawn'"):
            injector.ask('spawn', 'h1', SERVER)
    injector.ask('spawn', 'h1', SERVER)
    injector.ask('destroy', 'h1', SERVER)


def test_rules_are_forgotten_when_it_is_to_behave(injector):
    injector.add(rules.Rule('*', 'fail'))
    injector.clear()
    injector.ask('spawn', 'h1', SERVER)


@pytest.mark.parametrize('then', ['stall', 'delay'])
def test_who_is_not_wanted_any_more_does_not_even_begin_to_wait(injector, then):
    injector.add(rules.Rule('*', then, seconds=60))
    injector.interrupt('h1', 'u1')
    with pytest.raises(errors.Interrupted):
        injector.ask('spawn', 'h1', SERVER)


def test_who_interrupts_is_not_interrupted_itself(injector):
    injector.add(rules.Rule('*', 'delay', seconds=0.01))
    injector.interrupt('h1', 'u1')
    injector.interrupted('h1', 'u1')
    injector.ask('destroy', 'h1', SERVER)


def test_the_second_who_interrupts_interrupts_the_first(injector):
    injector.add(rules.Rule('*', 'stall'))
    injector.interrupt('h1', 'u1')
    injector.interrupt('h1', 'u1')
    injector.interrupted('h1', 'u1')
    with pytest.raises(errors.Interrupted):
        injector.ask('destroy', 'h1', SERVER)


def test_who_waits_hands_back_when_the_worker_ends(injector):
    injector.add(rules.Rule('*', 'stall'))
    injector.close()
    with pytest.raises(errors.HandedBack):
        injector.ask('spawn', 'h1', SERVER)


def test_what_nobody_knows_is_raised_by_its_name(injector):
    injector.add(rules.Rule('spawn', 'raise', message='no domain', error='libvirtError'))
    with pytest.raises(inject.Unforeseen, match='no domain') as caught:
        injector.ask('spawn', 'h1', SERVER)
    assert type(caught.value).__name__ == 'libvirtError'
    assert errors.fault(caught.value)['message'] == 'libvirtError'


class Guests:
    """A driver that is asked to have a guest changed by itself."""

    def __init__(self):
        self.changed = runtime.Runtime().queue()

    def reboot(self, uuid, hard):
        return 'done'

    def by_itself(self, uuid, what):
        self.changed.put((uuid, what))
        return True


@pytest.mark.parametrize('seconds', [0, 0.01])
def test_a_guest_changes_when_the_verb_has_done_its_work(injector, seconds):
    guests, seen = Guests(), runtime.Runtime().queue()
    injector.seen = lambda *what: seen.put(what)
    injector.add(rules.Rule('reboot', 'halt', seconds=seconds, times=1))
    assert injector.wrap(guests, 'h1', SERVER).reboot('u1', True) == 'done'
    assert guests.changed.get(timeout=60) == ('u1', 'halt')
    assert seen.get(timeout=60) == ('halt', 'h1', 'u1')


@pytest.mark.parametrize('forget', [
    lambda injector, rule: injector.remove(rule), lambda injector, rule: injector.clear(),
    lambda injector, rule: injector.close()])
def test_no_guest_changes_by_a_rule_that_is_forgotten(injector, forget):
    guests, rule = Guests(), rules.Rule('reboot', 'halt', seconds=3600)
    injector.add(rule)
    injector.wrap(guests, 'h1', SERVER).reboot('u1', True)
    assert injector.to_come == 1
    forget(injector, rule)
    while injector.to_come:
        runtime.Runtime().sleep(0.01)
    assert guests.changed.empty()


def test_metadata_is_obeyed_only_where_that_is_allowed():
    server = types.SimpleNamespace(**vars(SERVER) | {
        'metadata': {rules.METADATA_KEY: 'spawn:fail=so be it'}})
    with pytest.raises(errors.InjectedFault, match='so be it'):
        inject.Injector(runtime.Runtime()).ask('spawn', 'h1', server)
    inject.Injector(runtime.Runtime(), metadata=False).ask('spawn', 'h1', server)
