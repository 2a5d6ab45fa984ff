"""Drivers: how a compute worker speaks to its hypervisors."""
