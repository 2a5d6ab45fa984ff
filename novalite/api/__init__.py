"""HTTP in, HTTP out: the compute API."""
