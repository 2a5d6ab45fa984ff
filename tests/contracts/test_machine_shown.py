"""The table of the state machine as people see it: in the terminal, and in doc/."""

import pathlib
import subprocess
import sys
from xml.etree import ElementTree

from novalite.servers import machine
from novalite.servers.states import Vm
from novalite.web import machine as pictures

ROOT = pathlib.Path(__file__).parents[2]
SVG = '{http://www.w3.org/2000/svg}'


def manage(*arguments):
    return subprocess.run(
        [sys.executable, '-m', 'novalite.cmd.manage', 'machine', 'show', *arguments],
        cwd=ROOT, capture_output=True, text=True)


def told(*arguments):
    done = manage(*arguments)
    assert (done.returncode, done.stderr) == (0, ''), done.stderr
    return done.stdout


def test_the_picture_in_doc_is_what_the_rows_draw():
    assert (ROOT / 'doc' / 'machine.svg').read_text() == pictures.svg(), (
        'The table has changed: run novalite-manage machine show --svg doc/machine.svg')


def test_the_picture_has_every_state_and_every_row():
    words = ' '.join(' '.join(text.itertext())
                     for text in ElementTree.fromstring(pictures.svg()).iter(f'{SVG}text'))
    for state in Vm:
        assert state in words
    for verb in machine.VERBS:
        assert verb in words, verb


def test_what_may_begin_in_any_state_is_drawn_once():
    for action in machine.VERBS.values():
        if action.verb.startswith('delete'):
            assert pictures.svg().count(f'>{action.verb} <') == 1, action.verb


def test_what_the_picture_says_lies_within_it():
    root = ElementTree.fromstring(pictures.svg())
    width, height = (float(root.get(side)) for side in ('width', 'height'))
    for text in root.iter(f'{SVG}text'):
        assert 0 < float(text.get('x')) < width and 0 < float(text.get('y')) < height


def test_the_table_of_the_terminal_needs_no_database_and_has_every_row():
    table = told()
    for action in machine.VERBS.values():
        assert action.name in table and action.verb in table
        for step in action.steps:
            assert step.name in table
            assert all(event in table for event in step.shows)


def test_the_picture_is_written_where_it_is_wanted(tmp_path):
    path = tmp_path / 'machine.svg'
    assert told('--svg', str(path)) == f'{path} has the picture.\n'
    assert path.read_text() == pictures.svg()
    refused = manage('--svg', '/nowhere/machine.svg')
    assert refused.returncode == 1
    assert 'cannot be written: No such file or directory' in refused.stderr


def test_graphviz_is_told_the_same():
    told_to_it = told('--dot')
    assert told_to_it.startswith('digraph machine {') and told_to_it.endswith('}\n')
    assert '"active" -> "paused" [label="pause"];' in told_to_it
    assert told_to_it.count('"any state" -> "deleted"') == 1
