"""Extra specs of flavors: words that say more about a size than numbers do."""

import re

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources import flavors
from novalite.api.schema import Field
from novalite.db import flavors as store
from novalite.notify import payloads

RULES = (
    policy.rule('os-flavor-extra-specs:index', policy.READER, 'List the extra specs of a flavor.'),
    policy.rule('os-flavor-extra-specs:show', policy.READER, 'Show an extra spec of a flavor.'),
    policy.rule('os-flavor-extra-specs:create', policy.ADMIN, 'Add extra specs to a flavor.'),
    policy.rule('os-flavor-extra-specs:update', policy.ADMIN, 'Change an extra spec.'),
    policy.rule('os-flavor-extra-specs:delete', policy.ADMIN, 'Take an extra spec from a flavor.'),
)

_SPECS = {
    'type': 'object', 'additionalProperties': False,
    'patternProperties': {
        '^[a-zA-Z0-9-_:. ]{1,255}\\Z': {'type': ['string', 'number'], 'maxLength': 255}},
}

#: One spec as it is shown: its name and its value.
_ONE = schema.STRING_MAP | {'minProperties': 1, 'maxProperties': 1}


# What is known of them

_BOOLEAN = '(?i:true|false|yes|no|on|off|y|n|t|f|1|0)'
_NUMBER = '[0-9]+'
_CPUS = r'\^?[0-9]+(-[0-9]+)?(,\s*\^?[0-9]+(-[0-9]+)?)*'
_ANY = '.*'

#: Those whose values are checked from 2.86 on, as patterns: name, value.
_KNOWN = (
    ('hw:cpu_policy', 'dedicated|shared|mixed'),
    ('hw:cpu_thread_policy', 'prefer|isolate|require'),
    ('hw:cpu_realtime_mask', f'{_CPUS}|all'),
    ('hw:cpu_dedicated_mask', _CPUS),
    ('hw:emulator_threads_policy', 'isolate|share'),
    ('hw:(cpu|cpu_max)_(sockets|cores|threads)', _NUMBER),
    ('hw:(cpu_realtime|hide_hypervisor_id|boot_menu|locked_memory|mem_encryption|pmu)', _BOOLEAN),
    ('hw:(vif_multiqueue_enabled|virtio_packed_ring|stateless_firmware)', _BOOLEAN),
    ('hw:mem_page_size', r'(large|small|any)|\d+([kKMGT]i?)?(b|bit|B)?'),
    ('hw:mem_encryption_model', 'amd-sev(-es)?'),
    ('hw:numa_nodes', '[1-9][0-9]*'),
    ('hw:numa_cpus[.][0-9]+', _CPUS),
    ('hw:numa_mem[.][0-9]+', _NUMBER),
    ('hw:pci_numa_affinity_policy', 'required|preferred|legacy|socket'),
    ('hw:serial_port_count', _NUMBER),
    ('hw:tpm_(version|model|secret_security)', _ANY),
    ('hw:watchdog_action', 'none|pause|poweroff|reset|disabled'),
    ('hw:maxphysaddr_mode', 'passthrough|emulate'),
    ('hw:maxphysaddr_bits', _NUMBER),
    ('hw:viommu_model', 'intel|smmuv3|virtio|auto'),
    ('hw:(pmem|machine_type|sound_model|usb_model|redirected_usb_ports)', _ANY),
    ('hw:ephemeral_encryption', _BOOLEAN),
    ('hw:(ephemeral_encryption_format|ephemeral_encryption_secret_uuid)', _ANY),
    ('hw_rng:allowed', _BOOLEAN),
    ('hw_rng:(rate_bytes|rate_period)', _NUMBER),
    ('hw_video:ram_max_mb', _NUMBER),
    ('hide_hypervisor_id', _BOOLEAN),
    ('group_policy', 'isolate|none'),
    ('os:secure_boot', 'disabled|optional|required'),
    ('quota:(cpu_period|cpu_shares|cpu_quota|disk_\\w+_sec|vif_\\w+|memory_\\w+|cpu_\\w+)', _ANY),
    ('resources[a-zA-Z0-9_-]*:[A-Z0-9_]+', _NUMBER),
    ('trait[a-zA-Z0-9_-]*:[A-Z0-9_]+', 'required|forbidden'),
)

#: Here a name that is not known is a mistake; elsewhere it is somebody's own.
_CLOSED = ('hw:', 'hw_rng:', 'hw_video:')


def _checked(req, specs):
    """The specs as they are kept: text; raises Invalid for one that cannot be meant."""
    specs = {key: str(value) for key, value in specs.items()}
    if req.version >= V(2, 86):
        for key, value in specs.items():
            _check(key, value)
    return specs


def _check(key, value):
    expected = next((values for names, values in _KNOWN if re.fullmatch(names, key)), None)
    if expected is None and key.startswith(_CLOSED):
        raise errors.Invalid(f"Validation failed; extra spec '{key}' does not appear to be a "
                             f"valid extra spec.")
    if expected is not None and not re.fullmatch(expected, value):
        raise errors.Invalid(f"Validation failed; '{value}' is not of the format '{expected}' "
                             f"that extra spec '{key}' has.")


# Handlers

@schema.returns(200, 'extra_specs', schema.STRING_MAP)
def index(req, id):
    """GET /flavors/{id}/os-extra_specs: 200 with all of them."""
    req.authorize('os-flavor-extra-specs:index')
    with req.db.read() as connection:
        return {'extra_specs': flavors.find(req, connection, id).extra_specs}


@schema.accepts(None, Field('extra_specs', _SPECS, required=True))
@schema.returns(200, 'extra_specs', schema.STRING_MAP)
def create(req, id):
    """POST /flavors/{id}/os-extra_specs: 200 with what was added or changed."""
    req.authorize('os-flavor-extra-specs:create')
    specs = _checked(req, req.body['extra_specs'])
    _change(req, id, lambda kept: kept | specs)
    return {'extra_specs': specs}


@schema.returns(200, fields=_ONE)
def show(req, id, key):
    """GET /flavors/{id}/os-extra_specs/{key}: 200 with the one."""
    req.authorize('os-flavor-extra-specs:show')
    with req.db.read() as connection:
        kept = flavors.find(req, connection, id).extra_specs
    _known(kept, id, key)
    return {key: kept[key]}


@schema.accepts(None, extra=True)
@schema.returns(200, fields=_ONE)
def update(req, id, key):
    """PUT /flavors/{id}/os-extra_specs/{key}: 200; 400 if the body names another key."""
    req.authorize('os-flavor-extra-specs:update')
    schema.check_value(_SPECS, req.body)
    if list(req.body) != [key]:
        raise errors.Invalid('Request body and URI mismatch')
    specs = _checked(req, req.body)
    _change(req, id, lambda kept: kept | specs)
    return specs


@schema.returns(200)
def delete(req, id, key):
    """DELETE /flavors/{id}/os-extra_specs/{key}: 200 without a body."""
    req.authorize('os-flavor-extra-specs:delete')

    def without(kept):
        _known(kept, id, key)
        return {name: value for name, value in kept.items() if name != key}
    _change(req, id, without)


def _known(kept, id, key):
    if key not in kept:
        raise errors.NotFound(f'Flavor {id} has no extra specs with key {key}.')


def _change(req, id, change):
    with req.db.write() as connection:
        flavor = flavors.find(req, connection, id, lock=True)
        store.update(connection, req.runtime.now(), flavor.id,
                     extra_specs=change(flavor.extra_specs))
        flavor, projects = flavors.found(req, connection, id)
    req.notify('flavor.update', payloads.flavor, flavor, projects)
