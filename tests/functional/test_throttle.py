"""One project cannot have the whole API to itself, where the operator does not want it."""

import pytest

from novalite import runtime as runtimes
from novalite.api import throttle
from novalite.testing.cloud import Cloud
from tests.functional.test_bad_input import refused


class Clock(runtimes.Runtime):
    def __init__(self):
        super().__init__()
        self.time = 0

    def monotonic(self):
        return self.time


def test_who_asks_too_often_is_told_when_to_come_back():
    with Cloud(api__max_rate=0.01) as cloud:        # one, and then one in a hundred seconds
        token = cloud.token()
        first = cloud.request('GET', '/servers')
        answer = cloud.request('GET', '/servers')
        assert first.status_code == 200
        assert 'rate-limited' in refused(answer, 429)
        assert 0 < int(answer.headers['Retry-After']) <= 100
        assert answer.headers['X-Openstack-Request-Id'].startswith('req-')
        assert answer.headers['X-Compute-Request-Id'] == answer.headers['X-Openstack-Request-Id']
        # Others are not kept waiting, nor is who has no token counted.
        assert cloud.request('GET', '/servers', who='admin').status_code == 200
        assert cloud.request('GET', '/servers', headers={'X-Auth-Token': 'none'}).status_code == 401
        assert token


def test_who_asks_for_too_much_at_once_is_told_so():
    clock, told = Clock(), []

    def ask(project):
        return b''.join(limited({'HTTP_X_PROJECT_ID': project},
                                lambda status, headers: told.append(status)))

    def application(environ, start_response):
        start_response('200 OK', [])
        if environ['HTTP_X_PROJECT_ID'] == 'p':     # while this one is worked on
            assert b'overLimit' in ask('p')
            assert ask('other') == b'done'
        return [b'done']

    limited = throttle.Throttled(application, throttle.Throttle(0, 1, clock), clock)
    assert ask('p') == b'done'
    assert ask('p') == b'done'
    assert told == ['200 OK', '429 Too Many Requests', '200 OK'] * 2


def test_a_bucket_leaks():
    clock = Clock()
    limits = throttle.Throttle(2, 0, clock)

    def take():
        wait = limits.take('p')
        if not wait:
            limits.give('p')
        return wait

    assert [take() for _ in range(2 * throttle.BURST)] == [0] * 20
    assert take() == 1
    assert limits.take('other') == 0
    clock.time = 0.5
    assert [take(), take()] == [0, 1]
    clock.time = 3600
    assert [take() for _ in range(21)] == [0] * 20 + [1]


def test_nothing_is_limited_unless_it_is_asked_for():
    limits = throttle.Throttle(0, 0, Clock())
    assert not limits.limits


def test_who_is_quiet_is_forgotten():
    clock = Clock()
    limits = throttle.Throttle(1, 1, clock)
    for number in range(5000):
        clock.time += 1
        assert limits.take(number) == 0
        limits.give(number)
    assert len(limits._levels) < 1100
    assert not limits._busy


@pytest.mark.parametrize('path, headers', [
    ('/servers?name=' + 'x' * 70000, {}), ('/servers', {'X-Padding': 'x' * 70000})],
    ids=['address', 'header'])
def test_what_is_too_long_is_refused_before_it_is_read(shared_cloud, path, headers):
    answer = shared_cloud.request('GET', path, headers=headers)
    assert answer.status_code == 431
