"""The versions of the compute API, each with its sentence, and how one is chosen."""

import re
import typing

import microversion_parse

from novalite import errors


class V(typing.NamedTuple):
    """A microversion; compares as a pair of numbers, reads as ``2.79``."""

    major: int
    minor: int

    def __str__(self):
        return f'{self.major}.{self.minor}'


SENTENCES = {
    1: 'The first version: what v2.0 could do, with checked bodies.',
    2: 'Keypairs have a type (ssh or x509); create answers 201, delete 204.',
    3: 'Servers show more OS-EXT-SRV-ATTR fields; attached volumes show delete_on_termination.',
    4: 'Fixed addresses show whether they are reserved (the resource is gone).',
    5: 'Everybody may filter servers by IPv6 address.',
    6: 'remote-consoles takes the place of the os-get…Console actions.',
    7: 'Access to a public flavor cannot be given: 409.',
    8: 'remote-consoles knows mks and webmks.',
    9: 'Servers show locked.',
    10: 'Administrators see and make keypairs of other users.',
    11: 'Services can be forced down.',
    12: 'Virtual interfaces show their network (the resource is gone).',
    13: 'Server groups show their project and user.',
    14: 'evacuate no longer takes onSharedStorage nor answers adminPass.',
    15: 'Server groups know soft-affinity and soft-anti-affinity.',
    16: 'Servers show host_status.',
    17: 'trigger_crash_dump.',
    18: 'The project id in the path is optional.',
    19: 'Servers have a description.',
    20: 'Volumes can be attached to shelved servers.',
    21: 'Actions of deleted servers can be read.',
    22: 'A live migration can be forced to complete.',
    23: 'Migrations of a server can be read; migrations show their type.',
    24: 'A live migration can be aborted.',
    25: 'Live migration takes block_migration auto and no disk_over_commit.',
    26: 'Servers have tags.',
    27: 'The version is asked for with OpenStack-API-Version.',
    28: 'Hypervisors show cpu_info as an object.',
    29: 'evacuate takes force, and a host that is named is checked.',
    30: 'Live migration takes force, and a host that is named is checked.',
    31: 'Console tokens of every type can be looked up.',
    32: 'Devices can be tagged at boot.',
    33: 'Hypervisors come in pages; volumes lose the tag of 2.32.',
    34: 'The checks of a live migration are made in the background.',
    35: 'Keypairs come in pages.',
    36: 'The proxies to images, networks and volumes end, network quotas with them.',
    37: 'networks is required: a list, auto or none.',
    38: 'A status filter that no server can have is refused.',
    39: 'The image metadata proxy ends.',
    40: 'Tenant usage comes in pages.',
    41: 'Aggregates show their uuid.',
    42: 'Device tags are back.',
    43: 'os-hosts ends.',
    44: 'Actions on fixed and floating addresses end, and virtual interfaces.',
    45: 'createImage and createBackup answer with image_id in the body, without Location.',
    46: 'X-OpenStack-Request-ID is taken and returned.',
    47: 'The flavor is part of the server: its size and its original name, not a link.',
    48: 'Diagnostics have one format for every hypervisor.',
    49: 'Interfaces and volumes can be tagged as they are attached.',
    50: 'Quota classes show server groups and lose what belonged to networks.',
    51: 'Owners see the events of an action; volume-extended is an external event.',
    52: 'Servers can be tagged at boot.',
    53: 'Services and hypervisors are known by uuid.',
    54: 'rebuild can change the keypair.',
    55: 'Flavors have a description, which can be changed.',
    56: 'migrate can name the host.',
    57: 'Files are no longer put into servers; rebuild can change user_data.',
    58: 'Instance actions come in pages and show updated_at.',
    59: 'Migrations come in pages and show their uuid.',
    60: 'Volumes can be attached to several servers.',
    61: 'Flavors show extra_specs.',
    62: 'Events of an action show host and hostId.',
    63: 'trusted_image_certificates.',
    64: 'Server groups have one policy, with rules.',
    65: 'A live migration can be aborted before it began.',
    66: 'changes-before filters servers, actions and migrations.',
    67: 'Volumes made at boot can name their volume_type.',
    68: 'force ends for live migration and evacuate.',
    69: 'Servers of a cell that is down are shown as far as they are known.',
    70: 'Attached volumes and interfaces show their tag.',
    71: 'Servers show server_groups.',
    72: 'Servers take ports that ask for resources.',
    73: 'lock takes a reason, shown as locked_reason; locked filters and sorts.',
    74: 'Administrators create a server on a host or hypervisor they name.',
    75: 'Unknown parameters are refused; PUT and rebuild show the whole server.',
    76: 'power-update is an external event.',
    77: 'unshelve can name a zone.',
    78: 'The NUMA topology of a server can be read.',
    79: 'Attaching a volume takes delete_on_termination.',
    80: 'Migrations show and are filtered by user_id and project_id.',
    81: 'Images can be put into the cache of an aggregate\'s hosts.',
    82: 'accelerator-request-bound is an external event.',
    83: 'Everybody may filter servers by more of their fields.',
    84: 'Events of an action show details.',
    85: 'delete_on_termination of an attached volume can be changed.',
    86: 'Extra specs that are known are checked.',
    87: 'Servers that boot from a volume can be rescued.',
    88: 'Hypervisors lose what placement knows better; uptime is part of them.',
    89: 'Attached volumes show attachment_id and bdm_uuid, and no id.',
    90: 'The hostname can be chosen and everybody sees it.',
    91: 'unshelve can name a host and unpin the zone.',
    92: 'Keypairs are only imported; their names may have @ and .',
    93: 'Servers that boot from a volume can be rebuilt.',
    94: 'The hostname may be a fully qualified name.',
    95: 'Servers that were evacuated end stopped.',
    96: 'Servers show pinned_availability_zone.',
    97: 'Shares can be attached to servers.',
    98: 'The image in a server shows its properties.',
    99: 'remote-consoles knows spice-direct, and tokens show tls_port.',
    100: 'Servers show scheduler_hints.',
    101: 'Attaching a volume answers 202 without a body.',
    102: 'Flavors are filtered by name and lose rxtx_factor and disabled; unknown query '
         'parameters are refused everywhere.',
    103: 'os-volumes_boot ends.',
    104: 'PUT can pin a server to a zone or unpin it.',
}

