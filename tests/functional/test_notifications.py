"""What other programs are told of servers and of what there is beside them."""

import pytest

from novalite.bus import notifier
from novalite.notify import events
from novalite.servers import machine
from novalite.servers.states import Vm
from novalite.testing import Cloud
from tests import samples
from tests.functional import rows


@pytest.fixture(scope='module')
def telling_cloud():
    with Cloud(quota__instances=1000, quota__cores=-1, quota__ram=-1,
               notifications__notify_on_state_change='vm_and_task_state',
               notifications__bdms_in_notifications=True) as cloud:
        yield cloud


@pytest.fixture
def cloud(telling_cloud):
    yield telling_cloud
    telling_cloud.behave()
    telling_cloud.wipe()


def heard(cloud, request_id, *expected):
    """All that was told in a request, once these have come."""
    def missing():
        told = [one['event_type'] for one in cloud.notifications(request_id=request_id)]
        return [name for name in expected if name not in told]
    cloud.wait(lambda: not missing(), tell=lambda: (missing(), cloud.traced(request_id)))
    return cloud.notifications(request_id=request_id)


def data(notification):
    return notification['payload']['nova_object.data']


def golden(notification):
    """Compare with the file of this event."""
    envelope = {name: notification[name]
                for name in ('event_type', 'priority', 'publisher_id', 'payload')}
    name = envelope['event_type'].replace('.', '-')
    samples.check(f'notifications/{name}.json', envelope)


# Generated from the table

def first_to_tell(told, verb):
    """Several rows tell some events: the golden file is of the first."""
    def tells(action):
        spans = events.spans(action)
        return {f'instance.{span.name}.{phase}' for span in spans for phase in ('start', 'end')} | {
            'instance.exists' for span in spans if span.counts} | {
            f'instance.{name}' for step in action.steps
            for name, _ in events.marks(action, step)} | {
            f'scheduler.select_destinations.{phase}' for phase in ('start', 'end')
            for step in action.steps if step.name == events.CHOOSING}
    return [one for one in told if verb == next(
        other for other, action in machine.VERBS.items() if one['event_type'] in tells(action))]


@pytest.mark.parametrize('verb', machine.VERBS)
def test_what_goes_well_is_told_from_start_to_end(cloud, verb):
    if verb == 'create':
        answer = cloud.create()
        server, request_id = answer.json()['server']['id'], answer.headers['X-Compute-Request-Id']
        cloud.settle(server)
    else:
        server = rows.prepared(cloud, verb)
        request_id = rows.perform(cloud, server, verb)
    action = machine.VERBS[verb]
    spans = events.spans(action)
    marks = {f'instance.{name}': binary for step in action.steps
             for name, binary in events.marks(action, step)}
    pairs = [f'instance.{span.name}.{phase}' for span in spans for phase in ('start', 'end')]
    tellers = {f'instance.{span.name}.{phase}': f'{span.by}:h'
               for span in spans for phase in ('start', 'end')}
    told = [one for one in heard(cloud, request_id, *pairs)
            if one['event_type'] != 'instance.update']

    instance = [one for one in told if one['event_type'].startswith('instance.')]
    assert sorted(one['event_type'] for one in instance) == sorted(
        [*pairs, *marks] + ['instance.exists'] * sum(span.counts for span in spans))
    for one in told:
        assert (one['priority'], one['request_id']) == ('INFO', request_id)
    for one in instance:
        binary = (marks | tellers).get(one['event_type'], 'nova-compute:h')
        assert one['publisher_id'].startswith(binary), one
        shown = data(one)
        assert shown['uuid'] == server
        assert shown['request_id'] == request_id
    for one in first_to_tell(told, verb):
        golden(one)


@pytest.mark.parametrize('verb', rows.VERBS)
def test_every_change_of_state_is_told_once_and_in_order(cloud, verb):
    server = rows.prepared(cloud, verb)
    states = cloud.show(server)
    request_id = rows.perform(cloud, server, verb)
    if machine.VERBS[verb].ends is Vm.DELETED:
        last = ('deleted', None)
    else:
        shown = cloud.show(server)
        last = (shown['OS-EXT-STS:vm_state'], shown['OS-EXT-STS:task_state'])
    current = (states['OS-EXT-STS:vm_state'], states['OS-EXT-STS:task_state'])
    moves = current != last or machine.VERBS[verb].task_state is not None

    def updates():
        return [data(one)['state_update']['nova_object.data']
                for one in cloud.notifications(server=server, request_id=request_id)
                if one['event_type'] == 'instance.update']

    def arrived():
        return [(one['state'], one['new_task_state']) for one in updates()][-1:] == [last]
    if moves:
        cloud.wait(arrived, tell=updates)
    for change in updates():
        assert (change['old_state'], change['old_task_state']) == current
        current = (change['state'], change['new_task_state'])
    assert current == last


