"""Faults as data: rules, and the wrappers that obey them."""
