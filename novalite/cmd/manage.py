"""novalite-manage: the schema, what a fresh cloud has, clouds.yaml, traces, and the table."""

import json
import pathlib
import sys

from oslo_config import cfg
import rich.console
import rich.markup
import rich.tree

from novalite import clouds
from novalite import errors
from novalite.bus import broker
from novalite.cmd import machine
from novalite.cmd import program
from novalite.cmd import startup
from novalite.cmd import waiting
from novalite.db import outages
from novalite.db import schema
from novalite.db import seed
from novalite.runtime import Runtime
from novalite.web import machine as pictures
from novalite.web import trace
from novalite.web import waiting as web_waiting


def _db_sync(conf, db, console):
    if schema.sync(db):
        console.print(f'The database is at {schema.HEAD} now.')
    else:
        found = schema.revision(db)
        newer = '' if found == schema.HEAD else ', which is newer than this version'
        console.print(f'The database was at {found} already{newer}.')


def _db_version(conf, db, console):
    console.print(schema.revision(db) or 'The database is empty.')


def _bootstrap(conf, db, console):
    with db.write() as connection:
        seed.seed(connection, conf, Runtime())
    console.print('The cloud has its flavors, and what the enabled neighbours need: users, images, '
                  'networks.')


def _clouds(conf, db, console):
    url = conf.api.public_url or f'http://{conf.api.listen}:{conf.api.port}'
    clouds.write(conf.command.file, url, conf)
    console.print(f'{conf.command.file} has the clouds {", ".join(clouds.CLOUDS)}.')


def _trace(conf, db, console):
    with db.read() as connection:
        actions = trace.read(connection, conf.command.request_id)
    if not actions:
        raise errors.CannotStart(f'Nothing is known of request {conf.command.request_id}.')
    for action in actions:
        console.print(drawn(action))


def _waiting(conf, db, console):
    with db.read() as connection:
        found = web_waiting.read(connection, conf, Runtime().now())
    found['broker'] = broker.refusal(conf)
    if conf.command.json:
        print(json.dumps(found, indent=2))
        return
    if found['broker']:
        console.print(f'[red]The broker is away[/], and what was accepted waits for it: '
                      f'{rich.markup.escape(found["broker"])}', soft_wrap=True)
    console.print(waiting.drawn(found), soft_wrap=True)


def _machine(conf, console):
    if conf.command.svg:
        try:
            pathlib.Path(conf.command.svg).write_text(pictures.svg())
        except OSError as exc:
            raise errors.CannotStart(
                f'{conf.command.svg} cannot be written: {exc.strerror}.') from exc
        console.print(f'{conf.command.svg} has the picture.', soft_wrap=True)
    elif conf.command.dot:
        print(pictures.dot(), end='')
    else:
        console.width = max(console.width, machine.WIDTH)
        console.print(machine.table())


def drawn(action):
    """A trace as a tree for the terminal."""
    tree = rich.tree.Tree(
        f'[bold]{action["action"]}[/] of {rich.markup.escape(action["name"])} '
        f'({action["server"]}) {_outcome(action)}')
    tree.add('[dim]' + ' > '.join(action['hops']) + '[/]')
    for event in action['events']:
        colour = {'Success': 'green', 'Error': 'red'}.get(event['result'], 'yellow')
        leaf = tree.add(f'[{colour}]{event["result"] or "running"}[/] {event["event"]} on '
                        f'{event["host"]} [dim]{event["start_time"][11:23]}[/]')
        if event['details']:
            leaf.add(f'[red]{rich.markup.escape(event["details"])}[/]')
    for fault in action['faults']:
        tree.add(f'[red]fault {fault["code"]}: {rich.markup.escape(fault["message"])}[/]')
    return tree


def _outcome(action):
    if action['finish_time'] is None:
        waits_for = action['waits_for']
        seen = waits_for['last_seen']
        return (f'[yellow]at {action["step"]}, waits for '
                f'{waits_for["host"] or "a conductor"}, last heard of '
                f'{seen[:19].replace("T", " ") if seen else "never"}[/]')
    return '[red]ended with Error[/]' if action['message'] else '[green]ended well[/]'


def _commands(subparsers):
    subparsers.required = True
    db = subparsers.add_parser('db', help='the schema of the database').add_subparsers(
        dest='db_command', required=True)
    db.add_parser('sync', help='bring the schema to the newest version').set_defaults(run=_db_sync)
    db.add_parser('version', help='tell the version of the schema').set_defaults(run=_db_version)
    subparsers.add_parser(
        'bootstrap', help='make flavors and, for the enabled neighbours, users, images and '
                          'networks, under DevStack\'s names; fine to run again',
    ).set_defaults(run=_bootstrap)
    files = subparsers.add_parser('clouds', help='write clouds.yaml for stock clients')
    files.add_argument('--file', default='clouds.yaml', help='where to (default: %(default)s)')
    files.set_defaults(run=_clouds)
    traces = subparsers.add_parser('trace', help='tell what became of a request')
    traces.add_argument('request_id')
    traces.set_defaults(run=_trace)
    waits = subparsers.add_parser(
        'waiting', help='tell what is under way, and who is being waited for until when')
    waits.add_argument('--json', action='store_true', help='print it for a program to read')
    waits.set_defaults(run=_waiting)
    shows = subparsers.add_parser(
        'machine', help='the table of what may be done to servers',
    ).add_subparsers(dest='machine_command', required=True)
    show = shows.add_parser('show', help='print the table, or draw it')
    show.add_argument('--svg', metavar='FILE', help='draw it into this file instead')
    show.add_argument('--dot', action='store_true', help='print it for Graphviz instead')
    show.set_defaults(run=_machine, without_database=True)


def _main():
    command = cfg.SubCommandOpt('command', title='commands', handler=_commands)
    conf = startup.configured(sys.argv[1:], 'novalite-manage', [command], prints=True)
    console = rich.console.Console(highlight=False)
    if getattr(conf.command, 'without_database', False):
        conf.command.run(conf, console)
        return
    db = startup.database(conf)
    try:
        conf.command.run(conf, db, console)
    except errors.Unavailable as exc:
        where = db.engine.url.render_as_string(hide_password=True)
        raise errors.CannotStart(
            f'The database at {where} does not answer ({outages.reason(exc)}).') from None


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