#: Every version there is, with what it changed.
VERSIONS = {V(2, minor): sentence for minor, sentence in SENTENCES.items()}

MIN, MAX = min(VERSIONS), max(VERSIONS)

_VERSION = re.compile('[1-9][0-9]{0,8}[.](0|[1-9][0-9]{0,8})')
#: By what may be asked for.
_NAMED = {str(version): version for version in VERSIONS} | {'latest': MAX}

_LEGACY = 'x-openstack-nova-api-version'
_HEADERS = (microversion_parse.STANDARD_HEADER, _LEGACY)


def negotiate(header):
    """The version a request asks for, by either header; none means the oldest.

    ``header(name)`` is what its header says, or None. Raises Invalid for what is no version,
    NotAcceptable for one that does not exist.
    """
    asked = microversion_parse.get_version(
        {name: said for name in _HEADERS if (said := header(name)) is not None},
        'compute', legacy_headers=[_LEGACY])
    return MIN if asked is None else chosen(asked)


def chosen(asked):
    """The version that is written so; raises Invalid or NotAcceptable."""
    if asked in _NAMED:
        return _NAMED[asked]
    if not _VERSION.fullmatch(asked):
        raise errors.Invalid(
            f'API Version String {asked} is of invalid format. Must be of format '
            f'MajorNum.MinorNum.')
    raise errors.NotAcceptable(version=asked, minimum=MIN, maximum=MAX)