#: The first call whose failure each row with an error of its own tells.
_GOLDEN_ERRORS = set({
    span.error: (verb, step, asked)
    for verb, step, asked in reversed(rows.CALLS) for span in events.spans(machine.VERBS[verb])
    if span.error and step in span.within(machine.VERBS[verb])}.values())


@pytest.mark.parametrize(('verb', 'step', 'asked'), rows.CALLS)
def test_what_fails_is_told_as_an_error(cloud, verb, step, asked):
    action = machine.VERBS[verb]
    elsewhere = action.step(step).elsewhere
    if verb == 'create':
        answer = cloud.create(fault=f'{asked}:fail')
        server, request_id = answer.json()['server']['id'], answer.headers['X-Compute-Request-Id']
        cloud.settle(server)
    else:
        server = rows.prepared(cloud, verb)
        cloud.fail(asked, times=None if elsewhere else 1)
        request_id = rows.perform(cloud, server, verb)
    own = [f'instance.{span.error}.error' for span in events.spans(action)
           if span.error and step in span.within(action)]
    if elsewhere:
        own.append(f'compute_task.{events.NOT_FOUND[verb]}.error')
    told = heard(cloud, request_id, 'compute.exception', *own)

    message = f"The simulated hypervisor was told to fail '{asked}'."
    failures = [one for one in told if one['priority'] == 'ERROR']
    assert {one['event_type'] for one in failures} == {'compute.exception', *own}
    for one in failures:
        shown = data(one)
        fault = shown.get('fault') or shown.get('reason')
        fault = fault['nova_object.data'] if fault else shown
        assert message in fault['exception_message']
        assert one['publisher_id'].split(':')[0] == (
            'nova-conductor' if 'reason' in shown else 'nova-compute')
        if (verb, step, asked) in _GOLDEN_ERRORS:
            golden(one)
    ends = {f'instance.{span.name}.end' for span in events.spans(action) if span.last is None}
    assert ends.isdisjoint(one['event_type'] for one in told)


# Servers

def test_a_server_that_finds_no_host_is_told_by_the_conductor(cloud):
    answer = cloud.request('POST', '/flavors', {'flavor': {
        'name': 'giant', 'ram': 10 ** 6, 'vcpus': 1, 'disk': 1}}, who='admin')
    flavor = answer.json()['flavor']['id']
    answer = cloud.create(flavor=flavor)
    cloud.settle(answer.json()['server']['id'])
    cloud.request('DELETE', f'/flavors/{flavor}', who='admin')

    request_id = answer.headers['X-Compute-Request-Id']
    told = heard(cloud, request_id, 'compute_task.build_instances.error')
    assert [one['event_type'] for one in told if one['event_type'] != 'instance.update'] == [
        'scheduler.select_destinations.start', 'compute_task.build_instances.error']
    reason = data(told[-2])['reason']['nova_object.data']
    assert (reason['exception'], reason['exception_message']) == (
        'NoValidHost', 'No valid host was found. There are not enough hosts available.')


def test_a_server_without_a_host_is_deleted_in_the_name_of_the_api(cloud):
    server = cloud.boot(fault='spawn:fail')
    answer = cloud.request('DELETE', f'/servers/{server}')
    told = [one for one in heard(
        cloud, answer.headers['X-Compute-Request-Id'], 'instance.delete.end')
        if one['event_type'] != 'instance.update']
    assert [(one['event_type'], one['publisher_id']) for one in told] == [
        ('instance.delete.start', 'nova-api:cloud'), ('instance.delete.end', 'nova-api:cloud')]
    assert data(told[-1])['host'] is None


