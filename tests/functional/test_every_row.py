"""Generated from the table: what must be so for every action there is, and for every to come."""

import pytest
import sqlalchemy as sa

from novalite.db import history
from novalite.db import models
from novalite.faults import rules
from novalite.servers import machine
from novalite.servers.states import Task
from novalite.servers.states import Vm
from tests.functional import at_rest
from tests.functional import rows

ROWS = pytest.mark.parametrize('verb', rows.VERBS)


@ROWS
def test_what_goes_well_shows_its_events_and_rests_where_the_table_says(cloud, verb):
    server = rows.prepared(cloud, verb)
    was = cloud.show(server)['OS-EXT-STS:vm_state']
    earlier = cloud.actions(server)
    request_id = rows.perform(cloud, server, verb)

    at_rest.check(cloud)
    action = machine.VERBS[verb]
    assert cloud.actions(server) == [*earlier, (action.name, None)]
    assert cloud.events(server, request_id) == [
        (event, 'Success') for step in action.steps for event in step.shows]
    if action.ends is Vm.DELETED:
        assert cloud.request('GET', f'/servers/{server}').status_code == 404
        return
    shown = cloud.show(server)
    assert shown['OS-EXT-STS:vm_state'] == rows.row(verb).rests(action.ends or was)
    assert shown['OS-EXT-STS:task_state'] is None
    assert 'fault' not in shown
    host = shown['OS-EXT-SRV-ATTR:host']
    if host is not None:
        assert cloud.guests()[host][server] == shown['OS-EXT-STS:power_state']


def _fault(cloud, server):
    """The newest fault of the server, and how many it has had."""
    with cloud.services.db.read() as connection:
        faults = history.faults_of(connection, server)
    return faults[-1], len(faults)


@pytest.mark.parametrize(('verb', 'step', 'asked'), [c for c in rows.CALLS if c[0] != 'create'])
def test_every_call_of_a_driver_can_fail(cloud, verb, step, asked):
    action = machine.VERBS[verb]
    server = rows.prepared(cloud, verb)
    before = at_rest.picture(cloud)
    was = cloud.show(server)['OS-EXT-STS:vm_state']
    elsewhere = action.step(step).elsewhere
    cloud.fail(asked, times=None if elsewhere else 1)
    request_id = rows.perform(cloud, server, verb)

    if (step, asked) in rows.row(verb).one_way:
        cloud.look()    # nobody has told in which state the guest is left
    at_rest.check(cloud)
    after = at_rest.picture(cloud)
    harmless = action.step(step).harmless
    expected = was if harmless or action.fails is machine.SAME else action.fails
    assert cloud.show(server)['OS-EXT-STS:vm_state'] == expected
    if (step, asked) not in rows.row(verb).one_way:
        before.pop('servers'), after.pop('servers')
        assert after == before
    fault, faults = _fault(cloud, server)
    message = f"The simulated hypervisor was told to fail '{asked}'."
    if elsewhere:
        message = ('Exceeded maximum number of retries. Exceeded max scheduling attempts 3 for '
                   f'instance {server}. Last exception: {message}')
    assert faults == (4 if elsewhere else 1)
    assert (fault.message, fault.code, fault.request_id) == (message, 500, request_id)
    action_shown = cloud.action(server, request_id)
    assert action_shown['message'] == 'Error'
    results = {event['event']: event['result'] for event in action_shown['events']}
    shown = action.step(step).shows
    assert [results[name] for name in shown] == ['Error'] * len(shown)
    assert 'Error' not in [r for name, r in results.items() if name not in shown]
    shown = cloud.show(server)
    assert ('fault' in shown) == (shown['status'] == 'ERROR')


@pytest.mark.parametrize(('step', 'asked'), [c[1:] for c in rows.CALLS if c[0] == 'create'])
def test_a_create_that_fails_leaves_nothing_but_its_fault(cloud, step, asked):
    before = at_rest.picture(cloud)
    server = cloud.boot(fault=f'{asked}:fail=No room for the disk')
    at_rest.check(cloud)
    after = at_rest.picture(cloud)
    assert after.pop('servers')[server] == (None, None, None, '42', 'error', 0)
    before.pop('servers')
    assert after == before
    assert cloud.actions(server) == [('create', 'Error')]


#: A delete that is stuck is what another delete waits for.
@pytest.mark.parametrize(('verb', 'step', 'asked'), [c for c in rows.CALLS if c[0] != 'delete'])
def test_delete_takes_over_from_whatever_is_under_way(cloud, verb, step, asked):
    server = None if verb == 'create' else rows.prepared(cloud, verb)
    undo = rows.row(verb).given and rows.row(verb).given(cloud, server)
    cloud.stall(asked)
    answer = cloud.create() if verb == 'create' else rows.send(cloud, server, verb)
    server = server or answer.json()['server']['id']
    request_id = answer.headers['X-Openstack-Request-Id']
    cloud.wait(lambda: cloud.services.worker.injector.waiting, tell=lambda: cloud.trace(server))
    if undo:
        undo()

    assert cloud.request('DELETE', f'/servers/{server}').status_code == 204
    at_rest.settled(cloud)
    assert cloud.guests() == {}
    assert cloud.request('GET', f'/servers/{server}').status_code == 404
    assert cloud.actions(server)[-2:] == [(machine.VERBS[verb].name, 'Error'), ('delete', None)]
    if machine.VERBS[verb].step(step).shows:
        assert cloud.events(server, request_id)[-1][1] == 'Error'


# Wrong states

def _put(cloud, server, vm_state, task_state):
    """Say what state a server is in: no user can reach them all, or not in the time there is."""
    with cloud.services.db.write() as connection:
        connection.execute(sa.update(models.servers).where(
            models.servers.c.uuid == server).values(vm_state=vm_state, task_state=task_state))


def _refused(verb):
    """(vm_state, task_state, attribute) in which the row may not begin, as the table has it."""
    action = machine.VERBS[verb]
    wrong = set(Vm) - {Vm.DELETED} - action.allowed - rows.row(verb).otherwise
    for vm_state in sorted(wrong):
        yield vm_state, None, 'vm_state'
    if action.interrupts is True:
        return
    for task_state in sorted(set(Task) - (action.interrupts or set()) - rows.row(verb).otherwise):
        yield sorted(action.allowed)[0], task_state, 'task_state'


@ROWS
def test_a_row_in_a_wrong_state_is_refused_in_novas_words_and_changes_nothing(cloud, verb):
    server = rows.prepared(cloud, verb)
    right = cloud.show(server)['OS-EXT-STS:vm_state']
    undo = rows.row(verb).given and rows.row(verb).given(cloud, server)
    actions = cloud.actions(server)
    for vm_state, task_state, attribute in _refused(verb):
        _put(cloud, server, vm_state, task_state)
        before = at_rest.picture(cloud)
        answer = rows.send(cloud, server, verb)
        assert answer.status_code == 409, (vm_state, task_state, answer.text)
        assert answer.json()['conflictingRequest']['message'] == (
            f"Cannot '{machine.VERBS[verb].name}' instance {server} while it is in {attribute} "
            f'{task_state or vm_state}')
        assert at_rest.picture(cloud) == before
    _put(cloud, server, right, None)
    if undo:
        undo()
    assert cloud.actions(server) == actions


def test_every_verb_of_a_driver_that_can_fail_is_known_to_the_rules():
    assert {asked for _, _, asked in rows.CALLS} <= set(rules.VERBS)
