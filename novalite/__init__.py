"""A Nova-compatible compute control plane that runs anywhere in seconds."""

__version__ = '0.1.0'
