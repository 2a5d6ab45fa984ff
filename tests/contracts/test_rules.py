"""The rules of the policy are Nova's: their names, and whom they admit unless told otherwise."""

from novalite.api import policy
from tests.contracts import rules


def test_every_rule_has_novas_name_and_default():
    theirs = {policy.named(name): check
              for check, names in rules.NOVAS.items() for name in names.split()}
    ours = {rule.name: rule.check_str for rule in policy.list_rules() if ':' in rule.name}
    assert ours == theirs


def test_what_was_one_rule_is_still_heeded():
    parts = {rule.name: rule.deprecated_rule.name for rule in policy.list_rules()
             if rule.deprecated_rule and ':' in rule.name}
    assert parts['os_compute_api:os-hypervisors:show'] == 'os_compute_api:os-hypervisors'
    assert parts['os_compute_api:os-unrescue'] == 'os_compute_api:os-rescue'
    assert parts['os_compute_api:limits:other_project'] == 'os_compute_api:os-used-limits'
