"""What becomes of work at real services when somebody dies, is slow, or is overtaken."""

from novalite.db import history
from novalite.testing import Cloud
from tests.functional import test_real_services as real_services


def test_what_a_conductor_has_left_is_done_by_the_next_and_once(tmp_path):
    with Cloud(hosts=1) as real:
        file = real_services.configuration(tmp_path / 'novalite.conf', real.url)
        settings = {'hosts': 1, 'config_file': file, 'around': real.url,
                    'neighbours__enabled': ['placement'], 'conductor__sweep_interval': 1,
                    'conductor__lease': 1, 'conductor__report_interval': 1,
                    'state_dir': tmp_path}
        with Cloud(**settings) as cloud:
            # It ends while it has been told to plug: nobody does, and the order stays.
            cloud.services.conductor.runner.errands.stop()
            server = cloud.create().json()['server']['id']
            cloud.wait(lambda: cloud.show(server)['OS-EXT-STS:task_state'] == 'scheduling')
        with Cloud(**settings) as cloud:
            cloud.settle(server)
            shown = cloud.show(server)
            assert shown['status'] == 'ACTIVE', shown.get('fault')
            (port,) = real_services.ports_of(real, server)
            assert port.binding_host_id == shown['OS-EXT-SRV-ATTR:host']


def _step(cloud, server, request_id):
    with cloud.services.db.read() as connection:
        return history.action(connection, server, request_id).step


def test_what_comes_too_late_is_taken_back(tmp_path):
    """The server is deleted while its image is being uploaded: nobody wants it any more."""
    with Cloud(hosts=1) as real:
        file = real_services.configuration(tmp_path / 'novalite.conf', real.url)
        with Cloud(hosts=1, config_file=file, around=real.url,
                   neighbours__enabled=['placement']) as cloud:
            server = cloud.boot('web')
            cloud.stall('snapshot')
            answer = cloud.ask(server, 'createImage', {'name': 'late'})
            request_id = answer.headers['X-Openstack-Request-Id']
            cloud.wait(lambda: cloud.services.worker.injector.waiting)
            with real.services.db.write():
                # Nothing can be written there now: the upload waits.
                cloud.behave()
                cloud.wait(lambda: _step(cloud, server, request_id) == 'activate')
                assert cloud.ask(server, 'forceDelete').status_code == 202
            cloud.wait(lambda: cloud.request('GET', f'/servers/{server}').status_code == 404)
            image = answer.json()['image_id']
            cloud.wait(lambda: real.connection().image.find_image(image) is None)
            assert real_services.left(real) == {'ports': [], 'volumes': [], 'attachments': []}
