"""Fields: bodies, queries and views by version, from one list."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st
import pytest

from novalite import errors
from novalite.api import schema
from novalite.api.microversion import MAX
from novalite.api.microversion import MIN
from novalite.api.microversion import V
from novalite.api.schema import Field

FIELDS = (
    Field('name', schema.NAME, required=True),
    Field('count', schema.POSITIVE, parse=int),
    Field('on', schema.BOOLEAN_LIKE, parse=schema.boolean),
    Field('new', schema.STRING, since=V(2, 50)),
    Field('old', schema.STRING, until=V(2, 49)),
    Field('word', schema.STRING, until=V(2, 36)),
    Field('word', {'enum': ['auto']}, since=V(2, 37)),
)


def body(values, version=MAX):
    return schema.check_body({'thing': values}, version, 'thing', FIELDS)


def test_a_body_is_checked_and_parsed():
    assert body({'name': 'x', 'count': '3', 'on': 'YES'}) == {'name': 'x', 'count': 3, 'on': True}


def test_a_field_is_known_in_its_versions_only():
    assert body({'name': 'x', 'new': 'n'}, V(2, 50))
    assert body({'name': 'x', 'old': 'o'}, V(2, 49))
    for values, version in (({'new': 'n'}, V(2, 49)), ({'old': 'o'}, V(2, 50))):
        with pytest.raises(errors.Invalid, match='Additional properties are not allowed'):
            body({'name': 'x'} | values, version)


def test_a_field_may_narrow_with_a_version():
    assert body({'name': 'x', 'word': 'any'}, V(2, 36))
    with pytest.raises(errors.InvalidField, match='field/attribute word. Value: any'):
        body({'name': 'x', 'word': 'any'}, V(2, 37))


@pytest.mark.parametrize(('values', 'says'), [
    ({}, "'name' is a required property"),
    ({'name': 7}, 'Invalid input for field/attribute name. Value: 7. 7 is not of type'),
    ({'name': 'x' * 256}, 'field/attribute name'), ({'name': ' x'}, 'no blanks around'),
    ({'name': 'x', 'count': 0}, 'field/attribute count'),
    ({'name': 'x', 'count': '0'}, 'field/attribute count'),
    ({'name': 'x', 'count': True}, 'field/attribute count'),
    ({'name': 'x', 'on': 'maybe'}, 'field/attribute on'),
    ([], 'field/attribute thing'),
])
def test_what_is_wrong_is_named(values, says):
    with pytest.raises(errors.Invalid) as caught:
        body(values)
    assert says in str(caught.value)


def test_a_password_is_not_repeated():
    with pytest.raises(errors.Invalid) as caught:
        body({'adminPass': 's3cret'})
    assert 's3cret' not in str(caught.value)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children), max_leaves=8)


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]) | st.text(), json),
       st.sampled_from([MIN, V(2, 36), V(2, 37), V(2, 49), V(2, 50), MAX]))
def test_anything_is_taken_or_refused(values, version):
    try:
        taken = body(values, version)
    except errors.Invalid as exc:
        assert exc.code == 400 and len(str(exc)) < 4096
    else:
        assert 0 < len(taken['name']) <= 255
        assert taken.get('count', 1) >= 1


@given(st.dictionaries(st.sampled_from([field.name for field in FIELDS]), json
                       | st.sampled_from([0, 1, 1.0, True, '1', 'auto', 'YES', 'x\n', '7\n'])))
def test_nothing_passes_quickly_that_is_wrong(values):
    checker = schema.checker(schema.object_schema(FIELDS, MAX))
    assert not checker.passes(values) or checker.complaint(values) is None


@pytest.mark.parametrize('value', [1, 0, 1.0])
def test_a_number_is_no_boolean(value):
    with pytest.raises(errors.InvalidField, match='field/attribute on'):
        body({'name': 'x', 'on': value})


@given(st.lists(st.tuples(st.sampled_from(['limit', 'marker', 'x']), st.text())))
def test_any_query_is_taken_or_refused(pairs):
    try:
        query = schema.check_query(pairs, MAX, (schema.LIMIT, schema.MARKER))
    except errors.Invalid:
        return
    assert query.get('limit', 0) >= 0
    assert 'x' not in query


def test_unknown_parameters_are_dropped_or_refused():
    assert schema.check_query([('x', '1')], MIN, ()) == {}
    with pytest.raises(errors.Invalid, match="'x' was unexpected"):
        schema.check_query([('x', '1')], MIN, (), strict=True)


def test_the_last_of_several_counts_unless_many_are_taken():
    one, many = Field('a', schema.STRING), Field('b', schema.STRING, many=True)
    pairs = [('a', '1'), ('b', '1'), ('a', '2'), ('b', '2')]
    assert schema.check_query(pairs, MIN, (one, many)) == {'a': '2', 'b': ['1', '2']}


# Views

@dataclasses.dataclass
class Reader:
    version: V
    rules: tuple = ()

    def may(self, rule):
        return rule in self.rules


VIEW = (
    Field('id', schema.STRING, lambda thing, req: thing['id']),
    Field('new', schema.STRING, lambda thing, req: 'n', since=V(2, 10)),
    Field('secret', schema.STRING, lambda thing, req: 's', rule='secrets'),
    Field('rare', schema.STRING, lambda thing, req: thing.get('rare', schema.ABSENT)),
)


@pytest.mark.parametrize(('thing', 'reader', 'shown'), [
    ({'id': 1}, Reader(V(2, 9)), {'id': 1}),
    ({'id': 1}, Reader(V(2, 10)), {'id': 1, 'new': 'n'}),
    ({'id': 1}, Reader(MIN, ('secrets',)), {'id': 1, 'secret': 's'}),
    ({'id': 1, 'rare': None}, Reader(MIN), {'id': 1, 'rare': None}),
])
def test_a_view_shows_what_version_and_policy_allow(thing, reader, shown):
    assert schema.view(VIEW, reader, thing) == shown
