"""One request as a handler of the identity API sees it, and checks of what was sent."""

from novalite import body
from novalite import errors
from novalite.db import identity


class Call:
    """Who asks (``token``, once authenticated) and for what; ``headers`` are the answer's."""

    def __init__(self, http, conf, db, runtime):
        self._http = http
        self.conf, self.db, self.runtime = conf, db, runtime
        self.token = None
        self.headers = {}

    # Who asks

    def authenticate(self):
        """Find out who asks, or raise Unauthorized."""
        self.token = self.lookup(self.header('X-Auth-Token'))
        if self.token is None:
            raise errors.Unauthorized()

    def lookup(self, token):
        """What a token says, or None."""
        if not token:
            return None
        with self.db.read() as connection:
            return identity.token(connection, token, self.runtime.now())

    @property
    def user_id(self):
        return self.token['user']['id']

    def has_role(self, *names):
        return any(role['name'] in names for role in self.token.get('roles', ()))

    def require_admin(self, what):
        if not self.has_role('admin'):
            raise errors.Forbidden(
                f'You are not authorized to perform the requested action: {what}.')

    # What was sent

    def header(self, name):
        return self._http.get_header(name)

    def query(self, name):
        """A parameter of the query, or None; the last one if there are several."""
        values = self._http.get_param_as_list(name)
        return values[-1] if values else None

    def flag(self, name):
        """Whether the query says yes: the name alone is enough, as in Keystone; None if absent."""
        if not self._http.has_param(name):
            return None
        value = (self.query(name) or '').lower()
        if value in ('', '1', 'true', 'yes'):
            return True
        if value in ('0', 'false', 'no'):
            return False
        raise errors.InvalidField(name=name, value=value, reason='It is either true or false.')

    def body(self, *path):
        """The object at ``path`` in the JSON body."""
        return inside(body.read(self._http, self.conf.api.max_request_body_size), *path)

    # Where things are

    @property
    def base(self):
        """The address of the whole cloud, without a path."""
        asked = f'{self._http.scheme}://{self._http.netloc}'
        return (self.conf.api.public_url or asked).rstrip('/')

    def link(self, *path):
        return '/'.join([self.base + self._http.root_path, 'v3', *path])

    def page(self, many, views, *path):
        """A list as Keystone sends it: everything on one page."""
        links = {'self': self.link(*(path or (many,))), 'previous': None, 'next': None}
        return {many: views, 'links': links}


def inside(value, *path):
    """The object at ``path`` in ``value``."""
    for depth, name in enumerate(path, 1):
        value = value.get(name) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            raise errors.InvalidField(name='.'.join(path[:depth]), value=_shown(name, value),
                                      reason='An object is needed.')
    return value


def text(body, name, size=255, required=True):
    """The string ``name`` of ``body``; None if it is not there and need not be."""
    value = body.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str):
        reason = 'A string is needed.'
    elif required and not value.strip():
        reason = 'It may not be empty.'
    elif len(value) > size:
        reason = f'It may have {size} characters.'
    elif '\0' in value:
        reason = 'It may not have a NUL in it.'
    else:
        return value
    raise errors.InvalidField(name=name, value=_shown(name, value), reason=reason)


def boolean(body, name, default):
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise errors.InvalidField(name=name, value=value, reason='It is either true or false.')
    return value


def reference(body):
    """``{id}``, or ``{name, domain: {id or name}}``, of a user or a project."""
    if 'id' in body:
        return {'id': text(body, 'id')}
    domain = inside(body, 'domain')
    by = 'id' if 'id' in domain else 'name'
    return {'name': text(body, 'name'), 'domain': {by: text(domain, by)}}


def _shown(name, value):
    return '***' if name in ('password', 'original_password', 'secret') else value
