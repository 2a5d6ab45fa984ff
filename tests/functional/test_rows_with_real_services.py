"""Rows of the machine's table, where Glance, Neutron and Cinder are another novalite's.

A few of each kind; NOVALITE_LIVES in the environment, as for ``test_any_life``, has all of them.
"""

import os

import pytest

from novalite.testing import Cloud
from tests.functional import rows
from tests.functional import test_every_row as every_row
from tests.functional import test_real_services as real_services

#: There is no real Manila to ask.
_NOT_THERE = {'attach_share', 'detach_share'}
_SOME = None if os.environ.get('NOVALITE_LIVES') else {
    'create', 'createBackup', 'os-migrateLive', 'unshelve', 'swap_volume', 'evacuate'}


def _wanted(verb):
    return verb not in _NOT_THERE and (_SOME is None or verb in _SOME)


VERBS = [verb for verb in rows.VERBS if _wanted(verb)]
CALLS = [call for call in rows.CALLS if _wanted(call[0])]


@pytest.fixture(scope='module')
def both(tmp_path_factory):
    with Cloud(hosts=1) as real:
        file = real_services.configuration(
            tmp_path_factory.mktemp('novalite') / 'novalite.conf', real.url)
        with Cloud(config_file=file, around=real.url, neighbours__enabled=['placement'],
                   quota__instances=1000, quota__cores=-1, quota__ram=-1) as cloud:
            cloud.keeper = real
            yield cloud


@pytest.fixture
def cloud(both):
    yield both
    both.behave()
    both.wipe()
    both.keeper.wipe()


@pytest.mark.parametrize('verb', VERBS)
def test_what_goes_well_rests_where_the_table_says(cloud, verb):
    every_row.test_what_goes_well_shows_its_events_and_rests_where_the_table_says(cloud, verb)


@pytest.mark.parametrize(('verb', 'step', 'asked'), [
    call for call in CALLS if call[0] != 'create' and (_SOME is None or call[0] == 'swap_volume')])
def test_every_call_of_a_driver_can_fail(cloud, verb, step, asked):
    every_row.test_every_call_of_a_driver_can_fail(cloud, verb, step, asked)


@pytest.mark.parametrize(('verb', 'step', 'asked'), [
    call for call in CALLS if call[0] != 'delete' and (
        _SOME is None or call[0] in ('create', 'createBackup'))])
def test_delete_takes_over_from_whatever_is_under_way(cloud, verb, step, asked):
    every_row.test_delete_takes_over_from_whatever_is_under_way(cloud, verb, step, asked)
