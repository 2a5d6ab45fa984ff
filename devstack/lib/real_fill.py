"""Gives a fresh Keystone, Glance, Neutron and Cinder what a cloud has: see openstack.sh.

    real_fill.py COMPUTE PASSWORD GLANCE NEUTRON CINDER

What is there already stays.
"""

import sys

import openstack

COMPUTE, PASSWORD, GLANCE, NEUTRON, CINDER = sys.argv[1:]
#: Name, type, URL; the last is what a user sees.
SERVICES = [
    ('nova', 'compute', f'{COMPUTE}/compute/v2.1'),
    ('placement', 'placement', f'{COMPUTE}/placement'),
    ('glance', 'image', GLANCE),
    ('neutron', 'network', NEUTRON),
    ('cinder', 'block-storage', f'{CINDER}/v3')]

admin = openstack.connect(cloud='novalite-admin')
identity = admin.identity


def endpoint(name, type, url):
    service = identity.find_service(name) or identity.create_service(name=name, type=type)
    there = {one.interface for one in identity.endpoints(service_id=service.id)}
    for interface in {'public', 'internal'} - there:
        identity.create_endpoint(service_id=service.id, interface=interface, url=url,
                                 region_id='RegionOne')


def role(name):
    return identity.find_role(name) or identity.create_role(name=name)


def user(name, project, *roles):
    project = identity.find_project(project) or identity.create_project(name=project)
    one = identity.find_user(name) or identity.create_user(
        name=name, password=PASSWORD, domain_id='default', default_project_id=project.id)
    for wanted in roles:
        identity.assign_project_role_to_user(project, one, role(wanted))


def users():
    for name in ('nova', 'glance', 'neutron', 'cinder', 'placement'):
        user(name, 'service', 'admin', 'service')
    user('demo', 'demo', 'member', 'reader')
    user('other', 'other', 'member', 'reader')


def networks():
    network = services.network
    if network.find_network('public') is None:
        public = network.create_network(
            name='public', is_router_external=True, provider_network_type='flat',
            provider_physical_network='public')
        network.create_subnet(network_id=public.id, name='public', ip_version=4,
                              cidr='198.51.100.0/24', is_dhcp_enabled=False)
    demo = openstack.connect(cloud='novalite')
    if demo.network.find_network('private') is None:
        private = demo.network.create_network(name='private')
        subnet = demo.network.create_subnet(network_id=private.id, name='private', ip_version=4,
                                            cidr='10.20.0.0/24')
        router = demo.network.create_router(
            name='router', external_gateway_info={'network_id': network.find_network('public').id})
        demo.network.add_interface_to_router(router, subnet_id=subnet.id)


def image():
    if services.image.find_image('cirros') is None:
        services.image.create_image(
            name='cirros', disk_format='raw', container_format='bare', visibility='public',
            data=b'cirros' * 4096, validate_checksum=False)


for service in SERVICES:
    endpoint(*service)
users()
# The catalogue that comes with a token is that of its time.
services = openstack.connect(cloud='novalite-admin')
networks()
image()
