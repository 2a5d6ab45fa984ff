"""What is to be told is sent in order, by a thread that nothing stops."""

import queue

import pytest

from novalite import context
from novalite.bus import notifier
from novalite.notify import events
from novalite.runtime import Runtime
from novalite.testing import Cloud

TOPICS = ['versioned_notifications']


@pytest.fixture
def conf(tmp_path):
    return Cloud(state_dir=tmp_path).conf


@pytest.fixture
def heard(conf):
    """What arrives, in a queue whose ``get`` waits."""
    arrived = queue.SimpleQueue()
    listener = notifier.Listener(conf, TOPICS, arrived.put, 'local:///notifier')
    listener.start()
    yield arrived
    listener.stop()


def _note(name, make=dict, **more):
    return events.Notification(name, 'nova-api:here', make, **more)


def _told(conf, *batches):
    """Tell these, and end."""
    told = notifier.Notifier(conf, Runtime(), 'local:///notifier')
    ctxt = context.RequestContext(request_id='req-1', hops=('api.stop',), auth_token='secret')
    for batch in batches:
        told.tell(ctxt, batch)
    told.close()


def test_all_that_waits_is_sent_in_order_before_the_end(conf, heard):
    _told(conf, [_note('a'), _note('b')], [_note('c', is_error=True)])
    arrived = [heard.get(timeout=5) for _ in range(3)]
    assert [one['event_type'] for one in arrived] == ['a', 'b', 'c']
    assert [one['priority'] for one in arrived] == ['INFO', 'INFO', 'ERROR']
    assert {(one['request_id'], one['hops']) for one in arrived} == {('req-1', ('api.stop',))}


def test_what_cannot_be_made_does_not_keep_the_others_back(conf, heard):
    _told(conf, [_note('broken', lambda: 1 / 0), _note('whole')])
    assert heard.get(timeout=5)['event_type'] == 'whole'


def test_the_level_of_what_is_no_error_can_be_set(conf, heard):
    conf.set_override('default_level', 'DEBUG', group='notifications')
    _told(conf, [_note('a'), _note('b', is_error=True)])
    assert [heard.get(timeout=5)['priority'] for _ in range(2)] == ['DEBUG', 'ERROR']


def test_what_comes_while_too_much_waits_is_lost_and_the_log_says_so(conf, heard, caplog):
    runtime = Runtime()
    told = notifier.Notifier(conf, runtime, 'local:///notifier')
    held, gate = runtime.event(), runtime.event()

    def hold():
        held.set()
        gate.wait(5)
        return {}
    ctxt = context.RequestContext()
    told.tell(ctxt, [_note('first', hold)])
    held.wait(5)
    for _ in range(notifier.WAITING):
        told.tell(ctxt, [_note('waits')])
    told.tell(ctxt, [_note('lost')])
    gate.set()
    told.close()
    assert 'these are lost: lost' in caplog.text
    assert heard.get(timeout=5)['event_type'] == 'first'


def test_without_a_driver_nothing_is_made_or_started(conf):
    conf.set_override('driver', ['noop'], group='oslo_messaging_notifications')
    told = notifier.Notifier(conf, Runtime())
    told.tell(context.RequestContext(), [_note('a', lambda: 1 / 0)])
    told.close()
    assert not told.enabled
