"""requests, and so openstacksdk, against a simulated cloud: in tasks of ``World.spawn``."""

import http.client
import io

import requests
import requests.adapters
import requests.structures
import urllib3

from novalite.simulation import world as worlds

#: Where the simulated cloud seems to be.
URL = 'http://cloud'


class Adapter(requests.adapters.BaseAdapter):
    """Takes a session's requests to the world's APIs."""

    def __init__(self, world):
        super().__init__()
        self._world = world

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        try:
            answer = self._world.forward(
                request.method, request.path_url, dict(request.headers), _body(request.body))
        except worlds.NoAnswer as exc:
            raise requests.ConnectionError(exc, request=request) from exc
        response = requests.Response()
        response.status_code = answer.status
        response.reason = http.client.responses.get(answer.status)
        response.headers = requests.structures.CaseInsensitiveDict(answer.headers)
        response.raw = urllib3.HTTPResponse(io.BytesIO(answer.body), preload_content=False)
        response.encoding = requests.utils.get_encoding_from_headers(response.headers)
        response.url, response.request, response.connection = request.url, request, self
        return response

    def close(self):
        """There is no connection."""


def session(world):
    """A ``requests.Session`` whose requests to ``URL`` reach the world."""
    made = requests.Session()
    made.trust_env = False
    made.mount(URL, Adapter(world))
    return made


def _body(body):
    if body is None:
        return b''
    return body.encode() if isinstance(body, str) else bytes(body)
