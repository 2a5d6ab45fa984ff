"""The table of the state machine, for the terminal."""

import rich.box
import rich.table

from novalite.servers import machine

#: Columns of a terminal that the table needs, unless it is to be read down the page.
WIDTH = 180

_COLUMNS = ('action', 'allowed in', 'task_state', 'steps and their [blue]events[/]', 'ends',
            'fails', 'interrupts', 'deadline')


def table():
    """A row of the terminal for each row of the machine."""
    drawn = rich.table.Table(box=rich.box.SIMPLE_HEAD, show_lines=True, padding=(0, 1),
                             pad_edge=False)
    for column in _COLUMNS:
        # An event's name that is broken in two is found by nobody.
        drawn.add_column(column, overflow='fold', no_wrap=column.startswith('steps'))
    for action in machine.VERBS.values():
        drawn.add_row(
            _named(action), _states(action), action.task_state or '-',
            '\n'.join(_step(step) for step in action.steps), action.ends or 'same',
            action.fails or 'same', _interrupts(action), _duration(action.deadline))
    return drawn


def _named(action):
    name = f'[bold]{action.name}[/]'
    return name if action.verb == action.name else f'{name}\n[dim]{action.verb}[/]'


def _states(action):
    if len(action.allowed) >= len(machine.Vm) - 1:
        return 'any state'
    return '\n'.join(state for state in machine.Vm if state in action.allowed)


def _step(step):
    lines = [f'{step.at.name.lower()}: {step.name}']
    if step.undo:
        lines[0] += f' [red](undo: {step.undo.__name__})[/]'
    lines += [f'  [blue]{event}[/]' for event in step.shows]
    return '\n'.join(lines)


def _interrupts(action):
    if isinstance(action.interrupts, frozenset):
        return '\n'.join(sorted(action.interrupts))
    return 'any task' if action.interrupts else '-'


def _duration(seconds):
    return f'{seconds // 3600} h' if seconds % 3600 == 0 else f'{seconds} s'
