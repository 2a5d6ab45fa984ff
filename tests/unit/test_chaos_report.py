"""The report of a chaos, and its verdict."""

import xml.etree.ElementTree as xml

from novalite.chaos import clients
from novalite.chaos import report
from novalite.chaos import run
from novalite.chaos import torment
from novalite.chaos.schedule import Fault
from novalite.chaos.schedule import What
from novalite.cmd import chaos


def _outcome(**more):
    def operation(verb, code, number):
        return clients.Operation(verb, 1, 1.0 * number, 1.5 * number, code, f's{number}',
                                 f'req-{number}', '<strange>')
    whom = {What.DROP: 'novalite-compute-1>broker'}
    return run.Outcome(**{
        'wanted': run.Wanted(clients=2),
        'operations': [operation('create', 202, 1), operation('pause', 409, 2),
                       operation('stop', None, 3), operation('resize', 202, 4)],
        'happened': [torment.Happened(Fault(n, what, whom.get(what, 'broker'), 2.0), n, n + 2.0)
                     for n, what in enumerate(What)],
        'died': [], 'findings': {'lost': []},
        'ended': {('s1', 'req-1'): (3.0, None), ('s4', 'req-4'): (9.0, 'Error')},
        'seconds': 20.0, 'rested': 1.0, 'longest_silence': 21.5} | more)


def test_what_was_done_and_what_came_of_it_is_drawn():
    outcome = _outcome()
    page = report.page(outcome, chaos.figures(outcome))
    for what in What:
        assert f'<title>{what} ' in page
    assert 'Every promise was kept.' in page
    assert '<strange>' not in page
    assert chaos.figures(outcome)['ended'] == 2


def test_the_picture_is_an_svg_of_its_own():
    root = xml.fromstring(report.picture(_outcome()))
    assert root.tag.endswith('svg')


def test_a_broken_promise_is_told_with_its_sentence():
    outcome = _outcome(findings={'lost': ['create of server x was accepted and forgotten']},
                       died=[(4.0, 'novalite-api-1')])
    assert outcome.broken == 2
    page = report.page(outcome, {})
    assert '2 promises were broken.' in page
    assert 'create of server x was accepted and forgotten' in page
