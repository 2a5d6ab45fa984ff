"""How long each of the driver's verbs takes: `spawn=uniform(2,5), send_disk=3, *=0.1`."""

import dataclasses
import fnmatch
import re

from novalite import errors
from novalite.faults import rules

#: The longest a verb may take, a day: also what comes out of a distribution is cut to it.
LONGEST = 86400.0

#: Name -> (the method of a `random.Random`, what its two numbers are called).
_DISTRIBUTIONS = {'uniform': ('uniform', 'from and to, in seconds'),
                  'lognormal': ('lognormvariate', 'mu and sigma of the logarithm of the seconds')}
_BETWEEN = re.compile(r',(?![^()]*\))')     # a comma, but not one between parentheses
_CALL = re.compile(r'(\w+)\s*\(([^()]*)\)')


@dataclasses.dataclass(frozen=True)
class Timing:
    """``draw`` is the method of a ``random.Random``, or None: then it is a fixed time."""

    draw: str | None
    numbers: tuple

    def seconds(self, random):
        if self.draw is None:
            return self.numbers[0]
        return min(getattr(random, self.draw)(*self.numbers), LONGEST)


class Timings:
    """What ``text`` says; raises CannotStart, naming the item that is wrong."""

    def __init__(self, text, random):
        self._random = random
        self._timings = dict(_parsed(item) for item in _BETWEEN.split(text) if item.strip())

    def seconds(self, verb):
        """How long this call of the verb takes: its own entry counts, else the first that fits."""
        if verb in self._timings:
            return self._timings[verb].seconds(self._random)
        for pattern, timing in self._timings.items():
            if fnmatch.fnmatchcase(verb, pattern):
                return timing.seconds(self._random)
        return 0.0


def _parsed(item):
    verb, _, value = (part.strip() for part in item.strip().partition('='))
    if not value:
        raise _wrong(item, 'write VERB=SECONDS, VERB=uniform(FROM,TO) or VERB=lognormal(MU,SIGMA)')
    if not any(fnmatch.fnmatchcase(known, verb) for known in rules.VERBS):
        raise _wrong(item, f'there is no verb {verb!r}; there are {", ".join(rules.VERBS)}')
    return verb, _timing(item, value)


def _timing(item, value):
    call = _CALL.fullmatch(value)
    if call is None:
        (seconds,) = _numbers(item, [value])
        _within(item, seconds)
        return Timing(None, (seconds,))
    name, inside = call.groups()
    if name not in _DISTRIBUTIONS:
        raise _wrong(item, f'there is no distribution {name!r}; there are '
                           f'{", ".join(_DISTRIBUTIONS)}')
    draw, called = _DISTRIBUTIONS[name]
    numbers = _numbers(item, inside.split(','))
    if len(numbers) != 2:
        raise _wrong(item, f'{name} takes two numbers, {called}')
    if name == 'uniform':
        _within(item, *numbers)
        if numbers[0] > numbers[1]:
            raise _wrong(item, 'uniform takes the smaller number first')
    elif not (-20 <= numbers[0] <= 12 and 0 <= numbers[1] <= 5):
        raise _wrong(item, 'lognormal takes mu from -20 to 12 and sigma from 0 to 5')
    return Timing(draw, tuple(numbers))


def _numbers(item, texts):
    try:
        return [float(text) for text in texts]
    except ValueError:
        raise _wrong(item, 'what a verb takes is a number of seconds, uniform(FROM,TO) or '
                           'lognormal(MU,SIGMA)') from None


def _within(item, *seconds):
    if not all(0 <= one <= LONGEST for one in seconds):
        raise _wrong(item, f'a time is from 0 to {LONGEST:.0f} seconds')


def _wrong(item, reason):
    return errors.CannotStart(
        f'[simulated] timings cannot be used: {item.strip()!r} is no timing, {reason}.')
