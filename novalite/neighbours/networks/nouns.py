"""What Neutron's nouns have in common: fields, lists with filters, and views of them."""

import dataclasses
import ipaddress
import re
import typing
import urllib.parse

from novalite import errors
from novalite.db import networks

# Kinds of values: each takes what the client sent and gives what is stored.


def text(size=255, least=0, null=False):
    def check(value):
        if not (isinstance(value, str) and least <= len(value) <= size
                or null and value is None):
            raise ValueError(f"'{value}' is not a string of {least} to {size} characters.")
        return value
    return check


def flag(value):
    if str(value).lower() not in ('true', 'false', '1', '0'):
        raise ValueError(f"'{value}' cannot be converted to boolean.")
    return str(value).lower() in ('true', '1')


def number(low, high, null=False):
    def check(value):
        if null and value is None:
            return None
        if isinstance(value, bool) or not re.fullmatch('-?[0-9]{1,12}', str(value)):
            raise ValueError(f"'{value}' is not an integer.")
        if not low <= int(value) <= high:
            raise ValueError(f"'{value}' is not between {low} and {high}.")
        return int(value)
    return check


def one_of(*choices):
    def check(value):
        if value not in choices:
            raise ValueError(f"'{value}' is not in {list(choices)}.")
        return value
    return check


def mapping(value):
    if not isinstance(value, dict | None):
        raise ValueError(f"'{value}' is not a dictionary.")
    return value or {}


def items(of, null=False):
    def check(value):
        if null and value is None:
            return None
        if not isinstance(value, list):
            raise ValueError(f"'{value}' is not a list.")
        return [of(item) for item in value]
    return check


def address(value):
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"'{value}' is not a valid IP address.")
    return str(ipaddress.ip_address(value))


def record(**kinds):
    """A dictionary with no other keys than these, each of its kind."""
    def check(value):
        unknown = set(value) - set(kinds) if isinstance(value, dict) else {'?'}
        if unknown:
            raise ValueError(f"'{value}' is not a dictionary of {', '.join(kinds)}.")
        return {key: kinds[key](item) for key, item in value.items()}
    return check


@dataclasses.dataclass(frozen=True)
class Field:
    """One attribute: its name, and what a caller may do with it."""

    name: str
    #: How a value is checked; a field without one cannot be set.
    kind: typing.Callable | None = None
    #: The column it is kept in, when that has another name; '' if none.
    column: str | None = None
    #: Whether it may be changed afterwards.
    put: bool = True
    #: 'set' or 'see': what only administrators may do with it.
    admin: str = ''
    #: Whether a create must name it.
    needed: bool = False

    @property
    def stored(self):
        return self.name if self.column is None else self.column


#: What everything has, before and after its own.
PROJECT = Field('project_id', text(64, least=1), put=False, admin='set')
FIRST = (Field('id'), Field('name', text()), PROJECT, Field('description', text()))
LAST = (Field('created_at'), Field('updated_at'), Field('revision_number'))


