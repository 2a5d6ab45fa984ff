"""The promises, held against made-up facts: each has what keeps it, and what breaks it."""

import datetime
import types

import pytest

from novalite import errors
from novalite import invariants
from novalite.servers.states import Power
from novalite.servers.states import Vm

T = datetime.datetime(2026, 1, 1)
A_MINUTE = datetime.timedelta(seconds=60)
A_FAULT = {'message': 'No valid host was found.'}
SUPERSEDED = errors.fault(errors.Superseded(uuid='s'))
HAD = {'volume_id': 'v', 'attachment_id': 'a'}


def row(**columns):
    return types.SimpleNamespace(**columns)


def server(**more):
    return row(**{
        'uuid': 's', 'host': 'h1', 'origin': None, 'destination': None, 'vm_state': Vm.ACTIVE,
        'task_state': None, 'owner': None, 'came_from': None, 'power_state': Power.RUNNING,
        'nics': [{'port_id': 'p'}], 'volumes': [HAD],
        'shares': [{'share_id': 'm', 'status': 'active'}]} | more)


def action(**more):
    return row(**{
        'id': 1, 'server': 's', 'request_id': 'req-1', 'name': 'create', 'verb': 'create',
        'start_time': T, 'finish_time': T + A_MINUTE, 'deadline': T + 60 * A_MINUTE,
        'message': None, 'fault': None, 'step': None, 'back': False, 'held_by': None} | more)


def event(**more):
    return row(**{'id': 1, 'action_id': 1, 'name': 'compute__do_build_and_run_instance',
                  'step': 'spawn', 'start_time': T, 'finish_time': T, 'result': 'Success'} | more)


def fault(**more):
    return row(**{'server': 's', 'request_id': 'req-1'} | more)


def move(**more):
    return row(**{'server': 's', 'request_id': 'req-1', 'type': 'resize',
                  'status': 'finished'} | more)


def room(**more):
    return row(**{'server': 's', 'host': 'h1', 'role': 'server', 'vcpus': 1, 'memory_mb': 64,
                  'disk_gb': 1} | more)


def host(name='h1', count=1, **more):
    sizes = {'vcpus': 1, 'memory_mb': 64, 'disk_gb': 1}
    return row(**{'name': name, 'servers': count}
               | {f'{size}_used': count * each for size, each in sizes.items()}
               | {f'{size}_limit': 64 for size in sizes} | more)


def facts(**more):
    """One server at rest, of which everything is as it should be."""
    return invariants.Facts(**{
        'now': T + 2 * A_MINUTE, 'accepted': (('req-1', 's', 'create'),),
        'known': frozenset({('req-1', 's')}), 'servers': (server(),), 'actions': (action(),),
        'events': (event(),), 'moves': (move(),), 'guests': {'h1': {'s': Power.RUNNING}},
        'held': (room(),), 'hosts': (host(), host('h2', 0)),
        'volumes': (row(id='v', status='in-use'), row(id='w', status='available')),
        'attachments': (row(volume_id='v', server='s'),), 'ports': (row(id='p', device_id='s'),),
        'addresses': (row(subnet_id='n', address='10.0.0.1'),
                      row(subnet_id='m', address='10.0.0.1')),
        'mounts': (row(server='s', share_id='m'),),
        'written': {'events': 1, 'faults': 0}} | more)


def failed(**more):
    return action(message='Error', fault=A_FAULT, **more)


RESIZED = {
    'servers': (server(vm_state=Vm.RESIZED, origin='h2'),),
    'guests': {'h1': {'s': Power.RUNNING}, 'h2': {'s': Power.SHUTDOWN}},
    'held': (room(), room(host='h2', role='origin')), 'hosts': (host(), host('h2'))}
NOWHERE = {'guests': {}, 'held': (), 'hosts': (host(count=0),), 'ports': (), 'attachments': (),
           'volumes': (), 'mounts': ()}
BARE = {'nics': [], 'volumes': [], 'shares': []}


