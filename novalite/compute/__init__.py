"""A compute worker: does one step at a time to one guest. It has no database."""
