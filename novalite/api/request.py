"""One request as a handler sees it."""

import functools
import urllib.parse

from novalite import body
from novalite import errors
from novalite.api import policy
from novalite.db import servers
from novalite.notify import events


class Request:
    """Who asks, in which version, for what; and the services that handle it.

    ``body`` and ``query`` are what the handler's declarations let through.
    ``headers`` are the answer's; ``service`` is the ``app.Service`` with the
    conductor, the configuration and the runtime; ``db`` is the database for this request,
    ``answers`` what it knows of real services: see ``services.asked``.
    """

    def __init__(self, http, service, ctxt, version, db, answers, server_id=None):
        self._http = http
        self.answers = answers
        self._allowed = {}
        self.service = service
        self.db = db
        self.context = ctxt
        self.version = version
        self.body = None
        self.query = {}
        self.headers = {}
        self.status = None      # unless the handler's declaration is to tell
        self.returns = None     # the declaration: the handler's, or that of one verb
        self.verb = None
        # Looked up once for all the servers that are shown: see server_fields.
        self.faults = {}
        self.host_status = {}
        self.groups = frozenset()
        self.tags = {}
        self.project_of_server = None
        #: What is asked for is of this server, or None.
        self.server_id = server_id

    @property
    def user_agent(self):
        """What the client calls itself, or None."""
        return self._http.user_agent

    # The services, by the names handlers use

    @property
    def conf(self):
        return self.service.conf

    @property
    def runtime(self):
        return self.service.runtime

    def notify(self, event_type, payload, *about):
        """Tell other programs what was done, if they are to hear it: after the commit.

        ``payload(*about)`` is what they get, made when it is sent.
        """
        self.service.notifier.tell(self.context, [events.Notification(
            event_type, f'nova-api:{self.conf.host}', lambda: payload(*about))])

    # The services around compute

    @functools.cached_property
    def _around(self):
        return self.service.services.for_request(
            self.context, self._http.env.get('keystone.token_auth'), self.answers)

    @property
    def images(self):
        return self._around.images

    @property
    def networks(self):
        return self._around.networks

    @property
    def volumes(self):
        return self._around.volumes

    def has(self, name):
        """Whether there are ``images``, ``networks`` or ``volumes`` at all."""
        return self.service.services.has(name)

    def is_real(self, name):
        """Whether they are a real service's and not our own."""
        return self.service.services.is_real(name)

    # Who may do what

    @property
    def is_admin(self):
        return self.context.is_admin

    def may(self, rule, target=None):
        """Whether policy lets the caller do this to the target; by default, its own project."""
        if target is None:
            if rule not in self._allowed:
                self._allowed[rule] = self._enforce(rule, self._own())
            return self._allowed[rule]
        return self._enforce(rule, target)

    def authorize(self, rule, target=None):
        """Raise Forbidden unless ``may``; or ServerNotFound, if it is of one that is another's."""
        if not self.may(rule, target):
            if self.server_id is not None and not self._own_server():
                raise errors.ServerNotFound(uuid=self.server_id)
            raise errors.Forbidden(rule=policy.named(rule))

    def _own_server(self):
        with self.db.read() as connection:
            try:
                server = servers.get(connection, self.server_id)
            except errors.ServerNotFound:
                return False
        return not server.deleted and (
            self.is_admin or server.project_id == self.context.project_id)

    def _own(self):
        return {'project_id': self.context.project_id, 'user_id': self.context.user_id}

    def _enforce(self, rule, target):
        return self.service.enforcer.enforce(rule, target, self.context)

    # What was sent

    def json(self):
        """The body as JSON, a dict; raises TooLarge, BadMediaType or Invalid."""
        value = body.read(self._http, self.service.max_body)
        if not isinstance(value, dict):
            raise errors.Invalid('Malformed request body')
        return value

    def pairs(self):
        """The query as it was sent, a list of pairs."""
        pairs = urllib.parse.parse_qsl(self._http.query_string, keep_blank_values=True)
        for name, value in pairs:
            if '\0' in name + value:
                raise errors.InvalidField(name=name, value=value, reason='NUL is no text.')
        return pairs

    # Where things are

    def link(self, *path):
        """The address of something, as links name it: with the version."""
        return '/'.join([self._http.prefix + self._http.context.root, *path])

    def bookmark(self, *path):
        """The address of something without the version, as Nova's bookmarks are."""
        return '/'.join([self._http.prefix, *path])

    def links(self, *path):
        """A view's ``links``."""
        return [{'rel': 'self', 'href': self.link(*path)},
                {'rel': 'bookmark', 'href': self.bookmark(*path)}]

    def next_link(self, marker, *path):
        """The page after ``marker``: this request's query, with another marker."""
        pairs = [(name, value) for name, value in self.pairs() if name != 'marker']
        query = urllib.parse.urlencode([*pairs, ('marker', marker)])
        return {'rel': 'next', 'href': f'{self.link(*path)}?{query}'}

    def page_size(self):
        """How many items this page may have."""
        asked = self.query.get('limit')
        most = self.conf.api.max_limit
        return most if asked is None else min(asked, most)
