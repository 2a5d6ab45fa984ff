"""Notifications have the names, versions and fields of Nova's.

Nova's own samples lie beside the clone, in ../shared; where they do not, the golden files
that ``tests/functional/test_notifications.py`` writes are still compared with the table.
"""

import json
import pathlib

import pytest

from novalite.notify import events
from novalite.notify import payloads
from novalite.servers import machine
from tests import samples

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = pathlib.Path('shared/nova-samples/notification_samples')
NOVAS = next((parent / FOLDER for parent in ROOT.parents if (parent / FOLDER).is_dir()), None)
OURS = {json.loads(file.read_text())['event_type']: json.loads(file.read_text())
        for file in sorted((samples.HERE / 'notifications').glob('*.json'))}

#: What an image says of its guest is only there if it says it.
_OPEN = 'ImageMetaPropsPayload'


def _resolved(value, folder):
    """The sample with its references followed, what stands beside one laid over it."""
    if isinstance(value, list):
        return [_resolved(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    value = {name: _resolved(item, folder) for name, item in value.items()}
    reference = value.pop('$ref', None)
    if reference is None:
        return value
    file = folder / reference.rstrip('#')
    return _laid_over(_resolved(json.loads(file.read_text()), file.parent), value)


def _laid_over(base, more):
    return base | {name: _laid_over(base[name], item)
                   if isinstance(item, dict) and isinstance(base.get(name), dict) else item
                   for name, item in more.items()}


def _objects(value, where='payload'):
    """(where, name, version, fields) of every object in a payload."""
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, where)
    elif isinstance(value, dict):
        if 'nova_object.name' in value:
            name, fields = value['nova_object.name'], value['nova_object.data']
            assert value['nova_object.namespace'] == 'nova'
            yield where, name, value['nova_object.version'], (
                frozenset() if name == _OPEN else frozenset(fields))
            value = fields
        for name, item in value.items():
            yield from _objects(item, f'{where}.{name}')


def _novas():
    """Nova's sample of each event that we have one of, by its type."""
    found = {}
    for file in sorted(NOVAS.glob('*.json')) if NOVAS else ():
        sample = _resolved(json.loads(file.read_text()), NOVAS)
        if file.stem == sample['event_type'].replace('.', '-'):
            found[sample['event_type']] = sample
    return found


NOVAS_BY_TYPE = _novas()


@pytest.mark.parametrize('event_type', sorted(NOVAS_BY_TYPE.keys() & OURS.keys()))
def test_what_we_tell_looks_as_what_nova_tells(event_type):
    ours, novas = OURS[event_type], NOVAS_BY_TYPE[event_type]
    assert set(ours) == set(novas)
    assert ours['priority'] == novas['priority']
    if event_type != 'compute.exception':   # Nova's is of a request that failed in the API
        assert ours['publisher_id'].split(':')[0] == novas['publisher_id'].split(':')[0]
    here, there = set(_objects(ours['payload'])), set(_objects(novas['payload']))
    assert _first(here) == _first(there)
    places = {place for place, *_ in here} & {place for place, *_ in there}
    assert {one for one in here if one[0] in places} == {one for one in there if one[0] in places}


def _first(objects):
    return [one for one in objects if one[0] == 'payload']


@pytest.mark.parametrize('event_type', OURS)
def test_every_event_is_one_of_novas(event_type):
    assert event_type in (NOVAS_BY_TYPE or OURS)


@pytest.mark.parametrize('verb', machine.VERBS)
def test_what_a_row_tells_is_about_steps_it_has(verb):
    action = machine.VERBS[verb]
    for span in events.spans(action):
        assert span.within(action)


def test_the_version_of_every_object_is_novas():
    told = {name: version for sample in NOVAS_BY_TYPE.values()
            for _, name, version, _ in _objects(sample)}
    ours = {name: version for sample in OURS.values()
            for _, name, version, _ in _objects(sample)}
    assert ours.items() <= payloads.VERSIONS.items()
    if told:
        assert {name: told[name] for name in payloads.VERSIONS} == payloads.VERSIONS
