"""How fast simulated clouds are on this machine, of a few hosts and of many."""

import dataclasses
import json

import rich.box
import rich.progress
import rich.table

from novalite.simulation import pace


def measure(options, console):
    """Measure, and tell; 0."""
    with rich.progress.Progress(console=console, transient=True,
                                disable=options.json or not console.is_terminal) as progress:
        bar = progress.add_task('simulated boots', total=len(pace.HOSTS) * pace.ROUNDS)
        paces = pace.measured(options.servers, on_round=lambda: progress.advance(bar))
    ratio = paces[-1].cpu_ms_per_boot / paces[0].cpu_ms_per_boot
    if options.json:
        print(json.dumps({'clouds': [dataclasses.asdict(one) for one in paces],
                          'cost_ratio': ratio}, indent=2))
        return 0
    table = rich.table.Table('hosts', box=rich.box.SIMPLE_HEAD)
    for name in ('boots/s of CPU', 'CPU ms per boot', f'times real time at {pace.RATE} boots/s'):
        table.add_column(name, justify='right')
    for one in paces:
        table.add_row(f'{one.hosts:,}', f'{one.boots_per_second:.0f}',
                      f'{one.cpu_ms_per_boot:.2f}', f'{one.times_real_time:.1f}')
    console.print(table)
    console.print(f'A boot with {paces[-1].hosts:,} hosts costs [bold]{ratio:.2f}[/] times what it '
                  f'does with {paces[0].hosts}.')
    return 0
