"""Synchronous faults: an exception as the body of an answer."""

import http

import falcon
from oslo_log import log as logging

from novalite import errors

LOG = logging.getLogger(__name__)

#: The root element by status; everything else is a computeFault, 406 and 410 included, as in Nova.
ROOTS = {
    400: 'badRequest', 401: 'unauthorized', 403: 'forbidden', 404: 'itemNotFound',
    405: 'badMethod', 409: 'conflictingRequest', 413: 'overLimit', 415: 'badMediaType',
    429: 'overLimit', 501: 'notImplemented', 503: 'serviceUnavailable',
}


def body(code, message, **more):
    return {ROOTS.get(code, 'computeFault'): {'code': code, 'message': message, **more}}


def answer(req, resp, exc, _params):
    """Falcon's error handler for everything: one of the three places that catch all."""
    code, message = _said(exc, req)
    resp.status = code
    resp.set_header('Content-Type', 'application/json')
    if code == 401:
        resp.set_header('WWW-Authenticate', f'Keystone uri="{req.prefix}"')
    if code in (413, 429, 503):
        resp.set_header('Retry-After', '5')
    if isinstance(exc, falcon.HTTPMethodNotAllowed):
        resp.set_headers(exc.headers)
    resp.media = body(code, message)


def _said(exc, req):
    if isinstance(exc, errors.NovaliteError):
        return exc.code, str(exc)
    if isinstance(exc, falcon.HTTPRouteNotFound | falcon.HTTPNotFound):
        return 404, 'The resource could not be found.'
    if isinstance(exc, falcon.HTTPMethodNotAllowed):
        return 405, 'The method specified is not allowed for this resource.'
    if isinstance(exc, falcon.HTTPError):
        status = http.HTTPStatus(falcon.util.http_status_to_code(exc.status))
        return int(status), exc.description or exc.title or status.phrase
    # There is a bug: find it by the request id and fix it.
    LOG.exception('Unexpected exception in %s %s', req.method, req.path)
    return 500, (f'Unexpected API Error. It was not your request\'s fault; the log tells the cause '
                 f'under its request id, {req.context.ctxt.request_id}.\n{type(exc)}')