def test_a_create_tells_of_the_key_and_the_addresses(cloud):
    key = cloud.request('POST', '/os-keypairs', {'keypair': {'name': 'mine'}},
                        version='2.1').json()['keypair']
    answer = cloud.create(key_name='mine')
    cloud.settle(answer.json()['server']['id'])
    cloud.request('DELETE', '/os-keypairs/mine')
    told = heard(cloud, answer.headers['X-Compute-Request-Id'], 'instance.create.end')
    shown = data(told[-1])
    (kept,) = shown['keypairs']
    assert kept['nova_object.data']['fingerprint'] == key['fingerprint']
    assert shown['ip_addresses'] and shown['instance_name'].startswith('instance-')


def test_lock_and_unlock_are_told_by_the_api(cloud):
    server = cloud.boot()
    for verb, value in (('lock', {'locked_reason': 'global warming'}), ('unlock', None)):
        answer = cloud.ask(server, verb, value)
        (one,) = heard(cloud, answer.headers['X-Compute-Request-Id'], f'instance.{verb}')
        assert data(one)['locked'] == (verb == 'lock')
        assert data(one)['locked_reason'] == (value and value['locked_reason'])
        golden(one)


def test_a_state_that_is_reset_is_told(cloud):
    server = cloud.boot()
    answer = cloud.ask(server, 'os-resetState', {'state': 'error'}, who='admin')
    (one,) = heard(cloud, answer.headers['X-Compute-Request-Id'], 'instance.update')
    assert data(one)['state_update']['nova_object.data'] == {
        'old_state': 'active', 'state': 'error', 'old_task_state': None, 'new_task_state': None}
    golden(one)


def test_what_the_cloud_itself_begins_is_told(cloud):
    server = cloud.boot()
    cloud.guest(server).power_off()
    cloud.look()
    cloud.settle(server)
    path = f'/servers/{server}/os-instance-actions'
    request_id = cloud.get(path, who='admin')['instanceActions'][0]['request_id']
    told = heard(cloud, request_id, 'instance.power_off.end')
    changes = [tuple(data(one)['state_update']['nova_object.data'].values())
               for one in told if one['event_type'] == 'instance.update']
    assert changes == [('active', 'active', None, 'powering-off'),
                       ('active', 'stopped', 'powering-off', None)]


def test_a_server_that_is_renamed_tells_what_it_was_called(cloud):
    server = cloud.boot()
    answer = cloud.request('PUT', f'/servers/{server}', {'server': {'name': 'new'}})
    (one,) = heard(cloud, answer.headers['X-Compute-Request-Id'], 'instance.update')
    assert (data(one)['old_display_name'], data(one)['display_name']) == ('web', 'new')


def test_without_the_option_no_change_of_state_is_told(own_cloud):
    answer = own_cloud.create()
    own_cloud.settle(answer.json()['server']['id'])
    told = heard(own_cloud, answer.headers['X-Compute-Request-Id'], 'instance.create.end')
    assert 'instance.update' not in [one['event_type'] for one in told]


def test_without_the_option_nobody_is_told_of_volumes_but_by_a_create(own_cloud):
    answer = own_cloud.create()
    server = answer.json()['server']['id']
    own_cloud.settle(server)
    told = heard(own_cloud, answer.headers['X-Compute-Request-Id'], 'instance.create.end')
    assert data(told[-1])['block_devices'] == []
    told = heard(own_cloud, own_cloud.act(server, 'os-stop'), 'instance.power_off.end')
    assert data(told[-1])['block_devices'] is None


# Moves

def _migrating(cloud):
    """A server that is held in its live migration: it, its request, and the record's path."""
    server = cloud.boot()
    cloud.stall('live_migrate')
    answer = cloud.ask(server, 'os-migrateLive', {'host': None, 'block_migration': 'auto'},
                       who='admin')
    cloud.wait(lambda: cloud.services.worker.injector.waiting)
    (record,) = cloud.get(f'/servers/{server}/migrations', who='admin')['migrations']
    return (server, answer.headers['X-Compute-Request-Id'],
            f'/servers/{server}/migrations/{record["id"]}')


def test_a_live_migration_that_is_aborted_tells_its_way_back(cloud):
    server, request_id, record = _migrating(cloud)
    answer = cloud.request('DELETE', record, who='admin')
    told = heard(cloud, answer.headers['X-Compute-Request-Id'],
                 'instance.live_migration_abort.start', 'instance.live_migration_abort.end')
    for one in told:
        golden(one)
    back = [f'instance.live_migration_{name}.{phase}'
            for name in ('rollback', 'rollback_dest') for phase in ('start', 'end')]
    told = [one for one in heard(cloud, request_id, *back) if one['event_type'] in back]
    assert [one['event_type'] for one in told] == back
    source, destination = (told[at]['publisher_id'] for at in (0, 2))
    assert source == f'nova-compute:{cloud.show(server)["OS-EXT-SRV-ATTR:host"]}' != destination
    for one in told:
        golden(one)


