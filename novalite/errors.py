"""Everything novalite raises on purpose.

``code`` is the HTTP status; the docstring is the message, in Nova's words where
clients know them. What is raised here may be shown to a user; of anything else
a user sees only the class name.
"""

import traceback

from oslo_utils import strutils


class NovaliteError(Exception):
    """The server could not do what was asked."""

    code = 500

    #: True promises that whatever the failed action wanted, nothing was changed,
    #: so the server goes back to the state it came from.
    nothing_changed = False

    def __init__(self, message=None, **details):
        template = message or type(self).__doc__
        super().__init__(template.format(**details) if details else template)


class UndeclaredAnswer(NovaliteError):
    """The answer to {operation} at {version} is not as it is declared: {reason}"""


# Requests that cannot be taken

class Invalid(NovaliteError):
    """The request is malformed."""

    code = 400


class InvalidField(Invalid):
    """Invalid input for field/attribute {name}. Value: {value}. {reason}"""


class InvalidParameter(Invalid):
    """Invalid input for query parameters {name}. Value: {value}. {reason}"""


class Unauthorized(NovaliteError):
    """The request you have made requires authentication."""

    code = 401


class Forbidden(NovaliteError):
    """Policy doesn't allow {rule} to be performed."""

    code = 403


class QuotaExceeded(NovaliteError):
    """Quota exceeded for {resources}: Requested {requested}, but already used {used} of {allowed} {resources}"""  # noqa: E501

    code = 403


class NotFound(NovaliteError):
    """The resource could not be found."""

    code = 404


class ServerNotFound(NotFound):
    """Instance {uuid} could not be found."""


# What is told of an action is told after it was committed: so this is a mistake of ours.
class NotWrittenDown(NotFound):
    """No action {request_id} on instance {uuid}."""


class FlavorNotFound(NotFound):
    """Flavor {id} could not be found."""


class ImageNotFound(NotFound):
    """Image {id} could not be found."""


class KeypairNotFound(NotFound):
    """Keypair {name} not found for user {user}"""


class HostNotFound(NotFound):
    """Compute host {host} could not be found."""


class ConsoleNotAvailable(NotFound):
    """Guest does not have a console available."""


class ConsoleTypeInvalid(Invalid):
    """Invalid console type {type}"""


class ConsoleTypeUnavailable(Invalid):
    """Unavailable console type {type}."""


class ServerGroupNotFound(NotFound):
    """Instance group {id} could not be found."""


class AggregateNotFound(NotFound):
    """Aggregate {id} could not be found."""


class MarkerNotFound(Invalid):
    """Marker {marker} could not be found."""


class Conflict(NovaliteError):
    """The request conflicts with the state of the resource."""

    code = 409


class AggregateExists(Conflict):
    """Aggregate {name} already exists."""


class ActionNotAllowed(Conflict):
    """Cannot '{action}' instance {uuid} while it is in {attribute} {state}"""


class NeverLaunched(Conflict):
    """Cannot '{action}' instance {uuid} while it has never been active"""


class ServerLocked(Conflict):
    """Instance {uuid} is locked"""


class ServerNotReady(Conflict):
    """Instance {uuid} is not ready"""


class InvalidMigrationState(Invalid):
    """Migration {id} state of instance {uuid} is {state}. Cannot {what} while the migration is in this state."""  # noqa: E501


class NotAcceptable(NovaliteError):
    """Version {version} is not supported by the API. Minimum is {minimum} and maximum is {maximum}."""  # noqa: E501

    code = 406


class Gone(NovaliteError):
    """This resource is gone."""

    code = 410


class NoHostForEvent(NovaliteError):
    """Instance {uuid} has no host that could be told."""

    code = 422


class TooLarge(NovaliteError):
    """Request is too large. A body may have {limit} bytes."""

    code = 413


class BadMediaType(NovaliteError):
    """Unsupported Content-Type; send application/json."""

    code = 415


class NotSupported(NovaliteError):
    """The requested functionality is not supported."""

    code = 501


class Unavailable(NovaliteError):
    """The service cannot take the request now; nothing was changed. Try again."""

    code = 503


class DatabaseAway(Unavailable):
    """The database does not answer; nothing was changed. Try again."""


class InDoubt(Unavailable):
    """The database was lost while a change was written down. Look whether it was made, then try again."""  # noqa: E501


class Contended(Unavailable):
    """Others were changing the same things; nothing was changed. Try again."""


class ServiceSilent(NovaliteError):
    """The {service} service cannot be asked: {reason}"""

    code = 503


class HostSilent(Unavailable):
    """The host of instance {uuid} does not answer. Try again."""


