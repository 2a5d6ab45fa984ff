"""Notifications have the names, versions and fields of Nova's.

Nova's own samples lie beside the clone, in ../shared; where they do not, the golden files
that ``tests/functional/test_notifications.py`` writes are still compared with the table.
"""

import datetime
import json
import pathlib
import types

import pytest

from novalite import context
from novalite import errors
from novalite.db import models
from novalite.notify import events
from novalite.notify import payloads
from novalite.servers import machine
from novalite.servers.states import Power
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
    _compare(ours['payload'], novas['payload'])


def _compare(ours, novas):
    here, there = set(_objects(ours)), set(_objects(novas))
    assert _first(here) == _first(there)
    places = {place for place, *_ in here} & {place for place, *_ in there}
    assert {one for one in here if one[0] in places} == {one for one in there if one[0] in places}


def _first(objects):
    return [one for one in objects if one[0] == 'payload']


# What is made of plain records

FLAVOR = {'id': '42', 'name': 'm1.nano', 'vcpus': 1, 'ram': 192, 'disk': 1, 'ephemeral': 0,
          'swap': 0, 'extra_specs': {}}
SERVER = types.SimpleNamespace(**dict.fromkeys(models.servers.c.keys()) | {
    'id': 1, 'uuid': 'u', 'name': 'web', 'flavor': FLAVOR, 'new_flavor': FLAVOR, 'metadata': {},
    'image_properties': {}, 'nics': [], 'volumes': [], 'shares': [],
    'power_state': Power.RUNNING})
PARAMS = {'image_id': 'i', 'volume_id': 'v', 'old_volume_id': 'v', 'new_volume_id': 'w',
          'nic': {'port_id': 'p'}, 'share': {'share_id': 's'}}
FACTS = payloads.Facts(
    server=SERVER, ctxt=context.RequestContext(), now=datetime.datetime(2026, 1, 2),
    params=PARAMS, fault=errors.fault(errors.NoValidHost()))
#: By the beginning of an event's type.
OTHERS = {
    'server_group.': payloads.server_group(types.SimpleNamespace(
        uuid='u', name='group', project_id='p', user_id='u', policy='affinity', rules={})),
    'aggregate.cache_images.progress': None,    # nothing is cached by anybody
    'aggregate.': payloads.aggregate(types.SimpleNamespace(
        id=1, uuid='u', name='aggregate', metadata={}, availability_zone='nova'), ['h1']),
}


@pytest.mark.parametrize('event_type', [
    event_type for event_type in NOVAS_BY_TYPE if event_type not in OURS
    and event_type.startswith(('instance.', 'server_group.', 'aggregate.'))])
def test_what_plain_records_become_looks_as_what_nova_tells(event_type):
    other = [made for start, made in OTHERS.items() if event_type.startswith(start)]
    if other:
        made = other[0]
    else:
        _, name, phase = (*event_type.split('.'), None)[:3]
        made = events.instance(name, phase, 'nova-compute:h1', FACTS).make()
    if made is not None:
        _compare(made, NOVAS_BY_TYPE[event_type]['payload'])


@pytest.mark.parametrize('event_type', OURS)
def test_every_event_is_one_of_novas(event_type):
    assert event_type in (NOVAS_BY_TYPE or OURS)


@pytest.mark.parametrize('verb', machine.VERBS)
def test_what_a_row_tells_is_about_steps_it_has(verb):
    action = machine.VERBS[verb]
    for span in events.spans(action):
        assert span.within(action)


def test_the_version_of_every_object_is_novas():
    told = {name: version for file in (NOVAS.glob('*.json') if NOVAS else ())
            for _, name, version, _ in _objects(_resolved(json.loads(file.read_text()), NOVAS))}
    ours = {name: version for sample in OURS.values()
            for _, name, version, _ in _objects(sample)}
    assert ours.items() <= payloads.VERSIONS.items()
    if told:
        assert {name: told[name] for name in payloads.VERSIONS} == payloads.VERSIONS
