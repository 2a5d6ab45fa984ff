"""What is told of usage when a period is over, and the log of it."""

import datetime

import pytest
import sqlalchemy as sa

from novalite.conductor import audits
from novalite.db import models
from novalite.testing import Cloud
from tests.functional.conftest import said

PATH = '/os-instance_usage_audit_log'


@pytest.fixture
def cloud():
    """It looks at no host by itself before the test has made its past."""
    with Cloud(hosts=2, instance_usage_audit_period='hour') as cloud:
        yield cloud


def count(cloud):
    cloud.conf.set_override('instance_usage_audit', True)
    services = cloud.services
    audits.Audits(services.db, services.conf, services.runtime, services.notifier).round()


def grow_old(cloud, server):
    """Say that the server was launched long ago."""
    with cloud.services.db.write() as connection:
        connection.execute(sa.update(models.servers).where(models.servers.c.uuid == server).values(
            launched_at=cloud.runtime.now() - datetime.timedelta(days=1)))


def test_servers_are_told_of_once_for_each_period(cloud):
    server, newborn = cloud.boot(), cloud.boot()
    grow_old(cloud, server)
    host = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    before = cloud.get(PATH, who='admin')['instance_usage_audit_logs']
    assert (before['overall_status'], before['hosts_not_run'], before['log']) == (
        '0 of 2 hosts done. 0 errors.', ['h1', 'h2'], {})
    count(cloud)
    count(cloud)
    after = cloud.get(PATH, who='admin', version='2.1')['instance_usage_audit_logs']
    assert (after['overall_status'], after['total_instances'], after['num_hosts_done']) == (
        'ALL hosts done. 0 errors.', 1, 2)
    assert after['log'][host]['instances'] == 1
    assert after['log'][host]['state'] == 'DONE'
    told = cloud.wait(lambda: [one for one in cloud.notifications(server)
                               if one['event_type'] == 'instance.exists'])
    assert len(told) == 1
    assert told[0]['publisher_id'] == f'nova-compute:{host}'
    period = told[0]['payload']['nova_object.data']['audit_period']['nova_object.data']
    assert period['audit_period_ending'] == after['period_ending'].replace(' ', 'T') + 'Z'
    assert [one for one in cloud.notifications(newborn)
            if one['event_type'] == 'instance.exists'] == []


def test_the_log_of_earlier_periods(cloud):
    def show(before, **more):
        return cloud.request('GET', f'{PATH}/{before}', **{'who': 'admin'} | more)
    shown = show('2012-07-05 10:20:30').json()['instance_usage_audit_log']
    assert (shown['period_beginning'], shown['period_ending']) == (
        '2012-07-05 09:00:00', '2012-07-05 10:00:00')
    assert shown['num_hosts_not_run'] == 2
    assert show('2012-07-05 10:20:30.5').json() == {'instance_usage_audit_log': shown}
    for wrong in ('x', '2012-07-05', '2012-13-05 10:20:30', '0001-01-01 00:00:00'):
        assert said(show(wrong), 400) == f'Invalid timestamp for date {wrong}'
    said(show('2012-07-05 10:20:30', who='demo'), 403)
    said(cloud.request('GET', PATH, who='demo'), 403)