class NewerFormat(Unavailable):
    """Action {request_id} was written down by a newer version; a conductor as new will drive it."""


class Untrusted(NovaliteError):
    """A message of the bus does not come from whom it should."""


# What goes wrong behind a 202

class NoValidHost(NovaliteError):
    """No valid host was found. There are not enough hosts available."""

    nothing_changed = True

    def __init__(self, message=None, reasons=''):
        super().__init__(message)
        #: Why each host was refused, for administrators' eyes only.
        self.reasons = reasons


class MaxRetriesExceeded(NovaliteError):
    """Exceeded maximum number of retries. {reason}"""


class BuildAborted(NovaliteError):
    """Build of instance {uuid} aborted: {reason}"""


class HostGone(NovaliteError):
    """Host {host} has gone quiet."""


class HostLeft(NovaliteError):
    """Host {host} was shut down before it had ended."""


class Cancelled(NovaliteError):
    """It was cancelled by request {request_id}."""

    nothing_changed = True


class DeadlineExceeded(NovaliteError):
    """It did not end within {seconds} s."""


class InjectedFault(NovaliteError):
    """The simulated hypervisor was told to fail '{verb}'."""


class Interrupted(NovaliteError):
    """The guest was asked for something else before '{verb}' had ended."""


class HandedBack(NovaliteError):
    """The worker ends before '{verb}' has; somebody else will do it."""


class NowhereElse(NovaliteError):
    """There is no other host for it; it waits until host {host} is back, or is given up."""


class VerbNotSupported(NovaliteError):
    """The hypervisor cannot '{verb}'."""

    nothing_changed = True


class GuestNotFound(NovaliteError):
    """Instance {uuid} could not be found on the hypervisor of {host}."""


class Superseded(NovaliteError):
    """Another action has taken charge of instance {uuid}."""


# A service that cannot start

class CannotStart(Exception):
    """Said on stderr, in one sentence, before a command ends with status 1."""


def fault(exc):
    """What is kept of an exception: ``code``, ``message``, ``details``, ``nothing_changed``.

    The message is our own error's text, or else only the class name, as in Nova;
    cut to 255 bytes without splitting a character. ``details`` is the whole
    traceback, for administrators; what looks like a password in it is masked.
    """
    ours = isinstance(exc, NovaliteError)
    details = ''.join(traceback.format_exception(exc))
    if getattr(exc, 'reasons', ''):
        details = f'{exc.reasons}\n\n{details}'
    return {
        'code': exc.code if ours else 500,
        # Not str(exc): oslo.messaging adds the remote traceback to that.
        'message': cut(exc.args[0] if ours else type(exc).__name__),
        'details': strutils.mask_password(details),
        'nothing_changed': ours and exc.nothing_changed,
        **_origin(exc),
    }


def _origin(exc):
    """What notifications say of an exception: its class, and where it was raised."""
    frames = [frame for frame, _ in traceback.walk_tb(exc.__traceback__)]
    return {'exception': type(exc).__name__,
            'module': frames[-1].f_globals['__name__'] if frames else type(exc).__module__,
            'function': frames[-1].f_code.co_name if frames else ''}


def told(fault):
    """The error another process has told of with ``fault``, to be raised here."""
    error = NovaliteError(fault['message'])
    error.code = fault['code']
    return error


def cut(text, size=255):
    """``text`` in at most ``size`` bytes of UTF-8, never half a character."""
    return text.encode()[:size].decode(errors='ignore')


# Networks. The class names are Neutron's: its clients see them as the type.

class NetworkNotFound(NotFound):
    """Network {id} could not be found."""


class SubnetNotFound(NotFound):
    """Subnet {id} could not be found."""


class PortNotFound(NotFound):
    """Port {id} could not be found."""


class SecurityGroupNotFound(NotFound):
    """Security group {id} does not exist"""


class SecurityGroupRuleNotFound(NotFound):
    """Security group rule {id} does not exist"""


class SecurityGroupAmbiguous(Conflict):
    """Multiple security groups found matching '{name}'. Use an ID to be more specific."""


class SecurityGroupInUse(Conflict):
    """Security Group {id} in use."""


class SecurityGroupRuleExists(Conflict):
    """Security group rule already exists. Rule id is {id}."""


class NetworkInUse(Conflict):
    """Unable to complete operation on network {id}. There are one or more ports still in use on the network."""  # noqa: E501


class SubnetInUse(Conflict):
    """Unable to complete operation on subnet {id}: One or more ports have an IP allocation from this subnet."""  # noqa: E501


class PortInUse(Conflict):
    """Port {id} is still in use."""


class PortOfRouterInUse(Conflict):
    """Port {id} cannot be deleted directly via the port API: has device owner {owner}."""


