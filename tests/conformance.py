"""What of the API has been seen to work: the page ``doc/conformance.md``.

``pytest --conformance`` notes each operation, version and status that the API answered as it is
declared, and to which client, in every test, and keeps that in ``tests/samples/conformance.json``;
``python -m tests.conformance`` makes the page of it. ``devstack/conformance.sh`` does both.
"""

import collections
import json
import logging
import pathlib
import sys

from novalite.api import microversion
from novalite.api import openapi
from novalite.api import routes
from novalite.api.microversion import V

ROOT = pathlib.Path(__file__).parent.parent
SEEN = ROOT / 'tests' / 'samples' / 'conformance.json'
PAGE = ROOT / 'doc' / 'conformance.md'

#: Another name of servers: its verbs are theirs, and not listed once more.
ALIAS = '/os-volumes_boot'

PROVEN, NOT_PROVEN, UNKNOWN = 'Proven', 'Not proven', 'Unknown'

#: The status of what was taken away.
GONE = 410
#: Who asks, by what the User-Agent of its requests has in it; whoever else, in bare requests.
AGENTS = {'openstackclient': 'openstack', 'openstacksdk': 'openstacksdk'}
BARE = 'HTTP'
CLIENTS = (BARE, *reversed(AGENTS.values()))


# What is noted

class Recorder(logging.Handler):
    """Counts the answers that the API has checked, as its log tells of them."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.seen = collections.Counter()

    def start(self):
        logger = logging.getLogger('novalite.api.answers')
        logger.addHandler(self)
        logger.setLevel(logging.DEBUG)

    def stop(self):
        logging.getLogger('novalite.api.answers').removeHandler(self)

    def emit(self, record):
        if record.levelno == logging.DEBUG and len(record.args) == 4:
            operation, version, status, agent = record.args
            self.seen[operation, str(version), int(status), client(agent)] += 1


def client(agent):
    """Whose requests have this User-Agent."""
    return next((name for word, name in AGENTS.items() if word in (agent or '')), BARE)


def keep(seen):
    """Write down what was noted: client -> operation -> status -> versions."""
    kept = {name: {} for name in CLIENTS}
    for operation, version, status, name in seen:
        if ALIAS in operation:
            operation = ' '.join(operation.split(' ')[:2])
        kept[name].setdefault(operation, {}).setdefault(str(status), set()).add(_parsed(version))
    SEEN.write_text(json.dumps({
        name: {operation: {status: [str(one) for one in sorted(versions)]
                           for status, versions in sorted(statuses.items())}
               for operation, statuses in sorted(found.items())}
        for name, found in kept.items()}, indent=0) + '\n')


def kept():
    """The same, with versions: what ``keep`` has written."""
    return {name: {operation: {int(status): [_parsed(one) for one in versions]
                               for status, versions in statuses.items()}
                   for operation, statuses in found.items()}
            for name, found in json.loads(SEEN.read_text()).items()}


def _parsed(version):
    return V(*map(int, version.split('.')))


# What there is

def ranges():
    """(resource, operation) -> [(first, last version, statuses of success)], by declaration.

    Within a range the operation takes and answers the same.
    """
    found = {}
    for version in microversion.VERSIONS:
        for path, methods in openapi.document(version)['paths'].items():
            for method, described in methods.items():
                handler = routes.ROUTES[path][method.upper()]
                name, resource = f'{method.upper()} {path}', described['tags'][0]
                if not hasattr(handler, 'verbs') or ALIAS in path:
                    _add(found, (resource, name), version, described, handler.returns)
                    continue
                for verb, how in handler.verbs.items():
                    if how.since <= version <= how.until:
                        shape = [openapi.verb_schema(verb, how, version), how.returns.body(version)]
                        _add(found, (resource, f'{name} {verb}'), version, shape, how.returns)
    return {key: [tuple(known[:3]) for known in spans] for key, spans in found.items()}


def _add(found, key, version, shape, returns):
    text = json.dumps(shape, default=str)
    spans = found.setdefault(key, [])
    statuses = returns.statuses(version)
    # A version in between may not have had it.
    if spans and spans[-1][3] == text and spans[-1][1].minor == version.minor - 1:
        spans[-1][1] = version
    else:
        spans.append([version, version, statuses, text])


def verdict(span, statuses):
    """What is known of an operation in a range of versions, by the statuses it was seen with."""
    first, last, success = span
    within = {status for status, versions in statuses.items()
              if any(first <= version <= last for version in versions)}
    if within & set(success):
        return PROVEN
    return NOT_PROVEN if within else UNKNOWN


# The page

_HEAD = """\
# Conformance

