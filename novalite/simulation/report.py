"""The report of a simulation: one self-contained page, to look at and to pass on."""

import importlib.resources

import jinja2

from novalite.simulation import picture

#: What is promised, in a line each.
PROMISES = {
    'I1': 'every 202 has its action, written with the change of state',
    'I2': 'every action ends once, within its deadline',
    'I3': 'what failed has its fault',
    'I4': 'every event that began is finished',
    'I5': 'the request id is on all of it',
    'I6': 'one action in charge of a server, one host for a guest',
    'I7': 'guests, placements and room held are the same',
    'I8': 'faults and events are only ever added',
    'SLO': 'what the plan itself says must hold',
    'API': 'no request is answered 500',
    'bug': 'nothing is raised that nobody raises on purpose',
}

_COUNTS = {'accepted': 'requests accepted', 'refused': 'refused',
           'unavailable': 'answered 5xx', 'no answer': 'without an answer',
           'servers': 'servers', 'ended': 'actions ended', 'failed': 'of them with a fault',
           'violations': 'broken promises'}


def html(plan, results):
    """The page about some results of one plan, beside one another."""
    source = importlib.resources.files('novalite.simulation').joinpath('templates/report.html')
    template = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True).from_string(source.read_text())
    return template.render(
        plan=plan, results=results, promises=PROMISES, counts=_COUNTS,
        picture=picture.svg(results), broken=_broken)


def _broken(result, promise):
    return sum(violation['promise'] == promise for violation in result.violations)