@dataclasses.dataclass(frozen=True)
class Noun:
    singular: str
    plural: str
    table: typing.Any
    missing: type
    fields: tuple
    #: (call, connection, rows) -> row id -> attributes that are not columns of it.
    derived: typing.Callable = lambda _call, _connection, rows: {row.id: {} for row in rows}
    #: Filters that are more than a column: name -> value -> condition.
    filters: dict = dataclasses.field(default_factory=dict)

    # From the client

    def given(self, call, verb):
        """The columns that a create ('post') or an update ('put') sets, and what else it names."""
        body = call.root(self.singular)
        if 'tenant_id' in body:
            body.setdefault('project_id', body['tenant_id'])
            del body['tenant_id']
        fields = {field.name: field for field in self.fields}
        values = {name: self._value(call, fields.get(name), name, value, verb)
                  for name, value in body.items()}
        if verb == 'post':
            values.setdefault('project_id', call.ctxt.project_id)
            for field in self.fields:
                if field.needed and field.name not in values:
                    raise errors.Invalid(
                        'Failed to parse request. Required attribute '
                        f"'{field.name}' not specified")
        return {fields[name].stored or name: value for name, value in values.items()}

    def _value(self, call, field, name, value, verb):
        if field is None:
            raise errors.Invalid(f"Unrecognized attribute(s) '{name}'")
        if field.kind is None or verb == 'put' and not field.put:
            raise errors.Invalid(f'Attribute {name} is read-only')
        try:
            value = field.kind(value)
        except (ValueError, TypeError) as exc:
            raise errors.Invalid(f'Invalid input for {name}. Reason: {exc}') from None
        mine = name == 'project_id' and value == call.ctxt.project_id
        if field.admin and value and not call.admin and not mine:
            raise errors.Forbidden(
                f'({verb}_{self.singular}:{name}) is disallowed by policy')
        return value

    # From the database

    def fetch(self, call, connection, row_id, lock=False):
        row = networks.find(connection, self.table, row_id, call.ctxt, lock)
        if row is None:
            raise self.missing(id=row_id)
        return row

    def owned(self, call, connection, row_id):
        """The row, locked until the transaction ends, if the caller may change it."""
        row = self.fetch(call, connection, row_id, lock=True)
        if not call.admin and row.project_id != call.ctxt.project_id:
            raise errors.Forbidden(f'rule:update_{self.singular} is disallowed by policy')
        return row

    # To the client

    def shown(self, call, connection, row_id):
        """The body that shows one row."""
        row = self.fetch(call, connection, row_id)
        return {self.singular: self.views(call, connection, [row], _wanted(call))[0]}

    def views(self, call, connection, rows, wanted=frozenset()):
        derived = self.derived(call, connection, rows)
        views = [self._view(call, row) | derived[row.id] for row in rows]
        return [{name: value for name, value in view.items() if not wanted or name in wanted}
                for view in views]

    def _view(self, call, row):
        view = {field.name: getattr(row, field.stored) for field in self.fields
                if field.stored and (field.admin != 'see' or call.admin)}
        view['tenant_id'] = row.project_id
        if 'tags' in self.table.c:
            view['tags'] = row.tags
        for name in ('created_at', 'updated_at'):
            view[name] = view[name].strftime('%Y-%m-%dT%H:%M:%SZ')
        return view

    def index(self, call):
        """A list, filtered by whatever the query names."""
        keys = [field.name for field in self.fields if field.stored == field.name]
        limit = call.limit()
        with call.db.read() as connection:
            rows = networks.listed(
                connection, self.table, call.ctxt, list(self._conditions(call)),
                sort=call.sort(keys, [('created_at', 'asc')]), marker=call.param('marker'),
                limit=limit, tags=self._tags(call))
            body = {self.plural: self.views(call, connection, rows, _wanted(call))}
        if limit and len(rows) == limit:
            query = [(name, value) for name, value in call.params() if name != 'marker']
            query = urllib.parse.urlencode([*query, ('marker', rows[-1].id)])
            body[f'{self.plural}_links'] = [
                {'rel': 'next', 'href': f'{call.req.prefix}{call.req.path}?{query}'}]
        return body

    def _tags(self, call):
        return [tag for name, value in call.params() if name == 'tags'
                for tag in value.split(',')]

    def _conditions(self, call):
        wanted = {}
        for name, value in call.params():
            if name not in NOT_FILTERS:
                wanted.setdefault('project_id' if name == 'tenant_id' else name, []).append(value)
        for name, values in wanted.items():
            if name in self.filters:
                yield from (self.filters[name](value) for value in values)
            else:
                column = self._column(call, name)
                yield column.in_([_comparable(column, name, value) for value in values])

    def _column(self, call, name):
        for field in self.fields:
            if field.name == name and field.stored and (field.admin != 'see' or call.admin):
                column = self.table.c[field.stored]
                if column.type.python_type in COMPARED:
                    return column
        raise errors.Invalid(f"['{name}'] is invalid attribute for filtering")


NOT_FILTERS = {'fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'sort', 'tags'}
COMPARED = {str: str, bool: flag, int: number(-2**31, 2**31 - 1)}


def _comparable(column, name, value):
    try:
        return COMPARED[column.type.python_type](value)
    except ValueError as exc:
        raise errors.Invalid(f'Invalid input for {name}. Reason: {exc}') from None


def _wanted(call):
    return {value for name, value in call.params() if name == 'fields'}