def test_a_live_migration_that_is_hurried_is_told(cloud):
    server, request_id, record = _migrating(cloud)
    answer = cloud.request('POST', f'{record}/action', {'force_complete': None}, who='admin')
    for one in heard(cloud, answer.headers['X-Compute-Request-Id'],
                     'instance.live_migration_force_complete.start',
                     'instance.live_migration_force_complete.end'):
        golden(one)
    heard(cloud, request_id, 'instance.live_migration_post.end')
    cloud.settle(server)


# What is no server

def _told(cloud, who, method, path, body, *expected, version='latest'):
    """Ask, and compare all that is told of it."""
    answer = cloud.request(method, path, body, who=who, version=version)
    assert answer.ok, answer.text
    told = heard(cloud, answer.headers['X-Compute-Request-Id'], *expected)
    assert [one['event_type'] for one in told] == list(expected)
    for one in told:
        golden(one)
    return answer.json() if answer.content else None


def test_keypairs_are_told(cloud):
    made = _told(cloud, 'demo', 'POST', '/os-keypairs', {'keypair': {'name': 'told'}},
                 'keypair.create.start', 'keypair.create.end', version='2.1')
    _told(cloud, 'demo', 'DELETE', '/os-keypairs/told', None,
          'keypair.delete.start', 'keypair.delete.end')
    public = made['keypair']['public_key']
    _told(cloud, 'demo', 'POST', '/os-keypairs',
          {'keypair': {'name': 'told', 'public_key': public}},
          'keypair.import.start', 'keypair.import.end')
    cloud.request('DELETE', '/os-keypairs/told')


def test_flavors_are_told(cloud):
    _told(cloud, 'admin', 'POST', '/flavors', {'flavor': {
        'name': 'told', 'id': 'told', 'ram': 1024, 'vcpus': 2, 'disk': 10,
        'os-flavor-access:is_public': False}}, 'flavor.create')
    for method, path, body in (
            ('PUT', '', {'flavor': {'description': 'new'}}),
            ('POST', '/os-extra_specs', {'extra_specs': {'hw:numa_nodes': '2'}}),
            ('POST', '/action', {'addTenantAccess': {'tenant': 'a' * 32}})):
        answer = cloud.request(method, f'/flavors/told{path}', body, who='admin')
        (one,) = heard(cloud, answer.headers['X-Compute-Request-Id'], 'flavor.update')
    assert data(one)['projects'] == ['a' * 32]
    assert data(one)['extra_specs'] == {'hw:numa_nodes': '2'}
    golden(one)
    _told(cloud, 'admin', 'DELETE', '/flavors/told', None, 'flavor.delete')


def test_server_groups_are_told(cloud):
    made = _told(cloud, 'demo', 'POST', '/os-server-groups', {'server_group': {
        'name': 'told', 'policy': 'anti-affinity', 'rules': {'max_server_per_host': 3}}},
        'server_group.create')
    group = made['server_group']['id']
    image = next(cloud.connection().image.images(name='cirros-0.6.2-x86_64-disk')).id
    answer = cloud.request('POST', '/servers', {
        'server': {'name': 'web', 'flavorRef': '42', 'imageRef': image, 'networks': 'none'},
        'os:scheduler_hints': {'group': group}})
    server = cloud.settle(answer.json()['server']['id'])
    told = heard(cloud, answer.headers['X-Compute-Request-Id'], 'instance.create.end')
    (one,) = [one for one in told if one['event_type'] == 'server_group.add_member']
    assert data(one)['members'] == [server]
    golden(one)
    _told(cloud, 'demo', 'DELETE', f'/os-server-groups/{group}', None, 'server_group.delete')


