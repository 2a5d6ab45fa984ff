"""What recovery costs while nothing fails: clouds of both semantics, measured in turn."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

from novalite import errors

SEMANTICS = ('durable', 'nova')
#: What `novalite bench` tells of each cloud.
FIGURES = ('boots_per_second', 'cpu_ms_per_boot')
#: In turn, and back: a machine that becomes slower meanwhile is unfair to neither.
ROUNDS = 3


def measure(options, console):
    """Start two clouds, measure each several times, tell the ratio, and stop them; 0."""
    with tempfile.TemporaryDirectory(prefix='novalite-cost-') as directory:
        places = {name: pathlib.Path(directory, name) for name in SEMANTICS}
        figures = {name: [] for name in SEMANTICS}
        try:
            for name, place in places.items():
                place.mkdir()
                file = place / 'semantics.conf'
                file.write_text(f'[recovery]\nsemantics = {name}\n')
                _novalite('up', '--detach', '--port', '0', '--config-file', str(file),
                          '--state-dir', str(place))
            for number in range(ROUNDS):
                for name in SEMANTICS if number % 2 == 0 else reversed(SEMANTICS):
                    said = _novalite(
                        'bench', '--json', '--servers', str(options.servers), '--clients',
                        str(options.clients), '--state-dir', str(places[name]))
                    figures[name].append(json.loads(said))
        finally:
            for place in places.values():
                _novalite('down', '--state-dir', str(place))
    told = {f'{name}_{semantics}': statistics.median(one[name] for one in figures[semantics])
            for name in FIGURES for semantics in SEMANTICS}
    told |= {f'{name}_ratio': told[f'{name}_durable'] / told[f'{name}_nova'] for name in FIGURES}
    if options.json:
        print(json.dumps(told, indent=2))
    else:
        for name, label in zip(FIGURES, ('Boots per second', 'CPU for each boot, ms'), strict=True):
            console.print(f'{label}: {told[f"{name}_durable"]:.2f} durable, '
                          f'{told[f"{name}_nova"]:.2f} nova: ratio '
                          f'[bold]{told[f"{name}_ratio"]:.3f}[/]')
    return 0


def _novalite(*arguments):
    done = subprocess.run([sys.executable, '-m', 'novalite.cmd.novalite', *arguments],
                          capture_output=True, text=True)
    if done.returncode:
        raise errors.CannotStart(f'novalite {arguments[0]} failed: {done.stderr.strip()}')
    return done.stdout
