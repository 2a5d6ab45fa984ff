"""What is being waited for, for the terminal."""

import datetime

import rich.markup
import rich.tree

#: So many actions are drawn; a program gets more.
DRAWN = 20


def drawn(found):
    """What ``web.waiting`` has read, as a tree: a branch for each action under way."""
    if not found['under_way']:
        tree = rich.tree.Tree('Nothing is under way.')
    else:
        tree = rich.tree.Tree(f'[bold]{found["under_way"]}[/] under way, the oldest first:')
    now = _parsed(found['now'])
    if found['conductors']['quiet']:
        tree.add(f'[red]All conductors are quiet[/], {_heard(found["conductors"], now)}: nothing '
                 f'goes on until one is back')
    for action in found['waiting'][:DRAWN]:
        branch = tree.add(f'[bold]{action["action"]}[/] of {rich.markup.escape(action["name"])} '
                          f'({action["server"]}), {action["request_id"]}')
        for sentence in _sentences(action, now):
            branch.add(sentence)
    if found['under_way'] > DRAWN:
        tree.add(f'and {found["under_way"] - DRAWN} more')
    return tree


def _sentences(action, now):
    step = f'{"the undo of " if action["way"] == "back" else ""}[bold]{action["step"]}[/]'
    since = _ago(action['at_work_since'] or action['since'], now)
    if action['turn'] == 'nobody':
        yield f'{step} waits for a conductor to take it up, since {since}'
    elif action['turn'] == 'conductor':
        yield f'{step}: a conductor asks the services around, since {since}'
    elif action['at_work_since']:
        yield f'{step} on [bold]{action["host"]}[/], at work since {since}'
    else:
        yield f'{step} on [bold]{action["host"]}[/], sent {since} ago'
    if action['quiet']:
        yield (f'[red]{action["host"]} is quiet[/], {_heard(action, now)}: the sweep does it '
               f'elsewhere, or goes the way back')
    elif action['lease_is_over']:
        yield f'[yellow]its lease is over[/] since {_ago(action["lease_until"], now)}: the sweep ' \
              f'drives it anew'
    elif action['lease_until']:
        yield f'the lease ends in {_in(action["lease_until"], now)}, unless it is renewed'
    if action['is_late']:
        yield f'[yellow]past its deadline[/] since {_ago(action["deadline"], now)}: it goes back'
    elif action['deadline']:
        yield f'it turns back in {_in(action["deadline"], now)}, at {_clock(action["deadline"])}'


def _heard(who, now):
    return f'last heard of {_ago(who["last_seen"], now)} ago' if who['last_seen'] else 'never seen'


def _parsed(time):
    return datetime.datetime.fromisoformat(time)


def _ago(time, now):
    return _length(now - _parsed(time))


def _in(time, now):
    return _length(_parsed(time) - now)


def _clock(time):
    return time[11:19] + ' UTC'


def _length(delta):
    seconds = max(0, round(delta.total_seconds()))
    if seconds < 120:
        return f'{seconds} s'
    return f'{seconds // 60} min' if seconds < 7200 else f'{seconds / 3600:.1f} h'
