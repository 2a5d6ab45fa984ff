"""What a server has of shares: the records in ``Server.shares``.

A record is a dict: ``uuid``, ``share_id``, ``tag`` (by which the guest knows it),
``export_location``, ``protocol`` and ``status``: attaching, inactive while the guest is off, active
while it runs, detaching, or error when one of that has failed.
"""

ATTACHING, INACTIVE, ACTIVE = 'attaching', 'inactive', 'active'
DETACHING, ERROR = 'detaching', 'error'


def find(shares, share_id):
    """The record of a share the server has; or None."""
    return next((share for share in shares if share['share_id'] == share_id), None)


def without(shares, share_id):
    return [share for share in shares if share['share_id'] != share_id]


def marked(shares, share_id, status):
    """The records, with one in another status."""
    return [share | {'status': status} if share['share_id'] == share_id else share
            for share in shares]


def all_are(shares, status):
    """What a step changes when all shares of a server have come into a status: nothing, if it
    has none."""
    return {'shares': [share | {'status': status} for share in shares]} if shares else {}
