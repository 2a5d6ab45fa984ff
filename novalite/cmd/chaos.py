"""novalite chaos: real daemons are killed, frozen and cut off while clients use them."""

import pathlib
import shutil
import signal
import tempfile

from oslo_log import log as logging
import rich.box
import rich.live
import rich.progress
import rich.table

from novalite.chaos import report
from novalite.chaos import run as runs
from novalite.chaos import stack
from novalite.runtime import Runtime


def torment(options, console):
    """A run; 0 if every promise was kept."""
    stack.refuse_without_scripts()
    runtime = Runtime()
    seed = options.seed if options.seed is not None else int(runtime.secret(3), 16)
    wanted = runs.Wanted(seed=seed, every=options.every, semantics=options.semantics,
                         database=options.database, **_given(options, seed, console))
    directory = pathlib.Path(tempfile.mkdtemp(prefix='novalite-chaos-'))
    directory.chmod(0o755)      # the user postgres passes through when we are root
    _log(directory)
    _end_as_by_the_keyboard()
    kept = options.keep
    try:
        with runs.Chaos(wanted, directory, runtime) as chaos, _Shown(wanted, console) as shown:
            outcome = chaos.run(shown.tell)
        _tell(outcome, console)
        if options.report:
            svg = options.report.suffix == '.svg'
            options.report.write_text(report.picture(outcome) if svg
                                      else report.page(outcome, figures(outcome)))
            console.print(f'The report is {options.report}.')
        kept = kept or bool(outcome.broken)
        return 1 if outcome.broken else 0
    except Exception:
        kept = True
        raise
    finally:
        if kept:
            console.print(f'Logs and data are in {directory}.')
        else:
            shutil.rmtree(directory, ignore_errors=True)


def _given(options, seed, console):
    """What the options say, or for what they do not say the plan, if there is one."""
    said = {name: getattr(options, name)
            for name in ('operations', 'clients', 'hosts', 'duration')
            if getattr(options, name) is not None}
    if not options.plan:
        return said
    from novalite.cmd import chaos_plan
    from novalite.simulation import plan
    given, left_out = chaos_plan.wanted(plan.load(options.plan), seed)
    if left_out:
        console.print('Only a simulation can do these, so they are left out: '
                      f'{", ".join(left_out)}.')
    return given | said


def _log(directory):
    """Our own log lies beside those of the daemons."""
    (directory / 'log').mkdir()
    handler = logging.logging.FileHandler(directory / 'log' / 'chaos.log')
    handler.setFormatter(logging.logging.Formatter('%(asctime)s %(levelname)s %(message)s'))
    logger = logging.logging.getLogger('novalite')
    logger.addHandler(handler)
    logger.setLevel('INFO')
    logger.propagate = False


def _end_as_by_the_keyboard():
    """Whoever ends us with SIGTERM wants nothing left running either."""
    def end(_number, _frame):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, end)


class _Shown:
    """What is seen while it runs: a bar, the numbers so far, and what is being done to whom."""

    def __init__(self, wanted, console):
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn('{task.description:<28}'), rich.progress.BarColumn(24),
            rich.progress.MofNCompleteColumn(), rich.progress.TimeElapsedColumn(),
            rich.progress.TextColumn('{task.fields[now]}', style='dim'), console=console)
        self._task = self._bar.add_task('', total=wanted.operations, now='')

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *_):
        self._bar.stop()

    def tell(self, phase, chaos):
        now = ''
        if chaos.findings:
            left = {name: len(sentences) for name, sentences in chaos.findings.items() if sentences}
            now = ', '.join(f'{count} {name}' for name, count in left.items())
        elif chaos.tormentor:
            now = ', '.join(str(one.fault) for one in chaos.tormentor.happened
                            if one.until is None)
        self._bar.update(self._task, description=phase, completed=chaos.accepted(),
                         now=now.replace('novalite-', ''))


def _tell(outcome, console):
    wanted = outcome.wanted
    table = rich.table.Table(
        title=f'novalite chaos, seed {wanted.seed}, {wanted.semantics}', title_justify='left',
        title_style='bold', box=rich.box.SIMPLE_HEAD, show_header=False)
    table.add_column('what')
    table.add_column('how many', justify='right', style='bold')
    for name, value in figures(outcome).items():
        table.add_row(name, str(value))
    for name, sentences in outcome.findings.items():
        table.add_row(name, f'[red]{len(sentences)}[/]' if sentences else '[green]0[/]')
    table.add_row('daemons that ended by themselves',
                  f'[red]{len(outcome.died)}[/]' if outcome.died else '[green]0[/]')
    console.print(table)
    for name, sentences in outcome.findings.items():
        for sentence in sentences[:5]:
            console.print(f'[red]{name}[/]: {sentence}', soft_wrap=True)
        if len(sentences) > 5:
            console.print(f'  and {len(sentences) - 5} more')
    for seconds, name in outcome.died:
        console.print(f'[red]{name} ended by itself[/] after {seconds:.1f} s')
    if outcome.broken:
        console.print(f'[bold]The same again: novalite chaos --seed {wanted.seed} '
                      f'--every {wanted.every:g} --clients {wanted.clients} '
                      f'--hosts {wanted.hosts} --database {wanted.database} '
                      f'--semantics {wanted.semantics}[/]', soft_wrap=True)


def figures(outcome):
    """What is counted and may be anything."""
    accepted = outcome.accepted
    ended = [outcome.ended.get((one.server, one.request_id)) for one in accepted]
    silence = outcome.longest_silence
    return {
        'faults': len(outcome.happened),
        'operations asked for': len(outcome.operations),
        'accepted': len(accepted),
        'refused': sum(one.code is not None and not one.accepted for one in outcome.operations),
        'unanswered': sum(one.code is None for one in outcome.operations),
        'ended': sum(one is not None for one in ended),
        'of these in Error, with their fault': sum(
            one is not None and one[1] == 'Error' for one in ended),
        'seconds under fire': f'{outcome.seconds:.0f}',
        'seconds until all was at rest': (
            'never' if outcome.rested is None else f'{outcome.rested:.0f}'),
        'longest from the death of a worker to the end of what it had in hand': (
            '-' if silence is None else f'{silence:.1f} s'),
    }