class TrunkNotFound(NotFound):
    """Trunk {id} could not be found."""


class TrunkInUse(Conflict):
    """Trunk {id} is currently in use."""


class TrunkPortInUse(Conflict):
    """Port {port} is in use by trunk {trunk}."""


class DuplicateSubPort(Conflict):
    """segmentation_type {type} and segmentation_id {id} already in use on trunk {trunk}."""


class SubPortNotFound(NotFound):
    """SubPort on trunk {trunk} with parent port {port} could not be found."""


class RouterNotFound(NotFound):
    """Router {id} could not be found"""


class DeviceIDNotOwnedByTenant(Conflict):
    """The following device_id {id} is not owned by your tenant or matches another tenants router."""  # noqa: E501


class RouterInUse(Conflict):
    """Router {id} still has ports"""


class RouterInterfaceNotFoundForSubnet(NotFound):
    """Router {router} has no interface on subnet {subnet}"""


class RouterInterfaceInUseByFloatingIP(Conflict):
    """Router interface for subnet {subnet} on router {router} cannot be deleted, as it is required by one or more floating IPs."""  # noqa: E501


class RouterExternalGatewayInUseByFloatingIp(Conflict):
    """Gateway cannot be updated for router {router}, since a gateway to external network {network} is required by one or more floating IPs."""  # noqa: E501


class FloatingIPNotFound(NotFound):
    """Floating IP {id} could not be found"""


class FloatingIPPortAlreadyAssociated(Conflict):
    """Cannot associate floating IP {address} ({id}) with port {port} using fixed IP {fixed}, as that fixed IP already has a floating IP on external network {network}."""  # noqa: E501


class ExternalGatewayForFloatingIPNotFound(NotFound):
    """External network {network} is not reachable from subnet {subnet}.  Therefore, cannot associate Port {port} with a Floating IP."""  # noqa: E501


class NetworkQuotaExceeded(Conflict):
    """Quota exceeded for resources: ['{resource}']."""


class MacAddressInUse(Conflict):
    """Unable to complete operation for network {network}. The mac address {mac} is in use."""


class IpAddressGenerationFailure(Conflict):
    """No more IP addresses available on network {network}."""


class IpAddressAlreadyAllocated(Conflict):
    """IP address {address} already allocated in subnet {subnet}"""


class InvalidIpForNetwork(Invalid):
    """IP address {address} is not a valid IP for any of the subnets on the specified network."""


class NetworkAmbiguous(Conflict):
    """Multiple possible networks found, use a Network ID to be more specific."""


class ExternalNetworkForbidden(Forbidden):
    """It is not allowed to create an interface on external network {id}"""


class NoMoreAddresses(NovaliteError):
    """No fixed IP addresses available for network: {network}"""


class PortBindingFailed(Conflict):
    """Binding failed for port {id}, please check neutron logs for more information."""


class FixedIpInUse(Conflict):
    """Fixed IP address {address} is already in use."""


class VolumeNotReimaged(Conflict):
    """Volume {id} could not be made a copy of the image: its status is {status}."""


# Volumes, in Cinder's words

class VolumeNotFound(NotFound):
    """Volume {id} could not be found."""


class SnapshotNotFound(NotFound):
    """Snapshot {id} could not be found."""


class VolumeTypeNotFound(NotFound):
    """Volume type {id} could not be found."""


class VolumeAttachmentNotFound(NotFound):
    """Volume attachment could not be found with filter: attachment_id = {id}."""


class VolumeNotAvailable(Invalid):
    """Invalid volume: Volume {id} status must be {wanted}. Current status is {status}."""


class InvalidDevicePath(Invalid):
    """The supplied device path ({path}) is invalid."""


class DevicePathInUse(Conflict):
    """The supplied device path ({path}) is in use."""


class TooManyDiskDevices(Forbidden):
    """The maximum allowed number of disk devices ({maximum}) to attach to a single instance has been exceeded."""  # noqa: E501


class NotAttached(NotFound):
    """Instance {server} is not attached to volume {volume}"""


class ShareNotFound(NotFound):
    """Share {id} could not be found."""


class ShareNotAvailable(Conflict):
    """Share {id} is in '{status}' instead of 'available' status."""


class ShareProtocolNotSupported(Conflict):
    """Share protocol {protocol} is not supported."""


class ShareExists(Conflict):
    """Share '{id}' or tag '{tag}' already associated to this server."""


class SharesInTheWay(Conflict):
    """Feature not supported with instances that have shares."""


class OverQuota(NovaliteError):
    """There is no room for it in the quota of the project."""

    code = 413
