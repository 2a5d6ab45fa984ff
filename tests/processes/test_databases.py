"""What only PostgreSQL or MariaDB, or many requests at once, can get wrong."""

import collections
import contextlib

import pytest

from tests import sweeping

pytestmark = pytest.mark.daemons


@pytest.fixture(params=['daemons', 'daemons_on_mariadb'])
def cloud(request):
    cloud = request.getfixturevalue(request.param)
    cloud.prepare()
    cloud.start('api', 'conductor', 'compute')
    cloud.await_ready()
    return cloud


def test_each_database_is_asked_what_it_can_answer(cloud):
    server = cloud.boot(name='web')
    _the_sweep_is_one_indexed_query(cloud, server)
    found = cloud.get('/servers?name=^w.b$', version='2.1')['servers']
    assert [one['id'] for one in found] == [server]
    for strange in ('[[:nothing:]]', 'a{1,70000}'):
        answer = cloud.request('GET', f'/servers?name={strange}', version='2.1')
        assert answer.status_code == 400, answer.text
        assert 'reg' in answer.json()['badRequest']['message']
    _no_host_is_so_big(cloud)
    _no_more_than_the_quota(cloud)


def _no_host_is_so_big(cloud):
    huge = {'name': 'huge', 'id': 'huge', 'ram': 64, 'vcpus': 2**31 - 1, 'disk': 1}
    assert cloud.request('POST', '/flavors', {'flavor': huge}, who='admin').status_code == 200
    project = cloud.connection().current_project_id
    limits = {'quota_set': {'cores': -1}}
    cloud.request('PUT', f'/os-quota-sets/{project}', limits, who='admin')
    server = cloud.boot(flavor='huge')
    assert cloud.show(server)['fault']['message'].startswith('No valid host was found.')


def _the_sweep_is_one_indexed_query(cloud, server):
    with contextlib.closing(cloud.database()) as db:
        sweeping.fill(db, server, 20000)
        with db.write() as connection:
            connection.exec_driver_sql(
                'ANALYZE actions' if db.dialect == 'postgresql' else 'ANALYZE TABLE actions')
        rows, ((statement, parameters),) = sweeping.sweep(db)
        assert rows == []
        steps = sweeping.plan(db, statement, parameters)
        assert 'ix_actions_finish_time_lease_until' in str(steps), steps
        assert 'Seq Scan on actions' not in str(steps), steps


def _no_more_than_the_quota(cloud):
    """However many requests see the same room, no more than fit into it get it."""
    cloud.token('other')
    answers = cloud.runtime.queue()

    def ask():
        answers.put(cloud.create(who='other', networks='none').status_code)
    for number in range(16):
        cloud.runtime.spawn(f'client {number}', ask)
    codes = collections.Counter(answers.get(timeout=60) for _ in range(16))
    assert codes == {202: 10, 403: 6}


def test_a_server_is_plugged_in_and_looked_at_on_each_database(cloud):
    server = cloud.boot(name='web')
    path = f'/servers/{server}/os-interface'
    network = cloud.connection().network
    shared, public = network.find_network('shared'), network.find_network('public')
    answer = cloud.request('POST', path, {'interfaceAttachment': {'net_id': shared.id}})
    assert answer.status_code == 200, answer.text
    cloud.settle(server)
    mine = next(network.ports(device_id=server, network_id=network.find_network('private').id))
    address = network.create_ip(floating_network_id=public.id, port_id=mine.id)
    assert address.floating_ip_address in str(cloud.show(server)['addresses']['private'])
    assert cloud.ask(server, 'os-getConsoleOutput', {'length': 5}).json()['output']
    url = cloud.request('POST', f'/servers/{server}/remote-consoles', {
        'remote_console': {'protocol': 'serial', 'type': 'serial'}}).json()['remote_console']['url']
    token = url.partition('token=')[2]
    leads = cloud.get(f'/os-console-auth-tokens/{token}', who='admin')['console']
    assert leads['instance_uuid'] == server
    port = answer.json()['interfaceAttachment']['port_id']
    assert cloud.request('DELETE', f'{path}/{port}').status_code == 202
    cloud.settle(server)
    assert 'shared' not in cloud.show(server)['addresses']
    cloud.request('DELETE', f'/servers/{server}')
    cloud.settle(server)
    assert network.get_ip(address.id).port_id is None
