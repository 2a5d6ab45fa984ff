"""How generated clients ask for the rows of the machine: for what may begin, if they can."""

import random
import types

import pytest

from novalite import asks
from novalite.servers import machine
from novalite.servers.states import Task
from novalite.servers.states import Vm

RICH = types.SimpleNamespace(
    image='i', flavors={'1': 'm1.nano', '2': 'm1.micro'}, volume=lambda: 'w', share=lambda: 'm',
    ports=lambda server: ['p'], shares=lambda server: ['m'], host_status=lambda view: asks.DOWN)
POOR = types.SimpleNamespace(
    ports=lambda server: [], shares=lambda server: [], host_status=lambda view: 'UP')


def view(vm_state=Vm.ACTIVE, task_state=None, launched='2026-01-01', volumes=('v',)):
    return {'id': 's', 'OS-EXT-STS:vm_state': vm_state, 'OS-EXT-STS:task_state': task_state,
            'OS-SRV-USG:launched_at': launched, 'flavor': {'original_name': 'm1.nano'},
            'os-extended-volumes:volumes_attached': [{'id': volume} for volume in volumes]}


def may(**more):
    return {name for name, ask in asks.ACTIONS.items() if ask.may(view(**more))}


def test_every_row_is_asked_for():
    assert {row for ask in asks.ACTIONS.values() for row in ask.rows} == set(machine.VERBS)


def test_what_may_be_asked_is_what_the_table_allows():
    assert 'os-stop' in may() and 'os-start' not in may()
    assert 'os-start' in may(vm_state=Vm.STOPPED)
    assert may(task_state=Task.REBOOTING) >= {'delete', 'evacuate'}
    assert 'pause' not in may(task_state=Task.REBOOTING)
    assert 'os-stop' not in may(vm_state=Vm.ERROR, launched=None)


@pytest.mark.parametrize('name', [name for name in asks.ACTIONS if name != 'create'])
def test_who_has_all_it_takes_gets_a_request(name):
    request = asks.ACTIONS[name].request(RICH, view(), random.Random(1))
    assert request.method in ('POST', 'PUT', 'DELETE')
    assert 's' in request.path.split('/') or request.body['events'][0]['server_uuid'] == 's'
    assert (request.body is None) == (request.method == 'DELETE')


def test_a_resize_is_to_another_flavor():
    request = asks.ACTIONS['resize'].request(RICH, view(), random.Random(1))
    assert request == asks.Request(
        'POST', '/servers/s/action', {'resize': {'flavorRef': '2'}})


@pytest.mark.parametrize('name', ['create', 'detach_interface', 'detach_volume', 'swap_volume',
                                  'extend_volume', 'detach_share', 'evacuate'])
def test_who_lacks_it_asks_for_nothing(name):
    with pytest.raises(asks.NotNow):
        asks.ACTIONS[name].request(POOR, view(volumes=()), random.Random(1))
