"""Rules that end a process: how they are written, and who heeds them."""

import pytest
from oslo_config import cfg

from novalite import conf as options
from novalite import errors
from novalite import runtime
from novalite.faults import crashes
from novalite.faults import rules
from novalite.faults.crashes import Moment
from novalite.servers import machine

RESIZE = machine.VERBS['resize']


class Mortal(runtime.Runtime):
    """A runtime that only notes that its process would have ended."""

    def __init__(self):
        super().__init__()
        self.died = 0

    def crash(self):
        self.died += 1


def _crashes(tmp_path, text, allowed=True):
    file = tmp_path / 'faults.yaml'
    file.write_text(text)
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], project='novalite', default_config_files=[], default_config_dirs=[])
    conf.set_override('faults_file', str(file), group='simulated')
    conf.set_override('crashes', allowed, group='faults')
    mortal = Mortal()
    return crashes.configured(conf, mortal), mortal


@pytest.mark.parametrize('back', [False, True])
def test_a_process_ends_at_the_named_moment_and_no_other(tmp_path, back):
    step = RESIZE.step('claim')
    found, mortal = _crashes(tmp_path, f'''
- {{step: resize.{'undo_' if back else ''}claim, moment: after, then: crash}}
- {{verb: spawn, then: fail}}
''')
    found.at(Moment.BEFORE, RESIZE, step, back)
    found.at(Moment.AFTER, RESIZE, step, not back)
    found.at(Moment.AFTER, machine.VERBS['migrate'], step, back)
    assert mortal.died == 0
    found.at(Moment.AFTER, RESIZE, step, back)
    assert mortal.died == 1


def test_during_a_step_is_after_the_first_thing_that_the_hypervisor_did(tmp_path):
    class Driver:
        asked = 0

        def power_off(self):
            self.asked += 1
            return 'off'

    step = RESIZE.step('send_disk')
    found, mortal = _crashes(tmp_path, "[{step: '*.send_disk', then: crash}]")
    driver = Driver()
    assert found.while_working(driver, RESIZE, step).power_off() == 'off'
    assert (driver.asked, mortal.died) == (1, 1)
    assert found.while_working(driver, RESIZE, RESIZE.step('boot')) is driver


def test_nobody_dies_where_crashes_are_not_allowed(tmp_path):
    found, mortal = _crashes(tmp_path, "[{step: '*', then: crash}]", allowed=False)
    for moment in Moment:
        found.at(moment, RESIZE, RESIZE.step('claim'))
    assert mortal.died == 0


@pytest.mark.parametrize(('rule', 'says'), [
    ('{step: resize.fly, then: crash}', "no step 'resize.fly'"),
    ('{step: resize.claim, moment: later, then: crash}', "not 'later'"),
    ('{step: resize.claim, verb: spawn, then: crash}', "no key 'verb'"),
])
def test_a_crash_that_could_not_come_is_refused_by_name(tmp_path, rule, says):
    with pytest.raises(errors.CannotStart, match=says):
        _crashes(tmp_path, f'- {rule}')


def test_a_tenant_cannot_ask_for_a_crash():
    with pytest.raises(rules.BadRule):
        rules.from_metadata({rules.METADATA_KEY: 'spawn:crash'})
