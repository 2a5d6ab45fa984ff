"""Just enough Keystone, Glance, Neutron and Cinder for stock clients to find their way to compute.

Loaded where ``[neighbours] enabled`` names them, into the process and the
database of the API; with the real ones configured they are not.
"""
