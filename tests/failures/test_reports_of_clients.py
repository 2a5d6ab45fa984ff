"""What authors of clients have reported of real clouds: made to happen here, on purpose.

Each is how to make the trouble, with a fault rule or an administrator's word, and what a client
sees of it.
"""

from openstack import exceptions
import pytest

from tests.functional import at_rest
from tests.functional.test_openstack_command import openstack      # noqa: F401 (a fixture)


def connected(cloud, server):
    """A server as openstacksdk has it, and its compute proxy."""
    compute = cloud.connection().compute
    return compute, compute.get_server(server)


def test_the_text_of_a_fault_that_clients_drop(cloud):
    """The fault is there as soon as ERROR is; who waits by openstacksdk is not shown it."""
    server = cloud.create(fault='spawn:fail=No room for the disk').json()['server']['id']
    compute, waited = connected(cloud, server)
    with pytest.raises(exceptions.ResourceFailure) as raised:
        compute.wait_for_server(waited, interval=0.1, wait=20)
    assert 'No room' not in str(raised.value)
    assert compute.get_server(server).fault['message'].endswith('No room for the disk')


def test_a_loop_that_only_waits_for_active(cloud):
    """A server that fails never becomes ACTIVE: who does not look for ERROR waits to the end."""
    server = cloud.boot(fault='spawn:fail')
    compute, waited = connected(cloud, server)
    with pytest.raises(exceptions.ResourceTimeout):
        compute.wait_for_server(waited, failures=[], interval=0.1, wait=0.5)


def test_a_create_that_is_taken_for_a_server(cloud, openstack):      # noqa: F811
    """A 202 is no server yet; `openstack server create` ends well if it does not wait."""
    compute = cloud.connection().compute
    image = next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id
    made = compute.create_server(
        name='web', flavor_id='42', image_id=image, networks='auto',
        metadata={'novalite:fault': 'spawn:fail'})
    assert (made.id, made.status) != (None, 'ERROR')
    cloud.settle(made.id)
    assert compute.get_server(made.id).status == 'ERROR'
    create = ('server', 'create', '--flavor', 'm1.nano', '--image', image, '--network', 'private',
              '--property', 'novalite:fault=spawn:fail')
    assert openstack(*create, 'silent', '-f', 'json')['status'] == 'BUILD'
    assert 'Error creating server' in openstack(*create, '--wait', 'waiting', status=1)


def test_an_error_that_says_none(cloud):
    """ERROR without a fault, as after Nova's lost builds: reset-state makes it."""
    server = cloud.boot()
    assert cloud.ask(server, 'os-resetState', {'state': 'error'}, who='admin').status_code == 202
    compute, seen = connected(cloud, server)
    fault = seen.fault or {}
    message = f'Unexpected server state {seen.status}: {fault.get("message")}'
    assert message == 'Unexpected server state ERROR: None'


def test_orphans_of_creates_that_failed(cloud):
    """A server that could not be built is still there, and counts: who retries deletes it."""
    tried = [cloud.boot(name='one', fault='spawn:fail') for _ in range(2)]
    tried.append(cloud.boot(name='one'))
    compute = cloud.connection().compute
    listed = {server.id: server.status for server in compute.servers(name='^one$')}
    assert listed == dict.fromkeys(tried[:2], 'ERROR') | {tried[2]: 'ACTIVE'}
    assert cloud.get('/limits')['limits']['absolute']['totalInstancesUsed'] == 3
    assert sum(len(guests) for guests in cloud.guests().values()) == 1
    for server in tried[:2]:
        compute.delete_server(server)
    at_rest.settled(cloud)
    assert cloud.get('/limits')['limits']['absolute']['totalInstancesUsed'] == 1


def test_a_resize_that_silently_goes_back_to_active(cloud):
    """The server is ACTIVE in its old size, without a fault: only the action says it failed."""
    server = cloud.boot()
    compute, before = connected(cloud, server)
    for host in ('h1', 'h2', 'h3', 'h4'):
        cloud.fail('claim', host=host, message='No room')
    compute.resize_server(server, '84')
    cloud.settle(server)
    after = compute.get_server(server)
    assert (after.status, after.fault, after.flavor) == ('ACTIVE', None, before.flavor)
    (resize,) = [action for action in compute.server_actions(server) if action.action == 'resize']
    assert resize.message == 'Error'
    events = compute.get_server_action(resize.request_id, server).events
    assert {event['result'] for event in events} >= {'Error'}
