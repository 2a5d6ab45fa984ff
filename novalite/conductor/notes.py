"""What a walk has to tell: collected while it goes on, sent after the commit.

Which step tells what is in ``notify/events.py``; here is only when. The payloads are
made where they are sent, of copies, so that the transaction does not wait for them.
"""

import functools
import types

from novalite.db import images
from novalite.db import keypairs
from novalite.db import server_tags
from novalite.notify import events
from novalite.notify import payloads


class Notes:
    """``told`` are the notifications so far; none ever, unless somebody is to hear them."""

    def __init__(self, connection, ctxt, conf, action, params, server):
        self._connection, self._ctxt, self._conf = connection, ctxt, conf
        self._action, self._params, self._server = action, params, server
        self._spans = [(span, span.within(action)) for span in events.spans(action)]
        self._host, self._hostless = None, False
        self.told = []

    def begins(self, step, now, host=None):
        """A step begins: on this host, or in the conductor for the host that was chosen."""
        self._host = host or self._host
        self._hostless = self._hostless and not host
        self._start(step, now)
        if step.name == events.CHOOSING:
            self._say(events.scheduling, events.START, self._conf.host,
                      self._facts(now, image=self._image))

    def passes_over(self, step, now):
        """There is no host that could do this step, so the API speaks for it as in Nova."""
        self._hostless = self._host is None
        self._start(step, now, hostless=True)

    def _start(self, step, now, hostless=False):
        for span, steps in self._spans:
            if steps[0] == step.name and not (hostless and span.last):
                facts = self._facts(now)
                if span.counts:
                    self._say(events.exists, self._publisher, facts)
                self._say(events.instance, span.name, events.START, self._teller(span), facts)

    def done(self, step, now, host=None):
        """A step has been done; what it has changed is written in the server."""
        self._host = host or self._host
        if step.name == events.CHOOSING:
            self._say(events.scheduling, events.END, self._conf.host,
                      self._facts(now, image=self._image))
        self._end(now, lambda span: span.last == step.name)
        for name, binary in events.marks(self._action, step):
            self._say(events.instance, name, None, f'{binary}:{self._conf.host}',
                      self._facts(now))

    def rests(self, now):
        """All steps have been done, and the server rests."""
        self._end(now, lambda span: span.last is None)

    def _end(self, now, ends):
        for span, _ in reversed(self._spans):
            if ends(span):
                self._say(events.instance, span.name, events.END, self._teller(span),
                          self._facts(now))

    def gave_up(self, fault, now):
        """No host could be found that does it, or as many as are tried could not."""
        task = events.NOT_FOUND.get(self._action.verb)
        if task:
            self._say(events.not_scheduled, task, self._conf.host,
                      self._facts(now, fault=fault, image=self._image))

    def failed(self, step, fault, now, host=None):
        """A step has failed; the server is still as it was then."""
        if step.name == events.CHOOSING:
            self.gave_up(fault, now)
            return
        facts = self._facts(now, fault=fault)
        self._host = host or self._host
        for span, steps in self._spans:
            if span.error and step.name in steps:
                self._say(events.instance, span.error, events.ERROR, self._teller(span), facts)
        self._say(events.exception, self._publisher, facts)

    def undo(self, phase, step, now, host):
        """A host begins to undo a step, or has done so."""
        name = events.undo(self._action, step)
        if name:
            self._say(events.instance, name, phase, f'nova-compute:{host}', self._facts(now))

    def moved(self, before, now):
        """The server's states were these; perhaps they are others now."""
        after = (self._server.vm_state, self._server.task_state)
        if events.changed(self._conf.notifications.notify_on_state_change, before, after):
            self._say(events.update, self._conf.host, self._facts(now, before=before))

    def _say(self, notification, *about):
        self.told.append(notification(*about))

    @property
    def _publisher(self):
        host = self._host or self._server.host
        if host and not self._hostless:
            return f'nova-compute:{host}'
        return f'nova-api:{self._conf.host}'

    def _teller(self, span):
        return self._publisher.replace('nova-compute:', f'{span.by}:', 1)

    def _facts(self, now, **more):
        server = types.SimpleNamespace(**vars(self._server) | {'updated_at': now})
        return payloads.Facts(server=server, ctxt=self._ctxt, now=now, params=self._params,
                              keypair=self._keypair, tags=self._tags,
                              shows_volumes=self._conf.notifications.bdms_in_notifications,
                              **more)

    @functools.cached_property
    def _tags(self):
        """Only a create and changes of state show them."""
        if self._action.verb != 'create' and not self._conf.notifications.notify_on_state_change:
            return ()
        uuid = self._server.uuid
        return server_tags.of(self._connection, [uuid]).get(uuid, ())

    @functools.cached_property
    def _keypair(self):
        """Only a create shows it."""
        if self._action.verb != 'create' or not self._server.key_name:
            return None
        return keypairs.get(self._connection, self._server.user_id, self._server.key_name)

    @functools.cached_property
    def _image(self):
        """Only what looks for a host shows it."""
        if not self._server.image_id or 'images' not in self._conf.neighbours.enabled:
            return None
        return images.get(self._connection, self._server.image_id)


class Silence:
    """Nobody is to hear anything."""

    told = ()

    def _nothing(self, *_about, **_more):
        pass

    begins = passes_over = done = rests = gave_up = failed = undo = moved = _nothing
