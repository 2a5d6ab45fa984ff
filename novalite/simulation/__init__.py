"""A whole cloud in one thread and virtual time, replayed from a seed; see ``world.World``."""

from novalite.simulation.world import World

__all__ = ['World']
