"""Who may do what: every rule, with Nova's names, and how it is asked.

The rules of a resource stand beside its handlers, as ``RULES``; a deployment
changes them in its ``policy.yaml``.
"""

from oslo_policy import opts
from oslo_policy import policy

ADMIN = 'rule:context_is_admin'
SERVICE = 'rule:service_or_admin'
MANAGER = 'rule:project_manager_or_admin'
READER = 'rule:project_reader_or_admin'
MEMBER = 'rule:project_member_or_admin'
ANYONE = '@'
#: What no default admits to.
NOBODY = '!'

_SINCE = '21.0.0'      # Nova's release that brought reader, member and scopes


def _former(name, check):
    return policy.DeprecatedRule(
        name, check, deprecated_since=_SINCE,
        deprecated_reason='Rules are by role now, one for each thing that can be asked.')


_OWNER = _former('rule:admin_or_owner', 'is_admin:True or project_id:%(project_id)s')
_ADMIN = _former('rule:admin_api', 'is_admin:True')

_BASE = (
    policy.RuleDefault('context_is_admin', 'role:admin', 'What makes an administrator.',
                       deprecated_rule=_ADMIN),
    policy.RuleDefault('admin_or_owner', 'is_admin:True or project_id:%(project_id)s',
                       'The default of old, for what belongs to a project.'),
    policy.RuleDefault('admin_api', 'is_admin:True', 'The default of old, for administrators.'),
    policy.RuleDefault(
        'project_manager_api', 'role:manager and project_id:%(project_id)s',
        'Who manages the project that owns the thing.', deprecated_rule=_ADMIN),
    policy.RuleDefault(
        'project_member_api', 'role:member and project_id:%(project_id)s',
        'An ordinary member of the project that owns the thing.', deprecated_rule=_OWNER),
    policy.RuleDefault(
        'project_reader_api', 'role:reader and project_id:%(project_id)s',
        'Somebody who may look at what the project owns.', deprecated_rule=_OWNER),
    policy.RuleDefault('service_api', 'role:service', 'Another service of the cloud.',
                       deprecated_rule=_ADMIN),
    policy.RuleDefault(
        'project_manager_or_admin', 'rule:project_manager_api or rule:context_is_admin',
        'A manager of the project, or an administrator.', deprecated_rule=_ADMIN),
    policy.RuleDefault(
        'project_member_or_admin', 'rule:project_member_api or rule:context_is_admin',
        'A member of the project, or an administrator.', deprecated_rule=_OWNER),
    policy.RuleDefault(
        'project_reader_or_admin', 'rule:project_reader_api or rule:context_is_admin',
        'A reader of the project, or an administrator.', deprecated_rule=_OWNER),
    policy.RuleDefault(
        'service_or_admin', 'rule:service_api or rule:context_is_admin',
        'Another service, or an administrator.', deprecated_rule=_ADMIN),
)

#: Nouns that had one rule for all that can be done with them.
_ONCE_ONE = frozenset((
    'os-attach-interfaces', 'os-baremetal-nodes', 'os-deferred-delete', 'os-floating-ips',
    'os-hosts', 'os-hypervisors', 'os-instance-usage-audit-log', 'os-multinic',
    'os-security-groups', 'os-server-password', 'os-services', 'os-tenant-networks', 'os-volumes'))
#: Rules that were part of another.
_PART_OF = {
    'limits:other_project': 'os-used-limits', 'os-instance-actions:list': 'os-instance-actions',
    'os-instance-actions:show': 'os-instance-actions', 'os-unrescue': 'os-rescue',
    'os-networks:list': 'os-networks:view', 'os-networks:show': 'os-networks:view',
    'os-migrate-server:migrate_live:host': 'os-migrate-server:migrate_live',
    'os-migrations:index:all_projects': 'os-migrations:index',
    'os-migrations:index:host': 'os-migrations:index',
    'servers:migrations:index:host': 'servers:migrations:index',
    'servers:show:flavor-extra-specs': 'os-flavor-extra-specs:index',
}

#: What Nova's own names begin with where they are not of the API as a whole.
_WHOLE = ('compute:', 'network:')


def named(name):
    """The whole name of a rule: ``os_compute_api:NAME``, but for a few."""
    return name if name.startswith(_WHOLE) else f'os_compute_api:{name}'


def rule(name, check, description):
    """A rule called ``named(name)``.

    If it was another's part once, as in Nova, what a deployment says of that counts for it too,
    as long as nothing is said of the rule itself.
    """
    noun = name.partition(':')[0]
    was = _PART_OF.get(name) or (noun if noun in _ONCE_ONE else None)
    if was is None:
        return policy.RuleDefault(named(name), check, description)
    default = 'rule:admin_or_owner' if check in (READER, MEMBER) else 'rule:admin_api'
    return policy.RuleDefault(named(name), check, description,
                              deprecated_rule=_former(named(was), default))


def list_rules():
    """Every rule, for the sample file and for the enforcer."""
    from novalite.api import routes
    return [*_BASE, *(rule for module in routes.RESOURCES for rule in module.RULES)]


class Enforcer:
    """Answers by the rules of ``[oslo_policy] policy_file`` over the defaults.

    An answer is remembered for a second, and files are looked for as often: oslo.policy looks
    at each question, which would be two thirds of the cost of showing a server.
    """

    def __init__(self, conf, runtime):
        self._runtime, self._answers, self._good_until = runtime, {}, 0
        opts.set_defaults(conf)
        self._policy = policy.Enforcer(conf)
        self._policy.register_defaults(list_rules())
        self._policy.suppress_default_change_warnings = True
        self._policy.suppress_deprecation_warnings = True

    def enforce(self, name, target, context):
        """Whether the caller may do ``named(name)`` to the target."""
        return self._answer(named(name), target, context)

    def is_admin(self, context):
        return self._answer('context_is_admin', {}, context)

    def _answer(self, rule, target, context):
        now = self._runtime.monotonic()
        if now >= self._good_until:
            self._policy.use_conf = True
            self._policy.load_rules()
            self._policy.use_conf = False
            self._answers, self._good_until = {}, now + 1
        # Whatever a rule may ask about is in the key.
        key = (rule, *target.values(), context.standing)
        if key not in self._answers:
            self._answers[key] = bool(self._policy.authorize(rule, target, context))
        return self._answers[key]
