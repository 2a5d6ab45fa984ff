"""YAML read into frozen records: what is wrong is said with the file, the line and the key.

A record's fields are made with ``key``, which says how a value is read and written; ``record``
reads a mapping into one, ``plain`` is the way back.
"""

import dataclasses
import math
import re

import yaml

from novalite import errors
from novalite.faults import timings

_UNITS = {'ms': 0.001, 's': 1.0, 'm': 60.0, 'h': 3600.0, 'd': 86400.0}
_DURATION = re.compile(r'(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+')
_PART = re.compile(r'(\d+(?:\.\d+)?)(ms|s|m|h|d)')
_CALL = re.compile(r'(\w+)\s*\(([^()]*)\)')


class Value:
    """A value of a YAML file, and where it was written."""

    def __init__(self, file, node, name=''):
        self.file, self.node, self.name = file, node, name

    def wrong(self, reason):
        """The error that says what is wrong with it."""
        whose = f'{self.name}: ' if self.name else ''
        return errors.CannotStart(
            f'{self.file}:{self.node.start_mark.line + 1}: {whose}{reason}')

    def plain(self):
        """What was written, as Python has it."""
        try:
            return yaml.SafeLoader('').construct_object(self.node, deep=True)
        except (yaml.YAMLError, ValueError) as exc:
            raise self.wrong(f'it cannot be read: {exc}') from exc

    @property
    def is_mapping(self):
        return isinstance(self.node, yaml.MappingNode)

    def items(self):
        """(key, Value) of a mapping, in the order in which they were written."""
        if not self.is_mapping:
            raise self.wrong('it is to be a mapping of keys to values.')
        found = {}
        for key, node in self.node.value:
            word = Value(self.file, key, self.name)
            name = word.plain()
            if not isinstance(name, str):
                raise word.wrong(f'{name!r} is no key: put it into quotes.')
            if name in found:
                raise word.wrong(f'{name!r} is there twice.')
            found[name] = Value(self.file, node, f'{self.name}.{name}' if self.name else name)
        return list(found.items())

    def each(self):
        """The Values of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong('it is to be a list.')
        return [Value(self.file, node, f'{self.name}[{number}]')
                for number, node in enumerate(self.node.value)]


def read(text, file):
    """The Value of a whole text; ``file`` is what it is called."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as exc:
        line = f':{exc.problem_mark.line + 1}' if exc.problem_mark else ''
        raise errors.CannotStart(f'{file}{line}: it is no YAML: {exc.problem}.') from exc
    except yaml.YAMLError as exc:
        raise errors.CannotStart(f'{file}: it is no YAML: {exc}') from exc
    if node is None:
        raise errors.CannotStart(f'{file}: there is nothing in it.')
    return Value(file, node)


# Records

def key(read, default=dataclasses.MISSING, write=lambda value: value):
    """A field of a record: ``read`` makes its value of a Value, ``write`` is the way back."""
    more = ({'default': default} if not isinstance(default, dict)
            else {'default_factory': lambda: dict(default)})
    return dataclasses.field(metadata={'read': read, 'write': write}, **more)


def record(cls):
    """Reads a mapping into such a record; ``cls.check(value)`` may refuse what does not fit."""
    fields = {field.name.rstrip('_'): field for field in dataclasses.fields(cls)}

    def reads(value):
        found = {}
        for name, inside in value.items():
            if name not in fields:
                raise inside.wrong(
                    f'there is no such key here; there are {", ".join(fields)}.')
            field = fields[name]
            found[field.name] = field.metadata['read'](inside)
        for name, field in fields.items():
            if field.name not in found and field.default is dataclasses.MISSING and (
                    field.default_factory is dataclasses.MISSING):
                raise value.wrong(f'{name!r} is missing.')
        made = cls(**found)
        made.check(value)
        return made
    return reads


def plain(made):
    """A record as a mapping of what YAML knows: only what is not as by default."""
    found = {}
    for field in dataclasses.fields(made):
        value = getattr(made, field.name)
        default = (field.default_factory() if field.default_factory is not dataclasses.MISSING
                   else field.default)
        if value != default:
            found[field.name.rstrip('_')] = field.metadata['write'](value)
    return found


def list_of(read, alone=False):
    """Reads a list; with ``alone``, one thing by itself is a list of one, too."""
    def reads(value):
        if alone and not isinstance(value.node, yaml.SequenceNode):
            return (read(value),)
        return tuple(read(one) for one in value.each())
    return reads


# Values

