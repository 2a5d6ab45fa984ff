"""Real services, asked over openstacksdk: with the service user's token, or with a user's own.

The service user's token comes along with each request: what belongs to servers a real service
lets nobody change but a service.

What they refuse is raised in their own words, as the error of that status; one that does not
answer, or answers with an error of its own, is a ServiceSilent. Whoever asks is in no transaction.
"""

import copy
import json
import urllib.parse

from keystoneauth1 import exceptions as auth_exceptions
from keystoneauth1 import loading
from keystoneauth1 import service_token
from oslo_log import log as logging

from novalite import errors
from novalite.conf import services as options

LOG = logging.getLogger(__name__)

#: Section -> what it is called in messages, and in openstacksdk.
_NAMES = {'glance': 'image', 'neutron': 'network', 'cinder': 'block_storage'}
_REFUSALS = {400: errors.Invalid, 403: errors.Forbidden, 404: errors.NotFound,
             409: errors.Conflict, 413: errors.OverQuota}


def is_configured(conf, section):
    """Whether this section says how to ask a real service."""
    return bool(conf[section].auth_type or conf[section].auth_section)


class Service:
    """One of them, asked as novalite's own user or as whoever ``auth`` is."""

    def __init__(self, conf, section):
        self._section, self._conf = section, conf
        self._own = loading.load_auth_from_conf_options(conf, section)
        self._auth = service_token.ServiceTokenAuthWrapper(
            user_auth=self._own, service_auth=self._own)
        self._name, self._asked = _NAMES[section], None

    def as_user(self, auth):
        """The same service, asked as somebody else."""
        other = copy.copy(self)
        other._auth = service_token.ServiceTokenAuthWrapper(
            user_auth=auth, service_auth=self._own)
        other._asked = None
        return other

    def get(self, path, missing=None, **query):
        """What is at ``path``; raises ``missing`` if there is nothing."""
        if query:
            path = f'{path}?{urllib.parse.urlencode(query, doseq=True)}'
        return self.ask('GET', path, missing=missing)

    def ask(self, method, path, body=None, missing=None, **more):
        """The body of the answer, or None if it has none."""
        import openstack        # 16 MB, for those only who have a real service
        try:
            answer = self._proxy().request(
                path, method, json=body, raise_exc=False, **more)
        except (auth_exceptions.ClientException, openstack.exceptions.SDKException) as exc:
            LOG.warning('%s %s of the %s service failed: %s', method, path, self._name, exc)
            raise errors.ServiceSilent(service=self._name, reason=exc) from exc
        if answer.status_code < 400:
            return answer.json() if answer.content else None
        if answer.status_code == 404 and missing is not None:
            raise missing
        reason = _reason(answer)
        LOG.warning('%s %s of the %s service was refused with %s: %s', method, path, self._name,
                    answer.status_code, reason)
        if answer.status_code in _REFUSALS:
            raise _REFUSALS[answer.status_code](reason)
        raise errors.ServiceSilent(service=self._name,
                                   reason=f'{answer.status_code} {reason}')

    def _proxy(self):
        if self._asked is None:
            import openstack
            session = loading.load_session_from_conf_options(
                self._conf, self._section, auth=self._auth)
            service_type = options.SERVICES[self._section]
            connection = openstack.connection.Connection(
                session=session, oslo_conf=self._conf, service_types={service_type})
            self._asked = getattr(connection, self._name)
        return self._asked


def _reason(answer):
    """What a service says of an error, however it writes it."""
    try:
        said = answer.json()
    except json.JSONDecodeError:
        return answer.text[:255]
    while isinstance(said, dict) and said:
        said = said.get('message') or next(iter(said.values()))
    return str(said)[:255]


def fine_if_gone(ask, *args, **more):
    """Ask for what is fine if there is nothing any more."""
    try:
        return ask(*args, **more)
    except errors.NotFound:
        return None
