"""Rules that end a process at a chosen point of a step, at once and as by ``kill -9``.

They stand in the file of the fault rules, with ``step`` in the place of ``verb``, and are
heeded only where ``[faults] crashes`` allows it.
"""

import dataclasses
import enum
import fnmatch
import pathlib

from oslo_log import log as logging
import yaml

from novalite import errors
from novalite.faults import rules
from novalite.servers import machine

LOG = logging.getLogger(__name__)

THEN = 'crash'


class Moment(enum.StrEnum):
    """Where in a step, or in its undo."""

    BEFORE = 'before'       #: it was taken up, and nothing is written or done yet
    DURING = 'during'       #: a host has done the first thing; a conductor has not committed
    AFTER = 'after'         #: all is done, and nobody has been told


@dataclasses.dataclass(frozen=True)
class Crash:
    """``step`` is ``VERB.STEP`` or ``VERB.undo_STEP`` of the machine's table; with * and ?."""

    step: str
    moment: Moment


def named(action, step, back=False):
    """What a rule calls a step of an action, or its undo."""
    return f'{action.verb}.{"undo_" if back else ""}{step.name}'


STEPS = tuple(named(action, step, back) for action in machine.VERBS.values()
              for step in action.steps for back in (False, True) if step.undo or not back)


def from_file(path):
    """The crashes of a file of fault rules; raises CannotStart for one that is wrong."""
    try:
        written = yaml.safe_load(pathlib.Path(path).read_text()) or []
        return [checked(rule) for rule in written if is_crash(rule)]
    except (OSError, yaml.YAMLError, rules.BadRule) as exc:
        raise errors.CannotStart(f'The fault rules in {path} cannot be used: {exc}') from exc


def is_crash(rule):
    return isinstance(rule, dict) and rule.get('then') == THEN


def checked(rule):
    unknown = sorted(set(rule) - {'step', 'moment', 'then'})
    if unknown:
        raise rules.BadRule(rule=rule, reason=f'a crash has no key {unknown[0]!r}; it has step '
                                              f'and moment.')
    step = str(rule.get('step', ''))
    if not any(fnmatch.fnmatchcase(known, step) for known in STEPS):
        raise rules.BadRule(rule=rule, reason=f'there is no step {step!r}; write VERB.STEP as '
                                              f'`novalite-manage machine show` has them.')
    moment = rule.get('moment', Moment.DURING.value)
    if moment not in list(Moment):
        raise rules.BadRule(rule=rule, reason=f'a moment is one of {", ".join(Moment)}, and not '
                                              f'{moment!r}.')
    return Crash(step, Moment(moment))


class Crashes:
    """The crashes of one process: ``at`` is asked at each point of a step."""

    def __init__(self, rules, runtime):
        self._rules, self._runtime = rules, runtime

    def at(self, moment, action, step, back=False):
        """End the process here, if a rule says so."""
        name = named(action, step, back)
        if self._wanted(moment, name):
            LOG.warning('A fault rule ends this process at %s, %s', name, moment)
            self._runtime.crash()

    def while_working(self, driver, action, step, back=False):
        """The driver as a step is to use it; the first verb is the last if a rule says so."""
        if self._wanted(Moment.DURING, named(action, step, back)):
            return _Fatal(driver, lambda: self.at(Moment.DURING, action, step, back))
        return driver

    def _wanted(self, moment, name):
        return any(rule.moment is moment and fnmatch.fnmatchcase(name, rule.step)
                   for rule in self._rules)


#: Of a process that goes on whatever happens.
NONE = Crashes((), None)


def configured(conf, runtime):
    """The crashes that the configuration asks for and allows."""
    path = conf.simulated.faults_file
    found = from_file(path) if path else []
    if found and not conf.faults.crashes:
        LOG.warning('The crashes in %s are not heeded: [faults] crashes is off', path)
        return NONE
    return Crashes(found, runtime)


class _Fatal:
    """A driver under which the process ends when the first verb has done its work."""

    def __init__(self, driver, die):
        self._driver, self._die = driver, die

    def __getattr__(self, verb):
        function = getattr(self._driver, verb)

        def call(*args, **kwargs):
            answer = function(*args, **kwargs)
            self._die()
            return answer
        return call