Made by `devstack/conformance.sh` of what the tests asked of the API, and what it answered; do not
edit it.

An operation's versions are divided where what it takes or answers changes. **Proven**: it was asked
in one of these versions and succeeded, and the answer was held against its declaration. **Not
proven**: it was only refused there, as declared. **Unknown**: nobody has asked. `Statuses` are all
that were seen. Where an operation is declared to answer 400, 410 or 501, that is its success.

By whom it is proven: in bare **HTTP** requests, by **openstacksdk**, by **openstack** (the command
of python-openstackclient), as each said in its User-Agent (a command in a process of its own says
openstacksdk, and counts there); `all` is all ranges. Which call of a client makes which operation
is in `tests/functional/sdk_calls.py` and `command_calls.py`. Each is made at the first, the last
and each differing version; in CI a command is left out where only what it cannot show differs.
Operations for which a client has no call are named there too; an empty field is one of these. Where
a client sends a version of its own choice, the other ranges are not its.

"""


def page(seen):
    """The page, from what was noted."""
    by_resource, counts = {}, collections.Counter()
    for (resource, operation), spans in ranges().items():
        statuses = {name: found.get(operation, {}) for name, found in seen.items()}
        anybody = _merged(statuses.values())
        told = {PROVEN: [], NOT_PROVEN: [], UNKNOWN: []}
        for span in spans:
            known = verdict(span, anybody)
            counts[known] += 1
            told[known].append(_span(span))
        by = [_proven(spans, statuses.get(name, {})) for name in CLIENTS]
        for name, ranges_of_it in zip(CLIENTS, by, strict=True):
            counts[name] += len(ranges_of_it)
        by_resource.setdefault(resource, []).append((
            operation, *map(', '.join, told.values()),
            *('all' if len(one) == len(spans) else ', '.join(one) for one in by),
            ', '.join(map(str, sorted(anybody)))))
    operations = sum(map(len, by_resource.values()))
    whole = sum(counts[name] for name in (PROVEN, NOT_PROVEN, UNKNOWN))
    lines = [_HEAD, f'{operations} operations in {whole} ranges of versions: ' + ', '.join(
        f'{counts[name]} {name.lower()}' for name in (PROVEN, NOT_PROVEN, UNKNOWN)) + '; ' +
        ', '.join(f'{counts[name]} by {name}' for name in CLIENTS) + '.\n']
    for resource, rows in by_resource.items():
        heads = ('operation', PROVEN, NOT_PROVEN, UNKNOWN, *CLIENTS, 'Statuses')
        lines += [f'\n## {resource[0].upper()}{resource[1:]}\n\n',
                  f'| {" | ".join(heads)} |\n', '|---' * len(heads) + '|\n']
        lines += [f'| `{row[0]}` | {" | ".join(row[1:])} |\n' for row in rows]
    return ''.join(lines)


def _merged(many):
    merged = {}
    for statuses in many:
        for status, versions in statuses.items():
            merged.setdefault(status, []).extend(versions)
    return merged


def _proven(spans, statuses):
    return [_span(span) for span in spans if verdict(span, statuses) == PROVEN]


def _span(span):
    first, last, _ = span
    return str(first) if first == last else f'{first}-{last}'


def main():
    PAGE.write_text(page(kept()))
    print(f'{PAGE.relative_to(ROOT)} is written.', file=sys.stderr)


if __name__ == '__main__':
    main()
