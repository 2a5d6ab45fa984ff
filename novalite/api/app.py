"""The compute API: one WSGI application made of a list of routes."""

import dataclasses
import functools
import re

import falcon
from oslo_log import log as logging

from novalite import context
from novalite import errors
from novalite import services
from novalite.api import answers
from novalite.api import described
from novalite.api import faults
from novalite.api import microversion
from novalite.api import policy
from novalite.api import request
from novalite.api import routes
from novalite.api import schema
from novalite.db import noting
from novalite.services import asked

LOG = logging.getLogger(__name__)

_REQUEST_ID = re.compile(
    r'^req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$', re.IGNORECASE)
_PROJECT = re.compile(r'^[0-9a-f-]+$')
#: How version documents are asked for, and their routes.
_DOCUMENTS = {'': '/', '/': '/', '/v2': '/v2', '/v2/': '/v2', '/v2.1': '/v2.1', '/v2.1/': '/v2.1'}
#: What opens a console is for nobody who reads the log.
_TOKEN = re.compile(r'(/os-console-auth-tokens/)[^/?]+')


@dataclasses.dataclass(frozen=True)
class Service:
    """What every handler may use."""

    conf: object
    db: object
    conductor: object
    runtime: object
    enforcer: policy.Enforcer
    notifier: object
    services: object

    @functools.cached_property
    def max_body(self):
        return self.conf.api.max_request_body_size

    @functools.cached_property
    def answers(self):
        return answers.Checker(self.conf.api.response_validation)

    @functools.cached_property
    def networked(self):
        return 'networks' in self.conf.neighbours.enabled


def make(conf, db, conductor, runtime, notifier):
    """The application, to be mounted at ``/compute``.

    It trusts the identity headers of its environment: what stands before it
    (keystonemiddleware, or the identity neighbour) sets them.
    """
    service = Service(conf, db, conductor, runtime, policy.Enforcer(conf, runtime),
                      notifier, services.Services(conf, db, runtime))
    app = falcon.App(middleware=[_Envelope(service)])
    app.add_error_handler((Exception, falcon.HTTPError), faults.answer)
    for path, handlers in routes.ROUTES.items():
        app.add_route(path, _Route(service, path, handlers))
    described.add_to(app)
    return app


class _Envelope:
    """What is true of every request and answer, whatever becomes of it."""

    def __init__(self, service):
        self._service = service

    def process_request(self, req, resp):
        ctxt = context.RequestContext.from_environ(
            req.env, request_id=self._service.runtime.request_id())
        ctxt.global_request_id = None
        req.context.ctxt = ctxt
        req.context.version = None
        req.context.root = '/v2.1'
        resp.set_header('X-Compute-Request-Id', ctxt.request_id)
        resp.set_header('X-Openstack-Request-Id', ctxt.request_id)
        resp.set_header('Vary', 'OpenStack-API-Version, X-OpenStack-Nova-API-Version')
        if '\0' in req.path:
            raise errors.NotFound()     # no name has one, and databases choke on it
        self._take_project(req, ctxt)
        req.path = _DOCUMENTS.get(req.path, req.path)
        if not req.path.startswith('/v2.1/'):
            return      # version documents are the same for everybody, in every version
        if req.path.endswith('/'):
            raise errors.NotFound()     # nothing has an empty name
        version = microversion.negotiate(req.get_header)
        req.context.version = version
        resp.set_header('OpenStack-API-Version', f'compute {version}')
        resp.set_header('X-OpenStack-Nova-API-Version', str(version))
        inbound = req.get_header('X-Openstack-Request-Id')
        if inbound and version >= (2, 46) and _REQUEST_ID.match(inbound):
            ctxt.global_request_id = inbound
        status = req.env.get('HTTP_X_IDENTITY_STATUS')
        if status == 'Unavailable':
            raise errors.Unavailable()
        if status != 'Confirmed' or not ctxt.project_id:
            raise errors.Unauthorized()
        ctxt.is_admin = self._service.enforcer.is_admin(ctxt)

    def process_response(self, req, resp, _resource, _ok):
        if not LOG.isEnabledFor(logging.INFO):
            return
        # A line break in a path must not begin a line of the log.
        uri = _TOKEN.sub(r'\1***', req.relative_uri.encode('unicode_escape').decode())
        LOG.info('"%s %s" status: %s microversion: %s', req.method, uri, resp.status_code,
                 req.context.version)

    @staticmethod
    def _take_project(req, ctxt):
        """Take the optional project id out of the path; links name it again."""
        _, version, *rest = (*req.path.split('/'), '')[:4]
        if version != 'v2.1' or not rest or rest[0] in routes.NOUNS:
            return
        project = rest[0]
        if not _PROJECT.match(project):
            return      # nothing we know: the router says 404
        if ctxt.project_id and project != ctxt.project_id:
            raise errors.Invalid(
                f"Malformed request URL: URL's project_id '{project}' doesn't match Context's "
                f"project_id '{ctxt.project_id}'")
        req.context.root = f'/v2.1/{project}'
        req.path = req.path.replace(f'/{project}', '', 1)


class _Route:
    """A falcon resource: the handlers of one path, by method."""

    def __init__(self, service, path, handlers):
        self._service = service
        self._of_server = path.startswith('/v2.1/servers/{id}')
        for method, handler in handlers.items():
            setattr(self, f'on_{method.lower()}', functools.partial(
                self._handle, handler, answers.Operation(method, path, handler)))

    def _handle(self, handler, operation, http, resp, **names):
        version = http.context.version or microversion.MAX
        since, until = getattr(handler, 'between', (microversion.MIN, microversion.MAX))
        if not since <= version <= until:
            raise errors.NotFound()
        known = asked.Answers()
        known.complete(lambda: noting.answered(self._service.db, lambda db: self._answer(
            handler, operation, http, resp, version, db, known, names)))

    def _answer(self, handler, operation, http, resp, version, db, known, names):
        server_id = names.get('id') if self._of_server else None
        req = request.Request(http, self._service, http.context.ctxt, version, db, known,
                              server_id)
        req.returns = handler.returns
        try:
            body = self._handled(handler, req, http, names)
        except errors.NovaliteError as exc:
            self._service.answers.check(operation, req, exc.code, None)
            raise
        status = req.status or req.returns.status(version)
        self._service.answers.check(operation, req, status, body)
        resp.status = status
        resp.set_headers(req.headers)
        if body is not None:
            resp.media = body

    @staticmethod
    def _handled(handler, req, http, names):
        """What the handler answers to what its declarations let through."""
        if http.context.version:
            fields, strict_since = schema.query_of(handler, http.method)
            req.query = schema.check_query(
                req.pairs(), req.version, fields, strict=req.version >= strict_since)
        if hasattr(handler, 'accepts'):
            root, fields, beside, extra = handler.accepts
            req.body = schema.check_body(req.json(), req.version, root, fields, beside, extra)
        return handler(req, **names)
