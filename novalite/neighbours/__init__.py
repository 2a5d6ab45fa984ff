"""Just enough Keystone, Glance, Neutron, Cinder and Placement for stock clients of compute.

Loaded where ``[neighbours] enabled`` names them, into the process and the
database of the API; with the real ones configured they are not.
"""
