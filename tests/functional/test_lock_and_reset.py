"""Lock, unlock and resetState: done within the request, and written down all the same."""


def test_a_locked_server_is_left_alone(cloud):
    server = cloud.boot()
    assert cloud.ask(server, 'lock', {'locked_reason': 'in use'}).status_code == 202
    shown = cloud.show(server, who='demo')
    assert (shown['locked'], shown['locked_reason']) == (True, 'in use')
    for answer in (cloud.ask(server, 'os-stop'), cloud.ask(server, 'createImage', {'name': 'x'}),
                   cloud.request('DELETE', f'/servers/{server}'),
                   cloud.request('PUT', f'/servers/{server}', {'server': {'name': 'x'}}),
                   cloud.request('POST', f'/servers/{server}/metadata', {'metadata': {}})):
        assert answer.status_code == 409
        assert answer.json()['conflictingRequest']['message'] == f'Instance {server} is locked'
    assert cloud.ask(server, 'unlock').status_code == 202
    cloud.act(server, 'os-stop')
    shown = cloud.show(server)
    assert (shown['locked'], shown['locked_reason'], shown['status']) == (False, None, 'SHUTOFF')
    assert cloud.actions(server) == [
        ('create', None), ('lock', None), ('unlock', None), ('stop', None)]


def test_what_an_administrator_locked_its_owner_cannot_unlock(cloud):
    server = cloud.boot()
    assert cloud.ask(server, 'lock', who='admin').status_code == 202
    refused = cloud.ask(server, 'unlock')
    assert refused.status_code == 403
    assert 'unlock_override' in refused.json()['forbidden']['message']
    cloud.act(server, 'os-stop', who='admin')       # no lock is for administrators
    assert cloud.ask(server, 'unlock', who='admin').status_code == 202
    cloud.act(server, 'os-start')


def test_a_reason_is_taken_since_its_version(cloud):
    server = cloud.boot()
    reason = {'locked_reason': 'in use'}
    assert cloud.ask(server, 'lock', reason, version='2.72').status_code == 400
    assert cloud.ask(server, 'lock', version='2.1').status_code == 202
    assert 'locked' not in cloud.show(server, version='2.8')


def test_an_administrator_resets_the_state_of_what_is_stuck(cloud):
    server = cloud.boot()
    cloud.stall('power_off')
    stuck = cloud.ask(server, 'os-stop').headers['X-Openstack-Request-Id']
    cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == 'powering-off')
    assert cloud.ask(server, 'os-resetState', {'state': 'error'}).status_code == 403
    assert cloud.ask(server, 'os-resetState', {'state': 'error'}, who='admin').status_code == 202
    shown = cloud.show(server)
    assert (shown['status'], shown['OS-EXT-STS:task_state']) == ('ERROR', None)
    cloud.behave()
    cloud.wait(lambda: cloud.traced(stuck)[0]['finish_time'])
    assert cloud.show(server)['status'] == 'ERROR'      # the late report moved nothing
    assert cloud.actions(server)[1:] == [('stop', 'Error'), ('resetState', None)]
    cloud.ask(server, 'os-resetState', {'state': 'active'}, who='admin')
    assert cloud.show(server)['status'] == 'ACTIVE'


def test_a_state_nobody_may_reset_to_is_refused(cloud):
    server = cloud.boot()
    answer = cloud.ask(server, 'os-resetState', {'state': 'paused'}, who='admin')
    assert answer.status_code == 400
    assert 'state' in answer.json()['badRequest']['message']


def test_a_migration_goes_to_the_host_that_is_named(cloud):
    server = cloud.boot()
    home = cloud.show(server)['OS-EXT-SRV-ATTR:host']
    other = next(host for host in ('h1', 'h2', 'h3', 'h4') if host != home)
    assert cloud.ask(server, 'migrate').status_code == 403
    for host in (home, 'nowhere'):
        assert cloud.ask(server, 'migrate', {'host': host}, who='admin').status_code == 400
    assert cloud.ask(server, 'migrate', {'host': other}, who='admin',
                     version='2.55').status_code == 400
    cloud.act(server, 'migrate', {'host': other}, who='admin')
    assert cloud.show(server)['OS-EXT-SRV-ATTR:host'] == other
    cloud.act(server, 'revertResize')
    assert cloud.show(server)['OS-EXT-SRV-ATTR:host'] == home
