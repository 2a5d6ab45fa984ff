"""Instance actions: what was asked of a server, and what came of it, by request id."""

import hashlib


from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.microversion import V
from novalite.api.resources.server_fields import precise
from novalite.api.schema import Field
from novalite.db import history
from novalite.db import servers

RULES = (
    policy.rule('os-instance-actions:list', policy.READER, 'List the actions of a server.'),
    policy.rule('os-instance-actions:show', policy.READER, 'Show an action of a server.'),
    policy.rule('os-instance-actions:events', policy.ADMIN,
                'See the traceback in the events of an action; before 2.51, the events at all.'),
    policy.rule('os-instance-actions:events:details', policy.ADMIN,
                'See the host and the details of the events of an action.'),
)

ACTION = (
    Field('action', schema.STRING, lambda a, r: a.name),
    Field('instance_uuid', schema.UUID, lambda a, r: a.server),
    Field('request_id', schema.STRING, lambda a, r: a.request_id),
    Field('user_id', schema.STRING_OR_NULL, lambda a, r: a.user_id),
    Field('project_id', schema.STRING_OR_NULL, lambda a, r: a.project_id),
    Field('start_time', schema.TIME, lambda a, r: precise(a.start_time)),
    Field('message', schema.STRING_OR_NULL, lambda a, r: a.message),
    Field('updated_at', schema.TIME, lambda a, r: precise(a.updated_at), since=V(2, 58)),
)


def _host_id(event, req):
    if not event.host:
        return ''
    return hashlib.sha224(f'{req.project_of_server}{event.host}'.encode()).hexdigest()


EVENT = (
    Field('event', schema.STRING, lambda e, r: e.name),
    Field('start_time', schema.TIME, lambda e, r: precise(e.start_time)),
    Field('finish_time', schema.TIME_OR_NULL, lambda e, r: precise(e.finish_time)),
    Field('result', schema.STRING_OR_NULL, lambda e, r: e.result),
    Field('traceback', schema.STRING_OR_NULL, lambda e, r: e.traceback,
          rule='os-instance-actions:events'),
    Field('hostId', schema.STRING, _host_id, since=V(2, 62)),
    Field('host', schema.STRING_OR_NULL, lambda e, r: e.host, since=V(2, 62),
          rule='os-instance-actions:events'),
    Field('details', schema.STRING_OR_NULL, lambda e, r: e.details, since=V(2, 84),
          rule='os-instance-actions:events:details'),
)


#: Of one action also its events; to 2.50 only for whom policy admits.
WITH_EVENTS = (
    Field('events', schema.array(schema.Shown(EVENT)), until=V(2, 50), optional=True),
    Field('events', schema.array(schema.Shown(EVENT)), since=V(2, 51)),
)


@schema.query(
    Field('limit', schema.NON_NEGATIVE, since=V(2, 58), parse=int, once=True),
    Field('marker', schema.STRING, since=V(2, 58), once=True),
    Field('changes-since', schema.STRING, since=V(2, 58), parse=schema.moment, once=True),
    Field('changes-before', schema.STRING, since=V(2, 66), parse=schema.moment, once=True),
    strict_since=V(2, 58))
@schema.returns(200, 'instanceActions', ACTION, many=True,
                beside=(schema.paging('links', since=V(2, 58)),))
def index(req, id):
    """GET …/os-instance-actions: 200 with the actions, newest first."""
    req.authorize('os-instance-actions:list')
    since, before = req.query.get('changes-since'), req.query.get('changes-before')
    if since and before and since > before:
        raise errors.Invalid('The value of changes-since must be less than or equal to '
                             'changes-before.')
    size = req.page_size()
    with req.db.read() as connection:
        find(req, connection, id)
        rows = history.actions_of(
            connection, id, size, req.query.get('marker'), since, before)
    body = {'instanceActions': schema.views(ACTION, req, rows)}
    if 'limit' in req.query and rows and len(rows) == size:
        body['links'] = [
            req.next_link(rows[-1].request_id, 'servers', id, 'os-instance-actions')]
    return body


@schema.returns(200, 'instanceAction', (*ACTION, *WITH_EVENTS))
def show(req, id, request_id):
    """GET …/os-instance-actions/{request_id}: 200 with the action and its events."""
    req.authorize('os-instance-actions:show')
    with req.db.read() as connection:
        server = find(req, connection, id)
        row = history.action(connection, id, request_id)
        if row is None:
            raise errors.NotFound(f'Action for request_id {request_id} on instance {id} not found')
        events = history.events_of(connection, [row.id])
    shown = schema.view(ACTION, req, row)
    req.project_of_server = server.project_id
    if req.version >= V(2, 51) or req.may('os-instance-actions:events'):
        shown['events'] = schema.views(EVENT, req, events)
    return {'instanceAction': shown}


def find(req, connection, uuid):
    """The server's row; a deleted one too, from 2.21 on."""
    row = servers.get(connection, uuid)
    foreign = not req.is_admin and row.project_id != req.context.project_id
    if foreign or (row.deleted and req.version < V(2, 21)):
        raise errors.ServerNotFound(uuid=uuid)
    return row
