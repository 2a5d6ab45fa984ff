"""openstacksdk's own calls, at the first, the last and each differing version of what they ask."""

from openstack import exceptions
import pytest

from novalite.api.microversion import V
from tests.functional import client_calls
from tests.functional import sdk_calls


@pytest.fixture(scope='module')
def populated():
    with client_calls.clouds() as found:
        yield found


@pytest.mark.parametrize(
    ('operation', 'version'), client_calls.cases(sdk_calls.CALLS), ids=str)
def test_a_call_makes_its_operation(populated, heard, operation, version):
    call = sdk_calls.CALLS[operation]
    with client_calls.undone(sdk_calls.Sdk(*populated, version)) as world:
        given = call.ask(world)
    sent = V(2, call.sends(version.minor))
    assert client_calls.made(heard, 'openstacksdk', operation, sent), heard.seen
    assert not client_calls.wrongly_shown(call, version, given)


#: (version, what is asked that it does not know yet or no more, what the error says).
_REFUSED = [
    (18, lambda c, w: c.update_server(w.server, description='x'),
     "Additional properties are not allowed ('description' was unexpected)"),
    (51, lambda c, w: c.create_server(name='x', flavor_id='42', image_id=w.things['images'],
                                      networks='none', tags=['red']),
     "Additional properties are not allowed ('tags' was unexpected)"),
    (73, lambda c, w: c.create_server(name='x', flavor_id='42', image_id=w.things['images'],
                                      networks='none', host='h1'),
     "Additional properties are not allowed ('host' was unexpected)"),
    (89, lambda c, w: c.update_server(w.server, hostname='x'), 'was unexpected'),
    (57, lambda c, w: c.create_server(
        name='x', flavor_id='42', image_id=w.things['images'], networks='none',
        personality=[{'path': '/x', 'contents': ''}]),
     "Additional properties are not allowed ('personality' was unexpected)"),
    (78, lambda c, w: c.create_volume_attachment(
        w.server, w.things['os-volumes'], delete_on_termination=True),
     "Additional properties are not allowed ('delete_on_termination' was unexpected)"),
    (72, lambda c, w: c.lock_server(w.server, locked_reason='x'), 'locked_reason'),
    (56, lambda c, w: c.create_keypair(name='a b!?'), 'name'),
    (92, lambda c, w: c.create_keypair(name='no-key'), "'public_key' is a required property"),
    (35, lambda c, w: c.update_quota_set(w.things['os-quota-sets'], server_groups=-2),
     'server_groups'),
    (44, lambda c, w: c.add_floating_ip_to_server(w.server, '10.0.0.9'),
     'resource could not be found'),
    (36, lambda c, w: c.get_image(w.things['images']), 'resource could not be found'),
]


@pytest.mark.parametrize(('minor', 'ask', 'says'), _REFUSED)
def test_what_a_version_does_not_know_is_refused(populated, minor, ask, says):
    world = sdk_calls.Sdk(*populated, V(2, minor))
    with pytest.raises(exceptions.HttpException) as refused:
        ask(world.compute, world)
    assert refused.value.status_code in (400, 404)
    assert says in refused.value.details
