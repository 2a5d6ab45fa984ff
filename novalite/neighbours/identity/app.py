"""The identity API as one WSGI application: a table of routes and what all of them share."""

import functools
import http

import falcon
from oslo_log import log as logging

from novalite import errors
from novalite.db import noting
from novalite.neighbours.identity import call
from novalite.neighbours.identity import catalog
from novalite.neighbours.identity import credentials
from novalite.neighbours.identity import directory
from novalite.neighbours.identity import grants
from novalite.neighbours.identity import tokens
from novalite.neighbours.identity import versions

LOG = logging.getLogger(__name__)

#: Who may call: whoever knows the way, whoever has a token, whoever has it with the role admin.
ANYBODY, USERS, ADMINS = 'anybody', 'users', 'admins'


def _nouns():
    """The same five routes for each noun of the directory."""
    for noun in directory.NOUNS:
        many, single = f'/v3/{noun.many}', f'/v3/{noun.many}/{{{noun.single}_id}}'
        yield from (
            ('GET', many, _about(noun, directory.index), 200, ADMINS),
            ('POST', many, _about(noun, directory.create), 201, ADMINS),
            ('GET', single, _about(noun, directory.show), 200, USERS),
            ('PATCH', single, _about(noun, directory.update), 200, ADMINS),
            ('DELETE', single, _about(noun, directory.delete), 204, ADMINS),
        )


def _about(noun, handler):
    # The router wants one name for one place in all paths: user_id, not id.
    return lambda call, **names: handler(noun, call, *names.values())


_ROLES = '/v3/projects/{project_id}/users/{user_id}/roles'
_CREDENTIALS = '/v3/users/{user_id}/application_credentials'

ROUTES = (
    ('GET', '/', versions.index, 300, ANYBODY),
    ('GET', '/v3', versions.show, 200, ANYBODY),
    ('POST', '/v3/auth/tokens', tokens.issue, 201, ANYBODY),
    ('GET', '/v3/auth/tokens', tokens.show, 200, USERS),
    ('DELETE', '/v3/auth/tokens', tokens.revoke, 204, USERS),
    ('GET', '/v3/auth/projects', tokens.projects, 200, USERS),
    ('GET', '/v3/auth/domains', tokens.domains, 200, USERS),
    ('GET', '/v3/auth/system', tokens.system, 200, USERS),
    ('GET', '/v3/auth/catalog', tokens.catalog, 200, USERS),
    *_nouns(),
    ('POST', '/v3/users/{user_id}/password', directory.change_password, 204, ANYBODY),
    ('GET', '/v3/users/{user_id}/projects', directory.projects_of, 200, USERS),
    ('GET', _ROLES, grants.index_of, 200, ADMINS),
    ('PUT', f'{_ROLES}/{{role_id}}', grants.create, 204, ADMINS),
    ('GET', f'{_ROLES}/{{role_id}}', grants.check, 204, ADMINS),
    ('DELETE', f'{_ROLES}/{{role_id}}', grants.delete, 204, ADMINS),
    ('GET', '/v3/role_assignments', grants.index, 200, ADMINS),
    ('GET', _CREDENTIALS, credentials.index, 200, USERS),
    ('POST', _CREDENTIALS, credentials.create, 201, USERS),
    ('GET', f'{_CREDENTIALS}/{{id}}', credentials.show, 200, USERS),
    ('DELETE', f'{_CREDENTIALS}/{{id}}', credentials.delete, 204, USERS),
    ('GET', '/v3/groups', catalog.groups, 200, ADMINS),
    ('GET', '/v3/regions', catalog.regions, 200, ADMINS),
    ('GET', '/v3/regions/{id}', catalog.region, 200, ADMINS),
    ('GET', '/v3/services', catalog.services, 200, ADMINS),
    ('GET', '/v3/services/{id}', catalog.service, 200, ADMINS),
    ('GET', '/v3/endpoints', catalog.endpoints, 200, ADMINS),
    ('GET', '/v3/endpoints/{id}', catalog.endpoint, 200, ADMINS),
)


def app(conf, db, runtime):
    """The application, to be mounted at ``/identity``."""
    made = falcon.App(middleware=[_Envelope(runtime)])
    made.req_options.strip_url_path_trailing_slash = True
    # Falcon's own handler of HTTPError is nearer to one than ours of Exception.
    made.add_error_handler((Exception, falcon.HTTPError), _answer)
    resources = {}
    for method, path, handler, status, who in ROUTES:
        resource = resources.setdefault(path, _Route(conf, db, runtime))
        resource.add(method, handler, status, who)
    for path, resource in resources.items():
        made.add_route(path, resource)
    return made


class _Envelope:
    """What is true of every answer, whatever becomes of the request."""

    def __init__(self, runtime):
        self._runtime = runtime

    def process_request(self, req, resp):
        req.context.request_id = self._runtime.request_id()
        resp.set_header('X-Openstack-Request-Id', req.context.request_id)
        resp.set_header('Vary', 'X-Auth-Token')
        if '\0' in req.path or '%00' in req.query_string:
            raise errors.Invalid('The address may not have a NUL in it.')


class _Route:
    """A falcon resource: the handlers of one path, by method."""

    def __init__(self, *services):
        self._services = services

    def add(self, method, handler, status, who):
        on = functools.partial(self._handle, handler, status, who)
        setattr(self, f'on_{method.lower()}', on)
        if method == 'GET':
            self.on_head = on

    def _handle(self, handler, status, who, req, resp, **names):
        noting.answered(self._services[1], lambda db: self._attempt(
            handler, status, who, req, resp, db, names))

    def _attempt(self, handler, status, who, req, resp, db, names):
        conf, _, runtime = self._services
        asked = call.Call(req, conf, db, runtime)
        if who is not ANYBODY:
            asked.authenticate()
        if who is ADMINS:
            asked.require_admin(f'{req.method} {req.path}')
        body = handler(asked, **names)
        resp.status = status
        resp.set_headers(asked.headers)
        if body is not None:
            resp.media = body


def _answer(req, resp, exc, _names):
    """Falcon's error handler for everything: an exception as Keystone would say it."""
    if isinstance(exc, errors.NovaliteError):
        code, message = exc.code, str(exc)
    elif isinstance(exc, falcon.HTTPError):
        code = exc.status_code
        message = exc.description or http.HTTPStatus(code).phrase
        resp.set_headers(exc.headers or {})
    else:
        LOG.exception('Unexpected exception in %s %s, request %s',
                      req.method, req.path, req.context.request_id)
        code, message = 500, f'An unexpected error occurred: {type(exc).__name__}'
    if code == 401:
        resp.set_header('WWW-Authenticate', f'Keystone uri="{req.prefix}"')
    if code == 503:
        resp.set_header('Retry-After', '5')
    title = http.HTTPStatus(code).phrase
    resp.status = code
    resp.media = {'error': {'code': code, 'message': message, 'title': title}}