def text(value):
    found = value.plain()
    if not isinstance(found, str):
        raise value.wrong(f'it is to be a text, and {found!r} is none.')
    return found


def one_of(words):
    def reads(value):
        found = value.plain()
        if found not in words:
            raise value.wrong(f'it may be {", ".join(words)}, but not {found!r}.')
        return found
    return reads


def true_or_false(value):
    found = value.plain()
    if not isinstance(found, bool):
        raise value.wrong(f'it is to be true or false, not {found!r}.')
    return found


def whole(least=1, most=10**9):
    def reads(value):
        found = value.plain()
        if type(found) is not int or not least <= found <= most:
            raise value.wrong(f'it is to be a whole number from {least} to {most}, '
                              f'not {found!r}.')
        return found
    return reads


def number(least=0.0, most=1e9):
    def reads(value):
        found = value.plain()
        if type(found) not in (int, float) or not least <= found <= most:
            raise value.wrong(f'it is to be a number from {least:g} to {most:g}, not {found!r}.')
        return float(found)
    return reads


share = number(0.0, 1.0)


def in_seconds(words):
    """'1h30m', '20s', '250ms' or a number of seconds, as a float; ValueError."""
    if type(words) in (int, float) and 0 <= words < math.inf:
        return float(words)
    if not isinstance(words, str) or not _DURATION.fullmatch(words.strip()):
        raise ValueError(words)
    return sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(words))


def duration(value):
    found = value.plain()
    try:
        return in_seconds(found)
    except ValueError:
        raise value.wrong(f'{found!r} is no time: write 250ms, 20s, 10m, 1h30m or a number of '
                          f'seconds.') from None


def shown(seconds):
    """The duration as it is written in a plan."""
    for unit in ('h', 'm'):
        if seconds and seconds % _UNITS[unit] == 0:
            return f'{int(seconds // _UNITS[unit])}{unit}'
    return f'{int(seconds)}s' if seconds == int(seconds) else seconds


@dataclasses.dataclass(frozen=True)
class Spread:
    """A time, or a distribution of times; ``words`` is how it was written."""

    words: str | float
    timing: timings.Timing

    def seconds(self, random):
        return max(0.0, self.timing.seconds(random))


def written(value):
    """What was written, of a Spread or a Frequency."""
    return value and value.words


#: Name -> (the method of a `random.Random`, how its numbers are read).
_SPREADS = {
    'uniform': ('uniform', (in_seconds, in_seconds)),
    'lognormal': ('lognormvariate', (float, float)),
    'exponential': ('expovariate', (lambda words: 1 / in_seconds(words),)),
}


def spread(value):
    """A duration, or uniform(1s,30s), exponential(10s), lognormal(1.2,0.4)."""
    found = value.plain()
    call = _CALL.fullmatch(found.strip()) if isinstance(found, str) else None
    if call is None:
        return Spread(found, timings.Timing(None, (duration(value),)))
    name, inside = call.groups()
    try:
        draw, readers = _SPREADS[name]
        numbers = tuple(reader(_bare(words)) for reader, words in zip(
            readers, inside.split(','), strict=True))
    except (KeyError, ValueError, ZeroDivisionError):
        raise value.wrong(f'{found!r} is no time: write 20s, uniform(1s,30s), exponential(10s) '
                          f'or lognormal(1.2,0.4).') from None
    return Spread(found, timings.Timing(draw, numbers))


def _bare(words):
    words = words.strip()
    try:
        return float(words)
    except ValueError:
        return words


def always(seconds):
    """The Spread that is one time."""
    return Spread(shown(seconds), timings.Timing(None, (float(seconds),)))


@dataclasses.dataclass(frozen=True)
class Frequency:
    """How often; ``words`` is how it was written."""

    words: str | float
    per_second: float

    def scaled(self, factor):
        """So many times as often."""
        return _frequency(f'{self.per_second * factor:.6f}/s')


def _frequency(words):
    if type(words) in (int, float) and 0 <= words < math.inf:
        return Frequency(words, words / 3600)
    count, _, unit = words.partition('/')
    return Frequency(words, float(count) / _UNITS[unit.strip()])


def frequency(value):
    """'20/s', '30/m', '6/h'; a number is how often an hour."""
    found = value.plain()
    try:
        return _frequency(found)
    except (AttributeError, KeyError, ValueError):
        raise value.wrong(f'{found!r} is no frequency: write 20/s, 30/m, 6/h, or how often an '
                          f'hour.') from None
