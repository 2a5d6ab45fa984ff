"""A neighbour under a real WSGI server, without identity: the token says who asks."""

import openstack
from oslo_config import cfg
from oslo_db import options as db_options
import requests

import novalite.conf
from novalite import runtime
from novalite.api import serving
from novalite.db import engine
from novalite.db import models


class Neighbour:
    """``app`` mounted at ``mount``, with a database of its own below ``path``."""

    def __init__(self, app, mount, path):
        self.runtime = runtime.Runtime()
        self.conf = cfg.ConfigOpts()
        novalite.conf.register_opts(self.conf)
        db_options.set_defaults(self.conf, connection=f'sqlite:///{path}/neighbour.sqlite')
        self.conf([])
        self.conf.set_override('max_image_size', 3 * 1024 * 1024, group='neighbours')
        self.db = engine.Database(self.conf)
        with self.db.write() as connection:
            models.metadata.create_all(connection)
        self._server = serving.HttpServer(
            _who_asks(app(self.conf, self.db, self.runtime), mount), '127.0.0.1', 0, 4,
            self.runtime)
        self._server.start()
        self.url = f'http://127.0.0.1:{self._server.port}{mount}'

    def close(self):
        self._server.stop()
        self.db.close()

    def project(self):
        return self.runtime.uuid().replace('-', '')

    def raw(self, project, roles='member,reader'):
        """A session of plain requests; paths are relative to the mount."""
        session = requests.Session()
        session.headers['X-Auth-Token'] = f'{project} {roles}'
        url, send = self.url, session.request
        session.request = lambda method, path, **more: send(method, url + path, **more)
        return session

    def sdk(self, project, roles='member,reader'):
        """The stock client, for that project."""
        return openstack.connect(
            load_envvars=False, load_yaml_config=False, auth_type='admin_token',
            auth={'endpoint': self.url, 'token': f'{project} {roles}'},
            image_endpoint_override=self.url, network_endpoint_override=f'{self.url}/v2.0',
            block_storage_endpoint_override=f'{self.url}/v3')


def _who_asks(app, mount):
    """Sets what the authentication in front sets: the token is a project and its roles."""
    def middleware(environ, start_response):
        path = environ['PATH_INFO']
        assert path.startswith(mount)
        environ |= {'SCRIPT_NAME': mount, 'PATH_INFO': path.removeprefix(mount)}
        if token := environ.get('HTTP_X_AUTH_TOKEN'):
            project, roles = token.split(' ')
            environ |= {'HTTP_X_IDENTITY_STATUS': 'Confirmed', 'HTTP_X_USER_ID': 'someone',
                        'HTTP_X_PROJECT_ID': project, 'HTTP_X_ROLES': roles}
        return app(environ, start_response)
    return middleware
