"""Conductors that are newer than their compute workers, and rows newer than their conductors."""

import pytest
import sqlalchemy as sa

from novalite import context
from novalite import runtime as runtimes
from novalite.bus import compute as compute_bus
from novalite.bus import transport
from novalite.cmd import startup
from novalite.compute import service
from novalite.db import engine
from novalite.db import history
from novalite.db import hosts
from novalite.db import schema
from novalite.db.models import actions
from novalite.testing.cloud import Cloud

WAITS = {'conductor__sweep_interval': 1}


class OldEndpoint(service.Endpoint):
    """A worker's endpoint as it was in version 1.0: nobody could look at guests."""

    target = transport.version('1.0')
    look = None


@pytest.fixture
def aged():
    """Makes the compute worker of a cloud one of the version before."""
    servers = []

    def aged(cloud):
        worker = cloud.services.worker
        worker._server.stop()
        worker._server.wait()
        endpoint = OldEndpoint(worker.drivers, worker._conductor, worker.injector,
                               worker.reconciler, runtimes.Locks(cloud.runtime), worker._in_hand)
        servers.append(transport.serve(
            cloud.services.bus, compute_bus.TOPIC, worker.name, [endpoint],
            cloud.runtime))
        servers[-1].start()
        return cloud

    yield aged
    for server in servers:
        server.stop()
        server.wait()


@pytest.mark.parametrize('settings', [{}, {'upgrade_levels__compute': '1.0'}],
                         ids=['by itself', 'told of it'])
def test_a_conductor_works_with_computes_of_the_version_before(aged, settings, caplog):
    with Cloud(**settings) as cloud:
        aged(cloud)
        server = cloud.boot()
        cloud.act(server, 'resize', {'flavorRef': '2'})
        cloud.act(server, 'confirmResize')
        cloud.fail('power_off')
        cloud.act(server, 'os-stop')
        assert cloud.show(server)['status'] == 'ACTIVE'
        # What they do not know yet is said to be so, at once.
        answer = cloud.ask(server, 'os-getConsoleOutput', {})
        assert answer.status_code == 503
        assert 'Retry-After' in answer.headers
        cloud.wipe()
        sent = "'look' came to compute.cloud-h in version 1.1" in caplog.text
        assert sent == (not settings)       # who was told so does not even ask


def test_which_version_a_worker_knows_is_written_down():
    with Cloud() as cloud, cloud.services.db.read() as connection:
        assert {host.knows for host in hosts.hypervisors(connection)} == {compute_bus.VERSION}


def test_a_worker_that_does_not_say_what_it_knows_is_one_of_the_first():
    with Cloud() as cloud:
        worker = cloud.services.worker
        transport.client(cloud.services.bus, 'conductor', timeout=5).call(
            context.RequestContext(), 'register', worker=worker.name, incarnation='i',
            inventories=[driver.inventory() for driver in worker.drivers.values()])
        with cloud.services.db.read() as connection:
            assert {host.knows for host in hosts.hypervisors(connection)} == {'1.0'}


def test_a_row_of_a_newer_form_is_left_to_a_newer_conductor():
    """Its report is not lost: the worker repeats it until a conductor takes it."""
    with Cloud(**WAITS) as cloud:
        cloud.stall('spawn')
        server = cloud.create().json()['server']['id']
        cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == 'spawning')

        def write(**values):
            with cloud.services.db.write() as connection:
                connection.execute(sa.update(actions).values(**values))

        write(format=history.FORMAT + 1)
        cloud.behave()
        write(lease_until=None, held_by=None)       # lost, for all that a sweep can see
        cloud.services.conductor._sweep.round()
        assert cloud.show(server)['OS-EXT-STS:task_state'] == 'spawning'
        write(format=history.FORMAT)        # as if the newer conductor had come
        cloud.settle(server)
        assert cloud.show(server)['status'] == 'ACTIVE'


def test_a_daemon_of_the_version_before_starts_on_the_newer_schema(tmp_path, caplog):
    """Its migrations only add: an old daemon that dies in mid-upgrade must come back."""
    cloud = Cloud(state_dir=tmp_path)
    db = engine.Database(cloud.conf)
    schema.sync(db)
    with db.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from_the_future'")
    startup.await_database(cloud.conf, db, cloud.runtime)
    assert 'is at from_the_future, which is newer than this version knows' in caplog.text
    assert not schema.sync(db)
    db.close()
