"""What functional tests share: the compute API alone, over HTTP, with a database of its own."""

import pytest

from novalite.api import app
from novalite.bus import notifier
from tests import conformance
from tests.functional import neighbour

#: Who a test may be: a project, and its roles there.
PEOPLE = {'admin': ('a' * 32, 'admin,member,reader'), 'demo': ('d' * 32, 'member,reader'),
          'other': ('0' * 32, 'member,reader'), 'guest': ('d' * 32, 'reader')}


class ComputeApi:
    """The API without a conductor behind it: for what needs none."""

    def __init__(self, path):
        self._served = neighbour.Neighbour(
            lambda conf, db, runtime: app.make(
                conf, db, None, runtime, notifier.Notifier(conf, runtime)), '/compute', path)
        self.conf, self.db, self.runtime = (
            self._served.conf, self._served.db, self._served.runtime)
        self.url = self._served.url
        self._sessions = {who: self._served.raw(*person) for who, person in PEOPLE.items()}

    def call(self, method, path, body=None, version='2.1', as_='admin', **params):
        return self._sessions[as_].request(
            method, f'/v2.1{path}', json=body, params=params,
            headers={'OpenStack-API-Version': f'compute {version}'})

    def get(self, path, version='2.1', as_='admin', **params):
        return self.call('GET', path, None, version, as_, **params)

    def post(self, path, body, version='2.1', as_='admin'):
        return self.call('POST', path, body, version, as_)

    def put(self, path, body, version='2.1', as_='admin', **params):
        return self.call('PUT', path, body, version, as_, **params)

    def delete(self, path, version='2.1', as_='admin', **params):
        return self.call('DELETE', path, None, version, as_, **params)

    def close(self):
        for session in self._sessions.values():
            session.close()
        self._served.close()


@pytest.fixture
def api(tmp_path):
    api = ComputeApi(tmp_path)
    yield api
    api.close()


def said(answer, status):
    """The message of a fault, which must have this status."""
    assert answer.status_code == status, answer.text
    (fault,) = answer.json().values()
    assert fault['code'] == status
    return fault['message']


@pytest.fixture
def heard():
    """What the API has answered since the test began."""
    recorder = conformance.Recorder()
    recorder.start()
    yield recorder
    recorder.stop()
