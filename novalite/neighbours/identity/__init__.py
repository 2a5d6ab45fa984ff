"""Just enough Keystone v3: who may log in, and what the other services are told of them."""

from novalite.neighbours.identity.app import app
from novalite.neighbours.identity.middleware import TokenAuth

__all__ = ('TokenAuth', 'app')
