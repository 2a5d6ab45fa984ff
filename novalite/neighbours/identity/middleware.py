"""What stands before the other services and tells them who asks, as keystonemiddleware does."""

import re

from novalite import errors
from novalite.db import identity

#: What only this middleware may say: a client that sends one of these is trying to be somebody.
_IDENTITY = re.compile(
    r'HTTP_(X_(SERVICE_)?((USER|PROJECT|DOMAIN|TENANT)(_(ID|NAME|DOMAIN_ID|DOMAIN_NAME))?|ROLES?'
    r'|IDENTITY_STATUS)|X_SERVICE_CATALOG|X_IS_ADMIN_PROJECT|(X|OPENSTACK)_SYSTEM_SCOPE)')


class TokenAuth:
    """Looks up ``X-Auth-Token`` and leaves the decision to the application.

    That reads ``X-Identity-Status``: Confirmed, Invalid, or Unavailable when the
    database does not answer, so that it can say so in its own words.
    """

    def __init__(self, app, db, runtime):
        self._app, self._db, self._runtime = app, db, runtime

    def __call__(self, environ, start_response):
        for name in [name for name in environ if _IDENTITY.fullmatch(name)]:
            del environ[name]
        environ.update(self._who(environ))
        return self._app(environ, start_response)

    def _who(self, environ):
        token = environ.get('HTTP_X_AUTH_TOKEN') or environ.get('HTTP_X_STORAGE_TOKEN')
        if not token:
            return {'HTTP_X_IDENTITY_STATUS': 'Invalid'}
        try:
            with self._db.read() as connection:
                said = identity.token(connection, token, self._runtime.now())
        except errors.Unavailable:
            return {'HTTP_X_IDENTITY_STATUS': 'Unavailable'}
        return _headers(said) if said else {'HTTP_X_IDENTITY_STATUS': 'Invalid'}


def _headers(said):
    roles = ','.join(role['name'] for role in said.get('roles', ()))
    headers = {'HTTP_X_IDENTITY_STATUS': 'Confirmed', 'HTTP_X_ROLES': roles,
               'HTTP_X_IS_ADMIN_PROJECT': 'True'}
    for whose in ('user', 'project'):
        if whose in said:
            prefix, who = f'HTTP_X_{whose.upper()}', said[whose]
            headers |= {f'{prefix}_ID': who['id'], f'{prefix}_NAME': who['name'],
                        f'{prefix}_DOMAIN_ID': who['domain']['id'],
                        f'{prefix}_DOMAIN_NAME': who['domain']['name']}
    return headers