def test_aggregates_are_told(own_cloud):
    def told(method, path, body, what):
        return _told(own_cloud, 'admin', method, f'/os-aggregates{path}', body,
                     f'aggregate.{what}.start', f'aggregate.{what}.end')
    made = told('POST', '', {'aggregate': {'name': 'told', 'availability_zone': 'AZ-1'}}, 'create')
    path = f'/{made["aggregate"]["id"]}'
    told('POST', f'{path}/action', {'add_host': {'host': 'h1'}}, 'add_host')
    told('POST', f'{path}/images', {'cache': [{'id': own_cloud.runtime.uuid()}]}, 'cache_images')
    told('POST', f'{path}/action', {'remove_host': {'host': 'h1'}}, 'remove_host')
    told('POST', f'{path}/action', {'set_metadata': {'metadata': {'ssd': 'true'}}},
         'update_metadata')
    told('PUT', path, {'aggregate': {'name': 'renamed'}}, 'update_prop')
    told('DELETE', path, None, 'delete')


def test_a_request_that_is_refused_tells_nothing(cloud):
    answer = cloud.request('POST', '/flavors', {'flavor': {
        'name': 'm1.nano', 'ram': 1, 'vcpus': 1, 'disk': 1}}, who='admin')
    assert answer.status_code == 409
    later = cloud.request('POST', '/os-keypairs', {'keypair': {'name': 'later'}}, version='2.1')
    heard(cloud, later.headers['X-Compute-Request-Id'], 'keypair.create.end')
    assert cloud.notifications(request_id=answer.headers['X-Compute-Request-Id']) == []
    cloud.request('DELETE', '/os-keypairs/later')


def test_services_are_told_in_their_own_names(own_cloud):
    services = own_cloud.get('/os-services', who='admin')['services']
    own_cloud.wait(lambda: len(own_cloud.notifications()) >= len(services))
    made = [one for one in own_cloud.notifications() if one['event_type'] == 'service.create']
    assert {one['publisher_id'] for one in made} == {
        f'{service["binary"]}:{service["host"]}' for service in services}
    golden(next(one for one in made if one['publisher_id'] == 'nova-compute:h1'))

    (service,) = [one for one in services if one['host'] == 'h1']
    path = f'/os-services/{service["id"]}'
    _told(own_cloud, 'admin', 'PUT', path, {'status': 'disabled', 'disabled_reason': 'old'},
          'service.update')
    _told(own_cloud, 'admin', 'DELETE', path, None, 'service.delete')


# How they are sent

def test_a_cloud_without_a_driver_tells_nothing():
    with Cloud(oslo_messaging_notifications__driver=['noop']) as cloud:
        cloud.boot()
        assert cloud.services.notifier.enabled is False
        assert cloud.notifications() == []


def test_what_cannot_be_sent_keeps_nobody_waiting():
    nowhere = 'kombu+amqp://guest:guest@127.0.0.1:1//'
    with Cloud(oslo_messaging_notifications__transport_url=nowhere,
               oslo_messaging_notifications__retry=0) as cloud:
        server = cloud.boot()
        cloud.act(server, 'os-stop')
        assert cloud.show(server)['status'] == 'SHUTOFF'


def test_they_may_go_to_another_broker_than_the_work():
    broker = 'kombu+memory:////'
    heard_there = []
    with Cloud(oslo_messaging_notifications__transport_url=broker) as cloud:
        listener = notifier.Listener(
            cloud.conf, ['versioned_notifications'], heard_there.append, broker)
        listener.start()
        answer = cloud.create()
        cloud.wait(lambda: 'instance.create.end' in [one['event_type'] for one in heard_there])
        listener.stop()
        assert cloud.notifications() == []
    assert heard_there[-1]['request_id'] == answer.headers['X-Compute-Request-Id']
    assert heard_there[-1]['hops'][:2] == ('api.create', 'conductor.run')


def test_other_tags_are_told_of(cloud):
    server = cloud.boot(tags=['blue'])
    answer = cloud.request('PUT', f'/servers/{server}/tags/web')
    (told,) = heard(cloud, answer.headers['X-Compute-Request-Id'], 'instance.update')
    assert told['publisher_id'].startswith('nova-api:')
    assert data(told)['tags'] == ['blue', 'web']
    assert told['payload']['nova_object.data']['state_update']['nova_object.data'] == {
        'old_state': 'active', 'state': 'active', 'old_task_state': None, 'new_task_state': None}
    born = [one for one in cloud.notifications(server=server)
            if one['event_type'].startswith('instance.create')]
    assert [data(one)['tags'] for one in born] == [['blue'], ['blue']]
