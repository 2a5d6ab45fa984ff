"""Drivers by the name of their entry point."""

import importlib.metadata

from novalite import errors

GROUP = 'novalite.hypervisors'


def load(name):
    """What makes the drivers called ``name``; raises CannotStart for a name nobody has."""
    found = {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    if name not in found:
        raise errors.CannotStart(
            f'There is no hypervisor driver {name!r} ([compute] driver); there are: '
            f'{", ".join(sorted(found)) or "none"}.')
    return found[name].load()
