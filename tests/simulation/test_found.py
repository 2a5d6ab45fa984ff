"""What the simulation has found in novalite, each as a story that shows it."""

from novalite import context
from novalite.db import history
from novalite.faults import rules
from tests.simulation.cloud import SimulatedCloud


def test_a_request_that_loses_a_deadlock_is_answered_503_and_changes_nothing():
    def story(cloud):
        server = cloud.boot()
        cloud.world.store.deadlocks = 1.0
        answer = cloud.ask(server, 'os-stop')
        cloud.world.store.deadlocks = 0.0
        return answer, cloud.show(server)
    with SimulatedCloud() as cloud:
        answer, server = cloud.tell(story)
        assert answer.status_code == 503
        assert answer.headers['Retry-After']
        assert (server['status'], server['OS-EXT-STS:task_state']) == ('ACTIVE', None)
        cloud.rest()


def test_an_action_goes_on_after_deadlocks():
    def story(cloud):
        server = cloud.boot()
        cloud.world.store.deadlocks = 0.5
        while cloud.ask(server, 'os-stop').status_code != 202:
            cloud.runtime.sleep(1)
        cloud.settle(server)
        cloud.world.store.deadlocks = 0.0
        return cloud.show(server)['status']
    with SimulatedCloud() as cloud:
        assert cloud.tell(story) == 'SHUTOFF'
        cloud.rest()


def test_a_step_that_is_said_to_begin_twice_and_gives_way_leaves_no_event_open():
    def story(cloud):
        server = cloud.boot()
        worker = cloud.world.machines['compute1']
        worker.service.injector.add(rules.Rule('pause', 'stall'))
        request_id = cloud.ask(server, 'pause').headers['X-Openstack-Request-Id']
        cloud.wait(lambda: cloud.events(server, request_id))
        worker.kill()
        cloud.request('DELETE', f'/servers/{server}')
        with cloud.world.read() as connection:
            action = history.action(connection, server, request_id)
        # The message was on its way twice.
        may = cloud.world.machines['conductor1'].service.runner.started(
            context.RequestContext.from_dict(action.context), server, 'pause', 1, 'h1', False)
        worker.start()
        return may
    with SimulatedCloud(hosts=1) as cloud:
        assert cloud.tell(story) is False
        cloud.rest()


def test_deadlines_may_be_configured_as_the_file_has_them():
    def story(cloud):
        cloud.world.machines['compute1'].service.injector.add(rules.Rule('spawn', 'stall'))
        return cloud.show(cloud.settle(cloud.create().json()['server']['id']))
    with SimulatedCloud(conductor__deadlines='create:30') as cloud:
        server = cloud.tell(story)
        assert server['status'] == 'ERROR'
        assert '30 s' in server['fault']['message']


def test_a_worker_that_comes_back_looks_for_leftovers_until_it_is_told_what_is_wanted():
    trace = []

    def story(cloud):
        server = cloud.boot()
        home = cloud.show(server)['OS-EXT-SRV-ATTR:host']
        worker = cloud.world.machines[f'compute{home[1]}']

        def lose(machine, what):
            """Lose the first answer to what its guests should be."""
            asked = [detail['wire'] for _, kind, name, detail in trace
                     if (kind, name) == ('send', worker.name)]
            if what == 'reply' and 'servers_of' in asked[-1]:
                cloud.world.points.remove(lose)
                cloud.world.broker.lose = 1.0
                cloud.world.timeline.later(0.001, setattr, cloud.world.broker, 'lose', 0.0)
        worker.cut_off(True)
        cloud.runtime.sleep(30)
        cloud.request('DELETE', f'/servers/{server}')
        cloud.wait(lambda: cloud.request('GET', f'/servers/{server}').status_code == 404)
        cloud.world.points.append(lose)
        worker.cut_off(False)
        cloud.runtime.sleep(60)
        assert lose not in cloud.world.points
        return cloud.world.guests()
    with SimulatedCloud(hosts=2, computes=2, trace=trace) as cloud:
        assert cloud.tell(story) == {}
        cloud.rest()
