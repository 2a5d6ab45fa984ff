"""A cloud for tests: ours, and those of other people's projects."""

from novalite.testing.cloud import Cloud

__all__ = ['Cloud']
