"""What a hypervisor can be asked to do.

Every verb may be called again: after a restart nobody knows how far the first
call got. A verb that is about a guest the hypervisor does not have raises
``errors.GuestNotFound``, unless it says otherwise. Verbs that change a guest's
power answer the power_state it has then (``servers.states.Power``).

The entry point group ``novalite.hypervisors`` names functions that make drivers:
``(names, conf, runtime, worker) -> {name: Driver}``.
"""

import typing

from novalite.servers.model import Server


class Driver(typing.Protocol):
    """One host's hypervisor."""

    def inventory(self) -> dict:
        """What the host has: the columns of ``db.models.hosts`` that describe it."""

    def guests(self) -> dict:
        """Every guest by uuid: {'power_state', 'name', ...}."""

    def close(self):
        """The worker ends; the guests go on."""

    def spawn(self, server: Server, flavor: dict) -> int:
        """Make the guest exist with this flavor, and run; fine if it does already."""

    def destroy(self, uuid: str):
        """Make the guest and all its remains not exist; fine if it never did."""

    def power_off(self, uuid: str) -> int:
        """Stop the guest; fine if it is stopped."""

    def power_on(self, uuid: str) -> int:
        """Start the guest; fine if it runs."""

    def reboot(self, uuid: str, hard: bool) -> int:
        """Restart the guest: by its own operating system, or by pulling the plug."""

    def pause(self, uuid: str) -> int:
        """Freeze the guest in memory; fine if it is frozen."""

    def unpause(self, uuid: str) -> int:
        """Let a frozen guest go on; fine if it does."""

    def suspend(self, uuid: str) -> int:
        """Write the guest's memory to its disk and stop it; fine if that was done."""

    def resume(self, uuid: str) -> int:
        """Let a suspended guest go on where it was; fine if it does."""

    def rescue(self, uuid: str, image_id: str) -> int:
        """Boot the guest from this image, with its own disk beside; fine if it is so."""

    def unrescue(self, uuid: str) -> int:
        """Boot the guest from its own disk again; fine if it is so."""

    def rebuild(self, server: Server, flavor: dict) -> int:
        """Make the guest anew from the server's image, and run; fine to do again."""

    def set_password(self, uuid: str):
        """Have the guest's agent take over the new password of its administrator."""

    def crash_dump(self, uuid: str):
        """Make the guest's operating system dump its memory."""

    def attach_interface(self, uuid: str, nic: dict):
        """Plug the guest into a port, an element of ``Server.nics``; fine if it is so."""

    def detach_interface(self, uuid: str, port_id: str):
        """Pull the guest's plug out of a port; fine if it is not there."""

    def attach_volume(self, uuid: str, device: dict):
        """Give the guest a volume, an element of ``Server.volumes``; fine if it has it."""

    def detach_volume(self, uuid: str, volume_id: str):
        """Take a volume away from the guest; fine if it has not got it."""

    def swap_volume(self, uuid: str, volume_id: str, device: dict):
        """Put another volume in the place of one, with its data; fine if it is so."""

    def extend_volume(self, uuid: str, volume_id: str, size: int):
        """Let the guest see that a volume has grown to so many GiB; fine if it does."""

    def mount_share(self, uuid: str, share: dict):
        """Give the guest a share, an element of ``Server.shares``, for when it runs; fine if it
        has it."""

    def unmount_share(self, uuid: str, share_id: str):
        """Take a share away from the guest; fine if it has not got it."""

    def console_output(self, uuid: str) -> str:
        """What the guest has written to its serial console since it was last started."""

    def diagnostics(self, uuid: str) -> dict:
        """What the hypervisor counts of the guest: the body of Nova's 2.48 diagnostics."""

    def claim(self, server: Server, flavor: dict):
        """Set room aside for a guest that will arrive; fine if it was done."""

    def check_destination(self, uuid: str):
        """Whether a guest that runs elsewhere could go on here; raises if not."""

    def live_migrate(self, uuid: str, host: str):
        """Send the running guest to another host, where it is prepared for; fine to do again.

        It does not run here any more when this returns; what is left of it is destroyed later.
        """

    def send_disk(self, uuid: str, host: str):
        """Copy the stopped guest's disk to another host; fine to do again."""

    def snapshot(self, uuid: str, image_id: str):
        """Copy the guest's disk aside for an image; a second call begins anew."""

    def discard_snapshot(self, uuid: str, image_id: str):
        """Forget such a copy; fine if there is none, or no guest."""

    def upload_snapshot(self, uuid: str, image_id: str) -> dict:
        """Give the copy away: {'data': text}; it may be asked for again."""

    def by_itself(self, uuid: str, what: str) -> bool:
        """No verb: the guest changes as if nobody had told it to, for ``faults.rules.BY_ITSELF``.

        May come at any moment, whatever else is done to the guest. False if nothing has changed.
        """
