"""``novalite simulate``: run a plan with one seed or many, and say what broke."""

import contextlib
import dataclasses
import functools
import json

import rich.markup
import rich.progress
import rich.table

from novalite.simulation import many
from novalite.simulation import picture
from novalite.simulation import plan as plans
from novalite.simulation import report
from novalite.simulation import run
from novalite.simulation import shrink

#: A summary of many seeds tells of no more violations than this.
TOLD = 5


def simulate(options, console):
    """The exit status: 1 if a promise was broken."""
    if options.plan is None:
        return _list(console)
    seconds = options.length
    if options.report or options.png:
        picture.drawing()       # better now than when all has been run
    order = many.Order(options.plan, options.semantics, options.hosts, seconds)
    plan = order.plan()
    if options.seeds:
        return _many(order, plan, options, console)
    return _one(order, plan, options, console)


def _list(console):
    table = rich.table.Table('plan', 'what it shows', box=None, pad_edge=False)
    for name in plans.ready_made():
        table.add_row(name, rich.markup.escape(plans.load(name).about))
    console.print(table)
    return 0


def _progress(console):
    return rich.progress.Progress(
        rich.progress.TextColumn('{task.description}'), rich.progress.BarColumn(),
        rich.progress.TaskProgressColumn(), rich.progress.TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal)


def _one(order, plan, options, console):
    with contextlib.ExitStack() as stack:
        trace = options.trace and stack.enter_context(open(options.trace, 'w'))
        progress = stack.enter_context(_progress(console))
        bar = progress.add_task(order.name, total=1.0)
        result = order.run(options.seed, trace=trace, progress=lambda share: progress.update(
            bar, completed=share))
        results = [result]
        if options.report or options.png:
            # The same clients and accidents with and without the recovery, side by side.
            other = 'durable' if options.semantics == 'nova' else 'nova'
            bar = progress.add_task(f'{order.name}, semantics {other}', total=1.0)
            results.append(dataclasses.replace(order, semantics=other).run(
                options.seed, progress=lambda share: progress.update(bar, completed=share)))
            results.sort(key=lambda one: one.semantics)
    if options.json:
        print(json.dumps(dataclasses.asdict(result)))
    else:
        _tell(result, plan, console)
    if options.report:
        options.report.write_text(report.html(plan, results))
        console.print(f'The report: {options.report}', markup=False)
    if options.png:
        picture.png(results, options.png)
        console.print(f'The picture: {options.png}', markup=False)
    if options.shrink and result.broken:
        _shrink(plan, order, options, console)
    return 1 if result.broken else 0


def _shrink(plan, order, options, console):
    """Write a smaller plan that breaks the same promise."""
    with _progress(console) as progress:
        bar = progress.add_task('a smaller plan', total=shrink.MOST)
        found = shrink.shrink(plan, options.seed, order.name, order.semantics,
                              told=lambda runs, _plan: progress.update(bar, completed=runs))
    options.shrink.write_text(plans.written(found.plan))
    again = run.replay(str(options.shrink), found.result.seed, order.semantics)
    console.print(
        f'\nA smaller plan that breaks, found in {found.runs} runs: {options.shrink}\n'
        f'Again: {again}\n'
        f'With real daemons: novalite chaos --plan {options.shrink}', markup=False)


def _tell(result, plan, console):
    say = functools.partial(console.print, markup=False)
    if plan.about:
        say(plan.about)
    say(f'Seed {result.seed}: {result.hosts} hosts for {result.virtual_seconds:.0f} s, '
        f'{result.events} events, in {result.cpu_seconds:.1f} s of CPU '
        f'({result.virtual_seconds / max(result.cpu_seconds, 0.001):.1f} times real time); '
        f'trace {result.trace_hash[:16]}')
    for table in (_requests(result), _promises(result)):
        console.print(table)
    for number, violation in enumerate(result.violations):
        if number == TOLD:
            say(f'… and {len(result.violations) - TOLD} more.')
            break
        say(f'\n{_sentence(violation)}', style='red')
        say(violation['story'].rstrip())
    if result.broken:
        say(f'\nAgain: {result.command}')


def _requests(result):
    table = rich.table.Table(box=None, pad_edge=False)
    counts = result.counts
    shown = [('accepted', counts['accepted']), ('refused', counts['refused']),
             ('5xx', counts['unavailable']), ('no answer', counts['no answer']),
             ('actions ended', counts['ended']), ('with a fault', counts['failed']),
             ('servers', counts['servers'])]
    if result.boots:
        shown += [(f'boot p{percent}', f'{result.boot(percent):.1f} s')
                  for percent in (50, 95, 99)]
    for name, _ in shown:
        table.add_column(name, justify='right')
    table.add_row(*(str(value) for _, value in shown))
    return table


def _promises(result):
    table = rich.table.Table('promise', '', 'broken', box=None, pad_edge=False)
    for promise, words in report.PROMISES.items():
        count = sum(violation['promise'] == promise for violation in result.violations)
        table.add_row(promise, words, f'[red]{count}[/]' if count else '–')
    return table


def _sentence(violation):
    whose = f' server {violation["server"]}' if violation['server'] else ''
    asked = f' ({violation["request_id"]})' if violation['request_id'] else ''
    return f'{violation["promise"]} at {violation["at"]:.1f} s:{whose}{asked} ' \
           f'{violation["message"].rstrip()}'


def _many(order, plan, options, console):
    seeds = range(options.seeds[0], options.seeds[1] + 1)
    totals, broken, cpu = {}, [], 0.0
    with _progress(console) as progress:
        bar = progress.add_task(order.name, total=len(seeds))
        for result in many.results(order, seeds, options.jobs):
            cpu += result.cpu_seconds
            for name, count in result.counts.items():
                totals[name] = totals.get(name, 0) + count
            if options.json:
                print(json.dumps(dataclasses.asdict(result)), flush=True)
            if result.broken:
                broken.append(result)
                progress.console.print(
                    f'seed {result.seed}: {_sentence(result.violations[0])[:300]}',
                    style='red', markup=False)
            progress.update(bar, advance=1)
    broken.sort(key=lambda result: result.seed)
    if not options.json:
        _summary(order, len(seeds), totals, broken, cpu, console)
    return 1 if broken else 0


def _summary(order, seeds, totals, broken, cpu, console):
    console.print(f'{seeds} seeds of {order.name}: {totals["accepted"]} requests accepted, '
                  f'{totals["ended"]} actions ended, {totals["failed"]} of them with a fault; '
                  f'{cpu / seeds:.2f} s of CPU a seed', markup=False)
    if not broken:
        console.print('Every promise was kept.')
        return
    table = rich.table.Table('seed', 'broken', 'again', box=None, pad_edge=False)
    for result in broken:
        promises = sorted({violation['promise'] for violation in result.violations})
        table.add_row(str(result.seed), ' '.join(promises), rich.markup.escape(result.command))
    console.print(f'[red]{len(broken)} seeds broke a promise:[/]')
    console.print(table)
