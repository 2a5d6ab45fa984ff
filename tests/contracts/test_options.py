"""Every option, policy rule and RPC name is what it should be."""

import inspect
import pathlib
import re

from oslo_config import cfg
import pytest

from novalite import conf as options
from novalite.api import policy
from novalite.api import routes
from novalite.compute import service as compute_service
from novalite.conductor import service as conductor_service

ROOT = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize('group, option', [
    (group, option) for group, all_ in options.list_opts() for option in all_],
    ids=lambda value: getattr(value, 'name', value))
def test_every_option_has_help_that_says_something(group, option):
    assert option.help and option.help.endswith('.'), f'[{group}] {option.name}'


@pytest.mark.parametrize('group, option', [
    (group, option) for group, all_ in options.list_opts() for option in all_
    if re.search('password|secret|signing|connection$', option.name)],
    ids=lambda value: getattr(value, 'name', value))
def test_an_option_that_is_a_secret_is_kept_out_of_the_log(group, option):
    assert option.secret, f'[{group}] {option.name}'


def test_every_policy_rule_has_a_name_of_its_own_and_a_description():
    rules = policy.list_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    assert all(rule.description for rule in rules)


def test_every_handler_declares_what_it_answers_and_says_so():
    for path, methods in routes.ROUTES.items():
        for method, handler in methods.items():
            assert hasattr(handler, 'returns'), f'{method} {path}'
            assert handler.__doc__, f'{method} {path}'


@pytest.mark.parametrize('endpoint', [conductor_service.Endpoint, compute_service.Endpoint])
def test_only_exposed_methods_can_be_called_over_the_bus(endpoint):
    for name, method in inspect.getmembers(endpoint, inspect.isfunction):
        assert name.startswith('_') != getattr(method, 'exposed', False), name


def test_the_sample_configuration_is_up_to_date():
    """etc/novalite/novalite.conf names every option of ours (tox -e genconfig writes it)."""
    with open(ROOT / 'etc/novalite/novalite.conf') as file:
        sample = file.read()
    for group, all_ in options.list_opts():
        assert f'[{group}]' in sample
        for option in all_:
            assert f'\n#{option.dest} =' in sample or f'\n#{option.dest}=' in sample, option.name


def test_a_private_configuration_reads_every_group():
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], project='novalite', default_config_files=[], default_config_dirs=[])
    assert conf.api.port == 8774
    assert conf.neighbours.enabled == []


def test_the_sample_policy_is_up_to_date():
    with open(ROOT / 'etc/novalite/policy.yaml') as file:
        sample = file.read()
    missing = [rule.name for rule in policy.list_rules() if f'#"{rule.name}":' not in sample]
    assert missing == []