@pytest.mark.parametrize('more', [
    {}, RESIZED, NOWHERE | {'servers': ()},
    # Its creation has failed on two hosts, and nothing is left of it.
    NOWHERE | {'servers': (server(vm_state=Vm.ERROR, host=None, **BARE),), 'actions': (failed(),),
               'faults': (fault(), fault())},
    # Its guest was lost, and that was told.
    {'servers': (server(power_state=Power.NOSTATE),), 'guests': {},
     'faults': (fault(request_id='req-look'),)},
    # A delete has taken over: what it pushed aside says so, and has no fault of its own.
    {'actions': (action(message='Error', fault=SUPERSEDED),
                 action(id=2, request_id='req-2', name='delete', verb='delete'))},
    # So has an administrator who said what its state is.
    {'actions': (action(message='Error', fault=SUPERSEDED),
                 action(id=2, request_id='req-2', name='resetState', verb='resetState'))},
    # A step has failed, and has been done again.
    {'events': (event(result='Error'), event(id=2))},
    {'servers': (server(shares=[{'share_id': 'm', 'status': 'error'}]),), 'mounts': ()},
    # What many servers share of one request.
    {'accepted': (('req-1', None, 'create'),)},
], ids=lambda more: ', '.join(more) or 'one server')
def test_what_is_as_it_should_be_breaks_nothing(more):
    assert [str(one) for one in invariants.violations(facts(**more))] == []


