"""novalite: a whole cloud in one process, and what one does with it."""

import argparse
import json
import os
import pathlib
import sys

import rich.console

from novalite import __version__
from novalite import errors
from novalite.cmd import local
from novalite.cmd import processes
from novalite.cmd import program


def _parser():
    parser = argparse.ArgumentParser(
        prog='novalite', description='A Nova-compatible compute cloud with simulated hypervisors.')
    parser.add_argument('--version', action='version', version=f'novalite {__version__}')
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        '--state-dir', type=pathlib.Path, default=local.default_state_dir(), metavar='DIR',
        help='where the cloud keeps its state (default: %(default)s)')

    def command(name, run, help, needs_state=True, **more):
        sub = commands.add_parser(name, parents=[where] if needs_state else [], help=help,
                                  description=help, **more)
        sub.set_defaults(run=run)
        return sub

    up = command('up', _up, 'Start the cloud: API, conductor and compute worker in one process.')
    up.add_argument('--hosts', type=_positive, default=4, metavar='N',
                    help='how many simulated hypervisors (default: %(default)s)')
    up.add_argument('--host', default='127.0.0.1', metavar='ADDRESS',
                    help='the address to listen on (default: %(default)s)')
    up.add_argument('--port', type=_port, default=8774,
                    help='the port to listen on; 0 takes a free one (default: %(default)s)')
    up.add_argument('--detach', action='store_true',
                    help='come back when the cloud is ready, and leave it running')
    up.add_argument('--fresh', action='store_true', help='forget what was there before')
    up.add_argument('--timings', metavar='TIMINGS',
                    help='how long the hypervisors\' verbs take, in seconds: '
                         '"spawn=uniform(2,5), *=0.1" (default: no time)')
    up.add_argument('--config-file', metavar='FILE',
                    help='a configuration file; see etc/novalite/novalite.conf')
    up.add_argument('--ready-fd', type=int, help=argparse.SUPPRESS)
    command('down', _down, 'Stop the cloud; its state stays.')
    status = command(
        'status', _status,
        'Tell whether the cloud runs, and what it waits for; exit status 3 if it does not run.')
    status.add_argument('--json', action='store_true', help='print it for a program to read')
    command('env', _env, 'Print what a shell needs: eval "$(novalite env)".')
    demo = command(
        'demo', _demo, 'Tell the story: servers, a fault, a resize that fails, the hops.')
    demo.add_argument('--svg', type=pathlib.Path, metavar='FILE',
                      help='keep what was told as a picture')
    bench = command('bench', _bench, 'Measure the cloud that runs.')
    bench.add_argument('--servers', type=_positive, metavar='N',
                       help='how many servers to boot (default: 20; 300 in a simulation)')
    bench.add_argument('--clients', type=_positive, default=4, metavar='N',
                       help='how many at once in the second round (default: %(default)s)')
    bench.add_argument('--json', action='store_true', help='print figures for a program to read')
    bench.add_argument('--recovery-cost', action='store_true',
                       help='measure no cloud that runs, but two that are started for it: one that '
                            'recovers what is lost, and one that does not')
    bench.add_argument('--simulation', action='store_true',
                       help='measure no cloud that runs, but simulated ones of 10, 1,000 and '
                            '10,000 hosts: boots for each second of CPU')
    _chaos_options(command(
        'chaos', _chaos, 'Kill, freeze and cut off real daemons, and see what becomes of promises.',
        needs_state=False))
    _simulate_options(command(
        'simulate', _simulate,
        'Run a whole cloud in virtual time, from a seed, and hold it against its promises.',
        needs_state=False))
    return parser


def _simulate_options(simulate):
    simulate.add_argument('plan', nargs='?', metavar='PLAN',
                          help='a plan file, or the name of a plan that comes with novalite; '
                               'without it those are listed')
    seeds = simulate.add_mutually_exclusive_group()
    seeds.add_argument('--seed', type=int, default=1, metavar='N',
                       help='where all chance comes from (default: %(default)s)')
    seeds.add_argument('--seeds', type=_range, metavar='A..B', help='run each of these seeds')
    simulate.add_argument('--hosts', type=_positive, metavar='N',
                          help='so many hosts, and the load scaled along')
    simulate.add_argument('--for', dest='length', type=_length, metavar='TIME',
                          help='how long, in virtual time: 10m, 2h')
    simulate.add_argument('--semantics', choices=('durable', 'nova'), default='durable',
                          help='nova: without the recovery, as Nova loses work '
                               '(default: %(default)s)')
    simulate.add_argument('--report', type=pathlib.Path, metavar='FILE.html',
                          help='write a page about the one seed, with and without the recovery '
                               'side by side')
    simulate.add_argument('--png', type=pathlib.Path, metavar='FILE.png',
                          help='write the picture of that page')
    simulate.add_argument('--shrink', type=pathlib.Path, metavar='FILE.yaml', nargs='?',
                          const=pathlib.Path('smaller.yaml'),
                          help='if a promise was broken, look for a smaller plan that still '
                               'breaks it, and write it (default: smaller.yaml)')
    simulate.add_argument('--trace', type=pathlib.Path, metavar='FILE.jsonl',
                          help='write each event of the one seed as a line of JSON')
    simulate.add_argument('--jobs', type=_positive, metavar='J',
                          help='how many processes share the seeds (default: one for each CPU)')
    simulate.add_argument('--json', action='store_true',
                          help='print each result for a program to read')


def _range(text):
    first, _, last = text.partition('..')
    first, last = int(first), int(last or first)
    if last < first:
        raise argparse.ArgumentTypeError('write A..B, the smaller number first')
    return first, last


