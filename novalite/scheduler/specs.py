"""Extra specs as demands: Nova's little language of operators, such as ``>= 5`` and ``<or> a``."""

import operator

_NUMBERS = {'=': operator.ge, '==': operator.eq, '!=': operator.ne,
            '>=': operator.ge, '<=': operator.le}
_TEXTS = {'s==': operator.eq, 's!=': operator.ne, 's<': operator.lt, 's<=': operator.le,
          's>': operator.gt, 's>=': operator.ge}


def scoped(extra_specs, scope):
    """Pairs of those specs that are of this scope, or of none, without it."""
    for key, value in extra_specs.items():
        first, colon, rest = key.partition(':')
        if not colon or first == scope:
            yield (rest if colon else key), value


def fulfils(has, wanted):
    """Whether what a host has fulfils a spec's value; both are text."""
    word, *rest = wanted.split() or ['']
    if word in _NUMBERS and rest:
        return _compare(_NUMBERS[word], has, rest[0])
    if word in _TEXTS:
        return _TEXTS[word](has, ' '.join(rest))
    if word == '<in>':
        return ' '.join(rest) in has
    if word == '<all-in>':
        return all(one in has for one in rest)
    if word == '<or>':
        return has in [one.strip() for one in wanted.split('<or>')]
    return has == wanted


def _compare(holds, has, wanted):
    try:
        return holds(float(has), float(wanted))
    except ValueError:
        return False
