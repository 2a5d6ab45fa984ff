"""Who is asking, under which request id, and through which hops."""

import functools

from oslo_context import context


class RequestContext(context.RequestContext):
    """An oslo.context that also remembers the hops it has travelled.

    Making one puts it in the thread's local store, where oslo.log finds the
    request id for every line; the bus makes one for every message it delivers.
    """

    def __init__(self, *args, hops=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.hops = tuple(hops)

    @functools.cached_property
    def standing(self):
        """Whatever a rule of policy may ask about who asks."""
        return tuple(map(str, self.to_policy_values().values()))

    def to_dict(self):
        """The context as it goes over the wire: without the caller's token.

        Nothing behind the API acts with a user's token, so none can leak from
        a queue or a log there.
        """
        return super().to_dict() | {'hops': list(self.hops), 'auth_token': None}

    @classmethod
    def from_dict(cls, values, **kwargs):
        return super().from_dict(values, hops=values.get('hops', ()), **kwargs)

    def redacted_copy(self, **kwargs):
        """What oslo.messaging puts into a notification."""
        return type(self).from_dict(self.to_dict() | kwargs)

    def hop(self, name):
        """This context as the next process sees it."""
        hopped = object.__new__(type(self))
        vars(hopped).update(vars(self))
        hopped.hops, hopped.auth_token = (*self.hops, name), None
        hopped.update_store()
        return hopped
