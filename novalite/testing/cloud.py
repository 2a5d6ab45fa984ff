"""A whole cloud for a test: the all-in-one over HTTP, in a directory of its own."""

import collections
import contextlib
import dataclasses
import pathlib
import tempfile

from oslo_config import cfg

from novalite import assembly
from novalite import conf as options
from novalite.bus import notifier
from novalite.db import schema
from novalite.db import seed
from novalite.faults import rules
from novalite.testing import client

#: So many notifications are remembered, the newest.
HEARD = 10000


@dataclasses.dataclass(frozen=True)
class Guest:
    """A guest on its hypervisor: what is done to it here nobody has asked novalite for."""

    driver: object
    uuid: str

    @property
    def power_state(self):
        return self.driver.guests()[self.uuid]['power_state']

    def power_off(self):
        self.driver.power_off(self.uuid)

    def power_on(self):
        self.driver.power_on(self.uuid)

    def pause(self):
        self.driver.pause(self.uuid)

    def crash(self):
        self.driver.by_itself(self.uuid, 'panic')

    def vanish(self):
        self.driver.destroy(self.uuid)


class Cloud(client.Client):
    """``with Cloud() as cloud:`` a cloud listens on ``cloud.url`` until the block ends.

    Options are given as ``group__name=value``; ``state_dir`` keeps the cloud
    beyond its end, so that another ``Cloud`` can go on with it. ``config_file`` is read
    first; ``around`` is the address of the cloud with the services it names.
    """

    def __init__(self, hosts=4, state_dir=None, transport_url=None, config_file=None,
                 around=None, **settings):
        self._cleanup = contextlib.ExitStack()
        if state_dir is None:
            state_dir = self._cleanup.enter_context(
                tempfile.TemporaryDirectory(prefix='novalite-'))
        self.state_dir = pathlib.Path(state_dir)
        super().__init__(self._configured({'compute__hosts': hosts} | settings, config_file),
                         around=around)
        self._transport_url = transport_url or f'local:///{self.runtime.uuid()}'
        self._heard = collections.deque(maxlen=HEARD)

    def _configured(self, settings, config_file):
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        notifier.register_opts(conf)
        conf([], project='novalite', default_config_dirs=[],
             default_config_files=[str(config_file)] if config_file else [])
        values = {
            'state_dir': str(self.state_dir), 'host': 'cloud',
            'database__connection': f'sqlite:///{self.state_dir}/novalite.db',
            'api__port': 0, 'api__response_validation': 'error',
            'graceful_shutdown_timeout': 0,
            'neighbours__enabled': [
                'identity', 'images', 'networks', 'placement', 'shares', 'volumes'],
            'oslo_messaging_notifications__driver': ['messagingv2'],
        } | settings
        for name, value in values.items():
            group, _, option = name.rpartition('__')
            conf.set_override(option, value, group=group or None)
        return conf

    def start(self):
        self.services = assembly.AllInOne(self.conf, self.runtime, self._transport_url)
        schema.sync(self.services.db)
        with self.services.db.write() as connection:
            seed.seed(connection, self.conf, self.runtime)
        self._listener = notifier.Listener(
            self.conf, self.conf.notifications.versioned_notifications_topics,
            self._heard.append, self._transport_url)
        self._listener.start()
        self.services.start()
        self.url = self.services.url
        return self

    def stop(self):
        self.close()
        self.services.stop()
        self._listener.stop()
        self._cleanup.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def guests(self):
        """Where guests are: host -> uuid -> power_state; only hosts that have one."""
        found = {host: {uuid: guest['power_state'] for uuid, guest in driver.guests().items()}
                 for host, driver in self.services.worker.drivers.items()}
        return {host: guests for host, guests in found.items() if guests}

    def notifications(self, server=None, request_id=None):
        """What was told so far, oldest first, of one server or in one request.

        Each has ``event_type``, ``publisher_id``, ``priority``, ``payload``, ``request_id``
        and ``hops``. What is told of an action comes a moment after it has ended: ``wait``.
        """
        return [one for one in list(self._heard)
                if request_id in (None, one['request_id'])
                and (server is None or server in (
                    one['payload']['nova_object.data'].get('uuid'),
                    one['payload']['nova_object.data'].get('instance_uuid')))]

    def guest(self, server):
        """The guest of a server, to meddle with behind the control plane's back."""
        for driver in self.services.worker.drivers.values():
            if server in driver.guests():
                return Guest(driver, server)
        raise LookupError(f'No host has a guest of server {server}.')

    def look(self):
        """The compute worker looks at its guests now, as it does now and then by itself."""
        self.services.worker.reconciler.power_states()
        self.services.worker.reconciler.leftovers()

    # Misbehaviour

    def fail(self, verb, host='*', message=None, times=1):
        """The next ``times`` calls of a driver's verb fail."""
        self._add(verb=verb, then='fail', message=message, times=times, when={'host': host})

    def stall(self, verb, host='*', times=1):
        """The next ``times`` calls of a driver's verb wait until ``behave``."""
        self._add(verb=verb, then='stall', times=times, when={'host': host})

    def misbehave(self, verb, then, host='*', times=1, **more):
        """The next ``times`` calls of a driver's verb have any outcome that a fault rule may have:

        ``misbehave('spawn', 'halt', seconds=5)``, ``misbehave('reboot', 'raise', message='No')``.
        """
        self._add(verb=verb, then=then, times=times, when={'host': host}, **more)

    def behave(self):
        """No more faults; who stalled goes on."""
        self.services.worker.injector.clear()

    def _add(self, **rule):
        """A verb that nobody has would make a test green that tests nothing: BadRule."""
        self.services.worker.injector.add(rules.checked(rule, rule['verb']))
