"""Aggregates: nobody can make one yet, so their list is empty; `hypervisor show` asks for it."""

from novalite.api import policy
from novalite.api import schema

RULES = (policy.rule('os-aggregates:index', policy.ADMIN, 'List aggregates.'),)


@schema.returns(200)
def index(req):
    """GET /os-aggregates: 200 with all there are, which is none."""
    req.authorize('os-aggregates:index')
    return {'aggregates': []}
