"""Bare metal nodes, to 2.35: another service has them, and there is none here."""

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import MIN, V
from novalite.api.schema import Field

RULES = (
    policy.rule('os-baremetal-nodes:list', policy.ADMIN, 'List bare metal nodes, to 2.35.'),
    policy.rule('os-baremetal-nodes:show', policy.ADMIN, 'Show a bare metal node, to 2.35.'),
)

_LAST = V(2, 35)


def _elsewhere(command):
    raise errors.Invalid(f'Command Not supported. Please use Ironic command {command} to perform '
                         f'this action.')


@schema.between(MIN, _LAST)
@schema.returns(501)
def index(req):
    """GET /os-baremetal-nodes: 501."""
    req.authorize('os-baremetal-nodes:list')
    raise errors.NotSupported()


@schema.between(MIN, _LAST)
@schema.returns(501)
def show(req, id):
    """GET /os-baremetal-nodes/{id}: 501."""
    req.authorize('os-baremetal-nodes:show')
    raise errors.NotSupported()


@schema.between(MIN, _LAST)
@schema.accepts(None, extra=True)
@schema.returns(400)
def create(req):
    """POST /os-baremetal-nodes: 400; it is to be done where the nodes are."""
    _elsewhere('node-create')


@schema.between(MIN, _LAST)
@schema.returns(400)
def delete(req, id):
    """DELETE /os-baremetal-nodes/{id}: 400."""
    _elsewhere('node-delete')


@schema.between(MIN, _LAST)
@schema.accepts(None, Field('add_interface', schema.ANYTHING),
                Field('remove_interface', schema.ANYTHING))
@schema.returns(400)
def act(req, id):
    """POST /os-baremetal-nodes/{id}/action: 400."""
    _elsewhere('port-delete' if 'remove_interface' in req.body else 'port-create')