@pytest.mark.parametrize(('check', 'promise', 'says', 'more'), [
    ('lost', 'I1', 'create was accepted and forgotten', {'accepted': (('req-9', 's', 'create'),)}),
    ('lost', 'I1', 'forgotten', {'accepted': (('req-1', 'another', 'create'),)}),
    ('lost', 'I1', 'forgotten', {'accepted': (('req-9', None, 'create'),)}),
    ('after their deadline', 'I2', 'should have ended',
     {'actions': (action(deadline=T - 60 * A_MINUTE),)}),
    ('after their deadline', 'I2', 'is at spawn',
     {'actions': (action(deadline=T - 60 * A_MINUTE, finish_time=None, step='spawn'),)}),
    ('ERROR without fault', 'I3', 'is in ERROR', {'servers': (server(vm_state=Vm.ERROR),)}),
    ('duplicated', 'I2', 'has succeeded 2 times', {'events': (event(), event(id=2))}),
    ('stuck', 'I2', 'create waits at spawn for h1, on the way back',
     {'actions': (action(finish_time=None, step='spawn', held_by='h1', back=True),)}),
    ('stuck', 'I2', 'is left in active/deleting', {'servers': (server(task_state='deleting'),)}),
    ('stuck', 'I2', 'is left in', {'servers': (server(owner='req-1'),)}),
    ('stuck', 'I2', 'is left in', {'servers': (server(came_from='active'),)}),
    ('stuck', 'I2', 'is left in', {'servers': (server(vm_state=Vm.BUILDING),)}),
    ('stuck', 'I2', 'its resize says migrating', {'moves': (move(status='migrating'),)}),
    ('Error without fault', 'I3', 'failed, and has no fault', {'actions': (failed(),)}),
    ('Error without fault', 'I3', 'says None', {'actions': (action(fault=A_FAULT),)}),
    ('Error without fault', 'I3', 'says Error', {'actions': (action(message='Error'),)}),
    ('Error without fault', 'I3', 'has 2 faults',
     {'actions': (failed(verb='os-stop'),), 'events': (), 'faults': (fault(), fault())}),
    ('Error without fault', 'I3', 'has 1 faults',
     {'actions': (action(verb='os-stop'),), 'events': (), 'faults': (fault(),)}),
    ('unfinished events', 'I4', 'has no end', {'events': (event(finish_time=None),)}),
    ('unfinished events', 'I4', 'has no end', {'events': (event(result=None),)}),
    ('pushed aside', 'I6', 'by what may not interrupt it',
     {'actions': (action(message='Error', fault=SUPERSEDED),
                  action(id=2, request_id='req-2', verb='os-stop'))}),
    ('guests on two hosts', 'I6', 'runs on h1 and on h2',
     RESIZED | {'guests': {'h1': {'s': Power.RUNNING}, 'h2': {'s': Power.RUNNING}}}),
    ('guests on two hosts', 'I6', 'has guests on h1 and on h2',
     {'guests': {'h1': {'s': Power.RUNNING}, 'h2': {'s': Power.SHUTDOWN}}}),
    ('guests too many', 'I7', 'has a guest on h2',
     {'guests': {'h1': {'s': Power.RUNNING}, 'h2': {'t': Power.RUNNING}}}),
    ('guests too few', 'I7', 'its guest on h1 is NOSTATE', {'guests': {}}),
    ('guests too few', 'I7', 'its guest on h1 is PAUSED', {'guests': {'h1': {'s': Power.PAUSED}}}),
    ('guests too few', 'I7', 'and no fault',
     {'guests': {}, 'servers': (server(power_state=Power.NOSTATE),)}),
    ('guests too few', 'I7', 'is active on no host', {'servers': (server(host=None),)}),
    ('half moved', 'I7', 'on its way to h2', {'servers': (server(destination='h2'),)}),
    ('half moved', 'I7', 'has no guest on h2 any more',
     RESIZED | {'guests': {'h1': {'s': Power.RUNNING}}}),
    ('room that does not add up', 'I7', 'holds no room on h1', {'held': ()}),
    ('room that does not add up', 'I7', 'holds room on h2',
     {'held': (room(), room(host='h2', role='destination')), 'hosts': (host(), host('h2'))}),
    ('room that does not add up', 'I7', 'holds room on h1',
     {'held': (room(), room()), 'hosts': (host(count=2),)}),
    ('room that does not add up', 'I7', 'h1 counts 2 servers, and 1 are held',
     {'hosts': (host(count=2),)}),
    ('room that does not add up', 'I7', 'h1 counts 9 vcpus, and 1 are held',
     {'hosts': (host(vcpus_used=9),)}),
    ('room that does not add up', 'I7', 'h1 has 64 memory_mb in use, and 32 in all',
     {'hosts': (host(memory_mb_limit=32),)}),
    ('volumes, ports, shares that do not add up', 'I7', 'volume v', {'attachments': ()}),
    ('volumes, ports, shares that do not add up', 'I7', 'volume w is in-use',
     {'volumes': (row(id='w', status='in-use'),)}),
    ('volumes, ports, shares that do not add up', 'I7', 'volume v is available',
     {'volumes': (row(id='v', status='available'),)}),
    ('volumes, ports, shares that do not add up', 'I7', 'port p', {'ports': ()}),
    ('volumes, ports, shares that do not add up', 'I7', 'port q',
     {'ports': (row(id='p', device_id='s'), row(id='q', device_id='s'))}),
    ('volumes, ports, shares that do not add up', 'I7', 'address 10.0.0.1 is given 2 times',
     {'addresses': (row(subnet_id='n', address='10.0.0.1'),) * 2}),
    ('volumes, ports, shares that do not add up', 'I7', 'share m', {'mounts': ()}),
    ('volumes, ports, shares that do not add up', 'I7', 'share o',
     {'mounts': (row(server='s', share_id='m'), row(server='s', share_id='o'))}),
])
def test_what_is_broken_is_told_with_its_promise(check, promise, says, more):
    found = invariants.broken(facts(**more))[check]
    assert [one.promise for one in found][:1] == [promise]
    assert says in str(found[0])


def test_what_was_written_and_is_gone_is_told():
    before, after = facts(), facts(written={'events': 0, 'faults': 3})
    assert [str(one) for one in invariants.forgotten(before, after)] == ['I8: 1 events are gone']
    assert list(invariants.forgotten(invariants.Facts(), after)) == []


def test_a_sentence_names_the_server_and_the_request():
    one = invariants.Violation('I2', 's', 'req-1', 'stop has no end')
    assert str(one) == 'I2: server s (req-1) stop has no end'


def test_a_guest_that_is_known_not_to_have_vanished_is_missed():
    lost = {'servers': (server(power_state=Power.NOSTATE),), 'guests': {}, 'faults': (fault(),)}

    def told(**more):
        return [one.message for one in invariants.too_few(facts(**lost | more))]
    assert told() == told(vanished=frozenset({('s', 'h1')})) == []
    assert told(vanished=frozenset()) == ['has lost its guest on h1']
    # One that could not be built from its image, on a host that could not be cleared either.
    stranded = server(power_state=Power.NOSTATE, vm_state=Vm.SHELVED_OFFLOADED)
    assert told(servers=(stranded,), vanished=frozenset()) == []
