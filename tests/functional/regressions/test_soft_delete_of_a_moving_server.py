"""Deletes that can be taken back, of servers that are, or were, on their way to another host.

Found by test_any_life.py: a soft delete that came while a resize was confirmed left the
place of origin held, without a guest, for as long as the server lived.
"""

import pytest

from tests.functional import at_rest
from tests.functional import rows

SMALL = {'flavorRef': '84'}


@pytest.fixture
def forgiving(cloud):
    back = rows.option(cloud, 'reclaim_instance_interval', 3600)
    yield cloud
    back()


def delete(cloud, server):
    return cloud.request('DELETE', f'/servers/{server}').status_code


def test_a_resize_that_waits_is_confirmed_by_the_delete(forgiving):
    server = forgiving.boot()
    forgiving.act(server, 'resize', SMALL)
    assert delete(forgiving, server) == 204
    forgiving.settle(server)
    at_rest.check(forgiving)
    assert len(forgiving.guests()) == 1
    forgiving.act(server, 'restore')
    shown = forgiving.show(server)
    assert (shown['status'], shown['flavor']['original_name']) == ('ACTIVE', 'm1.micro')
    forgiving.act(server, 'resize', {'flavorRef': '42'})
    assert forgiving.show(server)['status'] == 'VERIFY_RESIZE'
    at_rest.check(forgiving)


@pytest.mark.parametrize(('before', 'verb', 'value', 'stalls'), [
    ((), 'resize', SMALL, 'send_disk'), (('resize',), 'confirmResize', None, 'destroy'),
    (('resize',), 'revertResize', None, 'destroy'), ((), 'shelve', None, 'destroy')])
def test_while_it_is_on_its_way_it_cannot_be_put_aside(forgiving, before, verb, value, stalls):
    server = forgiving.boot()
    for earlier in before:
        forgiving.act(server, earlier, SMALL)
    forgiving.stall(stalls)
    assert forgiving.ask(server, verb, value).ok
    forgiving.wait(lambda: forgiving.services.worker.injector.waiting)
    assert delete(forgiving, server) == 409
    forgiving.behave()
    forgiving.settle(server)
    at_rest.check(forgiving)


def test_what_is_being_deleted_for_good_is_not_put_aside_instead(forgiving):
    server = forgiving.boot()
    forgiving.stall('destroy')
    forgiving.ask(server, 'forceDelete')
    forgiving.wait(lambda: forgiving.services.worker.injector.waiting)
    assert delete(forgiving, server) == 204
    forgiving.behave()
    at_rest.settled(forgiving)
    assert forgiving.request('GET', f'/servers/{server}').status_code == 404
    assert forgiving.guests() == {}
