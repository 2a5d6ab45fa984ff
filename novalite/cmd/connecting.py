"""openstacksdk connections to the cloud that OS_CLIENT_CONFIG_FILE tells of."""

import logging

import keystoneauth1.exceptions
import openstack
import openstack.exceptions

from novalite import errors


def connect(name, version):
    """A connection that answers, as one of the clouds of clouds.yaml; CannotStart otherwise."""
    logging.getLogger('keystoneauth').setLevel(logging.ERROR)   # it warns of what we say ourselves
    connection = openstack.connect(cloud=name, compute_default_microversion=version)
    url = connection.config.get_auth_args()['auth_url']
    try:
        connection.authorize()
        endpoint(connection)
    except (openstack.exceptions.SDKException, keystoneauth1.exceptions.ClientException) as exc:
        raise errors.CannotStart(
            f'The cloud at {url} cannot be used ({type(exc).__name__}): does it run?') from exc
    return connection


def endpoint(connection):
    """Where the compute API is."""
    return connection.compute.get_endpoint()
