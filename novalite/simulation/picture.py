"""How a simulated cloud fared, drawn: one figure, as SVG for a page or as PNG."""

import io

from novalite import errors
from novalite.simulation import sampling

#: Statuses in the order of a life, each with its colour; others come after them, in greys.
_COLOURS = {
    'BUILD': '#f0c05a', 'ACTIVE': '#3a9d5d', 'REBOOT': '#8fd0a5', 'HARD_REBOOT': '#6fbf8b',
    'REBUILD': '#c9a227', 'RESIZE': '#5b8dd9', 'VERIFY_RESIZE': '#8fb3ea',
    'REVERT_RESIZE': '#3d6cb5', 'MIGRATING': '#7a5bd9', 'PAUSED': '#b0c4b1',
    'SUSPENDED': '#94a89a', 'SHUTOFF': '#9aa0a6', 'RESCUE': '#e08a4f',
    'SHELVED': '#c7c2d9', 'SHELVED_OFFLOADED': '#a9a2c6', 'SOFT_DELETED': '#d9d2c5',
    'PASSWORD': '#cbb677', 'ERROR': '#c8402f',
}
_LATER = ('#777777', '#999999', '#bbbbbb')
_LINES = {'p50': '#3a9d5d', 'p95': '#d99a2b', 'p99': '#c8402f',
          'broker': '#5b8dd9', 'conductor': '#c8402f', 'under way': '#3a9d5d'}
