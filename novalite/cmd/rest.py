"""A client of the compute API that costs little, so that what is measured is the cloud."""

import http.client
import json
import urllib.parse

from novalite import errors


class Client:
    """One connection that is kept open; for one thread."""

    def __init__(self, endpoint, token, version):
        url = urllib.parse.urlsplit(endpoint)
        kind = {'http': http.client.HTTPConnection,
                'https': http.client.HTTPSConnection}[url.scheme]
        self._connection = kind(url.hostname, url.port, timeout=60)
        self._path = url.path
        self._headers = {'X-Auth-Token': token, 'OpenStack-API-Version': f'compute {version}',
                         'Content-Type': 'application/json'}

    def get(self, path):
        return self._ask('GET', path)

    def post(self, path, body):
        return self._ask('POST', path, json.dumps(body).encode())

    def delete(self, path):
        self._ask('DELETE', path)

    def _ask(self, method, path, body=None):
        self._connection.request(method, self._path + path, body, self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise errors.CannotStart(f'{method} {path} was answered with {answer.status}: '
                                     f'{data.decode(errors="replace")[:300]}')
        return json.loads(data) if data else None
