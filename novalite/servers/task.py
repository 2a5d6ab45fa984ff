"""What a step's work sees: the server, what was asked, and the tools of the place it runs in."""

import dataclasses

from novalite.servers.model import Server


@dataclasses.dataclass(frozen=True)
class Task:
    server: Server
    #: What the user asked, as the API wrote it down.
    params: dict


@dataclasses.dataclass(frozen=True)
class OnHost(Task):
    """Work on a compute host: ``host`` is its name, ``driver`` its hypervisor."""

    host: str
    driver: object


@dataclasses.dataclass(frozen=True)
class InConductor(Task):
    """Work in the conductor: inside the transaction that records it.

    ``tools`` is a ``conductor.tools.Tools``: hosts, addresses and images, all
    through that transaction, so what a step does and its record commit together.
    """

    tools: object