#: The marks of the time are so many seconds apart.
_STEPS = (5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
#: Of more accidents than this the rows would be too thin to see.
_ROWS = 40


def svg(results):
    """The figure of some results, one column for each, as text to put into a page."""
    figure, matplotlib = _figure(results)
    # Without its own salt and date, the same results are the same picture.
    with matplotlib.rc_context({'svg.hashsalt': 'novalite', 'svg.fonttype': 'none'}):
        written = io.StringIO()
        figure.savefig(written, format='svg', metadata={'Date': None})
    text = written.getvalue()
    return text[text.index('<svg'):]


def png(results, path):
    figure, _ = _figure(results)
    figure.savefig(path, format='png', dpi=144)


def drawing():
    """matplotlib and its figures; raises CannotStart if it is not installed."""
    try:
        import matplotlib
        from matplotlib import figure
    except ImportError:
        raise errors.CannotStart(
            "A report is drawn by matplotlib: pip install 'novalite[report]', or '.[report]' in "
            'a checkout.') from None
    return matplotlib, figure


def _figure(results):
    matplotlib, figures = drawing()
    rows = [('servers', 3.0, _servers), ('faults', 2.4, _accidents), ('boots', 2.2, _boots),
            ('queues', 2.2, _queues), ('load', 2.6, _load)]
    made = figures.Figure(
        figsize=(9.0 if len(results) == 1 else 15.0, sum(height for _, height, _ in rows)),
        layout='constrained')
    grid = made.subplots(len(rows), len(results), squeeze=False, sharex='col',
                         height_ratios=[height for _, height, _ in rows])
    for column, result in enumerate(results):
        for row, (_, _, draw) in enumerate(rows):
            axes = grid[row][column]
            draw(axes, result)
            axes.spines[['top', 'right']].set_visible(False)
        grid[0][column].set_title(f'semantics = {result.semantics}', fontsize=11, pad=12)
        grid[-1][column].set_xlabel('virtual time')
        grid[-1][column].xaxis.set_major_formatter(lambda seconds, _: _time(seconds))
        end = max(result.series['times'] or [1.0])
        grid[-1][column].set_xlim(0, end)
        step = next((step for step in _STEPS if end / step <= 8), end)
        grid[-1][column].set_xticks([step * number for number in range(int(end // step) + 1)])
    return made, matplotlib


def _time(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{seconds:02}' if hours else f'{minutes}:{seconds:02}'


def _servers(axes, result):
    series = result.series['servers']
    order = [status for status in _COLOURS if status in series]
    order += [status for status in series if status not in _COLOURS]
    colours = [_COLOURS.get(status, _LATER[number % len(_LATER)])
               for number, status in enumerate(order)]
    if order:
        axes.stackplot(result.series['times'], *(series[status] for status in order),
                       labels=order, colors=colours, step='post', linewidth=0)
        axes.legend(loc='upper left', fontsize=6, ncols=3, frameon=False)
    axes.set_ylabel('servers')


def _accidents(axes, result):
    """A bar for each accident, in rows by whom it befell."""
    end = max(result.series['times'] or [1.0])
    whom = sorted({name for _, _, _, names in result.accidents for name in names.split()})
    axes.set_ylabel('faults')
    if not whom:
        axes.set_yticks([])
        axes.text(0.5, 0.5, 'no fault', transform=axes.transAxes, ha='center', color='#777777')
        return
    kinds = sorted({what.split()[0] for _, _, what, _ in result.accidents})
    palette = ('#c8402f', '#5b8dd9', '#d99a2b', '#7a5bd9', '#3a9d5d', '#777777', '#b0548c',
               '#44a3a3', '#8a6d3b', '#222222')
    colour = {kind: palette[number % len(palette)] for number, kind in enumerate(kinds)}
    size = max(1, -(-len(whom) // _ROWS))
    row = {name: number // size for number, name in enumerate(whom)}
    seen = set()
    for begun, until, what, names in result.accidents:
        kind = what.split()[0]
        for name in names.split():
            width = max((end if until is None else until) - begun, end / 400)
            axes.barh(row[name], width, left=begun, height=0.7, color=colour[kind],
                      label=None if kind in seen else kind)
            seen.add(kind)
    axes.set_yticks(sorted(set(row.values())), [
        whom[number * size] for number in sorted(set(row.values()))], fontsize=6)
    axes.invert_yaxis()
    axes.legend(loc='upper right', fontsize=6, ncols=4, frameon=False)


def _boots(axes, result):
    for name in ('p50', 'p95', 'p99'):
        points = [(time, seconds) for time, seconds in zip(
            result.series['times'], result.series['boots'][name], strict=True)
            if seconds is not None]
        if points:
            axes.plot(*zip(*points, strict=True), color=_LINES[name], label=name, linewidth=1.2)
    overall = sampling.percentile([seconds for _, seconds in result.boots], 95)
    if overall is not None:
        axes.axhline(overall, color='#bbbbbb', linewidth=0.8, linestyle=':')
        axes.legend(loc='upper left', fontsize=6, ncols=3, frameon=False)
    axes.set_ylim(bottom=0)
    axes.set_ylabel('boot, seconds')


def _queues(axes, result):
    names = {'broker': 'messages at the broker', 'conductor': 'actions nobody holds',
             'under way': 'actions under way'}
    for name, numbers in result.series['queues'].items():
        axes.step(result.series['times'], numbers, where='post', color=_LINES.get(name),
                  label=names.get(name, name), linewidth=1.0)
    axes.legend(loc='upper left', fontsize=6, ncols=3, frameon=False)
    axes.set_ylim(bottom=0)
    axes.set_ylabel('waiting')


def _load(axes, result):
    """Each host's share of memory given out, a row each, over time."""
    load, hosts = result.series['load'], result.series['hosts']
    axes.set_ylabel('memory of hosts')
    full = [[row[number] if number < len(row) else 0.0 for row in load]
            for number in range(len(hosts))]
    if not full:
        return
    times = result.series['times']
    most = max(max(row) for row in full) or 1.0
    mesh = axes.pcolormesh(times, range(len(hosts)), full, cmap='YlGnBu', vmin=0, vmax=most,
                           shading='nearest', rasterized=True)
    shown = range(0, len(hosts), max(1, len(hosts) // 8))
    axes.set_yticks(list(shown), [hosts[number] for number in shown], fontsize=6)
    bar = axes.figure.colorbar(mesh, ax=axes, pad=0.01, aspect=12)
    bar.ax.yaxis.set_major_formatter(lambda share, _: f'{share:.0%}')
    bar.ax.tick_params(labelsize=6)
