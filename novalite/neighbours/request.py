"""What the image and the network neighbour do alike with each request.

Routes are rows: method, path, status, handler. A handler takes a ``Call`` and
what the path names, and returns the body, or None for no content.
"""

import itertools
import types

import falcon
from oslo_log import log as logging

from novalite import body
from novalite import context
from novalite import errors
from novalite.db import noting

LOG = logging.getLogger(__name__)

WRITERS = {'member', 'manager', 'admin'}


class Call:
    """A request as its handler sees it."""

    def __init__(self, service, req, resp, db):
        self.conf, self.db, self.runtime = service.conf, db, service.runtime
        self.req, self.resp = req, resp
        self.ctxt = req.context.ctxt

    @property
    def admin(self):
        return 'admin' in self.ctxt.roles

    def body(self):
        """The JSON the request carries: an object or a list."""
        value = body.read(self.req, self.conf.api.max_request_body_size)
        if not isinstance(value, dict | list):
            raise errors.Invalid('The body must be a JSON object.')
        return value

    def root(self, name):
        """The object that the body holds under ``name``."""
        body = self.body()
        if not isinstance(body, dict) or not isinstance(body.get(name), dict):
            raise errors.Invalid(f"The body must be a JSON object with an object '{name}'.")
        return body[name]

    def params(self):
        """The query as (name, value) pairs, each value of a repeated name one of its own."""
        for name, values in self.req.params.items():
            for value in values if isinstance(values, list) else [values]:
                yield name, value

    def param(self, name):
        """A parameter's last value, or None."""
        values = self.req.params.get(name)
        return values[-1] if isinstance(values, list) else values

    def limit(self, default=None):
        """How many items the page may have."""
        text = self.param('limit')
        if text is None:
            return default
        if not (text.isascii() and text.isdigit()):
            raise errors.Invalid(f"Invalid limit '{text}': it must be a number, 0 or more.")
        # Python reads no number of thousands of digits.
        return min(int(text[:18]), self.conf.api.max_limit)

    def sort(self, keys, default, way='asc'):
        """``sort_key`` and ``sort_dir``, or ``sort=key:dir,...``, as the database takes them."""
        if text := self.param('sort'):
            pairs = [word.strip().partition(':')[::2] for word in text.split(',')]
        else:
            names = [value for name, value in self.params() if name == 'sort_key']
            ways = [value for name, value in self.params() if name == 'sort_dir'][:len(names)]
            pairs = itertools.zip_longest(names, ways, fillvalue=ways[-1] if ways else '')
        pairs = [(name, chosen or way) for name, chosen in pairs] or default
        for name, chosen in pairs:
            if name not in keys or chosen not in ('asc', 'desc'):
                raise errors.Invalid(f"Cannot sort by '{name}' in the direction '{chosen}'.")
        return pairs


def application(service, routes, public, describe):
    """A WSGI application of the routes.

    ``service`` has conf, db and runtime; the paths in ``public`` need no
    authentication; ``describe(exc, code, message)`` is an error's body.
    """
    app = falcon.App(middleware=[_Gate(service, public)])
    app.req_options.strip_url_path_trailing_slash = True
    app.req_options.keep_blank_qs_values = True
    app.add_error_handler(Exception, _failed(describe))
    app.add_error_handler(errors.NovaliteError, _refused(describe))
    app.add_error_handler(falcon.HTTPError, _not_routed(describe))
    by_path = {}
    for method, path, status, handler in routes:
        by_path.setdefault(path, {})[f'on_{method.lower()}'] = _responder(service, status, handler)
    for path, responders in by_path.items():
        app.add_route(path, types.SimpleNamespace(**responders))
    return app


class _Gate:
    """Gives each request its id and its context, and lets in who may come in."""

    def __init__(self, service, public):
        self._runtime, self._public = service.runtime, public

    def process_request(self, req, resp):
        request_id = req.env.get('openstack.request_id') or self._runtime.request_id()
        ctxt = context.RequestContext.from_environ(req.env, request_id=request_id)
        req.context.ctxt = ctxt
        resp.set_header('x-openstack-request-id', request_id)
        if '\0' in req.path or '%00' in req.query_string:
            raise errors.Invalid('The address may not have a NUL in it.')
        if req.path in self._public:
            return
        status = req.env.get('HTTP_X_IDENTITY_STATUS')
        if status == 'Unavailable':
            raise errors.Unavailable()
        if status != 'Confirmed':
            raise errors.Unauthorized()
        if req.method not in ('GET', 'HEAD') and not WRITERS.intersection(ctxt.roles):
            raise errors.Forbidden('You may look, but not change anything: you lack a role.')


def _responder(service, status, handler):
    def respond(req, resp, **names):
        resp.status = status
        def answer(db):
            return handler(Call(service, req, resp, db), **names)
        # What is not JSON is read once, as it comes.
        again = req.method not in ('PUT', 'POST') or 'json' in (req.content_type or '')
        body = noting.answered(service.db, answer) if again else answer(service.db)
        if body is not None:
            resp.media = body
    return respond


def _refused(describe):
    def respond(_req, resp, exc, _params):
        resp.status = exc.code
        if exc.code == 503:
            resp.set_header('Retry-After', '5')
        resp.media = describe(exc, exc.code, str(exc))
    return respond


def _not_routed(describe):
    def respond(_req, resp, exc, _params):
        resp.status = exc.status
        resp.set_headers(exc.headers or {})
        resp.media = describe(exc, exc.status_code, exc.description or exc.title)
    return respond


def _failed(describe):
    """The last resort. When it is reached there is a bug: fix it."""
    def respond(req, resp, exc, _params):
        LOG.exception('%s %s failed', req.method, req.path, exc_info=exc)
        resp.status = 500
        resp.media = describe(exc, 500, type(exc).__name__)
    return respond
