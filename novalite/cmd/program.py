"""How every command ends: with a sentence when it could not start, never with a traceback."""

import sys

from novalite import errors


def run(main):
    """Call ``main`` and exit with what it returns; 1 and a sentence for CannotStart."""
    name = sys.argv[0].rpartition('/')[2]
    try:
        sys.exit(main())
    except errors.CannotStart as exc:
        sys.exit(f'{name}: {exc}')
    except KeyboardInterrupt:
        sys.exit(130)
