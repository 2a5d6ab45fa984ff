"""The message bus: the only package that knows about oslo.messaging."""