def _length(text):
    from novalite.simulation import marked
    try:
        return marked.in_seconds(float(text) if text.isdigit() else text)
    except ValueError:
        raise argparse.ArgumentTypeError('write 250ms, 20s, 10m or 2h') from None


def _chaos_options(chaos):
    chaos.add_argument('--operations', type=_positive, metavar='N',
                       help='how many are to be accepted (default: 2000)')
    chaos.add_argument('--every', type=_seconds, default=2.0, metavar='SECONDS',
                       help='seconds between two faults (default: %(default)g)')
    chaos.add_argument('--seed', type=int, metavar='N',
                       help='the same faults and clients again (default: by chance)')
    chaos.add_argument('--clients', type=_positive, metavar='N',
                       help='how many ask at once (default: 8, or as many as the plan has)')
    chaos.add_argument('--hosts', type=_positive, metavar='N',
                       help='how many simulated hypervisors (default: 12, or as the plan says)')
    chaos.add_argument('--plan', metavar='PLAN',
                       help='a plan of the simulation: its cloud and its faults, as far as they '
                            'can be done to real daemons')
    chaos.add_argument('--duration', type=_seconds, metavar='SECONDS',
                       help='the longest that faults go on (default: until all is asked for)')
    chaos.add_argument('--semantics', choices=['durable', 'nova'], default='durable',
                       help='nova loses what Nova loses (default: %(default)s)')
    chaos.add_argument('--database', choices=['postgresql', 'mariadb'], default='postgresql',
                       help='(default: %(default)s)')
    chaos.add_argument('--report', type=pathlib.Path, metavar='FILE',
                       help='write what happened into an HTML file, with a time line; into a '
                            'picture of it if the file is an .svg')
    chaos.add_argument('--keep', action='store_true',
                       help='keep logs and data; they are kept anyhow when a promise was broken')


def _seconds(text):
    seconds = float(text)
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError('it is to be a number of seconds')
    return seconds


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError('it is to be 1 or more')
    return number


def _port(text):
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError('a port is a number from 0 to 65535')
    return number


#: Columns, where there is no terminal to tell how many it has.
WIDTH = 100

_console = rich.console.Console(
    highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def _up(options):
    running = local.running(options.state_dir)
    if running:
        _console.print(f'The cloud is running already: {running.url} (process {running.pid}).')
        return 0
    if options.detach:
        local.detach(options, _console)
    else:
        local.up(options, _console)
    return 0


def _down(options):
    pid = local.down(options.state_dir)
    _console.print(f'Stopped (process {pid}).' if pid else
                   f'No cloud is running in {options.state_dir}.')
    return 0


def _status(options):
    running = local.running(options.state_dir)
    if options.json:
        print(json.dumps(_as_json(running, options.state_dir), indent=2))
    elif not running:
        _console.print(f'No cloud is running in {options.state_dir}.')
    else:
        from novalite.cmd import waiting      # the database takes half a second to import
        _console.print(f'[bold]{running.url}[/] is {local.health(running)}')
        _console.print(f'process {running.pid}, {running.hosts} hosts, '
                       f'{processes.resident_mb([running.pid])} MB; '
                       f'state and log in {options.state_dir}')
        _console.print(waiting.drawn(local.waiting(running, options.state_dir)), soft_wrap=True)
    return 0 if running else 3


def _as_json(running, state_dir):
    told = {'running': bool(running), 'state_dir': str(state_dir)}
    return told if not running else told | {
        'url': running.url, 'health': local.health(running), 'process': running.pid,
        'hosts': running.hosts, 'memory_mb': processes.resident_mb([running.pid]),
    } | local.waiting(running, state_dir)


def _clouds_file(options):
    """The clouds.yaml of the state directory; raises CannotStart if no cloud was started there."""
    file = options.state_dir / 'clouds.yaml'
    if not file.exists():
        raise errors.CannotStart(
            f'There is no {file}: start the cloud first, with novalite up --detach.')
    return file


def _env(options):
    file = _clouds_file(options)
    print(f'export OS_CLIENT_CONFIG_FILE={local.quoted(file)}')
    print('export OS_CLOUD=novalite')
    return 0


def _clouds(options):
    """Point openstacksdk at the cloud in the state directory."""
    os.environ['OS_CLIENT_CONFIG_FILE'] = str(_clouds_file(options))


def _demo(options):
    _clouds(options)
    from novalite.cmd import demo     # openstacksdk takes a second to import
    if not options.svg:
        return demo.tell(_console)
    console = rich.console.Console(highlight=False, width=WIDTH, record=True)
    status = demo.tell(console)
    console.save_svg(options.svg, title='novalite demo')
    return status


def _bench(options):
    options.servers = options.servers or (300 if options.simulation else 20)
    if options.simulation:
        from novalite.cmd import pace
        return pace.measure(options, _console)
    if options.recovery_cost:
        from novalite.cmd import cost
        return cost.measure(options, _console)
    _clouds(options)
    from novalite.cmd import bench
    return bench.measure(options, _console)


def _chaos(options):
    from novalite.cmd import chaos      # it takes the database's libraries, and a moment
    return chaos.torment(options, _console)


#: What a command ends with that was asked for something it cannot read.
BAD_PLAN = 2


def _simulate(options):
    from novalite.cmd import simulate       # it takes the whole of novalite
    try:
        return simulate.simulate(options, _console)
    except errors.CannotStart as exc:
        print(f'novalite: {exc}', file=sys.stderr)
        return BAD_PLAN


def _main():
    options = _parser().parse_args()
    if 'state_dir' in options:
        options.state_dir = options.state_dir.expanduser().absolute()
    return options.run(options)


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
