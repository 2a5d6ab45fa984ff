"""Several APIs on one port: by the first word of the path, as DevStack lays them out."""

import json
import urllib.parse

from novalite.api import faults


class Mounts:
    """A WSGI application made of others; each sees its own part of the path."""

    def __init__(self, applications, public_url=None):
        self._applications = applications
        self._public = urllib.parse.urlsplit(public_url) if public_url else None

    def __call__(self, environ, start_response):
        if self._public:
            # Links are made of these, so it is enough to say it here.
            environ['wsgi.url_scheme'] = self._public.scheme
            environ['HTTP_HOST'] = self._public.netloc
        name, _, _rest = environ.get('PATH_INFO', '').lstrip('/').partition('/')
        application = self._applications.get(name)
        if application is None:
            return self._directory(environ, start_response, name)
        path = environ['PATH_INFO'].lstrip('/')
        environ['SCRIPT_NAME'] = f'{environ.get("SCRIPT_NAME", "")}/{name}'
        environ['PATH_INFO'] = path[len(name):]
        return application(environ, start_response)

    def _directory(self, environ, start_response, name):
        """What is here, for who comes to / ; a 404 elsewhere."""
        if name:
            status, body = '404 Not Found', faults.body(404, 'The resource could not be found.')
        else:
            status, body = '200 OK', {'novalite': [f'/{name}' for name in self._applications]}
        data = json.dumps(body).encode()
        start_response(status, [('Content-Type', 'application/json'),
                                ('Content-Length', str(len(data)))])
        return [] if environ.get('REQUEST_METHOD') == 'HEAD' else [data]
