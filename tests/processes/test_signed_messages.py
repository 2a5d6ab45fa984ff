"""Who reaches the broker, and has no key, cannot command the hosts."""

import pytest

from novalite import errors
from tests.processes import forger as forging

pytestmark = pytest.mark.daemons


def test_forged_messages_change_nothing_and_what_is_signed_works(daemons):
    daemons.configure('DEFAULT', debug='true')
    daemons.append('rpc', signing_keys=f'{"k" * 64},{"o" * 64}')
    daemons.prepare()
    daemons.start('api', 'conductor', 'compute')
    daemons.await_ready()
    server = daemons.boot()
    shown = daemons.show(server)
    with forging.Forger(daemons.file) as forger:
        forger.destroy('test-h', shown['OS-EXT-SRV-ATTR:host'], server)
        daemons.await_log('compute', 'A message to compute.test-h is refused. It is not signed.')
        with pytest.raises(errors.Untrusted):
            forger.servers_of('test-h')
        with pytest.raises(errors.Untrusted):
            forger.notice(server, shown['OS-EXT-SRV-ATTR:host'], '2026-01-01T00:00:00')
    daemons.await_log('conductor', 'A message to conductor.test is refused. It is not signed.')
    daemons.act(server, 'reboot', {'type': 'SOFT'})     # its guest is there
    assert daemons.show(server)['status'] == 'ACTIVE'
    for name in ('api', 'conductor', 'compute'):
        told = daemons.log(name).read_text()
        assert forging.REASON not in told
        assert 'k' * 64 not in told and 'o' * 64 not in told
