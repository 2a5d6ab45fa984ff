"""Attach and detach shares of a server that is off: its host may mount them, or may no more.

They are mounted when the guest starts: see ``power``.
"""

from novalite.servers import shares


def grant(task):
    share_id = task.params['share']['share_id']
    task.tools.grant_share(task.server, share_id)
    return {'shares': shares.marked(task.server.shares, share_id, shares.INACTIVE)}


def revoke(task):
    share_id = task.params['share']['share_id']
    task.tools.revoke_share(task.server, share_id)
    return {'shares': shares.without(task.server.shares, share_id)}


def give_up(task):
    """What could not be done shows in the share; it can still be detached."""
    share_id = task.params['share']['share_id']
    return {'shares': shares.marked(task.server.shares, share_id, shares.ERROR)}
