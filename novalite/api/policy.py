"""Who may do what: every rule, with Nova's names, and how it is asked.

The rules of a resource stand beside its handlers, as ``RULES``; a deployment
changes them in its ``policy.yaml``.
"""

from oslo_policy import opts
from oslo_policy import policy

ADMIN = 'rule:context_is_admin'
READER = 'rule:project_reader_or_admin'
MEMBER = 'rule:project_member_or_admin'
ANYONE = '@'

_BASE = (
    policy.RuleDefault('context_is_admin', 'role:admin', 'What makes an administrator.'),
    policy.RuleDefault(
        'project_member_api', 'role:member and project_id:%(project_id)s',
        'An ordinary member of the project that owns the thing.'),
    policy.RuleDefault(
        'project_reader_api', 'role:reader and project_id:%(project_id)s',
        'Somebody who may look at what the project owns.'),
    policy.RuleDefault(
        'project_member_or_admin', 'rule:project_member_api or rule:context_is_admin',
        'A member of the project, or an administrator.'),
    policy.RuleDefault(
        'project_reader_or_admin', 'rule:project_reader_api or rule:context_is_admin',
        'A reader of the project, or an administrator.'),
)


def rule(name, check, description):
    """A rule called ``os_compute_api:NAME``."""
    return policy.RuleDefault(f'os_compute_api:{name}', check, description)


def list_rules():
    """Every rule, for the sample file and for the enforcer."""
    from novalite.api import routes
    return [*_BASE, *(rule for module in routes.RESOURCES for rule in module.RULES)]


class Enforcer:
    """Answers by the rules of ``[oslo_policy] policy_file`` over the defaults.

    An answer is remembered for a second: oslo.policy looks for its files at each
    question, which would be two thirds of the cost of showing a server.
    """

    def __init__(self, conf, runtime):
        self._runtime, self._answers, self._good_until = runtime, {}, 0
        opts.set_defaults(conf)
        self._policy = policy.Enforcer(conf)
        self._policy.register_defaults(list_rules())
        self._policy.suppress_default_change_warnings = True
        self._policy.suppress_deprecation_warnings = True

    def enforce(self, name, target, context):
        """Whether the caller may do ``os_compute_api:NAME`` to the target."""
        return self._answer(f'os_compute_api:{name}', target, context)

    def is_admin(self, context):
        return self._answer('context_is_admin', {}, context)

    def _answer(self, rule, target, context):
        now = self._runtime.monotonic()
        if now >= self._good_until:
            self._answers, self._good_until = {}, now + 1
        # Whatever a rule may ask about is in the key.
        key = (rule, *target.values(), *map(str, context.to_policy_values().values()))
        if key not in self._answers:
            self._answers[key] = bool(self._policy.authorize(rule, target, context))
        return self._answers[key]
