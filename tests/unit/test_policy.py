"""Whose word counts, and from when on."""

import os

from oslo_config import cfg
import pytest

from novalite import conf as options
from novalite import context
from novalite.api import policy
from novalite.simulation import runtime

RULE = 'servers:index'


class Deployment:
    """One with a policy file, and time that passes when it is told to."""

    def __init__(self, directory):
        self._path, self._changes = directory / 'policy.yaml', 0
        self._timeline = runtime.Timeline(1)
        file = directory / 'novalite.conf'
        file.write_text(f'[oslo_policy]\npolicy_file = {self._path}\n')
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        conf([], default_config_files=[file], default_config_dirs=[])
        self.enforcer = policy.Enforcer(conf, runtime.Process(self._timeline, 'api'))

    def says(self, text):
        self._changes += 1
        self._path.write_text(text)
        os.utime(self._path, (self._changes, self._changes))

    def may(self, role):
        ctxt = context.RequestContext(user_id='u', project_id='p', roles=[role])
        return self.enforcer.enforce(RULE, {'project_id': 'p'}, ctxt)

    def second(self):
        self._timeline.run(self._timeline.now + 1)


@pytest.fixture
def deployment(tmp_path):
    return Deployment(tmp_path)


def test_what_a_deployment_says_counts_a_second_later(deployment):
    assert deployment.may('reader') and not deployment.may('stranger')
    for role, other in ('stranger', 'reader'), ('reader', 'stranger'):
        deployment.says(f'"{policy.named(RULE)}": "role:{role}"')
        deployment.second()
        assert deployment.may(role) and not deployment.may(other)


def test_files_are_looked_for_once_a_second(deployment):
    assert deployment.may('reader')
    deployment.says(f'"{policy.named(RULE)}": "!"')
    assert deployment.may('reader') and deployment.may('admin')
    deployment.second()
    assert not deployment.may('reader') and not deployment.may('admin')
