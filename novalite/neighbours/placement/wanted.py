"""What a query wants of a provider: so much of each resource, traits, aggregates.

A *group* of wishes must be fulfilled by one provider; ``allocation_candidates`` has several,
told apart by what follows the names of their parameters.
"""

import dataclasses
import re

from novalite import errors
from novalite.neighbours.placement import names

UUID = re.compile(r'[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\Z')


@dataclasses.dataclass
class Group:
    """``required`` is a list of sets: of each, one trait is needed; of ``member_of`` alike."""

    resources: dict = dataclasses.field(default_factory=dict)
    required: list = dataclasses.field(default_factory=list)
    forbidden: set = dataclasses.field(default_factory=set)
    member_of: list = dataclasses.field(default_factory=list)
    not_member_of: set = dataclasses.field(default_factory=set)
    in_tree: str | None = None

    def fits(self, host, aggregates):
        """Whether this host, which is in these aggregates, has it all."""
        has = set(host.traits or ())
        return (
            (self.in_tree is None or host.hypervisor_uuid == self.in_tree)
            and all(has & one for one in self.required) and not has & self.forbidden
            and all(aggregates & one for one in self.member_of)
            and not aggregates & self.not_member_of
            and all(_room(host, name) >= amount for name, amount in self.resources.items()))

    @property
    def traits(self):
        return set().union(self.forbidden, *self.required)


def _room(host, resource_class):
    column = names.COUNTED.get(resource_class)
    return getattr(host, f'{column}_limit') - getattr(host, f'{column}_used') if column else 0


def read(call, group, name, value):
    """Take one parameter into a group; raises Invalid for what makes no sense."""
    _READERS[name](call, group, value)


def _resources(_call, group, value):
    for part in value.split(','):
        resource_class, _, amount = part.partition(':')
        if not re.fullmatch('[1-9][0-9]{0,8}', amount):
            raise errors.Invalid(
                f"Badly formed resources parameter. Expected resources query string parameter in "
                f"form: ?resources=VCPU:2,MEMORY_MB:1024. Got: {part or 'empty string.'}")
        if resource_class not in names.CLASSES:
            raise errors.Invalid(f'Invalid resource class in resources parameter: '
                                 f'No such resource class {resource_class}.')
        group.resources[resource_class] = int(amount)


def _required(call, group, value):
    any_of = value.removeprefix('in:').split(',')
    if value.startswith('in:'):
        _since(call, (1, 39), 'required', value)
        group.required.append(set(any_of))
        return
    for trait in any_of:
        if not trait.strip('!'):
            raise errors.Invalid('Invalid query string parameters: Expected \'required\' parameter '
                                 f"value of the form: HW_CPU_X86_VMX,CUSTOM_MAGIC. Got: '{value}'")
        if trait.startswith('!'):
            _since(call, (1, 22), 'required', value)
            group.forbidden.add(trait[1:])
        else:
            group.required.append({trait})


def _member_of(call, group, value):
    forbids = value.startswith('!')
    if forbids:
        _since(call, (1, 32), 'member_of', value)
    value = value.removeprefix('!')
    uuids = set(value.removeprefix('in:').split(','))
    if not all(UUID.match(uuid) for uuid in uuids) or \
            len(uuids) > 1 and not value.startswith('in:'):
        raise errors.Invalid("Invalid query string parameters: Expected 'member_of' parameter to "
                             f"contain valid UUID(s). Got: {value}")
    if forbids:
        group.not_member_of |= uuids
    else:
        group.member_of.append(uuids)


def _in_tree(_call, group, value):
    if not UUID.match(value):
        raise errors.Invalid(f"Invalid uuid in in_tree parameter: '{value}'")
    group.in_tree = value


def _since(call, version, name, value):
    if call.version < version:
        raise errors.Invalid(f"Invalid value for '{name}' in this version: {value}")


_READERS = {'resources': _resources, 'required': _required, 'member_of': _member_of,
            'in_tree': _in_tree}
