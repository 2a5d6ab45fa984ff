"""Choose a host. Pure functions of what they are given."""
