"""Answers, held against what is declared of them."""

import functools
import json

from oslo_log import log as logging

from novalite import errors
from novalite.api import schema

LOG = logging.getLogger(__name__)

#: What any request may be answered: a version that is none or does not exist, nobody known,
#: policy, too many requests, and a database or an identity service that does not answer.
ALWAYS = (400, 401, 403, 406, 429, 503)
#: The same of what needs neither a version nor a token.
PUBLIC = (400, 503)


class Operation:
    """A method of a route: what is said of its answers beside the handler's ``returns``."""

    def __init__(self, method, path, handler):
        self.method, self.path = method, path
        self.failures = frozenset(failures(path, handler))

    def name(self, verb=None):
        return ' '.join(filter(None, (self.method, self.path, verb)))


def failures(path, handler):
    """The statuses of failure that follow from the route and from what the handler accepts."""
    found = list(ALWAYS if path.startswith('/v2.1/') else PUBLIC)
    if '{' in path or hasattr(handler, 'between'):
        found.append(404)
    if hasattr(handler, 'accepts') or hasattr(handler, 'verbs'):
        found += (413, 415)
    return found


class Checker:
    """Holds answers against their declaration, as ``[api] response_validation`` says."""

    def __init__(self, mode):
        self._mode = mode

    def check(self, operation, req, status, body):
        """Raise UndeclaredAnswer, or say in the log what is wrong with it; or nothing.

        Of a failure only the status is declared: its body is made in one place.
        """
        if self._mode == 'ignore':
            return
        reason = _wrong(operation, req.returns, req.version, status, body)
        if reason is None:
            LOG.debug('%s at %s: %s as declared, to %s', operation.name(req.verb), req.version,
                      status, req.user_agent)
            return
        wrong = errors.UndeclaredAnswer(
            operation=operation.name(req.verb), version=req.version, reason=reason)
        if self._mode == 'error':
            raise wrong
        LOG.warning('%s', wrong)


def _wrong(operation, returns, version, status, body):
    if status not in returns.statuses(version):
        known = status in operation.failures or status in returns.fails
        return None if known else f'{status} is no status of it'
    checker = _checker(returns, version)
    if checker is None:
        return None if body is None else 'it has a body'
    return None if checker.passes(body) else checker.complaint(json.loads(json.dumps(body)))


@functools.lru_cache(maxsize=8192)
def _checker(returns, version):
    shape = returns.body(version)
    return None if shape is None else schema.checker(shape)
