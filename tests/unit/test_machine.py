"""The table of actions: what must be true of every row."""

import pytest

from novalite.faults import rules
from novalite.hypervisor import driver
from novalite.servers import machine
from novalite.servers import model
from novalite.servers import states
from novalite.servers.states import Task
from novalite.servers.states import Vm

ROWS = pytest.mark.parametrize('verb', machine.VERBS)
STEPS = pytest.mark.parametrize(
    ('verb', 'name'), [(verb, step.name) for verb, action in machine.VERBS.items()
                       for step in action.steps])
#: The events Nova's clients know.
NOVAS = {
    'compute_power_update', 'compute_attach_interface', 'compute_detach_interface',
    'compute_attach_volume', 'compute_detach_volume', 'compute_swap_volume',
    'compute_extend_volume',
    'compute__do_build_and_run_instance', 'compute_terminate_instance', 'compute_stop_instance',
    'compute_start_instance', 'compute_reboot_instance', 'conductor_migrate_server',
    'cold_migrate', 'compute_prep_resize', 'compute_resize_instance', 'compute_finish_resize',
    'compute_confirm_resize', 'compute_revert_resize', 'compute_finish_revert_resize',
    'api_snapshot_instance', 'compute_allow_share', 'compute_deny_share',
    'compute_snapshot_instance', 'compute_pause_instance', 'compute_unpause_instance',
    'compute_suspend_instance', 'compute_resume_instance', 'compute_rescue_instance',
    'compute_unrescue_instance', 'compute_backup_instance', 'rebuild_server',
    'conductor_live_migrate_instance', 'compute_check_can_live_migrate_destination',
    'compute_pre_live_migration', 'compute_live_migration',
    'compute_post_live_migration_at_destination',
    'compute_rebuild_instance', 'compute_shelve_instance', 'compute_shelve_offload_instance',
    'get_image_info', 'schedule_instances', 'compute_unshelve_instance',
    'compute_soft_delete_instance', 'compute_restore_instance',
    'compute_set_admin_password', 'compute_trigger_crash_dump'}


def reached(action):
    """Where an action that began in some state may come to rest."""
    for state in (action.ends, action.fails):
        yield from action.allowed if state is machine.SAME else {state}


def test_verbs_are_unique():
    assert len(machine.VERBS) == len(machine._TABLE)


@ROWS
def test_steps_have_names_of_their_own(verb):
    names = [step.name for step in machine.VERBS[verb].steps]
    assert len(names) == len(set(names))


@ROWS
def test_every_row_shows_an_event_of_novas_and_none_twice(verb):
    shown = [name for step in machine.VERBS[verb].steps for name in step.shows]
    assert shown
    assert len(shown) == len(set(shown))
    assert set(shown) <= NOVAS


def test_every_state_is_reached():
    assert {state for action in machine.VERBS.values() for state in reached(action)} == \
        set(Vm) - {Vm.BUILDING}


@pytest.mark.parametrize('state', sorted(set(Vm) - {Vm.DELETED}))
def test_every_state_but_the_last_can_be_left(state):
    assert any(state in action.allowed for action in machine.VERBS.values())
    assert state in machine.VERBS['delete'].allowed


def test_nothing_is_done_to_what_is_deleted():
    assert not any(Vm.DELETED in action.allowed for action in machine.VERBS.values())


@pytest.mark.parametrize('vm', Vm)
@pytest.mark.parametrize('task', [None, *Task])
def test_every_pair_of_states_has_a_status_that_finds_it_again(vm, task):
    status = states.status(vm, task)
    assert status in states.STATUSES - {'UNKNOWN'}
    pairs = states.with_status(status)
    of_its_own = task in states.STATUS[vm][1]
    assert (vm, task if of_its_own else None) in pairs


def test_states_nobody_knows_are_unknown():
    assert states.status('paused?', None) == 'UNKNOWN'
    assert states.with_status('PAUSED?') == []


@STEPS
def test_walking_the_steps_and_back_passes_each_undo_once(verb, name):
    action = machine.VERBS[verb]
    names = [step.name for step in action.steps]
    so_far = action.steps[:names.index(name) + 1]
    undone, step = [], action.undo_from(name)
    while step is not None:
        undone.append(step.name)
        step = action.undo_before(step.name)
    assert undone == [step.name for step in reversed(so_far) if step.undo]
    follower = action.after(name)
    assert (follower and follower.name) == next(iter(names[len(so_far):]), None)


@STEPS
def test_a_step_on_a_host_is_at_a_column_of_the_server(verb, name):
    place = machine.VERBS[verb].step(name).at.value
    assert place is None or place in model.FIELDS


@ROWS
def test_only_the_first_steps_of_a_row_are_harmless(verb):
    harmless = [step.harmless for step in machine.VERBS[verb].steps]
    assert harmless == sorted(harmless, reverse=True)


@ROWS
def test_an_interruption_names_tasks_or_all(verb):
    interrupts = machine.VERBS[verb].interrupts
    assert interrupts in (True, False) or interrupts <= set(Task)


def test_every_verb_that_can_be_told_to_fail_is_a_drivers():

    assert all(hasattr(driver.Driver, verb) for verb in rules.VERBS)
